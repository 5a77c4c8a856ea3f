/**
 * The tail of a table: what the log holds behind the lake, kept ready for questions.
 *
 *   table.head ─► offsets ─► log.follow ─► worker (Avro ─► columns in memory)
 *   log(k2.lake.commits), and every 5 s: table.head ─► drop what has landed, below the oldest pinned snapshot
 *
 * A question pins the head it was planned on, and takes ranges and head in one step: so between plan and answer
 * nothing that it counts on is dropped.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Schemas } from '@k2/contracts/records/decode.ts'
import type { MarketTopic } from '@k2/contracts/topics.ts'
import { type Filter, type Head, type Hole, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import type { LogBatch, SchemaRegistry, TopicOffset } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import { mayPass, nowAndThen, waitFor } from '@k2/service/wait.ts'
import type { WorkerClient } from '@k2/service/worker.ts'
import type { EngineApi } from './adapters/engine.worker.ts'
import type { Kind } from './adapters/sql.ts'
import { isAsked, type TailRange } from './core/cover.ts'
import type { View } from './view.ts'
import { type WatchPorts, watchCommits } from './watch.ts'

export interface TailPorts extends WatchPorts {
  readonly registry: SchemaRegistry
  readonly worker: WorkerClient<EngineApi>
  readonly told: (rows: number) => void
}

export interface TailSettings {
  readonly kind: Kind
  readonly topics: readonly MarketTopic[]
  /** It reads no further while it holds more. */
  readonly rowsMax: number
  /** Looks for a new snapshot this often, hints or not. */
  readonly lookMs: number
}

const RETRY_MS = 500
const CATCH_UP_MS = 1_000

export class Tail {
  private readonly ports: TailPorts
  private readonly settings: TailSettings
  private readonly topics: readonly string[]
  private head: Head | undefined
  private ranges = new Map<TopicPartition, TailRange>()
  private rejected: Hole[] = []
  private rows = 0
  /** How often it has begun. */
  private reading = 0
  private fault: string | undefined = 'the log has not been read yet'
  private readonly pins = new Set<Head>()
  private moved = Promise.withResolvers<void>()
  private moving: Promise<void> = Promise.resolve()
  private readonly isDue: () => boolean

  constructor(ports: TailPorts, settings: TailSettings) {
    this.ports = ports
    this.settings = settings
    this.topics = settings.topics.map(({ name }) => name)
    this.isDue = nowAndThen(ports.clock)
  }

  /** Why answers up to now cannot be given. */
  ready(): string | undefined {
    return this.fault
  }

  /** Rows that it holds. */
  held(): number {
    return this.rows
  }

  /** When the snapshot that answers begin from was committed; null where there is none. */
  committedAtMs(): number | null {
    return this.head?.committedAtMs ?? null
  }

