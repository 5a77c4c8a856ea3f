import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeRuns } from './runs.ts'

const seed = Date.now() % 1e6
let state = seed
const below = (limit: number): number => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
  return (state >> 8) % limit
}

// biome-ignore format: a table reads by its columns
const shapes: [name: string, keysOf: (count: number) => number[]][] = [
  ['one run',                              (count) => Array.from({ length: count }, (_, i) => i)],
  ['a run backwards',                      (count) => Array.from({ length: count }, (_, i) => -i)],
  ['a run a file, one after the other',    (count) => Array.from({ length: count }, (_, i) => ((i * 7) % count) * 7)],
  ['runs across each other',               (count) => Array.from({ length: count }, (_, i) => (i % 50) * 3 + below(3))],
  ['any order, many alike',                (count) => Array.from({ length: count }, () => below(40))],
]

for (const [name, keysOf] of shapes) {
  test(`${name}: in order, those that are alike as they were (seed ${seed})`, () => {
    for (const count of [1, 2, 3, 60, 1_000]) {
      const keys = keysOf(count)
      const compare = (a: number, b: number): number => keys[a]! - keys[b]! || a - b
      const rows = Int32Array.from(keys, (_, row) => row)
      const sorted = [...rows].sort(compare)
      mergeRuns(rows, compare)
      assert.deepEqual([...rows], sorted)
    }
  })
}

test('no rows are in order', () => {
  mergeRuns(new Int32Array(0), () => 0)
})
