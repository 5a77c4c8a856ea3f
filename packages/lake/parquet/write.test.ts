import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { after, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { K2Error } from '@k2/contracts/codes.ts'
import type { ColumnData } from '@k2/contracts/columns.ts'
import { REFERENCE_DATA, TRADES } from '@k2/contracts/tables.ts'
import { anyRow, boundsOf, seed } from '../duckdb/random.fixture.ts'
import { scanSql } from '../duckdb/read.ts'
import { batchOf, EDGES, EVERY_TYPE, opened, type Row, rowsOf } from '../duckdb/rows.fixture.ts'
import type { DataFile } from '../table.ts'
import { type Writing, writeDataFiles } from './write.ts'

const { folder, engine, end } = await opened()
after(end)

/** Any spread will do: the real transform is iceberg/bucket.ts. */
const bucketOf = (text: string): number => text.charCodeAt(0) % 4

let calls = 0
const writing = (more: Partial<Writing> = {}): Writing => ({
  folder: path.join(folder, `w${++calls}`),
  name: 'part',
  bucketOf,
  ...more,
})

const unnamed = (file: string): string => file.replace(/-crc32-[0-9a-f]{8}/, '')
const hex = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('hex')

const SORTED = EVERY_TYPE.sortedBy.map((name) => `"${name}" NULLS FIRST`).join(', ')
const pathsOf = (files: readonly DataFile[], to: Writing): string[] =>
  files.map((file) => path.join(to.folder, file.path))

async function contentOf(file: DataFile, to: Writing): Promise<Row[]> {
  const sql = `SELECT * FROM read_parquet(?, hive_partitioning = false) ORDER BY file_row_number`
  return rowsOf(await engine.query(sql, [path.join(to.folder, file.path)]))
}

test('every type comes back as it went in, at its edges', async () => {
  const to = writing()
  const files = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], to)
  const back = rowsOf(await engine.query(`SELECT * FROM ${scanSql(EVERY_TYPE, pathsOf(files, to))} ORDER BY id`))
  assert.deepEqual(
    back,
    EDGES.toSorted((a, b) => (a.id! < b.id! ? -1 : 1)),
  )
})

test('a file is one day and bucket, and lies in their folder', async () => {
  const to = writing()
  const files = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], to)
  assert.deepEqual(
    files.map(({ path, day, bucket, rows }) => ({ path: unnamed(path), day, bucket, rows })),
    // biome-ignore format: a table reads by its columns
    [
      { path: 'exchange_date=1969-12-31/symbol_bucket=1/part-0.parquet', day: -1,    bucket: 1, rows: 1 },
      { path: 'exchange_date=1970-01-01/symbol_bucket=1/part-1.parquet', day: 0,     bucket: 1, rows: 2 },
      { path: 'exchange_date=1970-01-02/symbol_bucket=2/part-2.parquet', day: 1,     bucket: 2, rows: 1 },
      { path: 'exchange_date=2014-03-09/symbol_bucket=2/part-3.parquet', day: 16138, bucket: 2, rows: 1 },
    ],
  )
  const listed = await readdir(to.folder, { recursive: true, withFileTypes: true })
  assert.equal(listed.filter((entry) => entry.isFile()).length, 4)
  for (const file of files) assert.equal((await stat(path.join(to.folder, file.path))).size, file.sizeBytes)
})

test('a file is named by what it holds', async () => {
  const to = writing()
  const files = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], to)
  for (const file of pathsOf(files, to)) {
    const checksum = crc32(await readFile(file))
      .toString(16)
      .padStart(8, '0')
    assert.ok(file.endsWith(`-crc32-${checksum}.parquet`), file)
  }
})

test('a table without a day has folders by bucket alone', async () => {
  const to = writing()
  const row: Row = {
    message_id: EDGES[0]!.id!,
    company_id: '1',
    symbol: 'BHP',
    exchange: 'ASX',
    asset_class: 'equities',
    company_name: 'BHP',
    is_active: true,
    ingestion_timestamp: 1n,
    platform_sequence: 1n,
    kafka_topic: 't',
    kafka_partition: 1,
    kafka_offset: 1n,
  }
  const files = writeDataFiles(REFERENCE_DATA, [batchOf(REFERENCE_DATA, [row])], to)
  assert.deepEqual(
    files.map(({ path, day, bucket }) => ({ path: unnamed(path), day, bucket })),
    [{ path: 'symbol_bucket=2/part-0.parquet', day: null, bucket: 2 }],
  )
})

test('nothing makes no file', async () => {
  const to = writing()
  assert.deepEqual(writeDataFiles(TRADES, [], to), [])
  assert.deepEqual(writeDataFiles(TRADES, [{ rows: 0, columns: new Map() }], to), [])
})

test(`random rows of three batches: all there once, sorted within files (seed ${seed})`, async () => {
  const rows = Array.from({ length: 9_000 }, anyRow)
  const batches = [rows.slice(0, 10), rows.slice(10, 5_000), rows.slice(5_000)].map((part, i) =>
    batchOf(EVERY_TYPE, part, i !== 1),
  )
  const to = writing()
  const files = writeDataFiles(EVERY_TYPE, batches, to)
  const key = (row: Row) => String(row.id)
  const back = (await Promise.all(files.map((file) => contentOf(file, to)))).flat()
  assert.deepEqual(
    back.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)),
    rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)),
  )
  for (const file of files) {
    const name = path.join(to.folder, file.path)
    const sql = `SELECT count(*) AS wrong FROM (SELECT file_row_number AS n, row_number() OVER (ORDER BY ${SORTED}) - 1 AS m
      FROM read_parquet(?, hive_partitioning = false)) WHERE n <> m`
    assert.deepEqual(rowsOf(await engine.query(sql, [name])), [{ wrong: 0n }], file.path)
  }
})

