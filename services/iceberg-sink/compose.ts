/**
 * iceberg-sink: the log in, committed Iceberg out.
 *
 *   log(market.*) ─► a lane a table: pending ─► prepare ─► commit ─► lake
 *                                                  └─► log(dead letters), log(k2.lake.commits)
 *
 * Under pressure records of low priority are passed over by their key, and each lane fills these holes in when it is over
 * (backfill.ts). One commit adds the rows and says which offsets they stand for; a writer that began elsewhere is refused.
 */
import { setImmediate } from 'node:timers/promises'
import { MARKET_TOPICS, type MarketTopic } from '@k2/contracts/topics.ts'
import { Dedup, type DedupSettings } from '@k2/dedup/dedup.ts'
import type { Store } from '@k2/lake/store/store.ts'
import type { Table } from '@k2/lake/table.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { Service } from '@k2/service/run.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import type { SharedStore } from '@k2/shared-store/store.ts'
import type { Pressure } from '@k2/shedding/member.ts'
import { KEEP_ALL, type Policy } from '@k2/shedding/policy.ts'
import type { BackfillSettings } from './backfill.ts'
import type { FlushLimits } from './core/pending.ts'
import { expiryAlert } from './expiry.ts'
import { Lane } from './lane.ts'
import { countDedup, countLane, watchDedup, watchLane } from './metrics.ts'
import type { Stager } from './stager.ts'

export interface Ports {
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly tables: readonly Table[]
  readonly store: Store
  readonly stager: Stager
  /** For what repeats are judged by, where memory has no room for it; closed with the sink. */
  readonly shared?: SharedStore
  readonly clock: Clock
  readonly logger: Logger
  readonly telemetry: Telemetry
  /** What is passed over as things stand; nothing by default. */
  readonly policy?: () => Policy
  readonly random: () => number
  readonly reached: (moment: string) => void
}

export interface Settings {
  readonly limits: FlushLimits
  /** Of all lanes together: each has an equal share, so that one that cannot commit takes nothing from the others. */
  readonly bufferBytesMax: number
  readonly stagingFolder: string
  readonly backfill: BackfillSettings
  /** Of each table. */
  readonly rowsPerSecondMax?: number | undefined
  /** Its memory is shared as the buffers are. */
  readonly dedup?: DedupSettings
}

export interface IcebergSink extends Service {
  /** Resolves when all that the log held at the call is decided on in the lake. */
  drain(signal: AbortSignal): Promise<void>
  /** Records that are not decided on, of one table or of all. */
  lagRecords(table?: string): Promise<bigint>
  /** What it tells the degradation-controllers. */
  pressure(): Promise<Pressure>
  /** Of all sinks it is the one that owns the first partition of that table's log. */
  leads(table: string): boolean
}

/** Who reads the log for a table. */
export const groupOf = (table: string): string => `k2.iceberg-sink.${table}`

export function icebergSink(ports: Ports, settings: Settings): IcebergSink {
  const lanes = ports.tables.map((table) => {
    const name = table.spec.name
    const topics = MARKET_TOPICS.filter((topic) => topic.table.name === name)
    const dedup = dedupOf(ports, settings, table, topics)
    const lane = new Lane(
      { policy: () => KEEP_ALL, ...ports, table, ...(dedup && { dedup }), ...countLane(ports.telemetry, name) },
      {
        group: groupOf(name),
        topics,
        ...settings,
        bufferBytesMax: settings.bufferBytesMax / ports.tables.length,
      },
    )
    watchLane(ports.telemetry, lane, ports.clock)
    if (dedup) watchDedup(ports.telemetry, dedup, name)
    return lane
  })
  let running: Promise<void> = Promise.resolve()

  async function land(signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const ending = AbortSignal.any([signal, stop.signal])
    const runs = lanes.map((lane) => lane.run(ending))
    try {
      await Promise.all(runs)
    } finally {
      stop.abort()
      await Promise.allSettled(runs)
    }
  }

  return {
    name: 'iceberg-sink',
    async start(signal) {
      await Promise.all(lanes.map((lane) => lane.start(signal)))
    },
    run(signal) {
      running = land(signal)
      return running
    },
    async stop() {
      // What is being staged or committed comes to its end first; only then is its worker taken away.
      await running.catch(() => {})
      await ports.stager.close()
      await ports.shared?.close()
    },
    ready: () => lanes.map((lane) => lane.ready()).find((reason) => reason !== undefined),
    async drain(signal) {
      await Promise.all(lanes.map((lane) => lane.drain(signal)))
    },
    pressure: () => pressureOf(lanes, ports.clock),
    leads: (table) => lanes.some((lane) => lane.name === table && lane.leads()),
    async lagRecords(table) {
      const lags = await Promise.all(
        lanes.filter((lane) => table === undefined || lane.name === table).map((lane) => lane.lagRecords()),
      )
      return lags.reduce((sum, lag) => sum + lag, 0n)
    },
  }
}

async function pressureOf(lanes: readonly Lane[], clock: Clock): Promise<Pressure> {
  const told = await Promise.all(lanes.map((lane) => lane.pressure()))
  const committedAtMs = Math.max(...told.map(({ committedAtMs }) => committedAtMs ?? 0))
  const age = committedAtMs > 0 && { commitAgeSeconds: Math.max(0, clock.nowMs() - committedAtMs) / 1_000 }
  const expiring = await Promise.all(lanes.map((lane) => lane.expiring()))
  const alerts = expiring.flatMap((one) => expiryAlert(one, clock.nowMs()) ?? [])
  return { lags: told.flatMap(({ lags }) => lags), ...age, alerts }
}

/** None where no topic of the table is judged. */
function dedupOf(ports: Ports, { dedup }: Settings, table: Table, topics: readonly MarketTopic[]): Dedup | undefined {
  if (dedup === undefined || !topics.some(({ name }) => dedup.isJudged(name))) return undefined
  const told = countDedup(ports.telemetry, ports.logger, table.spec.name)
  const memoryBytesMax = dedup.memoryBytesMax / ports.tables.length
  const { log, registry, shared } = ports
  const lost = () => table.upkeep.lost()
  const own = { log, registry, ...(shared && { shared }), lost, nowMs: ports.clock.nowMs, turn: setImmediate, told }
  return new Dedup(own, { ...dedup, memoryBytesMax })
}
