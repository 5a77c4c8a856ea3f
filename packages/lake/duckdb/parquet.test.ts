import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { type Writing, writeDataFiles } from '../parquet/write.ts'
import type { DataFile } from '../table.ts'
import { rewriteDataFile } from './parquet.ts'
import { anyRow, below, seed } from './random.fixture.ts'
import { batchOf, EDGES, EVERY_TYPE, opened, type Row, rowsOf } from './rows.fixture.ts'

const { folder, engine, end } = await opened()
after(end)

let calls = 0
const writing = (more: Partial<Writing> = {}): Writing => ({
  folder: path.join(folder, `w${++calls}`),
  name: 'part',
  bucketOf: () => 0,
  ...more,
})

const pathsOf = (files: readonly DataFile[], to: Writing): string[] =>
  files.map((file) => path.join(to.folder, file.path))

async function contentOf(file: DataFile, to: Writing): Promise<Row[]> {
  const sql = `SELECT * FROM read_parquet(?, hive_partitioning = false) ORDER BY file_row_number`
  return rowsOf(await engine.query(sql, [path.join(to.folder, file.path)]))
}

test(`files written anew are one, sorted, with statistics of all (seed ${seed})`, async () => {
  const to = writing({ bucketOf: () => 7 })
  const rows = Array.from({ length: 5_000 }, (_, i) => ({ ...anyRow(), at: BigInt(below(1000)), number: BigInt(i) }))
  const files = [
    writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, rows.slice(0, 2_000))], { ...to, name: 'a' }),
    writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, rows.slice(2_000))], { ...to, name: 'b' }),
  ].flat()
  const anew = await rewriteDataFile(engine, EVERY_TYPE, pathsOf(files, to), {
    folder: to.folder,
    name: 'c',
    day: 0,
    bucket: 7,
  })
  const [once] = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, rows)], { ...to, name: 'd' })
  assert.match(anew.path, /^exchange_date=1970-01-01\/symbol_bucket=7\/c-crc32-[0-9a-f]{8}\.parquet$/)
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
  const [file] = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES.slice(0, 1))], to)
  const damaged = path.join(to.folder, file!.path)
  const bytes = await readFile(damaged)
  await writeFile(damaged, bytes.fill(0xff, 4, 44))
  const rewrites = rewriteDataFile(engine, EVERY_TYPE, [damaged], { folder, name: 'c', day: null, bucket: 0 })
  await assert.rejects(rewrites, (error) => error instanceof K2Error && error.details.file === damaged)
})