test(`statistics are those of the values, over several row groups (seed ${seed})`, async () => {
  const rows = Array.from({ length: 6_000 }, anyRow)
  const to = writing({ rowGroupRows: 2048, bucketOf: () => 0 })
  const files = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, rows)], to)
  for (const file of files) {
    const content = await contentOf(file, to)
    assert.equal(file.rows, content.length)
    for (const column of EVERY_TYPE.columns) {
      const stats = file.stats.find(({ fieldId }) => fieldId === (column.elementId ?? column.id))!
      assert.ok(stats.sizeBytes > 0)
      if (column.elementId !== undefined) {
        assert.deepEqual([stats.lower, stats.upper], [undefined, undefined])
        continue
      }
      const values = content.map((row) => row[column.name]!)
      const [lower, upper] = boundsOf(column, values)
      const told = {
        valueCount: stats.valueCount,
        nullCount: stats.nullCount,
        lower: hex(stats.lower),
        upper: hex(stats.upper),
      }
      const nullCount = values.filter((value) => value === null).length
      assert.deepEqual(
        told,
        { valueCount: values.length, nullCount, lower: hex(lower), upper: hex(upper) },
        `${file.path} ${column.name}`,
      )
    }
  }
})

test('the same batches make the same bytes', async () => {
  const rows = Array.from({ length: 3_000 }, anyRow)
  const sums = await Promise.all(
    [0, 1].map(async () => {
      const to = writing()
      const files = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, rows)], to)
      return files.map(({ path, sizeBytes, stats }) => ({ path, sizeBytes, stats }))
    }),
  )
  assert.deepEqual(sums[0], sums[1])
})

test('field ids, also of elements, and logical types are in the file', async () => {
  const to = writing()
  const files = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], to)
  const sql = `SELECT name, field_id::INTEGER AS id, type, logical_type AS meaning FROM parquet_schema(?) WHERE field_id IS NOT NULL`
  assert.deepEqual(
    rowsOf(await engine.query(sql, [pathsOf(files, to)[0]!])).map(({ name, id, type }) => [name, id, type]),
    // biome-ignore format: a table reads by its columns
    [
      ['id',      1,    'FIXED_LEN_BYTE_ARRAY'],
      ['symbol',  2,    'BYTE_ARRAY'],
      ['at',      3,    'INT64'],
      ['seen',    4,    'INT64'],
      ['price',   5,    'INT64'],
      ['number',  6,    'INT64'],
      ['small',   7,    'INT32'],
      ['flag',    8,    'BOOLEAN'],
      ['text',    9,    'BYTE_ARRAY'],
      ['list',    10,   null],
      ['element', 1000, 'BYTE_ARRAY'],
    ],
  )
})

test('a batch that is not of the table says so, and the next one is written', () => {
  const batch = batchOf(EVERY_TYPE, EDGES)
  const outside = { kind: 'dictionary', codes: new Int32Array(5).fill(7), dictionary: ['x'] } as const
  const lists = { kind: 'list', codes: new Int32Array(5).fill(7), dictionary: [['x']] } as const
  // biome-ignore format: a table reads by its columns
  const rows: [name: string, data: ColumnData, says: RegExp][] = [
    ['text',   outside,                       /text: code 7 lies outside a dictionary of 1/],
    ['list',   lists,                         /list: code 7 lies outside a dictionary of 1/],
    ['price',  batch.columns.get('small')!,   /price is decimal/],
    ['id',     batch.columns.get('price')!,   /id is uuid/],
  ]
  for (const [name, data, says] of rows) {
    const columns = new Map([...batch.columns, [name, data]])
    assert.throws(() => writeDataFiles(EVERY_TYPE, [{ rows: 5, columns }], writing()), says)
  }
  const without = new Map([...batch.columns].filter(([name]) => name !== 'id'))
  assert.throws(() => writeDataFiles(EVERY_TYPE, [{ rows: 5, columns: without }], writing()), /no id/)
  assert.equal(writeDataFiles(EVERY_TYPE, [batch], writing()).length, 4)
})

test('a folder whose name needs quoting is written and read', async () => {
  const to = writing({ folder: path.join(folder, "it's [a] *folder*?"), name: "o'clock" })
  const files = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], to)
  const back = await engine.query(`SELECT count(*) AS n FROM ${scanSql(EVERY_TYPE, pathsOf(files, to))}`)
  assert.deepEqual(rowsOf(back), [{ n: 5n }])
})

test('a disk that refuses is an error with a code', () => {
  const to = writing({ folder: path.join(folder, 'w1', 'x'.repeat(300)) })
  assert.throws(
    () => writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], to),
    (error) => error instanceof K2Error && error.code === 'INTERNAL' && /ENAMETOOLONG/.test(error.message),
  )
})

for (const name of ['price', 'text', 'list']) {
  test(`a required column without a value is refused: ${name}`, () => {
    const columns = EVERY_TYPE.columns.map((each) => (each.name === name ? { ...each, required: true } : each))
    const write = (rows: readonly Row[]) => {
      const spec = { ...EVERY_TYPE, columns }
      return writeDataFiles(spec, [batchOf(spec, rows)], writing({ bucketOf: () => 0 }))
    }
    assert.throws(() => write(EDGES), new RegExp(`1 rows have no ${name}`))
    assert.ok(write(EDGES.filter((row) => row[name] !== null)).length > 0)
  })
}
