/**
 * A lane: the topics of one table. It begins where the table stands, and lands round after round (round.ts).
 *
 * The table's own offsets say what is in. So the lane asks the table where it stands, at its start and whenever a
 * commit is refused, and never its own memory or Kafka; what it reads must begin there, or is dropped.
 *
 *   errors  one that may pass (its retry is not 'never'), once the budget of its step is spent, ends the round: the lane
 *           is not ready, says why, and begins again at the table after OUTAGE_PAUSE_MS, for as long as it takes. Any
 *           other ends the service
 */
import type { GroupLag } from '@k2/contracts/gen/k2/v1/GroupLag.ts'
import type { MarketTopic } from '@k2/contracts/topics.ts'
import { type Head, type Hole, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import { checkHistory, type Lost, lostBefore, lostCommits, newestNote } from '@k2/landing/history.ts'
import { type Sieve, sieveOf } from '@k2/landing/sift.ts'
import type { Subscription } from '@k2/log/log.ts'
import type { Logger } from '@k2/service/logger.ts'
import { TRANSIENT } from '@k2/service/policies.ts'
import { retry } from '@k2/service/retry.ts'
import { mayPass, nowAndThen } from '@k2/service/wait.ts'
import type { Policy } from '@k2/shedding/policy.ts'
import type { BackfillSettings } from './backfill.ts'
import { Bell } from './bell.ts'
import { type FlushLimits, type Pending, pendingFrom } from './core/pending.ts'
import { type Expiring, Expiry } from './expiry.ts'
import { budgetOf, type LandPorts, type Standing, split } from './land.ts'
import { Pace } from './pace.ts'
import { Round } from './round.ts'

export type { LaneEvent } from './events.ts'

export interface LanePorts extends LandPorts {
  readonly logger: Logger
  /** What is passed over as things stand. */
  readonly policy: () => Policy
}

export interface LaneSettings {
  readonly group: string
  readonly topics: readonly MarketTopic[]
  readonly limits: FlushLimits
  /** What it may hold; it stops reading there. One batch more comes in, so that the largest passes. */
  readonly bufferBytesMax: number
  readonly stagingFolder: string
  readonly backfill: BackfillSettings
  /** So many it lands at most, those that it fills in included; absent: as many as it can. */
  readonly rowsPerSecondMax?: number | undefined
}

/** Where the table stood when the lane began, and what has been read from there on. */
export interface Place extends Standing {
  readonly pending: Pending
}

const DRAIN_AGE_MS = 50
/** The longest wait between tries, SPEC "iceberg-sink". */
const OUTAGE_PAUSE_MS = TRANSIENT.delayMsMax

export class Lane {
  readonly name: string
  readonly ports: LanePorts
  readonly settings: LaneSettings
  readonly topics: readonly string[]
  readonly bell: Bell
  readonly pace: Pace
  private readonly expiry: Expiry
  place: Place = { pending: pendingFrom(new Map(), () => 0n), holes: [], tableUuid: '' }
  private lastCommitMs: number | null = null
  private subscription: Subscription | undefined
  private trouble: string | undefined
  private begun = false
  private drains = 0
  private readonly isDue: () => boolean
  private sifting: Sieve | undefined
  private turn: Promise<unknown> = Promise.resolve()
  private readonly lost = new Set<TopicPartition>()

  constructor(ports: LanePorts, settings: LaneSettings) {
    this.ports = ports
    // Half of its share is staged while the other half is read.
    const bytes = Math.min(settings.limits.bytes, settings.bufferBytesMax / 2)
    this.settings = { ...settings, limits: { ...settings.limits, bytes } }
    this.name = ports.table.spec.name
    this.topics = settings.topics.map(({ name }) => name)
    this.bell = new Bell(ports.clock)
    this.expiry = new Expiry(ports.log, ports.clock, settings.topics)
    this.pace = new Pace(ports.clock, settings.rowsPerSecondMax)
    this.isDue = nowAndThen(ports.clock)
  }

  /** Begins, or leaves that to `run` where what it needs is away. */
  async start(signal: AbortSignal): Promise<void> {
    try {
      await this.begin(signal)
    } catch (error) {
      this.hasFailed(error)
    }
  }

  /** Stands where the table stands; whatever waited is read again. */
  async begin(signal: AbortSignal): Promise<void> {
    const { table, log } = this.ports
    const budget = budgetOf(this.ports, signal)
    const note = await retry(() => newestNote(log, this.name), budget)
    const head = await retry(() => table.head(), budget)
    const { progress, tableUuid } = head
    const ranges = await retry(async () => {
      const held = await log.ranges(this.topics)
      await checkHistory(log, this.name, progress, held)
      return held
    }, budget)
    const lost = lostCommits(note, this.name, head, ranges)
    if (lost !== undefined) this.ports.logger.warn({ table: this.name }, lost)
    this.tellLost(lostBefore(progress, ranges))
    const { dedup } = this.ports
    dedup?.begin()
    const starts = new Map(ranges.map((range) => [topicPartition(range.topic, range.partition), range.from]))
    const pending = pendingFrom(progress.offsets, (partition) => starts.get(partition) ?? 0n)
    this.place = { pending, holes: progress.holes, tableUuid }
    this.lastCommitMs = head.committedAtMs
    this.begun = true
    // What the last round failed at shows only where there is something to land.
    const isLanded = ranges.every(({ topic, partition, to }) => this.landed(topic, partition) >= to)
    if (isLanded) this.trouble = undefined
    this.bell.ring()
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (!this.begun) await this.begin(signal)
        return await this.round(signal)
      } catch (error) {
        if (error === signal.reason) return
        this.hasFailed(error)
        await this.ports.clock.sleep(OUTAGE_PAUSE_MS, signal).catch(() => {})
      }
    }
  }

  private async round(signal: AbortSignal): Promise<void> {
    const round = new Round(this, signal)
    this.subscription = round.subscription
    await round.run()
  }

  /** Throws what will not pass. */
  private hasFailed(error: unknown): void {
    if (!mayPass(error)) throw error
    this.begun = false
    this.trouble = error.message
    const facts = { table: this.name, code: error.code, pauseMs: OUTAGE_PAUSE_MS }
    if (this.isDue())
      this.ports.logger.error(facts, `nothing is landed for now, and tried again after a pause: ${error.message}`)
  }

  /** Of the policy as it is now; undefined where it keeps all. */
  sieve(): Sieve | undefined {
    const policy = this.ports.policy()
    if (policy.keepsAll) return undefined
    if (this.sifting?.policy.hash !== policy.hash) this.sifting = sieveOf(policy)
    return this.sifting
  }

  /** One commit at a time: each is made from the holes that the one before left. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work)
    this.turn = mine.catch(() => {})
    return mine
  }

  /** A commit of a back-fill is in, made from the holes of that place. */
  filled(place: Place, { progress, committedAtMs }: Head): void {
    if (this.place.pending === place.pending) this.place = { ...this.place, holes: progress.holes }
    this.lastCommitMs = committedAtMs
  }

  /** Partitions that it owns. */
  owned(): ReadonlySet<TopicPartition> {
    return new Set(this.subscription?.assignment().map((one) => topicPartition(one.topic, one.partition)))
  }

  /** A commit is in; `holes` are those that the next one finds. */
  committed(place: Place, { progress, committedAtMs }: Head): void {
    if (this.place.pending === place.pending) this.place = { ...this.place, holes: progress.holes }
    this.lastCommitMs = committedAtMs
    this.trouble = undefined
  }

  /** Resolves when all that the log held at the call is decided on in the lake. */
  async drain(signal: AbortSignal): Promise<void> {
    this.drains++
    try {
      const ends = await this.ports.log.ranges(this.topics)
      while (!ends.every(({ topic, partition, to }) => this.landed(topic, partition) >= to)) {
        this.bell.ring()
        await this.ports.clock.sleep(DRAIN_AGE_MS / 2, signal)
      }
    } finally {
      this.drains--
    }
  }

  /** When a commit is due; somebody who drains waits for no age. */
  get limits(): FlushLimits {
    const { limits } = this.settings
    return this.drains > 0 ? { ...limits, ageMs: DRAIN_AGE_MS } : limits
  }

  /** Log end minus the next offset that is not decided on, over all partitions. */
  async lagRecords(): Promise<bigint> {
    const ranges = await this.ports.log.ranges(this.topics)
    return ranges.reduce((lag, { topic, partition, to }) => lag + to - this.landed(topic, partition), 0n)
  }

  /** The same for each partition that it owns: the others are for their owners to tell. */
  async lags(): Promise<Map<TopicPartition, bigint>> {
    const owned = this.owned()
    const ranges = owned.size === 0 ? [] : await this.ports.log.ranges(this.topics)
    const lags = new Map<TopicPartition, bigint>()
    for (const { topic, partition, to } of ranges) {
      const name = topicPartition(topic, partition)
      const landed = this.place.pending.landed(name)
      // A commit may have come since the ends were asked for.
      if (owned.has(name)) lags.set(name, to > landed ? to - landed : 0n)
    }
    return lags
  }

  /** How long the oldest record that it holds has been in the log; 0 where it holds none. */
  behindSeconds(): number {
    const { oldestMs } = this.place.pending
    return oldestMs === undefined ? 0 : Math.max(0, this.ports.clock.nowMs() - oldestMs) / 1_000
  }

  /** What it tells of its pressure: lag by partition, and how long its oldest record waits. */
  async pressure(): Promise<{ readonly lags: GroupLag[]; readonly committedAtMs: number | null }> {
    const behindSeconds = this.behindSeconds()
    const lags = [...(await this.lags())].map(([name, lag]) => {
      return { group: this.settings.group, ...split(name), lagRecords: String(lag), behindSeconds }
    })
    return { lags: lags.filter(({ lagRecords }) => lagRecords !== '0'), committedAtMs: this.lastCommitMs }
  }

  /** One member of a group owns its first partition. */
  leads(): boolean {
    const owned = this.subscription?.assignment() ?? []
    return owned.some(({ topic, partition }) => topic === this.topics[0] && partition === 0)
  }

  /** Of its partitions, what was passed over for now; and what of that is lost first. */
  deferred(): readonly Hole[] {
    const owned = this.owned()
    const isOwn = ({ topic, partition }: Hole) => owned.has(topicPartition(topic, partition))
    return this.place.holes.filter((hole) => hole.reason === 'deferred' && isOwn(hole))
  }

  expiring(): Promise<Expiring | undefined> {
    return this.expiry.look(this.deferred())
  }

  /** Rows that it has read and not committed, and bytes that it has read and not made files of. */
  buffered(): { readonly rows: number; readonly bytes: number } {
    const { rows, bytes } = this.place.pending
    return { rows, bytes }
  }

  /** When the table got its last commit, as far as it knows; null where it never had one. */
  committedAtMs(): number | null {
    return this.lastCommitMs
  }

  /** Why it cannot land records now. */
  ready(): string | undefined {
    if (this.trouble !== undefined) return `${this.name} takes nothing in, and it is tried again: ${this.trouble}`
    return this.begun ? undefined : `${this.name} has not been read yet`
  }

  private landed(topic: string, partition: number): bigint {
    return this.place.pending.landed(topicPartition(topic, partition))
  }

  /** Once a partition: what is lost stays lost. */
  private tellLost(lost: readonly Lost[]): void {
    const news = lost.filter(({ name }) => !this.lost.has(name))
    if (news.length === 0) return
    for (const { name, topic, records } of news) {
      this.lost.add(name)
      this.ports.told({ kind: 'lost', topic, records })
    }
    const partitions = news.map(({ name, records }) => `${name}: ${records}`)
    this.ports.logger.warn(
      { table: this.name, partitions },
      `${this.name} has nothing of partitions whose first records retention has taken from the log: they cannot be landed`,
    )
  }
}
