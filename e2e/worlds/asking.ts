/**
 * Sink and query-service over one embedded log, in this process, with the log in hand: a test appends what it likes,
 * also kinds of records that no loader sends yet, and knows the offset of each.
 */
import { join } from 'node:path'
import type { QueryServiceDefinition } from '@k2/contracts/gen/k2/v1/QueryService.ts'
import { incompatibility, SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import type { RecordOf } from '@k2/contracts/records/records.ts'
import { TABLES } from '@k2/contracts/tables.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { workerStager } from '@k2/iceberg-sink/adapters/stage.ts'
import { type IcebergSink, icebergSink } from '@k2/iceberg-sink/compose.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { inPlace } from '@k2/lake/store/files.ts'
import type { Store } from '@k2/lake/store/store.ts'
import type { Table } from '@k2/lake/table.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import { queryService } from '@k2/query-service/compose.ts'
import type { Tracker } from '@k2/query-service/ledger.ts'
import type { StreamTimes } from '@k2/query-service/stream-rest.ts'
import type { StreamSettings } from '@k2/query-service/streams.ts'
import { realClock } from '@k2/service/clock.ts'
import { createHealth } from '@k2/service/health.ts'
import { type Logger, silentLogger } from '@k2/service/logger.ts'
import { createRpcClient, loadProtos, type RpcClient, serviceIn } from '@k2/service/rpc.ts'
import { runServices } from '@k2/service/run.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'
import { inFolder } from './folder.ts'

export type Kind = keyof RecordOf

export interface Asking {
  readonly url: string
  readonly rpc: RpcClient<QueryServiceDefinition>
  /** host:port */
  readonly grpcAddress: string
  readonly sink: IcebergSink
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly tables: readonly Table[]
  readonly store: Store
  /** Appends records of one symbol and venue; answers the partition, and the offset of the first. */
  append<K extends Kind>(kind: K, records: readonly RecordOf[K][]): Promise<{ partition: string; from: bigint }>
}

const PROTOS = join(import.meta.dirname, '../../proto/')

/** What the query-service says of itself. */
interface Heard {
  readonly logger: Logger
  readonly slowMs: number
}
const UNHEARD: Heard = { logger: silentLogger, slowMs: 500 }

/** The same in a folder of its own, held open until `end`; a commit comes only where the sink is drained. */
export async function askingOpen(
  prepare: (folder: string) => Promise<void> = async () => {},
  heard = UNHEARD,
  more: AskingOptions = {},
): Promise<Asking & { end(): Promise<void> }> {
  const up = Promise.withResolvers<Asking>()
  const over = Promise.withResolvers<void>()
  const ended = inFolder(async (folder) => {
    await prepare(folder)
    const work = (world: Asking) => {
      up.resolve(world)
      return over.promise
    }
    await asking(folder, { rows: 100_000, ageMs: 3_600_000 }, work, { heard, ...more })
  })
  ended.catch(up.reject)
  const world = await up.promise
  return {
    ...world,
    end() {
      over.resolve()
      return ended
    },
  }
}

interface Limits {
  readonly rows: number
  readonly ageMs: number
}

export interface AskingOptions {
  /** A table as the query-service alone sees it: a test may bend it. */
  readonly asSeen?: (table: Table) => Table
  readonly logSeen?: (log: Log) => Log
  readonly tailRowsMax?: number
  /** Of data files that an answer may read; by default there is no limit. */
  readonly readBytesMax?: number
  /** For bars that are kept; 0 keeps none. */
  readonly barsMb?: number
  /** By default. Without it nothing lands. */
  readonly lands?: boolean
  readonly heard?: Heard
  readonly streams?: Partial<StreamSettings & StreamTimes>
  readonly trackers?: readonly Tracker[]
}

/** Commits at so many rows, or at so old. */
export async function asking<T>(
  data: string,
  limits: Limits,
  work: (asking: Asking) => Promise<T>,
  options: AskingOptions = {},
): Promise<T> {
  const log = openEmbeddedLog(join(data, 'log'), { now: Date.now })
  const registry = log.registry(incompatibility)
  await log.createTopics(TOPICS)
  const { sink, query, services, tables, store } = await servicesOver(data, { limits, ...options }, log, registry)
  const ending = new AbortController()
  const running = runServices(services, { logger: silentLogger, signal: ending.signal })
  running.catch(() => {})
  try {
    while (query.rpc.address() === '') await Promise.race([running, realClock.sleep(10)])
    const service = serviceIn(loadProtos(['k2/v1/query.proto'], [PROTOS]), 'k2.v1.QueryService')
    const rpc = createRpcClient<QueryServiceDefinition>(service, { address: query.rpc.address() })
    try {
      return await work({
        url: query.http.url(),
        rpc,
        grpcAddress: query.rpc.address(),
        sink,
        append: appender(log, registry),
        log,
        registry,
        tables,
        store,
      })
    } finally {
      rpc.close()
    }
  } finally {
    ending.abort()
    await running
    await log.close()
  }
}

async function servicesOver(
  data: string,
  options: AskingOptions & { readonly limits: Limits },
  log: Log,
  registry: SchemaRegistry,
) {
  const {
    limits,
    asSeen = (table) => table,
    logSeen = (log) => log,
    tailRowsMax = 1_000_000,
    readBytesMax = 0,
    barsMb = 16,
    lands = true,
    heard = UNHEARD,
    streams = {},
    trackers = [],
  } = options
  const warehouse = join(data, 'warehouse')
  const store = directoryStore()
  const catalog = localCatalog({ warehouse, now: Date.now })
  const table = { catalog, store, now: Date.now, random: Math.random }
  const tables = await Promise.all(TABLES.map((spec) => openTable({ ...table, spec })))
  const shared = { log, registry, tables, clock: realClock, logger: silentLogger, random: Math.random }
  const telemetry = (service: string) => createTelemetry({ service, environment: 'test' })
  const engine = (name: string) => ({ memoryMb: 256, threads: 1, tempFolder: join(data, 'tmp', name) })
  const sink = icebergSink(
    { ...shared, store, stager: workerStager(), telemetry: telemetry('sink'), reached: () => {} },
    {
      limits: { ...limits, rowsMax: limits.rows, bytes: 2 ** 24 },
      bufferBytesMax: 2 ** 27,
      stagingFolder: join(data, 'staging'),
      backfill: { share: 0.5, order: 'newest', lookMs: 1_000 },
    },
  )
  const query = queryService(
    {
      ...shared,
      logger: heard.logger,
      log: logSeen(log),
      tables: tables.map(asSeen),
      files: inPlace,
      telemetry: telemetry('query'),
      health: createHealth('k2'),
      metrics: async () => '',
      trackers,
    },
    {
      host: '127.0.0.1',
      httpPort: 0,
      grpcPort: 0,
      engine: { ...engine('query'), barsMb, readableFolders: [warehouse] },
      limits: { runningMax: 3, waitingMax: 64 },
      readBytesMax,
      slowMs: heard.slowMs,
      tailRowsMax,
      lookMs: 5_000,
      streams: { streamsMax: 16, slowMsMax: 30_000, heartbeatMs: 500, pageRows: 50, ...streams },
    },
  )
  return { sink, query, services: [...query.services, ...(lands ? [sink] : [])], tables, store }
}

function appender(log: Log, registry: SchemaRegistry): Asking['append'] {
  return async (kind, records) => {
    const { assetClass, exchange } = records[0]!
    const topic = `market.${assetClass}.${kind}.${exchange.toLowerCase()}`
    const schemaId = await registry.register(`${topic}-value`, SCHEMAS[kind])
    const framed = records.map((record) => {
      const value = encodeRecord(kind, record, FRAME_BYTES)
      writeFrame(value, 0, schemaId)
      return { key: record.symbol, value }
    })
    const [range] = await log.append(topic, framed)
    return { partition: `${topic}/${range!.partition}`, from: range!.from }
  }
}
