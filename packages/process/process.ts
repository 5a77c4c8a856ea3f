/**
 * A service in a process of its own: it meets the others in the log and the lake, waits for both, and serves probes while
 * it waits.
 *
 *   settings ─► probes ─► log, topics, lake and tables if need be (waited for) ─► the service ─► a signal ─► all back, in reverse
 *
 *   errors  what will not pass by itself ends the process: wrong settings, damage, another history
 */
import { mkdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { TABLES } from '@k2/contracts/tables.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { type Lake, openLake } from '@k2/lake/open.ts'
import type { Table } from '@k2/lake/table.ts'
import { measuredLog } from '@k2/log/measured.ts'
import { type OpenLog, openLog } from '@k2/log/open.ts'
import { type Access, openAccess } from '@k2/service/access/access.ts'
import { callerOf } from '@k2/service/access/caller.ts'
import { circuits } from '@k2/service/circuits.ts'
import { type Clock, realClock } from '@k2/service/clock.ts'
import type { GuardOf } from '@k2/service/guard.ts'
import { createHealth, type Health } from '@k2/service/health.ts'
import { createHttpServer, probeRoutes } from '@k2/service/http.ts'
import { logMetrics } from '@k2/service/log-metrics.ts'
import { createLogger, type Logger } from '@k2/service/logger.ts'
import { watchProcess } from '@k2/service/process-metrics.ts'
import { runServices, type Service } from '@k2/service/run.ts'
import { createTelemetry, type Telemetry } from '@k2/service/telemetry.ts'
import { waitFor } from '@k2/service/wait.ts'
import { controllersAt } from '@k2/shedding/controllers.ts'
import { type Member, member } from '@k2/shedding/member.ts'
import { crashAt } from './crash.ts'
import type { ProcessSettings } from './settings.ts'
import { tracesOf } from './traces.ts'

/** What is in hand comes to its end: a commit, requests under way. */
const STOP_MS_MAX = 60_000
/** Who waits for what is away says so by its health: the deadline is for a start that hangs. */
const START_MS_MAX = 300_000
const NOT_YET = 'it waits for the log and, where it needs one, the lake'

/** What a service has that needs no lake. */
export interface LogWorld {
  readonly log: OpenLog['log']
  readonly registry: OpenLog['registry']
  readonly folder: string
  readonly clock: Clock
  readonly logger: Logger
  readonly telemetry: Telemetry
  readonly health: Health
  readonly metrics: () => Promise<string>
  readonly random: () => number
  readonly reached: (moment: string) => void
  /** Of what it asks beside log and lake. */
  readonly guardOf: GuardOf
  /** Who may ask at its doors. */
  readonly access: Access
  /** Its part in the platform's degradation. */
  readonly degradation: Member
}

export interface World extends LogWorld {
  readonly tables: readonly Table[]
  readonly store: Lake['store']
  readonly files: Lake['files']
  /** All that DuckDB must read of the tables. */
  readonly readableFolders: readonly string[]
}

interface AnyProcess {
  readonly name: string
  /** Label of its metrics of the log. */
  readonly component: string
  readonly settings: ProcessSettings
  /** Where probes and metrics are served; a service that has a door of its own serves them there. */
  readonly probes?: { readonly host: string; readonly httpPort: number }
  /** For the log and the lake to be there at the start; by default as long as it takes. */
  readonly waitMsMax?: number
}

export type ProcessOptions = AnyProcess &
  (
    | { readonly compose: (world: World) => readonly Service[] }
    /** Of a service that waits for the log alone. */
    | { readonly composeOverLog: (world: LogWorld) => readonly Service[] }
  )

/** Until the signal aborts, or the service's runs have come to their end. */
export async function runProcess(options: ProcessOptions, signal: AbortSignal): Promise<void> {
  const { name, settings, probes } = options
  const logger = createLogger({ service: name, environment: settings.environment, level: settings.logLevel ?? 'info' })
  const telemetry = createTelemetry({ service: name, environment: settings.environment })
  const health = createHealth(name)
  const metrics = () => telemetry.text()
  const unwatch = watchProcess(telemetry)
  const endTraces = await tracesOf(name, settings)
  const routes = (app: Parameters<typeof probeRoutes>[0]) => probeRoutes(app, { health, metrics })
  const guardOf = circuits({ telemetry, health, logger })
  const at = probes === undefined ? {} : { host: probes.host }
  const access = openAccess({ ...settings, ...at }, { clock: realClock, logger, guardOf })
  const own = { logger, telemetry, health, metrics, guardOf, access }
  const shared = { component: 'probes', isPlain: true, logger, telemetry, access, routes }
  const door = probes === undefined ? [] : [createHttpServer({ ...at, port: probes.httpPort, ...shared })]
  try {
    await runServices([access, ...door, insideWorld(options, own)], {
      logger,
      signal,
      health,
      stopDeadlineMs: STOP_MS_MAX,
    })
  } finally {
    unwatch()
    await endTraces()
  }
}

type Own = Pick<World, 'logger' | 'telemetry' | 'health' | 'metrics' | 'guardOf' | 'access'>

/** The service, as soon as there is a log and a lake for it. */
function insideWorld(options: ProcessOptions, own: Own): Service {
  const folder = resolve(options.settings.data)
  let trouble: () => string | undefined = () => NOT_YET
  async function run(signal: AbortSignal): Promise<void> {
    const tell = (why: string | undefined) => {
      trouble = () => why ?? NOT_YET
    }
    const waitMsMax = options.waitMsMax ?? Number.POSITIVE_INFINITY
    const untilMs = realClock.nowMs() + waitMsMax
    const waiting = <T>(work: () => Promise<T>) =>
      waitFor(work, { clock: realClock, logger: own.logger, random: Math.random, signal, tell, untilMs })
    await mkdir(folder, { recursive: true })
    // What a crash left there was never published.
    await rm(join(folder, 'staging'), { recursive: true, force: true })
    const { guardOf } = own
    const where = { folder: join(folder, 'log'), now: realClock.nowMs, incompatibility, guardOf }
    const open = await openLog(options.settings, where)
    let lake: Lake | undefined
    const { logger, health } = own
    const live = (world: LogWorld, services: readonly Service[]) =>
      runServices([...world.degradation.services, ...services], {
        ...{ logger, signal, health },
        ...{ startDeadlineMs: START_MS_MAX, stopDeadlineMs: STOP_MS_MAX },
      })
    try {
      await waiting(() => open.log.createTopics(TOPICS))
      if ('composeOverLog' in options) {
        trouble = open.trouble
        const world = logWorldOf(options, own, open, folder)
        return await live(world, options.composeOverLog(world))
      }
      const found = await openLake(
        options.settings,
        { warehouse: join(folder, 'warehouse'), cache: join(folder, 'cache') },
        realClock.nowMs,
        guardOf,
      )
      lake = found
      const tables = await waiting(() => tablesOf(found))
      trouble = open.trouble
      const readableFolders = found.foldersOf(tables)
      const { store, files } = found
      const world = { ...logWorldOf(options, own, open, folder), tables, store, files, readableFolders }
      await live(world, options.compose(world))
    } finally {
      await lake?.close()
      await open.log.close()
    }
  }
  return { name: 'composeOverLog' in options ? 'log' : 'log and lake', run, ready: () => trouble() }
}

const tablesOf = ({ catalog, store }: Lake): Promise<Table[]> =>
  Promise.all(TABLES.map((spec) => openTable({ catalog, store, spec, now: realClock.nowMs, random: Math.random })))

function logWorldOf(
  { name, component, settings }: AnyProcess,
  own: Own,
  { log, registry }: OpenLog,
  folder: string,
): LogWorld {
  const measured = measuredLog(log, logMetrics(own.telemetry, component))
  const whose = { service: name, instance: `${hostname()} ${process.pid}` }
  const controllers = controllersAt(settings.degradationAddresses, callerOf(settings))
  return {
    ...own,
    log: measured,
    degradation: member({ ...own, ...whose, log: measured, clock: realClock, controllers }),
    registry,
    folder,
    clock: realClock,
    random: Math.random,
    reached: crashAt(settings.crashAt),
  }
}
