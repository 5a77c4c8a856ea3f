import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchEnds } from './batches.ts'
import { dueMs, spanMicros } from './pace.ts'

// biome-ignore format: a table reads by its columns
const rows: [name: string, times: number[], max: number, span: number | undefined, ends: number[]][] = [
  ['nothing',                              [],                 3, undefined, []],
  ['as many as there are',                 [1, 2, 3],          3, undefined, [3]],
  ['one more than a batch takes',          [1, 2, 3, 4],       3, undefined, [3, 4]],
  ['a time apart',                         [0, 9, 10, 11, 30], 9, 10,        [2, 4, 5]],
  ['all at once',                          [5, 5, 5],          9, 1,         [3]],
  ['all at once, and more than it takes',  [5, 5, 5],          2, 1,         [2, 3]],
]
for (const [name, times, max, span, ends] of rows) {
  test(`batches of ${name}`, () => {
    const limits = { rows: max, ...(span !== undefined && { spanMicros: span }) }
    assert.deepEqual(
      batchEnds(times.length, (row) => times[row]!, limits),
      ends,
    )
  })
}

// biome-ignore format: a table reads by its columns
const paces: [speed: number, micros: number, ms: number][] = [
  [1,    1_000_000, 1_000],
  [10,   1_000_000, 100],
  [0.5,  1_000_000, 2_000],
  [1,    0,         0],
]
for (const [speed, micros, ms] of paces) {
  test(`${micros} µs on at ${speed}× are due after ${ms} ms`, () =>
    assert.equal(dueMs({ speed, fromMicros: 7, fromMs: 500 }, 7 + micros), 500 + ms))
}

test('a batch that is paced spans little time', () => {
  assert.deepEqual([undefined, 1, 1000, 1e-9].map(spanMicros), [undefined, 50_000, 50_000_000, 1])
})
