import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { TABLES } from '@k2/contracts/tables.ts'
import { createTable, fill } from './fill.ts'
import { batchOf, EDGES, EVERY_TYPE, opened, type Row, rowsOf } from './rows.fixture.ts'

const { engine, end } = await opened()
after(end)

let tables = 0
const nextTable = () => `t${++tables}`

const repeated = (rows: number): Row[] =>
  Array.from({ length: rows }, (_, i) => ({ ...EDGES[i % EDGES.length]!, number: BigInt(i) }))

// biome-ignore format: a table reads by its columns
const rows: [name: string, rows: readonly Row[], isDictionary: boolean][] = [
  ['every type at its edges, texts by dictionary', EDGES,                                               true],
  ['every type at its edges, texts one by one',    EDGES,                                               false],
  ['one row',                                      EDGES.slice(0, 1),                                   true],
  ['a chunk but one',                              repeated(2047),                                      true],
  ['a chunk',                                      repeated(2048),                                      false],
  ['a chunk and one',                              repeated(2049),                                      true],
  ['two chunks and some, texts one by one',        repeated(5000),                                      false],
  ['plain texts of both sides of 12 bytes',        repeated(100).map((row, i) => ({ ...row, text: 'x'.repeat(i % 30) })), false],
  ['plain texts with nulls between',               repeated(200).map((row, i) => ({ ...row, text: i % 3 === 0 ? null : `text ${i} of many` })), false],
  ['nothing but nulls',                            EDGES.map(({ id, symbol, at }) => ({ id: id!, symbol: symbol!, at: at!, seen: null, price: null, number: null, small: null, flag: null, text: null, list: null })), true],
]

for (const [name, values, isDictionary] of rows) {
  test(`a table gives back what it was filled with: ${name}`, async () => {
    const table = nextTable()
    await createTable(engine, table, EVERY_TYPE)
    await fill(engine, table, EVERY_TYPE, batchOf(EVERY_TYPE, values, isDictionary))
    assert.deepEqual(rowsOf(await engine.query(`SELECT * FROM ${table} ORDER BY rowid`)), values)
  })
}

test('DuckDB itself reads the values as they were meant', async () => {
  const table = nextTable()
  await createTable(engine, table, EVERY_TYPE)
  await fill(engine, table, EVERY_TYPE, batchOf(EVERY_TYPE, EDGES))
  const { columns } = await engine.query(
    `SELECT id::VARCHAR AS id, price::VARCHAR AS price, "at"::VARCHAR AS "at", list::VARCHAR AS list FROM ${table} ORDER BY id`,
  )
  assert.deepEqual(columns.get('id'), { kind: 'text', values: EDGES.map((row) => row.id).toSorted() })
  assert.deepEqual(columns.get('price'), {
    kind: 'text',
    values: ['9999999999.99999999', null, '0.00000001', '0.00000000', '-9999999999.99999999'],
  })
  assert.deepEqual(columns.get('at'), {
    kind: 'text',
    values: [
      '1970-01-01 00:00:00+00',
      '2014-03-09 20:57:14.754321+00',
      '1969-12-31 23:59:59.999999+00',
      '1970-01-02 00:00:00+00',
      '1970-01-01 23:59:59.999999+00',
    ],
  })
})

test('the tables of the contract can be made', async () => {
  for (const spec of TABLES) {
    await createTable(engine, spec.name, spec)
    await fill(engine, spec.name, spec, { rows: 0, columns: new Map() })
    assert.equal((await engine.query(`FROM ${spec.name}`)).columns.size, spec.columns.length)
  }
})

test('a batch that is not of the table is refused whole', async () => {
  const table = nextTable()
  await createTable(engine, table, EVERY_TYPE)
  const batch = batchOf(EVERY_TYPE, EDGES)
  const without = new Map([...batch.columns].filter(([name]) => name !== 'symbol'))
  await assert.rejects(fill(engine, table, EVERY_TYPE, { rows: 5, columns: without }), /no symbol/)
  const wrong = new Map([...batch.columns, ['price', batch.columns.get('small')!]])
  await assert.rejects(fill(engine, table, EVERY_TYPE, { rows: 5, columns: wrong }), /price is decimal/)
  const outside = new Map([
    ...batch.columns,
    ['symbol', { kind: 'dictionary', codes: new Int32Array(5).fill(9), dictionary: ['A'] }],
  ])
  await assert.rejects(fill(engine, table, EVERY_TYPE, { rows: 5, columns: outside as never }), /outside a dictionary/)
  const nulls = batchOf(EVERY_TYPE, [...repeated(5000), { ...EDGES[0]!, symbol: null }])
  await assert.rejects(
    fill(engine, table, EVERY_TYPE, nulls),
    (error) => error instanceof K2Error && error.code === 'INTERNAL',
  )
  assert.deepEqual((await engine.query(`SELECT count(*) AS n FROM ${table}`)).columns.get('n'), {
    kind: 'int64',
    values: BigInt64Array.of(0n),
  })
})

test('filling and asking may go on at once', async () => {
  const table = nextTable()
  await createTable(engine, table, EVERY_TYPE)
  const batch = batchOf(EVERY_TYPE, repeated(10_000))
  await Promise.all([
    ...[1, 2, 3, 4, 5].map(async (n) => {
      await new Promise((resolve) => setTimeout(resolve, n * 5))
      await fill(engine, table, EVERY_TYPE, batch)
      await engine.query(`SELECT count(*) AS n FROM ${table}`)
    }),
  ])
  assert.deepEqual(rowsOf(await engine.query(`SELECT count(*) AS n FROM ${table}`)), [{ n: 50_000n }])
})
