/** A process: a sink for one table, and the upkeep of that table beside it, both as they are in production. */
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import type { MarketTopic } from '@k2/contracts/topics.ts'
import { Dedup } from '@k2/dedup/dedup.ts'
import type { Mix } from '@k2/dedup/ids.ts'
import type { BackfillSettings } from '@k2/iceberg-sink/backfill.ts'
import type { FlushLimits } from '@k2/iceberg-sink/core/pending.ts'
import { Lane } from '@k2/iceberg-sink/lane.ts'
import { hex, uuid } from '@k2/lake/iceberg/random.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { compact } from '@k2/lake/maintenance/compact.ts'
import { expire, sweep } from '@k2/lake/maintenance/expire.ts'
import { ORPHAN_AGE_MIN_MS, removeOrphans } from '@k2/lake/maintenance/orphans.ts'
import type { Located, Pinned } from '@k2/lake/store/files.ts'
import type { Table } from '@k2/lake/table.ts'
import { silentLogger } from '@k2/service/logger.ts'
import type { Policy } from '@k2/shedding/policy.ts'
import type { SimCatalog } from './catalog.ts'
import type { Faults } from './faults.ts'
import { Host } from './host.ts'
import type { SimLog } from './log.ts'
import type { Judged } from './oracle/repeats.ts'
import { registryOf } from './records.ts'
import type { Scheduler } from './scheduler.ts'
import { type Folder, simRewriter, simStager } from './stager.ts'
import type { SimStore } from './store.ts'

/** Notes of dropped snapshots wait so long. */
export const GRACE_MS = 200_000
const RETENTION = { allMs: 45_000, everyMinuteMs: 400_000 }
const FOLDER = '/staging'
/** Many ids look like others, so that what confirms is asked. */
const weak: Mix = (words, at) => words[at + 3]! & 7

export interface Habits {
  readonly topics: readonly MarketTopic[]
  readonly limits: FlushLimits
  readonly bufferBytesMax: number
  /** Days and buckets of one commit. */
  readonly pairs: number
  readonly judged: Judged
  readonly upkeepMs: () => number
  readonly tierFiles: number
  readonly backfill: BackfillSettings
  /** Holes of more lie in a file. */
  readonly holesInlineBytesMax: number
}

export interface Parts {
  readonly scheduler: Scheduler
  readonly faults: Faults
  readonly log: SimLog
  readonly catalog: SimCatalog
  readonly store: SimStore
  readonly habits: Habits
  readonly figures: Record<string, number>
  /** As it has heard. */
  readonly policy: () => Policy
  /** It has ended by itself: undefined where it was asked to. */
  readonly ended: (process: Process, error: unknown) => void
  /** Upkeep failed, and tries again. */
  readonly troubled: (error: unknown) => void
}

export class Process {
  readonly host: Host
  private readonly parts: Parts
  private readonly group: string
  private readonly folder: Folder = new Map()

  constructor(name: string, group: string, parts: Parts) {
    this.host = new Host(name, parts.scheduler, parts.faults)
    this.parts = parts
    this.group = group
    this.run().then(
      () => this.over(undefined),
      (error) => this.over(error === this.host.stop.signal.reason ? undefined : error),
    )
  }

  /** kill -9. */
  crash(): void {
    if (!this.host.isAlive) return
    this.host.end()
    this.parts.log.groups.get(this.group)?.loses(this.host)
    this.parts.ended(this, undefined)
  }

  stall(ms: number): void {
    this.host.stall(ms)
    this.parts.log.groups.get(this.group)?.loses(this.host, ms)
  }

  stop(): void {
    this.host.stop.abort(new Error('asked to end'))
  }

  private over(error: unknown): void {
    if (!this.host.isAlive) return
    this.parts.scheduler.trace(`${this.host.name} ends ${error === undefined ? '' : codeOf(error)}`)
    this.host.end()
    this.parts.log.groups.get(this.group)?.loses(this.host)
    this.parts.ended(this, error)
  }

