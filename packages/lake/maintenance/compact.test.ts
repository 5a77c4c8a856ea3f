import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { ColumnBatch, ColumnData } from '@k2/contracts/columns.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import { compactFiles } from '../duckdb/compaction.ts'
import { rewriteDataFile } from '../duckdb/parquet.ts'
import { bucketOf } from '../iceberg/bucket.ts'
import { readOwn } from '../parquet/reading/read.ts'
import { writeDataFiles } from '../parquet/write.ts'
import { COMPACTION } from './choose.ts'
import { compact } from './compact.ts'
import { type Lake, lake } from './world.fixture.ts'

const ALL = { ...COMPACTION, tierFiles: 2 }
const never = new AbortController().signal

test('files that hold other rows than their manifests say stay; what is made of files is named by its bytes', async (t) => {
  const world = await lake()
  t.after(() => world.close())
  for (let i = 0; i < 3; i++) await world.land(40)
  const before = await world.table.upkeep.files()
  const rewriter: Lake['rewriter'] = {
    rewrite: (request) => world.rewriter.rewrite({ ...request, rows: request.rows + 1 }),
  }
  const miscounted = { code: 'LAKE_DAMAGED', message: /hold \d+ rows, and their manifests say \d+/ }
  await assert.rejects(compact({ ...world, rewriter }, never, ALL), miscounted)
  assert.deepEqual(await world.table.upkeep.files(), before)
  await compact(world, never, ALL)
  for (const { path } of await world.table.upkeep.files()) assert.match(path, /-crc32-[0-9a-f]{8}\.parquet$/)
})

test('files of our writer become one of our writer, with the same rows; those of DuckDB one of DuckDB', async (t) => {
  const world = await lake()
  t.after(() => world.close())
  await world.land(400)
  const bySymbol = (await world.table.upkeep.files()).length
  for (let i = 0; i < 3; i++) await world.land(400)
  const before = await world.rows()
  await compact(world, never, ALL)
  const own = await world.table.upkeep.files()
  assert.equal(own.length, bySymbol)
  for (const { path } of own) assert.ok((await readFile(path)).includes('k2 version'), path)
  assert.deepEqual(await world.rows(), before)

  const byDuckDb: Lake['rewriter'] = {
    rewrite: ({ sources, ...target }) => compactFiles(world.engine, TRADES, sources, target, rewriteDataFile),
  }
  await world.land(400)
  const more = await world.rows()
  await compact({ ...world, rewriter: byDuckDb }, never, ALL)
  assert.deepEqual(await world.rows(), more)
  await world.land(400)
  const all = await world.rows()
  await compact(world, never, ALL)
  for (const { path } of await world.table.upkeep.files())
    assert.ok(!(await readFile(path)).includes('k2 version'), path)
  assert.deepEqual(await world.rows(), all)
})

type Of<K extends ColumnData['kind']> = Extract<ColumnData, { kind: K }>
const column = <K extends ColumnData['kind']>({ columns }: ColumnBatch, name: string, kind: K): Of<K> => {
  const data = columns.get(name)
  assert.equal(data?.kind, kind)
  return data as Of<K>
}

// biome-ignore format: a table reads by its columns
const faults: [what: string, fault: (batch: ColumnBatch) => void][] = [
  ['a price is another',        (batch) => { column(batch, 'price', 'int64').values[3]! += 1n }],
  ['two rows swap a quantity',  (batch) => { column(batch, 'quantity', 'int64').values.subarray(3, 5).reverse() }],
  ['a null is a value',         (batch) => { column(batch, 'source_sequence', 'int64').nulls!.fill(0) }],
  ['an id is another',          (batch) => { column(batch, 'message_id', 'uuid').bytes[40]! ^= 1 }],
  ['a side is another',         (batch) => { (column(batch, 'side', 'dictionary').dictionary as string[])[0] = 'NOBODY' }],
  ['a list is another',         (batch) => { column(batch, 'trade_conditions', 'list').codes[7]! ^= 1 }],
  ['a row is there twice',      (batch) => { for (const data of batch.columns.values()) twice(data) }],
]

/** The first row, in place of the second. */
function twice(data: ColumnData): void {
  if (data.kind === 'uuid') data.bytes.copyWithin(16, 0, 16)
  else if (data.kind === 'text') {
    data.slices!.starts.copyWithin(1, 0, 1)
    data.slices!.ends.copyWithin(1, 0, 1)
  } else if ('codes' in data) data.codes.copyWithin(1, 0, 1)
  else {
    data.values.copyWithin(1, 0, 1)
    if (data.nulls) data.nulls.copyWithin(1, 0, 1)
  }
}

for (const [what, fault] of faults) {
  test(`what our own reader got wrong is refused: ${what}`, async (t) => {
    const world = await lake()
    t.after(() => world.close())
    for (let i = 0; i < 3; i++) await world.land(120)
    const before = await world.table.upkeep.files()
    const faulty: Parameters<typeof compactFiles>[4] = async (_engine, spec, sources, target) => {
      const batch = readOwn(spec, sources, target.rows)!
      fault(batch)
      return writeDataFiles(spec, [batch], { ...target, bucketOf })[0]!
    }
    const rewriter: Lake['rewriter'] = {
      rewrite: ({ sources, ...target }) => compactFiles(world.engine, TRADES, sources, target, faulty),
    }
    const refused = { code: 'INTERNAL', message: /would have changed \d of 3 checksums/ }
    await assert.rejects(compact({ ...world, rewriter }, never, ALL), refused)
    assert.deepEqual(await world.table.upkeep.files(), before)
    const left = await readdir(world.stagingFolder, { recursive: true })
    assert.deepEqual(
      left.filter((name) => name.endsWith('.parquet')),
      [],
    )
  })
}
