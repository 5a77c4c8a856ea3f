/**
 * The log in one folder of this machine, for one process: Kafka's semantics on SQLite.
 *
 *   append ─► encode (RecordBatch v2) ─► store (one transaction, fsync) ─► ring who waits
 *   subscribe ─► group (who owns what) ─► turns (fair) ─► store.read (checksum) ─► columns
 *
 * Nothing is buffered: what is appended is on disk when append returns, what is read is read when it is asked for.
 *
 *   errors  those of the port, and LOG_IN_USE where another process holds the folder
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { K2Error } from '@k2/contracts/codes.ts'
import type { TopicSpec } from '@k2/contracts/topics.ts'
import { foldLatest } from '../batches.ts'
import { LiveBatches } from '../live.ts'
import type {
  Latest,
  Log,
  LogBatch,
  NewRecord,
  OffsetRange,
  ReadOptions,
  SchemaRegistry,
  SubscribeOptions,
  Subscription,
  TopicOffset,
} from '../log.ts'
import type { Incompatibility } from '../registry/registry.ts'
import { encodeRecords } from './encode.ts'
import { Group } from './group.ts'
import { embeddedRegistry } from './registry.ts'
import { type Partition, Store } from './store.ts'
import { outOfRange, Turns } from './turns.ts'
import { applyRetention, compactAll } from './upkeep.ts'

const RETENTION_EVERY_MS = 60_000

export interface EmbeddedOptions {
  /** Milliseconds since the epoch: the records' time, and what retention goes by. */
  readonly now: () => number
}

/** Opens the log in the folder, or begins one there; it holds the folder until it is closed. */
export function openEmbeddedLog(folder: string, options: EmbeddedOptions): EmbeddedLog {
  return new EmbeddedLog(folder, options)
}

export class EmbeddedLog implements Log {
  readonly #store: Store
  readonly #now: () => number
  readonly #groups = new Map<string, Group>()
  readonly #followers = new Map<LiveBatches, readonly string[]>()
  #appends = 0
  #retainedAtMs: number

  constructor(folder: string, { now }: EmbeddedOptions) {
    this.#store = new Store(folder)
    this.#now = now
    this.#retainedAtMs = now()
    try {
      applyRetention(this.#store, this.#retainedAtMs)
      compactAll(this.#store, this.#retainedAtMs)
    } catch (error) {
      this.#store.close()
      throw error
    }
  }

  /** The schema registry in the same file. */
  registry(incompatibility: Incompatibility): SchemaRegistry {
    return embeddedRegistry(this.#store, incompatibility)
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#store.createTopics(topics)
  }

  async append(topic: string, records: readonly NewRecord[]): Promise<OffsetRange[]> {
    this.#store.checkOpen()
    const found = this.#store.topic(topic)
    if (records.length === 0) return []
    const nowMs = Math.floor(this.#now())
    const batches = encodeRecords(found, records, nowMs, this.#appends++ % found.partitions.length)
    this.#retain(nowMs)
    this.#store.append(batches)
    for (const group of this.#groups.values()) group.ring(topic)
    for (const [follower, topics] of this.#followers) if (topics.includes(topic)) follower.ring()
    return joinRanges(batches.map(({ partition, from, to }) => ({ topic, partition: partition.partition, from, to })))
  }

  subscribe(group: string, topics: readonly string[], options: SubscribeOptions): Subscription {
    this.#store.checkOpen()
    const found = this.#groups.get(group) ?? new Group(group, this.#store)
    this.#groups.set(group, found)
    return found.subscribe(topics, options)
  }

  async committed(group: string, topics: readonly string[]): Promise<TopicOffset[]> {
    return this.#partitions(topics).flatMap((partition) => {
      const offset = this.#store.noted(group, partition)
      return offset === undefined ? [] : [{ topic: partition.topic, partition: partition.partition, offset }]
    })
  }

  async *readRange({ topic, partition, from, to }: OffsetRange, options?: ReadOptions): AsyncGenerator<LogBatch> {
    const found = this.#store.partition(topic, partition)
    if (from > to) throw outOfRange(found, from)
    if (to > found.end) throw outOfRange(found, to)
    for (let at = from; ; ) {
      this.#store.checkOpen()
      options?.signal?.throwIfAborted()
      // Also after the first batch: what is not read yet may be dropped meanwhile.
      if (at < found.start) throw outOfRange(found, at)
      if (at === to) return
      const batch = this.#store.read(found, at, to)
      yield batch
      at = batch.to
      await nextTurn()
    }
  }

  follow(
    topics: readonly string[],
    from: readonly TopicOffset[],
    { signal }: { readonly signal: AbortSignal },
  ): AsyncIterable<LogBatch> {
    return { [Symbol.asyncIterator]: () => this.#follower(topics, from, signal) }
  }

  #follower(topics: readonly string[], from: readonly TopicOffset[], signal: AbortSignal): LiveBatches {
    const turns = new Turns(this.#store)
    const place = () => {
      turns.take(this.#partitions(topics))
      for (const partition of turns.partitions) turns.place(partition, partition.start)
      for (const { topic, partition, offset } of from) turns.place(this.#store.partition(topic, partition), offset)
    }
    let isPlaced = false
    const pull = () => {
      if (!isPlaced) place()
      isPlaced = true
      return turns.next('throw')
    }
    const follower: LiveBatches = new LiveBatches({ pull, end: () => this.#followers.delete(follower) }, signal)
    if (!signal.aborted) this.#followers.set(follower, topics)
    return follower
  }

  async ranges(topics: readonly string[]): Promise<OffsetRange[]> {
    return this.#partitions(topics).map(({ topic, partition, start, end }) => ({
      topic,
      partition,
      from: start,
      to: end,
    }))
  }

  async latest(topic: string): Promise<Latest[]> {
    const ranges = await this.ranges([topic])
    const parts = await Promise.all(ranges.map((range) => foldLatest(this.readRange(range))))
    return parts.flat()
  }

  async retentionMs(topic: string): Promise<number | null> {
    this.#store.checkOpen()
    return this.#store.topic(topic).retentionMs
  }

  async deleteBefore(topic: string, partition: number, offset: bigint): Promise<void> {
    this.#store.checkOpen()
    const found = this.#store.partition(topic, partition)
    if (this.#store.topic(topic).retentionMs === null) throw keptByKey(topic)
    if (offset > found.end) throw outOfRange(found, offset)
    this.#store.dropBefore(found, offset)
  }

  async close(): Promise<void> {
    this.#store.close()
    // Whoever sleeps wakes up to be told.
    for (const group of this.#groups.values()) group.ringAll()
    for (const follower of this.#followers.keys()) follower.ring()
  }

  #partitions(topics: readonly string[]): Partition[] {
    this.#store.checkOpen()
    return topics.flatMap((topic) => this.#store.topic(topic).partitions)
  }

  #retain(nowMs: number): void {
    if (nowMs - this.#retainedAtMs < RETENTION_EVERY_MS) return
    this.#retainedAtMs = nowMs
    applyRetention(this.#store, nowMs)
  }
}

function keptByKey(topic: string): K2Error {
  const sentence = `Topic ${topic} is kept by key, so nothing is dropped by offset, as in Kafka. Append null values instead.`
  return new K2Error('INVALID_ARGUMENT', sentence, { topic })
}

/** One range a partition: an append may fill several batches of it. */
function joinRanges(ranges: readonly OffsetRange[]): OffsetRange[] {
  const joined = new Map<number, OffsetRange>()
  for (const range of ranges)
    joined.set(range.partition, { ...range, from: joined.get(range.partition)?.from ?? range.from })
  return [...joined.values()]
}
