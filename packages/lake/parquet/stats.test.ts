import assert from 'node:assert/strict'
import path from 'node:path'
import { after, test } from 'node:test'
import type { ColumnType } from '@k2/contracts/tables.ts'
import type { Param } from '../duckdb/params.ts'
import { anyRow, below, seed } from '../duckdb/random.fixture.ts'
import { batchOf, EDGES, EVERY_TYPE, opened, type Row, rowsOf, type Value } from '../duckdb/rows.fixture.ts'
import { sqlType } from '../duckdb/sql.ts'
import { Chunk, type Extreme } from './chunk.ts'
import { chunkStatistics } from './stats.ts'
import { writeDataFiles } from './write.ts'

const { folder, engine, end } = await opened()
after(end)

/** Ten row groups, so that there are some to skip. */
function written(name: string, rows: readonly Row[]): string {
  const writing = { folder, name, bucketOf: () => 0, rowGroupRows: Math.ceil(rows.length / 10) }
  const spec = { ...EVERY_TYPE, dayOf: null }
  return path.join(folder, writeDataFiles(spec, [batchOf(spec, rows)], writing)[0]!.path)
}

function paramOf(type: ColumnType, value: Value): Param {
  if (type === 'timestamptz') return value === null ? null : { micros: value as bigint }
  if (type === 'decimal(18, 8)') return value === null ? null : { unscaled: value as bigint }
  return value
}

const counted = async (sql: string, params: readonly Param[] = []): Promise<unknown> =>
  rowsOf(await engine.query(`SELECT count(*) AS n ${sql}`, params))[0]!.n

test(`a filter finds in row groups what it finds without their statistics (seed ${seed})`, async () => {
  const rows = [...EDGES, ...Array.from({ length: 3_000 }, anyRow)]
  const from = `FROM read_parquet('${written('filtered', rows)}')`
  await engine.run(`CREATE TABLE plain AS ${from}`)
  for (const { name, type } of EVERY_TYPE.columns.filter((column) => column.elementId === undefined)) {
    const values = [...EDGES, ...Array.from({ length: 8 }, () => rows[below(rows.length)]!)].map((row) => row[name]!)
    for (const operator of ['=', '<', '>=']) {
      for (const value of values) {
        const where = `WHERE "${name}" ${operator} ?::${sqlType(type)}`
        const params = [paramOf(type, value)]
        const wanted = await counted(`FROM plain ${where}`, params)
        assert.equal(await counted(`${from} ${where}`, params), wanted, `${where} ${String(value).slice(0, 40)}`)
      }
    }
    for (const is of ['IS NULL', 'IS NOT NULL']) {
      const where = `WHERE "${name}" ${is}`
      assert.equal(await counted(`${from} ${where}`), await counted(`FROM plain ${where}`), where)
    }
  }
})

test(`a row group says what of each column it holds (seed ${seed})`, async () => {
  const file = written('told', [...EDGES, ...Array.from({ length: 3_000 }, anyRow)])
  await engine.run(
    `CREATE TABLE meta AS SELECT row_group_id AS g, path_in_schema AS name, stats_min_value AS low, stats_max_value AS high,
     stats_null_count AS nulls, num_values AS n FROM parquet_metadata('${file}');
     CREATE TABLE told AS SELECT *, file_row_number // 301 AS g FROM read_parquet('${file}', file_row_number = true)`,
  )
  for (const { name, type } of EVERY_TYPE.columns.filter((column) => column.elementId === undefined)) {
    const as = sqlType(type)
    // Texts are cut, so theirs are bounds.
    const holds = type === 'string' ? `low <= min AND high >= max` : `low::${as} = min AND high::${as} = max`
    const wrong = `FROM meta JOIN (SELECT g, min("${name}") AS min, max("${name}") AS max, count(*) AS n,
      count(*) FILTER ("${name}" IS NULL) AS nulls FROM told GROUP BY g) t ON meta.g = t.g AND name = '${name}'
      WHERE (${holds} AND meta.n = t.n AND meta.nulls = t.nulls) IS DISTINCT FROM true`
    assert.equal(await counted(wrong), 0n, name)
    assert.equal(await counted(`FROM meta WHERE name = '${name}' AND low IS NOT NULL`), 10n, name)
  }
})

test('row groups of a sorted file have few symbols each', async () => {
  const rows = Array.from({ length: 3_000 }, (_, i) => ({ ...EDGES[0]!, symbol: `S${i % 30}` }))
  const file = written('symbols', rows)
  const where = `FROM parquet_metadata('${file}') WHERE path_in_schema = 'symbol' AND 'S17' BETWEEN stats_min_value AND stats_max_value`
  assert.equal(await counted(where), 1n)
})

const utf8 = (text: string): Uint8Array => Buffer.from(text)
const little = (value: bigint, bytes: number): Uint8Array =>
  Buffer.from(
    BigInt.asUintN(bytes * 8, value)
      .toString(16)
      .padStart(bytes * 2, '0'),
    'hex',
  ).reverse()
const LONG = 'abcdefghijklmnop'

// biome-ignore format: a table reads by its columns
const rows: [type: ColumnType, min: Extreme, max: Extreme, lower: Uint8Array, upper: Uint8Array | undefined, exact: [boolean, boolean]][] = [
  ['long',           -1n,                    2n ** 63n - 1n,          little(-1n, 8),   little(2n ** 63n - 1n, 8),   [true, true]],
  ['timestamptz',    -1n,                    0n,                      little(-1n, 8),   little(0n, 8),               [true, true]],
  ['decimal(18, 8)', -(10n ** 18n),          1n,                      little(-(10n ** 18n), 8), little(1n, 8),       [true, true]],
  ['int',            -2n,                    3n,                      little(-2n, 4),   little(3n, 4),               [true, true]],
  ['boolean',        0n,                     1n,                      little(0n, 1),    little(1n, 1),               [true, true]],
  ['string',         utf8(''),               utf8(LONG),              utf8(''),         utf8(LONG),                  [true, true]],
  ['string',         utf8(`${LONG}q`),       utf8(`${LONG}q`),        utf8(LONG),       utf8('abcdefghijklmnoq'),    [false, false]],
  ['string',         utf8('é'.repeat(17)),   utf8('\u{10FFFF}'.repeat(17)), utf8('é'.repeat(16)), undefined,         [false, true]],
]
for (const [type, min, max, lower, upper, [isMinExact, isMaxExact]] of rows) {
  test(`of ${type}s from ${min} to ${max}, a reader is told what holds`, () => {
    const chunk = Object.assign(new Chunk(), { min, max, nullCount: 7 })
    const told = chunkStatistics(type, chunk)
    const bytes = (of: Uint8Array | undefined) => of && [...of]
    assert.deepEqual(
      { ...told, min: bytes(told.min), max: bytes(told.max) },
      { nullCount: 7, min: bytes(lower), max: bytes(upper), isMinExact, isMaxExact },
    )
  })
}