  private async run(): Promise<void> {
    const { scheduler, catalog, store, log, faults, habits, figures } = this.parts
    const { host } = this
    const { random } = scheduler
    const signal = host.stop.signal
    const reached = () => {
      if (host.isAlive && faults.strikes('crash at a moment', 0.3)) this.crash()
    }
    const now = host.clock.nowMs
    const ownStore = store.seenBy(host, this.folder)
    const table = await openTable({
      ...{ spec: TRADES, catalog: catalog.seenBy(host), store: ownStore, now, random, reached },
      sleep: (ms) => host.clock.sleep(ms),
      holesInlineBytesMax: habits.holesInlineBytesMax,
    })
    const ports = { log: log.seenBy(host), registry: registryOf(host, () => log.hasLearnt) }
    const { windowMs, topics } = habits.judged
    const dedup = new Dedup(
      { ...ports, lost: () => table.upkeep.lost(), nowMs: now, turn: async () => {}, told: () => {} },
      { windowMs, memoryBytesMax: 2 ** 30, isJudged: (topic) => topics.has(topic), mix: weak, sameMax: 2 ** 20 },
    )
    const lane = new Lane(
      {
        ...{ ...ports, dedup, table, store: ownStore, clock: host.clock },
        ...{ stager: simStager(host, this.folder, () => hex(random, 8), habits.pairs), logger: silentLogger },
        ...{ random, retried: () => {}, reached, policy: this.parts.policy },
        told: (event) => {
          figures[event.kind] = (figures[event.kind] ?? 0) + 1
          if (event.kind !== 'committed') return
          for (const { records } of event.repeated) figures.repeated = (figures.repeated ?? 0) + records
        },
      },
      {
        group: this.group,
        topics: habits.topics,
        limits: habits.limits,
        bufferBytesMax: habits.bufferBytesMax,
        stagingFolder: FOLDER,
        backfill: habits.backfill,
      },
    )
    await lane.start(signal)
    this.keep(table).catch((error) => {
      if (!signal.aborted) this.parts.troubled(error)
    })
    await lane.run(signal)
  }

  /** As services/iceberg-sink/upkeep.ts does it, with shorter times. */
  private async keep(table: Table): Promise<void> {
    const { habits } = this.parts
    for (;;) {
      await this.host.clock.sleep(habits.upkeepMs(), this.host.stop.signal)
      try {
        await this.pass(table)
      } catch (error) {
        if (error !== this.host.stop.signal.reason) this.parts.troubled(error)
      }
    }
  }

  private async pass(table: Table): Promise<void> {
    const { scheduler, store, habits, figures } = this.parts
    const { host } = this
    const { random } = scheduler
    const ports = {
      ...{ table, store: store.seenBy(host, this.folder), now: host.clock.nowMs, uuid: () => uuid(random) },
      ...{ rewriter: simRewriter(host, this.folder, store), stagingFolder: FOLDER },
    }
    const files = { pin: (some: readonly Located[]) => this.pin(some), here: ({ path }: Located) => path }
    const count = (what: string, more: number) => {
      figures[what] = (figures[what] ?? 0) + more
    }
    const limits = { tierFiles: habits.tierFiles, targetBytes: 2 ** 27, groupFilesMax: 1_000 }
    const { commits, lost } = await compact({ ...ports, files }, host.stop.signal, limits)
    count('compactions', commits)
    count('compactionsLost', lost)
    if (random() < 0.2 && (await table.upkeep.replace({ id: uuid(random), removed: [], added: [] })))
      count('manifestsMerged', 1)
    count('snapshotsDropped', await expire(ports, RETENTION))
    count('filesSwept', await sweep(ports, GRACE_MS))
    const removed = await removeOrphans(ports, ORPHAN_AGE_MIN_MS)
    count('orphansRemoved', removed.files)
  }

  private async pin(files: readonly Located[]): Promise<Pinned> {
    const { store } = this.parts
    const asked = { server: 'store', refused: 'LAKE_UNAVAILABLE', unheard: 'LAKE_UNAVAILABLE', isRead: true } as const
    for (const { path } of files)
      await this.host.call({ ...asked, name: `fetch ${path}`, effect: () => store.read(path).sizeBytes })
    return { paths: files.map(({ path }) => path), release() {}, distrust: () => false }
  }
}

/** What passes by itself: a process that ends with it is started again. */
export const passes = (error: unknown): boolean =>
  error === undefined || (error instanceof K2Error && error.retry !== 'never')
