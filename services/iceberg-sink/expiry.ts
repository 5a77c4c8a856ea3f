/**
 * Until when the log has what was deferred: a record that its retention takes before it is filled in is lost. Whoever looks is
 * told a day before. The log is asked for its retention; where it does not say, it is taken for the one that K2 sets.
 *
 *   errors  those of the log's reading
 */
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import type { MarketTopic } from '@k2/contracts/topics.ts'
import { type Hole, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import type { Log } from '@k2/log/log.ts'
import type { Clock } from '@k2/service/clock.ts'

export interface Expiring {
  readonly partition: TopicPartition
  /** The first that was deferred. */
  readonly offset: bigint
  /** Retention takes it then, ms since the epoch; 0 where it has. */
  readonly atMs: number
}

/** Retention takes whole segments, so that it may come later; a look a minute is enough. */
const LOOK_EVERY_MS = 60_000
const ALERT_MS = 86_400_000
/** Offsets may be missing in front of a record. */
const READ_MAX = 1_000n

export class Expiry {
  private readonly log: Pick<Log, 'readRange' | 'retentionMs'>
  private readonly clock: Clock
  /** As K2 sets them. */
  private readonly wished: ReadonlyMap<string, number | null>
  private lookedMs = Number.NEGATIVE_INFINITY
  private first: Expiring | undefined

  constructor(log: Pick<Log, 'readRange' | 'retentionMs'>, clock: Clock, topics: readonly MarketTopic[]) {
    this.log = log
    this.clock = clock
    this.wished = new Map(topics.map(({ name, retentionMs }) => [name, retentionMs]))
  }

  /** Of those holes the one that is lost first; undefined without any. */
  async look(holes: readonly Hole[]): Promise<Expiring | undefined> {
    const deferred = firsts(holes)
    const nowMs = this.clock.nowMs()
    // What is filled in is told at once.
    if (deferred.length > 0 && nowMs - this.lookedMs < LOOK_EVERY_MS) return this.first
    const topics = [...new Set(deferred.map(({ topic }) => topic))]
    const kept = new Map(await Promise.all(topics.map(async (topic) => [topic, await this.keptMs(topic)] as const)))
    const expiring = await Promise.all(deferred.map((hole) => this.expiring(hole, kept.get(hole.topic)!)))
    this.first = expiring.reduce<Expiring | undefined>(
      (a, b) => (a !== undefined && a.atMs <= b.atMs ? a : b),
      undefined,
    )
    this.lookedMs = deferred.length > 0 ? nowMs : Number.NEGATIVE_INFINITY
    return this.first
  }

  private async expiring(hole: Hole, keptMs: number): Promise<Expiring> {
    const { topic, partition, from: offset } = hole
    const timeMs = await this.timeOf(hole)
    // Gone is gone, also from a log that keeps for ever now.
    const atMs = timeMs === Number.NEGATIVE_INFINITY ? timeMs : timeMs + keptMs
    return { partition: topicPartition(topic, partition), offset, atMs }
  }

  private async keptMs(topic: string): Promise<number> {
    try {
      return (await this.log.retentionMs(topic)) ?? Number.POSITIVE_INFINITY
    } catch (error) {
      if (!(error instanceof K2Error)) throw error
      return this.wished.get(topic) ?? Number.POSITIVE_INFINITY
    }
  }

  private async timeOf({ topic, partition, from, to }: Hole): Promise<number> {
    try {
      const range = { topic, partition, from, to: to < from + READ_MAX ? to : from + READ_MAX }
      for await (const { timesMs, count } of this.log.readRange(range)) if (count > 0) return timesMs[0]!
      return Number.POSITIVE_INFINITY
    } catch (error) {
      if (codeOf(error) === 'OFFSET_OUT_OF_RANGE') return Number.NEGATIVE_INFINITY
      throw error
    }
  }
}

/** For people; undefined while there is time. */
export function expiryAlert(expiring: Expiring | undefined, nowMs: number): string | undefined {
  if (expiring === undefined || expiring.atMs - nowMs > ALERT_MS) return undefined
  const { partition, offset, atMs } = expiring
  const what = `records of ${partition} from offset ${offset} on were deferred and`
  if (atMs < 0) return `${what} the log no longer has them: they are lost. What is still there is filled in`
  const until = new Date(atMs).toISOString()
  return `${what} are kept by the log until ${until}, when they are lost: let pressure fall, give K2_SINK_BACKFILL_SHARE more, start more sinks, or lengthen the topic's retention.ms`
}

/** Of each partition the first. */
function firsts(holes: readonly Hole[]): Hole[] {
  const found = new Map<TopicPartition, Hole>()
  for (const hole of holes) {
    const name = topicPartition(hole.topic, hole.partition)
    const known = found.get(name)
    if (hole.reason === 'deferred' && (known === undefined || hole.from < known.from)) found.set(name, hole)
  }
  return [...found.values()]
}
