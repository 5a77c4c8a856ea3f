/** A loader alone over an embedded log and an empty lake, in this process: a test decides on clock, lag and moments. */

import { join } from 'node:path'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { MARKET_TOPICS, type MarketTopic, TOPICS } from '@k2/contracts/topics.ts'
import { heldRows } from '@k2/csv-loader/adapters/held.ts'
import { csvLoader, type FileReport, type FileToLoad, type Ports, type Settings } from '@k2/csv-loader/compose.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { inPlace } from '@k2/lake/store/files.ts'
import { type EmbeddedLog, openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { venue } from '@k2/market/instrument.ts'
import { realClock } from '@k2/service/clock.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'

type Kind = MarketTopic['kind']
export type LoadOptions = Partial<Ports> & Partial<Pick<Settings, 'appendRows' | 'lagRecordsMax' | 'rate' | 'check'>>

export interface Loading {
  readonly log: EmbeddedLog
  /** Each call is a loader of its own. */
  load(file: Partial<FileToLoad> & { readonly path: string }, options?: LoadOptions): Promise<FileReport>
}

export const topicOf = (kind: Kind): MarketTopic =>
  MARKET_TOPICS.find((one) => one.kind === kind && one.exchange === 'ASX')!

export async function inLoading<T>(folder: string, work: (loading: Loading) => Promise<T>): Promise<T> {
  const log = openEmbeddedLog(join(folder, 'log'), { now: Date.now })
  await log.createTopics(TOPICS)
  const registry = log.registry(incompatibility)
  const catalog = localCatalog({ warehouse: join(folder, 'warehouse'), now: Date.now })
  async function load(given: Partial<FileToLoad> & { readonly path: string }, options: LoadOptions = {}) {
    const file: FileToLoad = {
      kind: 'trades',
      companyId: null,
      symbol: given.kind === 'reference' ? '*' : 'XYZ',
      ...given,
    }
    const topic = topicOf(file.kind)
    const table = await openTable({
      spec: topic.table,
      catalog,
      store: directoryStore(),
      now: Date.now,
      random: Math.random,
    })
    const query = () => Promise.reject(new Error('the lake is empty'))
    const ports: Ports = {
      log,
      registry,
      held: heldRows({ files: inPlace, log, registry, table, topic, query }),
      clock: realClock,
      logger: silentLogger,
      telemetry: createTelemetry({ service: 'test', environment: 'test' }),
      lagRecords: async () => 0,
      reached: () => {},
      ...options,
    }
    const { appendRows = 5_000, lagRecordsMax = 50_000, check = true, rate } = options
    const settings = { topic, venue: venue('ASX')!, appendRows, lagRecordsMax, check, rate }
    const [report] = await csvLoader(ports, settings).load([file], new AbortController().signal)
    return report!
  }
  try {
    return await work({ log, load })
  } finally {
    await log.close()
  }
}
