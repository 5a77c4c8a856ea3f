/**
 * All of it in one process: the default that `npm start` runs.
 *
 *   files ─► csv-loader ──────┬─► log (SQLite) ─► iceberg-sink ─► warehouse (Iceberg in a folder, or where settings say)
 *   feed ──► binance-gateway ─┘   ▲   │└────────────────┬──────────────────┘
 *                    sequence-tracker ┘           query-service ─► REST, gRPC (the tracker's and the gateway's too)
 *
 * The services are those of the containers, handed the embedded log, or Kafka where settings say. Order of start: who answers
 * and who lands before who loads; the log is closed last, when nobody writes any more.
 */
import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FEED_PROTO } from '@k2/binance-gateway/rpc.ts'
import type { PressureReport } from '@k2/contracts/gen/k2/v1/PressureReport.ts'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { TABLES } from '@k2/contracts/tables.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { type Load, loading } from '@k2/csv-loader/loading.ts'
import type { Ports as ControllerPorts, DegradationController } from '@k2/degradation-controller/compose.ts'
import { controlling } from '@k2/degradation-controller/controlling.ts'
import { reportOf } from '@k2/degradation-controller/core/reports.ts'
import type { IcebergSink } from '@k2/iceberg-sink/compose.ts'
import { landing } from '@k2/iceberg-sink/landing.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { openLake } from '@k2/lake/open.ts'
import type { Table } from '@k2/lake/table.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import { measuredLog } from '@k2/log/measured.ts'
import { type OpenLog, openLog } from '@k2/log/open.ts'
import { answering } from '@k2/query-service/answering.ts'
import type { QueryService } from '@k2/query-service/compose.ts'
import type { Tracker } from '@k2/query-service/ledger.ts'
import { SEQUENCE_PROTO, type SequenceTracker } from '@k2/sequence-tracker/compose.ts'
import { tracking } from '@k2/sequence-tracker/tracking.ts'
import { type Access, openAccess } from '@k2/service/access/access.ts'
import { callerOf } from '@k2/service/access/caller.ts'
import { circuits } from '@k2/service/circuits.ts'
import { realClock } from '@k2/service/clock.ts'
import type { GuardOf } from '@k2/service/guard.ts'
import { createHealth, type Health } from '@k2/service/health.ts'
import { logMetrics } from '@k2/service/log-metrics.ts'
import type { Logger } from '@k2/service/logger.ts'
import { watchProcess } from '@k2/service/process-metrics.ts'
import type { Service } from '@k2/service/run.ts'
import type { Settings } from '@k2/service/settings.ts'
import { createTelemetry, joinedText, type Telemetry } from '@k2/service/telemetry.ts'
import { controllersAt } from '@k2/shedding/controllers.ts'
import { member } from '@k2/shedding/member.ts'
import { type FeedKind, liveFeed } from './feed.ts'
import type { embeddedSettings } from './settings.ts'

export type EmbeddedSettings = Settings<typeof embeddedSettings>

export interface EmbeddedPorts {
  readonly logger: Logger
  readonly reached: (moment: string) => void
  /** Who may ask; by default as settings say. */
  readonly access?: Access
  /** A feed beside the files, and the seed of a generated one. */
  readonly feed?: { readonly kind: FeedKind; readonly seed: number } | undefined
  /** Around what needs log or lake to be there; by default they must be. */
  readonly patiently?: <T>(work: () => Promise<T>) => Promise<T>
}

export interface Embedded {
  /** In the order to start them. */
  readonly services: readonly Service[]
  readonly health: Health
  readonly tables: readonly Table[]
  readonly sink: IcebergSink
  readonly query: QueryService
  readonly degradation: DegradationController
  readonly log: Log
  readonly registry: SchemaRegistry
  /** A file that cannot be read is a report with its reason; the others are loaded. */
  readonly load: Load
  /** Gives the folder back; also where nothing was started. */
  close(): Promise<void>
}

/** Opens the folder. Errors: LOG_IN_USE where another process holds it, LOG_DAMAGED, LAKE_DAMAGED, LAKE_DISAGREES. */
export async function embedded(settings: EmbeddedSettings, ports: EmbeddedPorts): Promise<Embedded> {
  const folder = resolve(settings.data)
  await mkdir(folder, { recursive: true })
  const health = createHealth('k2')
  const telemetry = createTelemetry({ service: 'k2', environment: settings.environment })
  const guardOf = circuits({ telemetry, health, logger: ports.logger })
  const where = { folder: join(folder, 'log'), now: realClock.nowMs, incompatibility, guardOf }
  const access = ports.access ?? openAccess(settings, { clock: realClock, logger: ports.logger, guardOf })
  const open = await openLog(settings, where)
  try {
    return await overLog({ ...open, folder, health, telemetry, guardOf, access }, settings, ports)
  } catch (error) {
    await open.log.close()
    throw error
  }
}

