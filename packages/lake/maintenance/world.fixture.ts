/** For tests: a table of trades in a folder, with real data files and commits. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TRADES } from '@k2/contracts/tables.ts'
import { compactFiles } from '../duckdb/compaction.ts'
import { type Engine, openEngine } from '../duckdb/engine.ts'
import { scanSql } from '../duckdb/read.ts'
import { batchOf, type Row, rowsOf } from '../duckdb/rows.fixture.ts'
import { bucketOf } from '../iceberg/bucket.ts'
import { openTable, type TableOptions } from '../iceberg/table.ts'
import { localCatalog } from '../local/catalog.ts'
import { writeDataFiles } from '../parquet/write.ts'
import { directoryStore } from '../store/directory.ts'
import { inPlace } from '../store/files.ts'
import type { Store } from '../store/store.ts'
import { TOPIC } from '../table.examples.ts'
import type { Table } from '../table.ts'
import type { CompactPorts, Rewriter } from './compact.ts'

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'BHP', 'CBA']
const DAY_MICROS = 86_400_000_000n
const FIRST_DAY = 16_138

export interface Lake extends CompactPorts {
  readonly engine: Engine
  readonly store: Store
  readonly warehouse: string
  /** The table's clock, which a test may move. */
  now(): number
  pass(ms: number): void
  /** Lands so many more records of the partition, of so many days. */
  land(rows: number, days?: number): Promise<void>
  /** All rows of the newest snapshot, or of another, by offset. */
  rows(snapshotId?: bigint): Promise<Row[]>
  again(options?: Partial<TableOptions>): Promise<Table>
  close(): Promise<void>
}

export async function lake(firstDay = FIRST_DAY): Promise<Lake> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-maintenance-'))
  const warehouse = join(folder, 'warehouse')
  const stagingFolder = join(folder, 'staging')
  const engine = await openEngine({ memoryMb: 256, threads: 1, tempFolder: join(folder, 'spill') })
  const store = directoryStore()
  let aheadMs = 0
  const now = () => Date.now() + aheadMs
  const catalog = localCatalog({ warehouse, now })
  const again = (options: Partial<TableOptions> = {}) =>
    openTable({ spec: TRADES, catalog, store, now, random: Math.random, ...options })
  const table = await again()
  let next = 0n

  const rewriter: Rewriter = {
    rewrite: ({ sources, ...target }) => compactFiles(engine, TRADES, sources, target),
  }

  async function land(count: number, days = 1): Promise<void> {
    const rows = Array.from({ length: count }, (_, i) => tradeAt(firstDay, next + BigInt(i), days))
    const name = randomUUID()
    const files = writeDataFiles(TRADES, [batchOf(TRADES, rows)], {
      folder: stagingFolder,
      name,
      bucketOf,
    })
    for (const file of files)
      await store.publish(join(stagingFolder, file.path), join(table.location, 'data', file.path))
    const to = next + BigInt(count)
    const outcome = await table.commit({
      commitId: `to ${to}`,
      files: files.map((file) => ({ ...file, path: join(table.location, 'data', file.path) })),
      advances: [{ topic: TOPIC, partition: 0, expected: next === 0n ? null : next, to }],
      holesRead: [],
      holesAdded: [],
      holesStruck: [],
    })
    if (outcome.kind !== 'committed') throw new Error(`the commit was ${outcome.kind}`)
    next = to
  }

  async function rows(snapshotId?: bigint): Promise<Row[]> {
    const { files } = await table.plan({}, snapshotId)
    const paths = files.map(({ path }) => path)
    return rowsOf(await engine.query(`SELECT * FROM ${scanSql(TRADES, paths)} ORDER BY kafka_offset`))
  }

  return {
    table,
    store,
    engine,
    rewriter,
    files: inPlace,
    stagingFolder,
    uuid: randomUUID,
    warehouse,
    now,
    pass(ms) {
      aheadMs += ms
    },
    land,
    rows,
    again,
    async close() {
      await engine.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function tradeAt(firstDay: number, offset: bigint, days: number): Row {
  const firstMicros = BigInt(firstDay) * DAY_MICROS
  const number = Number(offset)
  return {
    message_id: `01234567-89ab-8def-8123-${number.toString(16).padStart(12, '0')}`,
    trade_id: `t${number}`,
    symbol: SYMBOLS[number % SYMBOLS.length]!,
    exchange: 'BINANCE',
    asset_class: 'crypto',
    timestamp: firstMicros + (offset % BigInt(days)) * DAY_MICROS + offset * 1_000n,
    price: 100_000_000n + offset,
    quantity: 1n + offset,
    currency: 'USDT',
    side: number % 2 === 0 ? 'BUY' : 'SELL',
    trade_conditions: number % 3 === 0 ? [] : ['XT'],
    source_sequence: number % 5 === 0 ? null : offset,
    ingestion_timestamp: firstMicros + offset,
    platform_sequence: offset,
    vendor_data: null,
    kafka_topic: TOPIC,
    kafka_partition: 0,
    kafka_offset: offset,
  }
}
