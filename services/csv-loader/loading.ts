/**
 * Files of all kinds, each through the loader of its topic, one after the other. A file that cannot be read is a report with
 * its reason; the others are loaded.
 */
import { join } from 'node:path'
import { MARKET_TOPICS, type MarketTopic } from '@k2/contracts/topics.ts'
import type { LocalFiles } from '@k2/lake/store/files.ts'
import type { Table } from '@k2/lake/table.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import { venue } from '@k2/market/instrument.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import { startWorker } from '@k2/service/worker.ts'
import { heldRows } from './adapters/held.ts'
import type { HeldApi } from './adapters/held.worker.ts'
import { type Advance, csvLoader, type FileReport, type FileToLoad, type RejectedRow } from './compose.ts'
import { rateLimit } from './core/rate.ts'

export interface LoadOptions {
  /** Rows a second; undefined: as fast as it goes. */
  readonly rowsPerSecond?: number | undefined
  /** Around each file: where log or lake is away, whether to wait for it and load the file's rest then. */
  readonly patiently?: <T>(work: () => Promise<T>) => Promise<T>
  readonly begun?: (file: FileToLoad) => void
  readonly advanced?: (advance: Advance) => void
  readonly ended?: (report: FileReport) => void
  readonly rejected?: ((row: RejectedRow) => void) | undefined
}

const LOADER_VENUE = venue('ASX')!
export const LOADER_TOPICS = MARKET_TOPICS.filter(({ exchange }) => exchange === LOADER_VENUE.exchange)

export interface LoadingPorts {
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly tables: readonly Table[]
  readonly files: LocalFiles
  /** Of that table's topics, what the sink has yet to decide on. */
  readonly lagRecords: (table: string) => Promise<bigint>
  readonly clock: Clock
  readonly logger: Logger
  readonly telemetry: Telemetry
  readonly reached: (moment: string) => void
}

export interface LoadingSettings {
  readonly appendRows: number
  readonly lagRecordsMax: number
}

export type Load = (
  files: readonly FileToLoad[],
  check: boolean,
  signal: AbortSignal,
  options?: LoadOptions,
) => Promise<FileReport[]>

/** `folder`: where the DuckDB spills that asks the lake what it holds. */
export function loading(ports: LoadingPorts, settings: LoadingSettings, folder: string): Load {
  const engine = { memoryMb: 256, threads: 1, tempFolder: join(folder, 'tmp', 'loader') }
  return async (files, check, signal, options = {}) => {
    const { rowsPerSecond, patiently = (work) => work(), begun, advanced, ended, rejected } = options
    const worker = startWorker<HeldApi>(new URL('./adapters/held.worker.ts', import.meta.url), {
      name: 'loader-held',
      workerData: engine,
    })
    const rate = rowsPerSecond === undefined ? undefined : rateLimit(rowsPerSecond)
    const loaderOf = (topic: MarketTopic) => {
      const query = (sql: string, params: Parameters<HeldApi['query']>[1], paths: readonly string[]) =>
        worker.call('query', sql, params, paths)
      const table = ports.tables.find(({ spec }) => spec === topic.table)!
      const held = heldRows({ ...ports, table, topic, query })
      const lagRecords = async () => Number(await ports.lagRecords(topic.table.name))
      const { appendRows, lagRecordsMax } = settings
      return csvLoader(
        { ...ports, held, lagRecords, ...(advanced && { advanced }), ...(rejected && { rejected }) },
        { topic, venue: LOADER_VENUE, appendRows, lagRecordsMax, check, rate },
      )
    }
    const loaders = new Map(LOADER_TOPICS.map((topic) => [topic.kind, loaderOf(topic)]))
    try {
      const reports: FileReport[] = []
      for (const file of files) {
        begun?.(file)
        const [report] = await patiently(() => loaders.get(file.kind)!.load([file], signal))
        ended?.(report!)
        reports.push(report!)
      }
      return reports
    } finally {
      await worker.close()
    }
  }
}
