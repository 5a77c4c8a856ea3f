/**
 * A process that `npm run bench -- freshness` and `-- soak` ask: FOLDER. Log, sink, upkeep and query-service as `npm start`
 * has them, with little memory for DuckDB, which fills what it is given, commits every two seconds, upkeep every ten,
 * and snapshots that are dropped a minute later; trades are appended when the bench says so.
 */
import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { TABLES } from '@k2/contracts/tables.ts'
import { marketTopic, TOPICS } from '@k2/contracts/topics.ts'
import { embeddedSettings } from '@k2/embedded/settings.ts'
import { landing } from '@k2/iceberg-sink/landing.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { expire, sweep } from '@k2/lake/maintenance/expire.ts'
import type { HeldMemory } from '@k2/lake/memory.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { inPlace } from '@k2/lake/store/files.ts'
import { topicPartition } from '@k2/lake/table.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { answering } from '@k2/query-service/answering.ts'
import { realClock } from '@k2/service/clock.ts'
import { createHealth } from '@k2/service/health.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { runServices } from '@k2/service/run.ts'
import { readSettings } from '@k2/service/settings.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'
import { type Parts, partsOf } from './bench-parts.ts'
import { tradeRecords } from './bench-trades.ts'

/** What the bench sends; each is answered under its number. */
export type LiveSent = { readonly kind: 'append'; readonly rows: number } | { readonly kind: 'look' }

export interface Appended {
  /** By partition: behind its last record, as text. */
  readonly to: Readonly<Record<string, string>>
}

export interface Looked {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
  readonly handles: number
  readonly files: number
  readonly snapshots: number
  readonly parts: Parts
  /** What the query-service keeps for the next question, by kind: k2_query_kept_bytes. */
  readonly kept: Readonly<Record<string, HeldMemory>>
}

const ROWS_MAX = 50_000_000
const UPKEEP_MS = 10_000
const KEPT_MS = 60_000

const [folder = ''] = process.argv.slice(2)
const settings = readSettings(embeddedSettings, {
  ...{ httpPort: 0, grpcPort: 0, commitAgeMs: 2_000, upkeepIntervalMs: UPKEEP_MS },
  ...{ queryMemoryMb: 128, upkeepMemoryMb: 128 },
})
const warehouse = join(folder, 'warehouse')
const store = directoryStore()
const lake = { catalog: localCatalog({ warehouse, now: realClock.nowMs }), store, now: realClock.nowMs }
const log = openEmbeddedLog(join(folder, 'log'), { now: realClock.nowMs })
await log.createTopics(TOPICS)
const tables = await Promise.all(TABLES.map((spec) => openTable({ ...lake, spec, random: Math.random })))
const topic = marketTopic('market.equities.trades.asx')!
const registry = log.registry(incompatibility)
const shared = {
  ...{ log, registry, tables, store, files: inPlace, clock: realClock, logger: silentLogger },
  ...{ random: Math.random, reached: () => {} },
  telemetry: createTelemetry({ service: 'k2', environment: 'bench' }),
}
const landed = landing(shared, settings, folder)
const query = answering({ ...shared, health: createHealth('k2'), metrics: async () => '' }, settings, folder, [
  warehouse,
])
const make = await tradeRecords(registry, topic, ROWS_MAX)

/** Sooner than upkeep would: SPEC's hour is longer than a bench. */
async function forget(): Promise<void> {
  for (const table of tables) {
    const ports = { table, store, now: realClock.nowMs, uuid: randomUUID }
    await expire(ports, { allMs: KEPT_MS, everyMinuteMs: KEPT_MS })
    await sweep(ports, KEPT_MS)
  }
}

async function look(): Promise<Looked> {
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  const handles = (await readdir('/proc/self/fd').catch(() => [])).length
  const [trades] = tables
  const [files, snapshots] = [await trades!.upkeep.files(), await trades!.snapshots()]
  const [parts, kept] = [await partsOf(), await keptOf()]
  return { rss, heapUsed, external, handles, files: files.length, snapshots: snapshots.length, parts, kept }
}

async function keptOf(): Promise<Looked['kept']> {
  const text = await shared.telemetry.text()
  const gauges = (name: string) => text.matchAll(new RegExp(`^${name}\\{.*?\\bkind="(\\w+)".*\\} (\\d+)$`, 'gm'))
  const most = new Map(Array.from(gauges('k2_query_kept_max_bytes'), ([, kind, bytes]) => [kind, Number(bytes)]))
  const held = Array.from(gauges('k2_query_kept_bytes'), ([, kind = '', bytes]) => {
    return [kind, { bytes: Number(bytes), bytesMax: most.get(kind)! }] as const
  })
  return Object.fromEntries(held)
}

async function append(rows: number): Promise<Appended> {
  const ranges = await log.append(topic.name, make(rows))
  return { to: Object.fromEntries(ranges.map(({ partition, to }) => [topicPartition(topic.name, partition), `${to}`])) }
}

const ending = new AbortController()
process.on('disconnect', () => ending.abort())
process.on('message', async ({ id, ...sent }: { readonly id: number } & LiveSent) =>
  process.send?.({ id, ...(sent.kind === 'append' ? await append(sent.rows) : await look()) }),
)
const running = runServices([...query.services, ...landed.services], { logger: silentLogger, signal: ending.signal })
while (query.rpc.address() === '') await Promise.race([running, realClock.sleep(10)])
process.send!({ url: query.http.url() })
let forgetting: Promise<void> = Promise.resolve()
// One that loses to a commit is tried again at the next.
const timer = setInterval(() => {
  forgetting = forgetting.then(forget).catch(() => {})
}, UPKEEP_MS)
await running
clearInterval(timer)
await forgetting
await log.close()
