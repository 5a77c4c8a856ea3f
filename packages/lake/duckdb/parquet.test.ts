import assert from 'node:assert/strict'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { REFERENCE_DATA, TRADES } from '@k2/contracts/tables.ts'
import type { DataFile } from '../table.ts'
import { rewriteDataFile, type Writing, writeDataFiles } from './parquet.ts'
import { anyRow, below, boundsOf, seed } from './random.fixture.ts'
import { scanSql } from './read.ts'
import { batchOf, EDGES, EVERY_TYPE, opened, type Row, rowsOf } from './rows.fixture.ts'

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
  const files = await writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], to)
  const back = rowsOf(await engine.query(`SELECT * FROM ${scanSql(EVERY_TYPE, pathsOf(files, to))} ORDER BY id`))
  assert.deepEqual(
    back,
    EDGES.toSorted((a, b) => (a.id! < b.id! ? -1 : 1)),
  )
})

test('a file is one day and bucket, and lies in their folder', async () => {
  const to = writing()
  const files = await writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], to)
  assert.deepEqual(
    files.map(({ path, day, bucket, rows }) => ({ path, day, bucket, rows })),
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
  const files = await writeDataFiles(engine, REFERENCE_DATA, [batchOf(REFERENCE_DATA, [row])], to)
  assert.deepEqual(
    files.map(({ path, day, bucket }) => ({ path, day, bucket })),
    [{ path: 'symbol_bucket=2/part-0.parquet', day: null, bucket: 2 }],
  )
})

test('nothing makes no file', async () => {
  const to = writing()
  assert.deepEqual(await writeDataFiles(engine, TRADES, [], to), [])
  assert.deepEqual(await writeDataFiles(engine, TRADES, [{ rows: 0, columns: new Map() }], to), [])
})

test(`random rows of three batches: all there once, sorted within files (seed ${seed})`, async () => {
  const rows = Array.from({ length: 9_000 }, anyRow)
  const batches = [rows.slice(0, 10), rows.slice(10, 5_000), rows.slice(5_000)].map((part, i) =>
    batchOf(EVERY_TYPE, part, i !== 1),
  )
  const to = writing()
  const files = await writeDataFiles(engine, EVERY_TYPE, batches, to)
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
  const files = await writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, rows)], to)
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
      const files = await writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, rows)], to)
      return files.map(({ path, sizeBytes, stats }) => ({ path, sizeBytes, stats }))
    }),
  )
  assert.deepEqual(sums[0], sums[1])
})

test('field ids, also of elements, and logical types are in the file', async () => {
  const to = writing()
  const files = await writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], to)
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

test('a batch that is not of the table says so, and the engine goes on', async () => {
  const batch = batchOf(EVERY_TYPE, EDGES)
  const outside = new Map([
    ...batch.columns,
    ['text', { kind: 'dictionary', codes: new Int32Array(5).fill(7), dictionary: ['x'] } as const],
  ])
  await assert.rejects(
    writeDataFiles(engine, EVERY_TYPE, [{ rows: 5, columns: outside }], writing()),
    /code 7 lies outside/,
  )
  const missing = writing({ folder: path.join(folder, 'w1', 'x'.repeat(300)) })
  await assert.rejects(writeDataFiles(engine, EVERY_TYPE, [batch], missing), /ENAMETOOLONG/)
  assert.equal((await writeDataFiles(engine, EVERY_TYPE, [batch], writing())).length, 4)
})

test('a folder whose name needs quoting is written and read', async () => {
  const to = writing({ folder: path.join(folder, "it's [a] *folder*?"), name: "o'clock" })
  const files = await writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], to)
  const back = await engine.query(`SELECT count(*) AS n FROM ${scanSql(EVERY_TYPE, pathsOf(files, to))}`)
  assert.deepEqual(rowsOf(back), [{ n: 5n }])
})

test('a disk that refuses is an error with a code', async () => {
  const to = writing({ name: 'deep/er' })
  await assert.rejects(
    writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES)], to),
    (error) => error instanceof K2Error,
  )
})

test('a required column without a value is refused', async () => {
  const nulls = Uint8Array.of(0, 0, 1, 0, 0)
  const batch = batchOf(REQUIRED, EDGES)
  const price = { kind: 'int64', values: new BigInt64Array(5), nulls } as const
  const writes = writeDataFiles(
    engine,
    REQUIRED,
    [{ rows: 5, columns: new Map([...batch.columns, ['price', price]]) }],
    writing(),
  )
  await assert.rejects(writes, /1 rows have no price/)
})

const REQUIRED = {
  ...EVERY_TYPE,
  columns: EVERY_TYPE.columns.map((each) => (each.name === 'price' ? { ...each, required: true } : each)),
}

test(`files written anew are one, sorted, with statistics of all (seed ${seed})`, async () => {
  const to = writing({ bucketOf: () => 7 })
  const rows = Array.from({ length: 5_000 }, (_, i) => ({ ...anyRow(), at: BigInt(below(1000)), number: BigInt(i) }))
  const files = [
    await writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, rows.slice(0, 2_000))], { ...to, name: 'a' }),
    await writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, rows.slice(2_000))], { ...to, name: 'b' }),
  ].flat()
  const anew = await rewriteDataFile(engine, EVERY_TYPE, pathsOf(files, to), {
    folder: to.folder,
    name: 'c',
    day: 0,
    bucket: 7,
  })
  const [once] = await writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, rows)], { ...to, name: 'd' })
  assert.equal(anew.path, 'exchange_date=1970-01-01/symbol_bucket=7/c.parquet')
  const bounds = (file: DataFile) => file.stats.map(({ sizeBytes: _, ...stats }) => stats)
  assert.deepEqual([anew.day, anew.bucket, anew.rows, bounds(anew)], [0, 7, 5_000, bounds(once!)])
  assert.deepEqual(await contentOf(anew, to), await contentOf(once!, to))
})

test('of files that cannot be read, none is written anew', async () => {
  const gone = path.join(folder, 'gone.parquet')
  const rewrites = rewriteDataFile(engine, EVERY_TYPE, [gone], { folder, name: 'c', day: null, bucket: 0 })
  await assert.rejects(rewrites, (error) => error instanceof K2Error && error.code === 'LAKE_DAMAGED')
})

test('a damaged file that was to be written anew is named', async () => {
  const to = writing()
  const [file] = await writeDataFiles(engine, EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES.slice(0, 1))], to)
  const damaged = path.join(to.folder, file!.path)
  const bytes = await readFile(damaged)
  await writeFile(damaged, bytes.fill(0xff, 4, 44))
  const rewrites = rewriteDataFile(engine, EVERY_TYPE, [damaged], { folder, name: 'c', day: null, bucket: 0 })
  await assert.rejects(rewrites, (error) => error instanceof K2Error && error.details.file === damaged)
})
