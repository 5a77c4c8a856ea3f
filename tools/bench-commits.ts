/**
 * `npm run bench -- commits`: what one landing costs by its rows, on a folder and on a REST catalog over PostgreSQL and
 * S3, whose servers it starts. The same log on both; nothing is compacted meanwhile.
 *
 *   prepare  log batches to Parquet files in the store      commit  manifest, list, the catalog's answer
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import { S3_ACCESS, startServer } from '@k2/e2e/worlds/real/servers.ts'
import { workerStager } from '@k2/iceberg-sink/adapters/stage.ts'
import { commit, type LandPorts, prepare } from '@k2/iceberg-sink/land.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { restCatalog } from '@k2/lake/rest/catalog.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { s3Store } from '@k2/lake/store/s3.ts'
import { ownBatch } from '@k2/landing/batch.ts'
import type { StageBatch } from '@k2/landing/stage.ts'
import { trimBatch } from '@k2/log/batches.ts'
import { type EmbeddedLog, openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import type { LogBatch } from '@k2/log/log.ts'
import { realClock } from '@k2/service/clock.ts'
import { generate } from './bench-sink.ts'

const TOPIC = marketTopic('market.equities.trades.asx')!
const SIZES: readonly (readonly [rows: number, commits: number])[] = [
  [1, 100],
  [1_000, 40],
  [10_000, 12],
  [50_000, 5],
]
const ROWS = SIZES.reduce((sum, [rows, commits]) => sum + rows * commits, 0)

export async function commitsBench(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-commits-'))
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true })]
  try {
    await generate(folder, ROWS)
    const log = openEmbeddedLog(join(folder, 'log'), { now: realClock.nowMs })
    stops.unshift(() => log.close())
    const s3 = await startServer('s3', 'bench')
    stops.unshift(s3.stop)
    const postgres = await startServer('postgres', 'bench')
    stops.unshift(postgres.stop)
    const catalog = await startServer('catalog', 'bench', { POSTGRES: postgres.url, S3: s3.url })
    stops.unshift(catalog.stop)
    const inFolder = { catalog: localCatalog({ warehouse: join(folder, 'warehouse'), now: realClock.nowMs }) }
    const overRest = { catalog: restCatalog({ uri: catalog.url, access: { kind: 'none' } }) }
    return {
      bench: 'commits',
      folder: await measured(log, folder, { ...inFolder, store: directoryStore() }),
      rest_s3: await measured(log, folder, { ...overRest, store: s3Store({ ...S3_ACCESS, endpoint: s3.url }) }),
    }
  } finally {
    for (const stop of stops) await stop()
  }
}

type Lake = Pick<Parameters<typeof openTable>[0], 'catalog' | 'store'>

async function measured(log: EmbeddedLog, folder: string, lake: Lake): Promise<object> {
  const table = await openTable({ ...lake, spec: TRADES, now: realClock.nowMs, random: Math.random })
  const stager = workerStager()
  const quiet = { retried: () => {}, told: () => {}, reached: () => {} }
  const registry = log.registry(incompatibility)
  const ports: LandPorts = {
    ...quiet,
    log,
    registry,
    table,
    stager,
    store: lake.store,
    clock: realClock,
    random: Math.random,
  }
  const pieces = rowsOf(log)
  const figures: Record<string, object> = {}
  await landed(ports, await pieces(1), folder) // what is made once is made
  for (const [rows, commits] of SIZES) {
    const times: Times[] = []
    for (let i = rows === 1 ? 1 : 0; i < commits; i++) times.push(await landed(ports, await pieces(rows), folder))
    figures[rows] = summary(rows, times)
  }
  await stager.close()
  return figures
}

interface Times {
  readonly prepareMs: number
  readonly commitMs: number
  readonly bytes: number
}

async function landed(ports: LandPorts, batches: readonly StageBatch[], folder: string): Promise<Times> {
  const { progress, tableUuid } = await ports.table.head()
  const { signal } = new AbortController()
  const startMs = performance.now()
  const load = { batches, holes: progress.holes, stagingFolder: join(folder, 'staging') }
  const prepared = await prepare(ports, { ...load, expected: (key) => progress.offsets.get(key) ?? null }, signal)
  const preparedMs = performance.now()
  const { kind } = await commit(ports, prepared, { tableUuid, holes: [] }, signal)
  if (kind !== 'committed' || prepared.left.length > 0) throw new Error(`a commit was ${kind}`)
  const bytes = prepared.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return { prepareMs: preparedMs - startMs, commitMs: performance.now() - preparedMs, bytes }
}

function summary(rows: number, times: readonly Times[]): object {
  const of = (share: number, value: (one: Times) => number) => {
    const sorted = times.map(value).sort((a, b) => a - b)
    return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]! * 10) / 10
  }
  const bytes = times.reduce((sum, one) => sum + one.bytes, 0)
  return {
    commits: times.length,
    prepare_ms: { p50: of(0.5, ({ prepareMs }) => prepareMs), p99: of(0.99, ({ prepareMs }) => prepareMs) },
    commit_ms: { p50: of(0.5, ({ commitMs }) => commitMs), p99: of(0.99, ({ commitMs }) => commitMs) },
    bytes_a_trade: Math.round((bytes / times.length / rows) * 10) / 10,
  }
}

/** The log from its start, so many records at each call. */
function rowsOf(log: EmbeddedLog): (rows: number) => Promise<StageBatch[]> {
  const batches = reading(log)
  let rest: LogBatch | undefined
  return async (rows) => {
    const taken: StageBatch[] = []
    for (let left = BigInt(rows); left > 0n; ) {
      const batch = rest ?? ((await batches.next()).value as LogBatch)
      const cut = batch.from + (batch.to - batch.from < left ? batch.to - batch.from : left)
      rest = cut < batch.to ? trimBatch(batch, cut, batch.to) : undefined
      taken.push(ownBatch(trimBatch(batch, batch.from, cut)))
      left -= cut - batch.from
    }
    return taken
  }
}

async function* reading(log: EmbeddedLog): AsyncGenerator<LogBatch> {
  for (const range of await log.ranges([TOPIC.name])) yield* log.readRange(range)
}
