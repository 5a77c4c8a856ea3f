/**
 * A lane: the topics of one table, landed one commit after the other.
 *
 *   log ─► pending ─► land ─► log(k2.lake.commits)
 *
 * The table's own offsets say what is in. So the lane asks the table where it stands, at its start and whenever a
 * commit is refused, and never its own memory or Kafka; what it reads must begin there, or is dropped.
 */
import { LAKE_COMMITS, type MarketTopic } from '@k2/contracts/topics.ts'
import { type Hole, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import type { LogBatch, Subscription } from '@k2/log/log.ts'
import type { Logger } from '@k2/service/logger.ts'
import { type FlushLimits, type Pending, pendingFrom } from './core/pending.ts'
import { type CommitNote, checkHistory, lostCommits } from './history.ts'
import { type Landing, type LandPorts, land, split } from './land.ts'
import type { StagedFiles } from './stager.ts'

export type { LaneEvent } from './events.ts'

export interface LanePorts extends LandPorts {
  readonly logger: Logger
}

export interface LaneSettings {
  readonly group: string
  readonly topics: readonly MarketTopic[]
  readonly limits: FlushLimits
  readonly stagingFolder: string
}

const DRAIN_AGE_MS = 50

export class Lane {
  readonly name: string
  private readonly ports: LanePorts
  private readonly settings: LaneSettings
  private readonly topics: readonly string[]
  private pending: Pending = pendingFrom(new Map(), () => 0n)
  private holes: readonly Hole[] = []
  private tableUuid = ''
  private lastCommitMs: number | null = null
  private subscription: Subscription | undefined
  private begun = false
  private drains = 0
  private wake = (): void => {}

  constructor(ports: LanePorts, settings: LaneSettings) {
    this.ports = ports
    this.settings = settings
    this.name = ports.table.spec.name
    this.topics = settings.topics.map(({ name }) => name)
  }

  /** Stands where the table stands; whatever waited is read again. */
  async begin(): Promise<void> {
    const { table, log } = this.ports
    const head = await table.head()
    const ranges = await log.ranges(this.topics)
    await checkHistory(log, this.name, head.progress, ranges)
    const lost = await lostCommits(log, this.name, head, ranges)
    if (lost !== undefined) this.ports.logger.warn({ table: this.name }, lost)
    const starts = new Map(ranges.map((range) => [topicPartition(range.topic, range.partition), range.from]))
    this.pending = pendingFrom(head.progress.offsets, (partition) => starts.get(partition) ?? 0n)
    this.holes = head.progress.holes
    this.tableUuid = head.tableUuid
    this.lastCommitMs = head.committedAtMs
    this.begun = true
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const ending = AbortSignal.any([signal, stop.signal])
    const startAt = async (topic: string, partition: number) => this.pending.next(topicPartition(topic, partition))
    const subscription = this.ports.log.subscribe(this.settings.group, this.topics, { signal: ending, startAt })
    this.subscription = subscription
    const batches = subscription[Symbol.asyncIterator]()
    const pull = () => {
      const next = batches.next()
      // It may fail while a commit is under way, with nobody waiting for it yet: the error is met when it is asked for.
      next.catch(() => {})
      return next
    }
    try {
      let next = pull()
      while (!signal.aborted) {
        const got = await this.first(next, ending)
        if (got === 'stopped') break
        if (got !== 'due') {
          if (got.done) break
          this.take(subscription, got.value)
          next = pull()
        }
        if (this.dueInMs() === 0) await this.flush(subscription, signal)
      }
    } finally {
      stop.abort()
      await batches.return?.()
    }
  }

  /** Resolves when all that the log held at the call is decided on in the lake. */
  async drain(signal: AbortSignal): Promise<void> {
    this.drains++
    try {
      const ends = await this.ports.log.ranges(this.topics)
      while (!ends.every(({ topic, partition, to }) => this.landed(topic, partition) >= to)) {
        this.wake()
        await this.ports.clock.sleep(DRAIN_AGE_MS / 2, signal)
      }
    } finally {
      this.drains--
    }
  }

  /** Log end minus the next offset that is not decided on, over all partitions. */
  async lagRecords(): Promise<bigint> {
    const ranges = await this.ports.log.ranges(this.topics)
    return ranges.reduce((lag, { topic, partition, to }) => lag + to - this.landed(topic, partition), 0n)
  }

  /** The same for each partition that it owns: the others are for their owners to tell. */
  async lags(): Promise<Map<TopicPartition, bigint>> {
    const owned = new Set(this.subscription?.assignment().map((one) => topicPartition(one.topic, one.partition)))
    const ranges = owned.size === 0 ? [] : await this.ports.log.ranges(this.topics)
    const lags = new Map<TopicPartition, bigint>()
    for (const { topic, partition, to } of ranges) {
      const name = topicPartition(topic, partition)
      const landed = this.pending.landed(name)
      // A commit may have come since the ends were asked for.
      if (owned.has(name)) lags.set(name, to > landed ? to - landed : 0n)
    }
    return lags
  }

  /** Rows that it has read and not committed. */
  bufferedRows(): number {
    return this.pending.rows
  }

  /** When the table got its last commit, as far as it knows; null where it never had one. */
  committedAtMs(): number | null {
    return this.lastCommitMs
  }

  /** Why it cannot land records now. */
  ready(): string | undefined {
    return this.begun ? undefined : `${this.name} has not been read yet`
  }

  private landed(topic: string, partition: number): bigint {
    return this.pending.landed(topicPartition(topic, partition))
  }

  private dueInMs(): number | undefined {
    const { limits } = this.settings
    const now = this.ports.clock.nowMs()
    return this.pending.dueInMs(this.drains > 0 ? { ...limits, ageMs: DRAIN_AGE_MS } : limits, now)
  }

  private take(subscription: Subscription, batch: LogBatch): void {
    const verdict = this.pending.take(batch, this.ports.clock.nowMs())
    if (verdict.kind === 'taken') return
    this.ports.told({ kind: 'dropped', topic: batch.topic, records: batch.count })
    subscription.seek(batch.topic, batch.partition, verdict.seek)
  }

  /** Whichever comes first: a batch, the moment to commit, a call to drain, the end. */
  private async first(next: Promise<IteratorResult<LogBatch>>, signal: AbortSignal) {
    const over = new AbortController()
    const dueMs = this.dueInMs()
    const woken = new Promise<'due'>((resolve) => {
      this.wake = () => resolve('due')
    })
    const timer = async (ms: number): Promise<'due' | 'stopped'> => {
      try {
        await this.ports.clock.sleep(ms, AbortSignal.any([signal, over.signal]))
        return 'due'
      } catch {
        return 'stopped'
      }
    }
    try {
      return await Promise.race(dueMs === undefined ? [next, woken] : [next, woken, timer(dueMs)])
    } catch (error) {
      if (signal.aborted) return 'stopped'
      throw error
    } finally {
      over.abort()
    }
  }

  private async flush(subscription: Subscription, signal: AbortSignal): Promise<void> {
    const { told } = this.ports
    const { pending, holes, tableUuid } = this
    const { stagingFolder } = this.settings
    const load = { batches: pending.batches, expected: pending.expected, holes, tableUuid, stagingFolder }
    const landing = await land(this.ports, load, signal)
    if (landing.outcome.kind === 'stale') {
      told({ kind: 'stale' })
      return this.startOver(subscription, landing, landing.outcome.why)
    }
    const { staged, outcome } = landing
    this.holes = outcome.head.progress.holes
    this.lastCommitMs = outcome.head.committedAtMs
    pending.committed(staged.to)
    told({
      kind: 'committed',
      rows: staged.rows,
      files: staged.files.length,
      bytes: staged.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      rejected: staged.rejected,
      seconds: landing.commitSeconds,
    })
    await this.hint(landing)
    await this.note(subscription, staged)
  }

  private async startOver(subscription: Subscription, { locations }: Landing, why: string): Promise<void> {
    const { logger, store } = this.ports
    logger.warn({ table: this.name, why }, 'the table stands elsewhere: what was read is dropped, and read again')
    await Promise.allSettled(locations.map((location) => store.delete(location)))
    await this.begin()
    for (const { topic, partition } of subscription.assignment()) {
      subscription.seek(topic, partition, this.pending.next(topicPartition(topic, partition)))
    }
  }

  /** Tells readers of the new snapshot, sooner than they would look. */
  private async hint({ outcome: { head }, staged, locations }: Landing): Promise<void> {
    const hint: CommitNote = {
      table: this.name,
      snapshot_id: String(head.snapshotId),
      committed_at_ms: head.committedAtMs,
    }
    await this.ports.log.append(LAKE_COMMITS, [{ key: this.name, value: Buffer.from(JSON.stringify(hint)) }])
    const counts = { rows: staged.rows, rejected: staged.rejected.length, files: locations.length }
    this.ports.logger.info({ ...hint, ...counts }, 'committed')
  }

  /** The group's offsets are for people's dashboards; the table is where the truth is. */
  private async note(subscription: Subscription, { to }: StagedFiles): Promise<void> {
    try {
      await subscription.commit([...to].map(([partition, offset]) => ({ ...split(partition), offset })))
    } catch (error) {
      this.ports.logger.debug({ error }, 'group offsets were not noted')
    }
  }
}
