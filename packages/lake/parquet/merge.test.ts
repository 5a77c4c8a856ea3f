import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ColumnBatch } from '@k2/contracts/columns.ts'
import { batchOf, EDGES, EVERY_TYPE, rowsOf } from '../duckdb/rows.fixture.ts'
import { merge } from './merge.ts'

const [first, second] = [EDGES.slice(0, 2), EDGES.slice(2)]

/** Dictionaries as texts, so that rows can be compared. */
const plain = (batch: ColumnBatch) => {
  const columns = [...batch.columns].map(([name, data]): [string, never] => {
    if (data.kind === 'dictionary')
      return [name, { kind: 'text', values: [...data.codes].map((code) => data.dictionary[code]!) } as never]
    if (data.kind !== 'list') return [name, data as never]
    const codes = data.codes.map((code) => (data.dictionary[code] === null ? -1 : code))
    return [name, { ...data, codes } as never]
  })
  return rowsOf({ rows: batch.rows, columns: new Map(columns), types: new Map() })
}

const without = (batch: ColumnBatch, ...names: string[]): ColumnBatch => ({
  rows: batch.rows,
  columns: new Map([...batch.columns].filter(([name]) => !names.includes(name))),
})

// biome-ignore format: a table reads by its columns
const rows: [name: string, a: boolean, b: boolean][] = [
  ['dictionaries of both',           true,  true],
  ['texts of both',                  false, false],
  ['a dictionary, then texts',       true,  false],
  ['texts, then a dictionary',       false, true],
]
for (const [name, a, b] of rows) {
  test(`batches follow one another: ${name}`, () => {
    assert.deepEqual(plain(merge(EVERY_TYPE, [batchOf(EVERY_TYPE, first, a), batchOf(EVERY_TYPE, second, b)])), EDGES)
  })
}

test('one batch is left as it is', () => {
  const batch = batchOf(EVERY_TYPE, EDGES)
  assert.equal(merge(EVERY_TYPE, [batch]), batch)
})

test('a text that both dictionaries have is once in theirs', () => {
  const merged = merge(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES), batchOf(EVERY_TYPE, EDGES)]).columns.get('symbol')
  assert.deepEqual(merged?.kind === 'dictionary' && merged.dictionary, ['A', 'B', 'é'])
})

test('a column that one batch lacks is null in its rows', () => {
  const names = EVERY_TYPE.columns.filter((column) => !column.required).map((column) => column.name)
  for (const isDictionary of [true, false]) {
    const merged = merge(EVERY_TYPE, [
      without(batchOf(EVERY_TYPE, first), ...names),
      batchOf(EVERY_TYPE, second, isDictionary),
    ])
    const nulls = Object.fromEntries(names.map((name) => [name, null]))
    assert.deepEqual(plain(merged), [...first.map((row) => ({ ...row, ...nulls })), ...second])
  }
})

test('a column that all lack stays away, a required one may not', () => {
  const lacking = without(batchOf(EVERY_TYPE, EDGES), 'price')
  assert.equal(merge(EVERY_TYPE, [lacking, lacking]).columns.has('price'), false)
  const wrong = without(batchOf(EVERY_TYPE, EDGES), 'symbol')
  assert.throws(() => merge(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES), wrong]), /no symbol/)
})

test('a column of another kind is our own bug', () => {
  const batch = batchOf(EVERY_TYPE, EDGES)
  for (const [name, other] of [
    ['price', 'flag'],
    ['id', 'price'],
    ['symbol', 'list'],
    ['list', 'symbol'],
    ['small', 'at'],
  ] as const) {
    const wrong = { rows: 5, columns: new Map([...batch.columns, [name, batch.columns.get(other)!]]) }
    assert.throws(() => merge(EVERY_TYPE, [batch, wrong]), new RegExp(`${name} is`))
  }
})
