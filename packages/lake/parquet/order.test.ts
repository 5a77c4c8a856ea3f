import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ColumnBatch } from '@k2/contracts/columns.ts'
import { batchOf, EDGES, EVERY_TYPE, type Row } from '../duckdb/rows.fixture.ts'
import { arrange } from './order.ts'

const DAY = 86_400_000_000n
const row = (symbol: string, at: bigint, more: Row = {}): Row => ({
  ...EDGES[0]!,
  number: null,
  text: null,
  small: 0,
  ...more,
  symbol,
  at,
})
const bucketOf = (text: string): number => (text === 'A' ? 3 : 1)

// biome-ignore format: a table reads by its columns
const rows: [name: string, rows: readonly Row[], answer: [day: number, bucket: number, rows: number[]][]][] = [
  ['one row',                               [row('A', 0n)],                                           [[0, 3, [0]]]],
  ['buckets in order, symbols in order',    [row('C', 0n), row('A', 0n), row('B', 0n)],               [[0, 1, [2, 0]], [0, 3, [1]]]],
  ['days in order, before 1970 first',      [row('A', DAY), row('A', DAY - 1n), row('A', -1n), row('A', -DAY), row('A', -DAY - 1n)],
                                                                                                      [[-2, 3, [4]], [-1, 3, [3, 2]], [0, 3, [1]], [1, 3, [0]]]],
  ['what stands in order is left so',       [row('A', 1n), row('A', 2n), row('A', 2n), row('A', 3n)], [[0, 3, [0, 1, 2, 3]]]],
  ['times across 32 bits',                  [row('A', 2n ** 32n), row('A', 2n ** 32n - 1n), row('A', 2n ** 31n)],
                                                                                                      [[0, 3, [2, 1, 0]]]],
  ['nulls come first',                      [row('A', 1n, { number: -5n }), row('A', 1n), row('A', 1n, { number: -6n })],
                                                                                                      [[0, 3, [1, 2, 0]]]],
  ['then the next column decides',          [row('A', 1n, { text: 'b' }), row('A', 1n, { text: 'a', small: 2 }), row('A', 1n, { text: 'a', small: -2 })],
                                                                                                      [[0, 3, [2, 1, 0]]]],
  ['text goes by its bytes, not UTF-16',    [row('\u{10000}', 1n), row('\uFFFD', 1n), row('é', 1n), row('Z', 1n)],
                                                                                                      [[0, 1, [3, 2, 1, 0]]]],
  ['an empty batch has no parts',           [],                                                       []],
  ['a time past any double is on its day',  [row('A', 2n ** 60n), row('A', (2n ** 60n / DAY) * DAY), row('A', (2n ** 60n / DAY) * DAY - 1n)],
                                                                                                      [[13343997, 3, [2]], [13343998, 3, [1, 0]]]],
]

for (const [name, values, answer] of rows) {
  for (const isDictionary of [true, false]) {
    test(`${name} (${isDictionary ? 'dictionaries' : 'texts'})`, () => {
      const parts = arrange(EVERY_TYPE, batchOf(EVERY_TYPE, values, isDictionary), bucketOf)
      assert.deepEqual(
        parts.map(({ day, bucket, rows }) => [day, bucket, [...rows]]),
        answer,
      )
    })
  }
}

test('a dictionary may hold texts and nulls that no row has, and one text twice', () => {
  const batch = batchOf(EVERY_TYPE, [row('A', 2n), row('A', 1n)])
  const symbol = { kind: 'dictionary', codes: Int32Array.of(1, 3), dictionary: [null, 'A', 'B', 'A'] } as const
  const parts = arrange(EVERY_TYPE, { rows: 2, columns: new Map([...batch.columns, ['symbol', symbol]]) }, bucketOf)
  assert.deepEqual(
    parts.map(({ rows }) => [...rows]),
    [[1, 0]],
  )
})

test('what belongs to no day or bucket is our own bug', () => {
  const batch = batchOf(EVERY_TYPE, [row('A', 2n)])
  const without = (name: string, data: object): ColumnBatch => ({
    rows: 1,
    columns: new Map([...batch.columns, [name, data as never]]),
  })
  const nulls = Uint8Array.of(1)
  assert.throws(
    () => arrange(EVERY_TYPE, without('at', { kind: 'int64', values: BigInt64Array.of(0n), nulls }), bucketOf),
    /no day/,
  )
  assert.throws(() => arrange(EVERY_TYPE, without('symbol', { kind: 'text', values: [null] }), bucketOf), /no bucket/)
  assert.throws(() => arrange(EVERY_TYPE, without('symbol', { kind: 'uuid' }), bucketOf), /symbol is text/)
})
