/**
 * One run of `npm run bench -- loader`: FOLDER KIND RUN FILE. The last line is its figures.
 *
 *   whole   the loader as it runs, over an embedded log that nobody else reads; the folder's log goes on
 */
import { join } from 'node:path'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { marketTopic, TOPICS } from '@k2/contracts/topics.ts'
import { heldRows } from '@k2/csv-loader/adapters/held.ts'
import { csvLoader } from '@k2/csv-loader/compose.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { venue } from '@k2/market/instrument.ts'
import { realClock } from '@k2/service/clock.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'

export interface Figures {
  readonly sent: number
  readonly skipped: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMemoryMb: number
}

const [folder, kind, path] = process.argv.slice(2) as [string, 'trades' | 'quotes', string]
const topic = marketTopic(`market.equities.${kind}.asx`)!
const log = openEmbeddedLog(join(folder, 'log'), { now: realClock.nowMs })
await log.createTopics(TOPICS)
const registry = log.registry(incompatibility)
const catalog = localCatalog({ warehouse: join(folder, 'warehouse'), now: realClock.nowMs })
const table = await openTable({
  spec: topic.table,
  catalog,
  store: directoryStore(),
  now: realClock.nowMs,
  random: Math.random,
})
const loader = csvLoader(
  {
    log,
    registry,
    held: heldRows({ log, registry, table, topic, query: () => Promise.reject(new Error('the lake is empty')) }),
    clock: realClock,
    logger: silentLogger,
    telemetry: createTelemetry({ service: 'bench', environment: 'bench' }),
    lagRecords: async () => 0,
    reached: () => {},
  },
  { topic, venue: venue('ASX')!, appendRows: 5_000, lagRecordsMax: 50_000, check: true },
)
const startMs = performance.now()
const before = process.cpuUsage()
const [report] = await loader.load([{ path, kind, companyId: '7078', symbol: 'BHP' }], new AbortController().signal)
const { user, system } = process.cpuUsage(before)
const { sent, skipped } = report!
const figures: Figures = {
  sent,
  skipped,
  seconds: (performance.now() - startMs) / 1000,
  cpuSeconds: (user + system) / 1e6,
  peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
}
await log.close()
process.stdout.write(`${JSON.stringify(figures)}\n`)
