/** Columns that come while a table is written and read: by writers of before and after at once. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { type TableSpec, TRADES } from '@k2/contracts/tables.ts'
import { openEngine } from '../duckdb/engine.ts'
import { scanSql } from '../duckdb/read.ts'
import { batchOf, rowsOf } from '../duckdb/rows.fixture.ts'
import { localCatalog } from '../local/catalog.ts'
import { writeDataFiles } from '../parquet/write.ts'
import { directoryStore } from '../store/directory.ts'
import { intent, NAME, pathsOf } from '../table.examples.ts'
import { bucketOf } from './bucket.ts'
import { openTable } from './table.ts'

const VENUE_FLAG = { id: 50, name: 'venue_flag', type: 'string', required: false, doc: 'New' } as const
const LATER: TableSpec = { ...TRADES, columns: [...TRADES.columns, VENUE_FLAG] }

async function opened(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'k2-grow-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const catalog = localCatalog({ warehouse: folder, now: Date.now })
  const store = directoryStore()
  const again = (spec: TableSpec) => openTable({ spec, catalog, store, now: Date.now, random: Math.random })
  return { folder, catalog, again }
}

it('adds a column, and writers of before and after both go on', async (t) => {
  const { catalog, again } = await opened(t)
  const before = await again(TRADES)
  await before.commit(intent(0, null, 10n))
  const after = await again(LATER)
  const { metadata } = (await catalog.load(NAME))!
  assert.equal(metadata['current-schema-id'], 1)
  assert.deepEqual(
    metadata.schemas.map(({ fields }) => fields.length),
    [TRADES.columns.length, LATER.columns.length],
  )
  assert.match(metadata.properties['schema.name-mapping.default']!, /venue_flag/)
  const works = [intent(0, 10n, 20n), intent(1, null, 10n), intent(0, 20n, 30n), intent(1, 10n, 20n)]
  for (const [index, work] of works.entries()) {
    assert.equal((await (index % 2 === 0 ? before : after).commit(work)).kind, 'committed')
  }
  assert.equal((await pathsOf(await again(TRADES))).length, 5)
  assert.equal((await pathsOf(await again(LATER))).length, 5)
  assert.equal((await catalog.load(NAME))!.metadata['current-schema-id'], 1, 'it is added once')
})

it('is added once by several who come at once', async (t) => {
  const { catalog, again } = await opened(t)
  await again(TRADES)
  await Promise.all(Array.from({ length: 4 }, () => again(LATER)))
  assert.equal((await catalog.load(NAME))!.metadata.schemas.length, 2)
})

it('reads null in files of before', async (t) => {
  const { folder } = await opened(t)
  const engine = await openEngine({ memoryMb: 128, threads: 1, tempFolder: join(folder, 'spill') })
  t.after(() => engine.close())
  const row = {
    message_id: '01234567-89ab-8def-8123-000000000001',
    trade_id: 't',
    symbol: 'BHP',
    exchange: 'ASX',
    asset_class: 'equities',
    timestamp: 1n,
    price: 1n,
    quantity: 1n,
    currency: 'AUD',
    side: 'BUY',
    trade_conditions: [],
    ingestion_timestamp: 1n,
    platform_sequence: 1n,
    kafka_topic: 't',
    kafka_partition: 0,
    kafka_offset: 1n,
  }
  const written = [
    ...writeDataFiles(TRADES, [batchOf(TRADES, [row])], { folder, name: 'old', bucketOf }),
    ...writeDataFiles(LATER, [batchOf(LATER, [{ ...row, kafka_offset: 2n, venue_flag: 'X' }])], {
      folder,
      name: 'new',
      bucketOf,
    }),
  ]
  const paths = written.map(({ path }) => join(folder, path))
  const flags = async (spec: TableSpec, what: string) =>
    rowsOf(await engine.query(`SELECT ${what} FROM ${scanSql(spec, paths)} ORDER BY kafka_offset`))
  assert.deepEqual(await flags(LATER, 'venue_flag'), [{ venue_flag: null }, { venue_flag: 'X' }])
  assert.deepEqual(await flags(TRADES, 'kafka_offset'), [{ kafka_offset: 1n }, { kafka_offset: 2n }])
})