  /** Begins, or leaves that to `run` where what it needs is away. */
  async start(): Promise<void> {
    try {
      await this.begin()
    } catch (error) {
      if (!mayPass(error)) throw error
      this.fault = error.message
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.read(signal),
      watchCommits(this.ports, this.settings.lookMs, () => this.tryRefresh(), signal),
    ])
  }

  /** The newest head that it knows of. */
  standing(): Head {
    if (!this.head) throw new K2Error('NOT_READY', 'The table has not been read yet. Ask again in a moment.')
    return this.head
  }

  /** Now, in one step. Release it when the answer is there. `isCaughtUp`: as caughtUp said just before. */
  view(isCaughtUp = true): View {
    const head = { ...this.standing() }
    this.pins.add(head)
    const { reading } = this
    return {
      head,
      tail: {
        ranges: new Map(this.ranges),
        ...{ limited: !isCaughtUp && this.isFull(), unreadable: this.fault !== undefined },
        behind: !isCaughtUp && !this.isFull() && this.fault === undefined,
      },
      rejected: [...this.rejected],
      isWhole: () => this.reading === reading,
      release: () => this.pins.delete(head),
    }
  }

  /** Resolves when tail or lake have come further than they were; take it before the view. */
  changed(): Promise<void> {
    return this.moved.promise
  }

  private readonly isFull = (): boolean => this.rows >= this.settings.rowsMax

  /** Waits, a second at most, until tail or lake has come to where the log of what is asked ends now; false where it has not. */
  async caughtUp(filter: Filter, signal: AbortSignal): Promise<boolean> {
    const ranges = await this.ports.log.ranges(this.topics)
    const ends = ranges.map(({ topic, partition, to }) => [topicPartition(topic, partition), to] as const)
    return this.reached(new Map(ends.filter(([partition]) => isAsked(partition, filter))), signal)
  }

  /** Waits, a second at most, until tail or lake has come to these offsets. */
  async reached(offsets: ReadonlyMap<TopicPartition, bigint>, signal: AbortSignal): Promise<boolean> {
    const behind = () =>
      [...offsets].some(
        ([partition, to]) =>
          (this.ranges.get(partition)?.to ?? 0n) < to && (this.head?.progress.offsets.get(partition) ?? 0n) < to,
      )
    if (!behind()) return true
    // At its limit it does not read on: what is missing is said, and not waited for.
    const isReading = () => this.fault === undefined && !this.isFull() && !signal.aborted
    const deadline = this.ports.clock.nowMs() + CATCH_UP_MS
    const over = new AbortController()
    const timer = this.ports.clock.sleep(CATCH_UP_MS, AbortSignal.any([signal, over.signal])).catch(() => {})
    while (behind() && isReading() && this.ports.clock.nowMs() < deadline)
      await Promise.race([this.moved.promise, timer])
    over.abort()
    return !behind()
  }

  /** One move of the head after the other: an older one that came late would undo a newer one's drop. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.moving.then(work)
    this.moving = turn.catch(() => {})
    return turn
  }

  /** Stands where the table stands, with nothing read. */
  private readonly begin = (): Promise<void> => this.inTurn(() => this.beginNow())
  private async beginNow(): Promise<void> {
    const head = await this.ports.table.head()
    const ranges = await this.ports.log.ranges(this.topics)
    this.reading++
    this.ranges = new Map()
    await this.ports.worker.call('clear', this.settings.kind)
    this.rows = 0
    this.ports.told(0)
    this.rejected = []
    this.head = head
    this.ranges = new Map(
      ranges.map(({ topic, partition, from }) => {
        const landed = head.progress.offsets.get(topicPartition(topic, partition)) ?? from
        // Where retention ran past the lake the tail begins later, and answers say what is missing.
        const start = landed > from ? landed : from
        return [topicPartition(topic, partition), { from: start, to: start }]
      }),
    )
    this.fault = undefined
  }

  private async read(signal: AbortSignal): Promise<void> {
    if (this.head === undefined) await this.beginAgain(signal)
    while (!signal.aborted) {
      try {
        for await (const batch of this.ports.log.follow(this.topics, this.positions(), { signal })) {
          await this.roomFor(signal)
          await this.append(batch, await this.schemas(batch, signal))
        }
      } catch (error) {
        if (signal.aborted) return
        this.fault = error instanceof K2Error ? error.message : 'the log cannot be read'
        // It would meet the same bytes again and again: the process ends with the sentence that says what to do.
        if (error instanceof K2Error && error.code === 'LOG_DAMAGED') throw error
        this.ports.logger.error({ error }, 'the tail is read anew')
        await this.beginAgain(signal)
      }
    }
  }

  /** Until it stands again: a tail that went on without would read on from nowhere. */
  private async beginAgain(signal: AbortSignal): Promise<void> {
    await this.ports.clock.sleep(RETRY_MS, signal)
    await this.waited(() => this.begin(), signal)
  }

  /** A schema that nobody has asked for is waited for, and what has been read stays. */
  private schemas(batch: LogBatch, signal: AbortSignal): Promise<Schemas> {
    return this.waited(() => schemasOf(this.ports.registry, [batch]), signal)
  }

  private waited<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock, logger } = this.ports
    const tell = (why: string | undefined) => {
      this.fault = why
    }
    return waitFor(work, { clock, logger, signal, tell })
  }

  private positions(): TopicOffset[] {
    return [...this.ranges].map(([partition, { to }]) => {
      const at = partition.lastIndexOf('/')
      return { topic: partition.slice(0, at), partition: Number(partition.slice(at + 1)), offset: to }
    })
  }

  private async append(batch: LogBatch, schemas: Schemas): Promise<void> {
    const partition = topicPartition(batch.topic, batch.partition)
    const range = this.ranges.get(partition)
    if (range?.to !== batch.from) {
      throw new K2Error('LOG_DAMAGED', `${partition} was to go on at offset ${range?.to} and came from ${batch.from}.`)
    }
    // The lake was faster: new questions take it from there, and those under way end before it.
    if (batch.to <= (this.head?.progress.offsets.get(partition) ?? 0n))
      return this.move(partition, { from: batch.to, to: batch.to })
    const { topic, count, from, to, offsetDeltas, timesMs, values } = batch
    const slim = { topic, partition: batch.partition, from, to, count, offsetDeltas, timesMs, values }
    const { rows, rejected } = await this.ports.worker.call('append', slim, schemas)
    this.rows = rows
    for (const { offset } of rejected)
      this.rejected.push({ topic, partition: batch.partition, from: offset, to: offset + 1n, reason: 'rejected' })
    this.ports.told(rows)
    this.move(partition, { from: range.from, to })
  }

  private move(partition?: TopicPartition, range?: TailRange): void {
    if (partition && range) this.ranges.set(partition, range)
    this.moved.resolve()
    this.moved = Promise.withResolvers()
  }

  /** Holds the reader while the tail is at its limit; commits make room. */
  private async roomFor(signal: AbortSignal): Promise<void> {
    while (this.isFull() && !signal.aborted) {
      await this.tryRefresh()
      if (this.isFull()) await this.ports.clock.sleep(RETRY_MS, signal)
    }
  }

  /** Takes the newest head and lets go of what has landed below every pinned one. */
  private refresh(): Promise<void> {
    return this.inTurn(() => this.refreshNow())
  }
  private async refreshNow(): Promise<void> {
    const head = await this.ports.table.head()
    // Also at the same head: what was read after the lake had passed it has landed all the same.
    if (head.snapshotId === this.head?.snapshotId && this.rows === 0) return
    this.head = head
    this.move()
    const landed = new Map(head.progress.offsets)
    for (const pin of this.pins) {
      for (const [partition, offset] of landed) {
        const pinned = pin.progress.offsets.get(partition) ?? 0n
        if (pinned < offset) landed.set(partition, pinned)
      }
    }
    this.rejected = this.rejected.filter(
      ({ topic, partition, to }) => to > (landed.get(topicPartition(topic, partition)) ?? 0n),
    )
    this.rows = await this.ports.worker.call('drop', this.settings.kind, landed)
    this.ports.told(this.rows)
  }

  private async tryRefresh(): Promise<void> {
    try {
      await this.refresh()
    } catch (error) {
      if (this.isDue())
        this.ports.logger.warn({ error }, 'the newest snapshot cannot be read; answers stay exact on the one before')
    }
  }
}
