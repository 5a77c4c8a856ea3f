/**
 * The log on Apache Kafka, or whatever speaks its protocol.
 *
 *   append    ─► producer (lanes, batches) ─► leaders, all replicas in sync
 *   subscribe ─► member (who owns what) ─► reader (requests to leaders) ─► fetched (checksum, unpacked) ─► columns
 *   follow    ─► reader, in no group
 *
 *   errors  those of the port; a broker that is away is waited for, `trouble()` says so meanwhile
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { TopicSpec } from '@k2/contracts/topics.ts'
import { type GuardOf, guard } from '@k2/service/guard.ts'
import { foldLatest } from '../batches.ts'
import { LiveBatches } from '../live.ts'
import type {
  Latest,
  Log,
  LogBatch,
  NewRecord,
  OffsetRange,
  ReadOptions,
  SubscribeOptions,
  Subscription,
  TopicOffset,
} from '../log.ts'
import { Client, type ClientOptions, partitionMissing, type Standing } from './client.ts'
import { isUnanswered } from './errors.ts'
import { type GroupTimes, Member } from './member.ts'
import { committedOf, rangesOf } from './offsets.ts'
import { type Destination, piecesOf } from './pieces.ts'
import { Producer, type ProducerLimits } from './producer.ts'
import { readRange } from './range.ts'
import { Reader, type ReadLimits } from './reader.ts'
import { createTopics, deleteBefore, isCompacted, retentionMs } from './topics.ts'

export interface KafkaOptions extends Omit<ClientOptions, 'standing' | 'guard'> {
  readonly guardOf?: GuardOf
  readonly producer: ProducerLimits
  readonly reading: ReadLimits
  readonly groups: GroupTimes
  /** Copies of each partition of topics that are created here. */
  readonly copies: number
  /** Milliseconds since the epoch: the records' time. */
  readonly now: () => number
}

/** Nothing is connected before it is used. */
export function openKafkaLog(options: KafkaOptions): KafkaLog {
  return new KafkaLog(options)
}

export class KafkaLog implements Log {
  readonly #options: KafkaOptions
  readonly #standing: Standing = { trouble: undefined }
  readonly #client: Client
  readonly #producer: Producer
  readonly #destinations = new Map<string, Promise<Destination>>()
  /** How to end what is still read, and what to wait for then. */
  readonly #open = new Set<{ readonly end: (failure: K2Error) => void; readonly ended: Promise<void> }>()
  #appends = 0

  constructor(options: KafkaOptions) {
    this.#options = options
    const { guardOf = guard } = options
    this.#client = new Client({
      ...options,
      standing: this.#standing,
      guard: guardOf('kafka', { isFailure: isUnanswered }),
    })
    this.#producer = new Producer(this.#client, options.producer)
  }

  /** Why it cannot be used now, as a sentence; undefined where it can, as far as is known. */
  trouble(): string | undefined {
    return this.#standing.trouble
  }

  createTopics(topics: readonly TopicSpec[]): Promise<void> {
    return createTopics(this.#client, topics, this.#options.copies)
  }

  async append(topic: string, records: readonly NewRecord[]): Promise<OffsetRange[]> {
    const { partitions, needsKeys } = await this.#destination(topic)
    if (records.length === 0) return []
    const timeMs = Math.floor(this.#options.now())
    const pieces = piecesOf({ topic, partitions, needsKeys }, records, timeMs, this.#appends++ % partitions)
    const landed = await Promise.all(
      [...pieces].map(([partition, piece]) => this.#producer.append(topic, partition, piece)),
    )
    return landed.flat()
  }

  subscribe(group: string, topics: readonly string[], options: SubscribeOptions): Subscription {
    const client = this.#client.sibling()
    const member = new Member(client, group, topics, options, this.#options.reading, this.#options.groups)
    this.#keep({ end: (failure) => member.end(failure), ended: member.left })
    return member
  }

  async committed(group: string, topics: readonly string[]): Promise<TopicOffset[]> {
    return committedOf(this.#client, group, topics)
  }

  readRange(range: OffsetRange, options?: ReadOptions): AsyncIterable<LogBatch> {
    return readRange(this.#client, range, this.#options.reading, options?.signal)
  }

  follow(
    topics: readonly string[],
    from: readonly TopicOffset[],
    { signal }: { readonly signal: AbortSignal },
  ): AsyncIterable<LogBatch> {
    return { [Symbol.asyncIterator]: () => this.#follower(topics, from, signal) }
  }

  #follower(topics: readonly string[], from: readonly TopicOffset[], signal: AbortSignal): LiveBatches {
    const client = this.#client.sibling()
    const ended = Promise.withResolvers<void>()
    const reader = new Reader(client, this.#options.reading, 'throw', () => follower.ring())
    const end = () => {
      reader.close()
      void client.close().then(ended.resolve)
    }
    const follower: LiveBatches = new LiveBatches({ pull: () => reader.next(), end }, signal)
    if (signal.aborted) return follower
    this.#keep({ end: (failure) => reader.fail(failure), ended: ended.promise })
    void this.#place(client, reader, topics, from)
    return follower
  }

  async #place(client: Client, reader: Reader, topics: readonly string[], from: readonly TopicOffset[]) {
    try {
      const ranges = await client.patiently(() => rangesOf(client, topics))
      reader.take(ranges)
      for (const { topic, partition, offset } of from) {
        if (!reader.owns(topic, partition))
          throw partitionMissing(topic, partition, (await client.leaders(topic)).length)
        reader.place(topic, partition, offset)
      }
      for (const range of ranges)
        if (!reader.isPlaced(range.topic, range.partition)) reader.place(range.topic, range.partition, range.from)
    } catch (error) {
      if (!client.isClosed) reader.fail(error)
    }
  }

  ranges(topics: readonly string[]): Promise<OffsetRange[]> {
    return rangesOf(this.#client, topics)
  }

  async latest(topic: string): Promise<Latest[]> {
    const ranges = await this.ranges([topic])
    const parts = await Promise.all(ranges.map((range) => foldLatest(this.readRange(range))))
    return parts.flat()
  }

  retentionMs(topic: string): Promise<number | null> {
    return retentionMs(this.#client, topic)
  }

  deleteBefore(topic: string, partition: number, offset: bigint): Promise<void> {
    return deleteBefore(this.#client, topic, partition, offset)
  }

  async close(): Promise<void> {
    const failure = new K2Error('LOG_UNAVAILABLE', 'The log was closed.')
    const open = [...this.#open]
    for (const { end } of open) end(failure)
    await this.#client.close()
    await Promise.all(open.map(({ ended }) => ended))
  }

  #keep(open: { readonly end: (failure: K2Error) => void; readonly ended: Promise<void> }): void {
    this.#open.add(open)
    void open.ended.then(() => this.#open.delete(open))
  }

  /** Asked once: appends that wait for it together keep their order, and later ones don't wait. */
  #destination(topic: string): Promise<Destination> {
    const asked = this.#destinations.get(topic) ?? this.#askDestination(topic)
    this.#destinations.set(topic, asked)
    asked.catch(() => this.#destinations.delete(topic))
    return asked
  }

  async #askDestination(topic: string): Promise<Destination> {
    const effort = { doing: `append to ${topic}`, deadlineMs: this.#options.producer.deadlineMs }
    const { length: partitions } = await this.#client.leaders(topic, effort)
    return { topic, partitions, needsKeys: await isCompacted(this.#client, topic, effort.deadlineMs) }
  }
}