interface Opened extends OpenLog {
  readonly folder: string
  readonly health: Health
  readonly telemetry: Telemetry
  readonly guardOf: GuardOf
  readonly access: Access
}

async function overLog(
  { log, registry, trouble, folder, health, telemetry: ownTelemetry, guardOf, access }: Opened,
  settings: EmbeddedSettings,
  ports: EmbeddedPorts,
): Promise<Embedded> {
  const { patiently = (work) => work() } = ports
  await patiently(() => log.createTopics(TOPICS))
  // What a crash left there was never published.
  await rm(join(folder, 'staging'), { recursive: true, force: true })
  const folders = { warehouse: join(folder, 'warehouse'), cache: join(folder, 'cache') }
  const lake = await openLake(settings, folders, realClock.nowMs, guardOf)
  const { catalog, store, files } = lake
  const table = { catalog, store, now: realClock.nowMs, random: Math.random, reached: ports.reached }
  const tables = await patiently(() => Promise.all(TABLES.map((spec) => openTable({ ...table, spec }))))

  health.watchReady('log', trouble)
  const telemetries: Telemetry[] = [ownTelemetry]
  const shared = (service: string, component: string) => {
    const telemetry = createTelemetry({ service, environment: settings.environment })
    telemetries.push(telemetry)
    return {
      ...portsOf(measuredLog(log, logMetrics(telemetry, component)), service, ports),
      registry,
      telemetry,
      guardOf,
    }
  }
  const pressed = pressure(shared('degradation-controller', 'controller'), settings)
  const { degradation } = pressed
  const sinkPorts = { ...shared('iceberg-sink', 'sink'), tables, store, files, degradation }
  const { sink, services } = landing(sinkPorts, settings, folder)
  const tracker = tracking(shared('sequence-tracker', 'sequence'), settings, folder)
  const { feed } = ports
  const fed =
    feed &&
    liveFeed(feed.kind, feed.seed, { ...shared('binance-gateway', 'gateway'), health, folder, degradation }, settings)
  const alongside = {
    protos: [SEQUENCE_PROTO, ...(fed?.rpc ? [FEED_PROTO] : [])],
    services: [tracker.rpc, ...(fed?.rpc ? [fed.rpc] : [])],
  }
  const level = degradation.view
  const trackers = [within(tracker)]
  const asked = { ...shared('query-service', 'query'), tables, files, health, access, alongside, level, trackers }
  const query = answering(
    { ...asked, metrics: () => joinedText(telemetries) },
    settings,
    folder,
    lake.foldersOf(tables),
  )
  const lagRecords = (table: string) => sink.lagRecords(table)
  const loader = { ...shared('csv-loader', 'loader'), tables, files, lagRecords }
  const load = loading(loader, settings, folder)
  const unwatch = telemetries.filter((one) => one !== ownTelemetry).map(watchProcess)
  return {
    services: [access, ...pressed.services, ...query.services, ...services, tracker, ...(fed ? [fed.service] : [])],
    health,
    tables,
    sink,
    query,
    degradation: pressed.controller,
    log,
    registry,
    load,
    async close() {
      for (const stop of unwatch) stop()
      await lake.close()
      await log.close()
    },
  }
}

/** Who alone sets the level, and is told of the one process by that process. */
function pressure(ports: Omit<ControllerPorts, 'view' | 'replica'>, settings: EmbeddedSettings) {
  const replica = `k2 ${process.pid}`
  let controller: DegradationController | undefined
  const own = {
    address: 'this process',
    report: async (report: PressureReport) => controller?.report(reportOf(report)),
  }
  // Others, where this is one of several processes over servers.
  const controllers = [own, ...controllersAt(settings.degradationAddresses, callerOf(settings))]
  const degradation = member({ ...ports, service: 'k2', instance: String(process.pid), controllers })
  controller = controlling({ ...ports, view: degradation.view, replica }, settings, settings.brokers === undefined)
  return { degradation, controller, services: [...degradation.services, controller] }
}

/** The tracker of this process, asked without a socket. */
function within({ rpc: { handlers } }: SequenceTracker): Tracker {
  const ask = <T>(method: string, request: object, signal: AbortSignal) =>
    handlers[method]!(request, {
      ...{ signal, stopping: signal, correlationId: '', peer: 'this process' },
      header: () => undefined,
    }) as Promise<T>
  return {
    address: 'this process',
    gaps: (request, signal) => ask('ListSequenceGaps', request, signal),
    coverage: (request, signal) => ask('GetCoverage', request, signal),
    close() {},
  }
}

/** What every service is handed, each its own. */
const portsOf = (log: Log, service: string, { logger, reached }: EmbeddedPorts) => ({
  log,
  clock: realClock,
  logger: logger.child({ component: service }),
  random: Math.random,
  reached,
})
