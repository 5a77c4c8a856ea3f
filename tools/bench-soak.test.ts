import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Looked } from './bench-live-serve.ts'
import { grownOf } from './bench-soak.ts'

const MEBIBYTE = 2 ** 20
const MINUTES = 20
const COLUMNS_MAX = 32
const filling = (minute: number) => Math.min(2 * minute, COLUMNS_MAX)

/** What is held, in MiB but for the handles, by the minute. */
type Name = 'rss' | 'heapUsed' | 'external' | 'handles' | 'thread' | 'outside' | 'columns' | 'small'
type Held = Partial<Record<Name, (minute: number) => number>>

const look = ({ rss, heapUsed, external, handles, thread, outside, columns, small }: Held, minute: number): Looked => ({
  rss: (rss?.(minute) ?? 600) * MEBIBYTE,
  heapUsed: (heapUsed?.(minute) ?? 40) * MEBIBYTE,
  external: (external?.(minute) ?? 12) * MEBIBYTE,
  handles: handles?.(minute) ?? 45,
  files: 0,
  snapshots: 0,
  kept: {
    columns: { bytes: (columns?.(minute) ?? 0) * MEBIBYTE, bytesMax: COLUMNS_MAX * MEBIBYTE },
    bars: { bytes: minute * MEBIBYTE, bytesMax: 128 * MEBIBYTE },
  },
  parts: {
    'main heap': minute * 100 * MEBIBYTE,
    'query-engine heap': (thread?.(minute) ?? 20) * MEBIBYTE,
    'query-engine outside': (outside?.(minute) ?? 11) * MEBIBYTE,
    'small pieces': (small?.(minute) ?? 70) * MEBIBYTE,
  },
})

const ENGINE = 'query-engine but for what it keeps'
// biome-ignore format: a table reads by its columns
const rows: [name: string, held: Held, grown: string[]][] = [
  ['what stays',                              {},                                                            []],
  ['what is warm after a third',              { rss: (minute) => 400 + 30 * Math.min(minute, 6) },           []],
  ['what goes up and down',                   { heapUsed: (minute) => 40 + 10 * Number(minute % 3 === 0) },             []],
  ['memory of the whole, 12 MiB a minute',    { rss: (minute) => 640 + 12 * minute },                        ['rss']],
  ['the heap, 0.7 MiB a minute',              { heapUsed: (minute) => 37 + 0.7 * minute },                   ['heapUsed']],
  ['outside of it, 2 MiB a minute',           { external: (minute) => 22 + 2 * minute },                     ['external']],
  ['handles, two a minute',                   { handles: (minute) => 40 + 2 * minute },                      ['handles']],
  ['a thread between its collections',        { thread: (minute) => 20 + 40 * (minute % 3) },                []],
  ['a thread that holds 1.5 MiB more a minute', { thread: (minute) => 10 + 1.5 * minute + 20 * (minute % 2) }, [ENGINE]],
  ['and outside of its heap',                 { outside: (minute) => 11 + 1.5 * minute },                    [ENGINE]],
  ['columns that are kept',                   { outside: (minute) => 11 + filling(minute), columns: filling }, []],
  ['beside them 1.5 MiB a minute',            { outside: (minute) => 11 + filling(minute) + 1.5 * minute, columns: filling }, [ENGINE]],
  ['columns beyond their bound',              { outside: (minute) => 11 + 2 * minute, columns: (minute) => 2 * minute }, ['kept columns']],
  ['small pieces, 3 MiB a minute', { small: (minute) => 62 + 3 * minute + 9 * (minute % 2) }, ['small pieces']],
]
for (const [name, held, grown] of rows) {
  test(`growth: ${name}`, () => {
    const looks = Array.from({ length: MINUTES * 12 }, (_, i) => look(held, Math.floor(i / 12)))
    const found = grownOf(looks)
    assert.deepEqual(
      found.map((sentence) => sentence.replace(/ grew from .*/, '')),
      grown,
      String(found),
    )
  })
}
