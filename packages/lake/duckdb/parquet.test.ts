import assert from 'node:assert/strict'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { after, test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { type Column, REFERENCE_DATA, TRADES } from '@k2/contracts/tables.ts'
import type { DataFile } from '../table.ts'
import { type Writing, writeDataFiles } from './parquet.ts'
import { scanSql } from './read.ts'
import { batchOf, EDGES, EVERY_TYPE, opened, type Row, rowsOf, type Value } from './rows.fixture.ts'

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

const seed = Date.now() % 1e6
const random = mulberry(seed)
function mulberry(state: number): () => number {
  let a = state
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const below = (limit: number): number => Math.floor(random() * limit)
const bits = (count: number): bigint =>
  BigInt.asIntN(64, (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32))) >> BigInt(64 - count)
const orNull = <T>(value: T): T | null => (below(5) === 0 ? null : value)
const letters = ['a', 'Z', '0', ' ', "'", '"', '\\', 'é', '€', '\uFFFD', '𝄞', '\u{10FFFF}', '\0', '\n']
const anyText = (length: number): string =>
  Array.from({ length: below(length) }, () => letters[below(letters.length)]).join('')
const anyId = (): string =>
  Buffer.from(Array.from({ length: 16 }, () => below(256)))
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

function anyRow(): Row {
  return {
    id: anyId(),
    symbol: ['BHP', 'CBA', 'é', '\u{1F600}', '\uFFFD', 'A'][below(6)]!,
    at: 1_394_398_634_754_321n + bits(38),
    seen: orNull(bits(56)),
    price: orNull(bits(60) % 10n ** 18n),
    number: orNull(bits(1 + below(64))),
    small: orNull(Number(bits(1 + below(32)))),
    flag: orNull(below(2) === 0),
    text: orNull(anyText(below(10) === 0 ? 600 : 24)),
    list: orNull(Array.from({ length: below(3) }, () => anyText(16))),
  }
}

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

const hex = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('hex')

/** Bounds by the book, without the code under test: sorted by their bytes or numbers, then written down. */
function boundsOf({ type }: Column, all: readonly Value[]): [] | [Uint8Array, Uint8Array | undefined] {
  const values = all.filter((value) => value !== null)
  if (values.length === 0) return []
  if (type === 'string') {
    const sorted = (values as string[]).map((text) => Buffer.from(text)).toSorted(Buffer.compare)
    const upper = [...sorted.at(-1)!.toString()]
    return [
      Buffer.from([...sorted[0]!.toString()].slice(0, 16).join('')),
      upper.length <= 16 ? sorted.at(-1)! : above(upper.slice(0, 16)),
    ]
  }
  if (type === 'uuid') {
    const sorted = (values as string[]).toSorted().map((text) => Buffer.from(text.replaceAll('-', ''), 'hex'))
    return [sorted[0]!, sorted.at(-1)!]
  }
  const sorted = values.map((value) => BigInt(value as bigint)).toSorted((a, b) => (a < b ? -1 : Number(a > b)))
  const width = { boolean: 8n, int: 32n }[type as string] ?? 64n
  const little = (value: bigint): Uint8Array =>
    Uint8Array.from({ length: Number(width / 8n) }, (_, i) => Number(BigInt.asUintN(8, value >> BigInt(8 * i))))
  const minimal = (value: bigint): Uint8Array => {
    const bytes = [...little(value)].reverse()
    while (bytes.length > 1 && ((bytes[0] === 0 && bytes[1]! < 128) || (bytes[0] === 255 && bytes[1]! >= 128)))
      bytes.shift()
    return Uint8Array.from(bytes)
  }
  const form = type === 'decimal(18, 8)' ? minimal : little
  return [form(sorted[0]!), form(sorted.at(-1)!)]
}

function above(points: string[]): Uint8Array | undefined {
  const last = points.findLastIndex((point) => point !== '\u{10FFFF}')
  if (last < 0) return undefined
  return Buffer.from(points.slice(0, last).join('') + String.fromCodePoint(points[last]!.codePointAt(0)! + 1))
}

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
