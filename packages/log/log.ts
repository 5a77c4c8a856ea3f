/**
 * The ordered log: the PORT. Kafka's semantics, so that nothing that runs on one adapter meets a surprise on the
 * other: topics of partitions, offsets without reuse, keyed records, consumer groups, redelivery of what was not
 * committed. Batches are columns; no object a record.
 *
 *   units   offsets: bigint, the next one to read where a range ends (half open); times: ms since the epoch, the
 *           moment of ingestion
 *   errors  K2Error LOG_UNAVAILABLE, LOG_DAMAGED, UNKNOWN_TOPIC, OFFSET_OUT_OF_RANGE, STALE_MEMBER;
 *           PAYLOAD_TOO_LARGE and INVALID_ARGUMENT for records that Kafka would refuse
 */
import type { Slices } from '@k2/contracts/columns.ts'
import type { TopicSpec } from '@k2/contracts/topics.ts'

export type { Slices } from '@k2/contracts/columns.ts'

export type Headers = Readonly<Record<string, string>>

/**
 * Consecutive records of one partition. An array that fills its ArrayBuffer is this batch's alone: whoever has read the
 * batch may move it to another thread.
 */
export interface LogBatch {
  readonly topic: string
  readonly partition: number
  /** The offsets it stands for are [from, to), also those that hold no record (compacted, control). */
  readonly from: bigint
  readonly to: bigint
  readonly count: number
  /** Offset of record i = from + offsetDeltas[i]; ascending. */
  readonly offsetDeltas: Int32Array
  readonly timesMs: Float64Array
  readonly keys: Slices
  readonly values: Slices
  /** Headers of record i, undefined where it has none; absent where no record has any. */
  readonly headers?: readonly (Headers | undefined)[]
}

export interface NewRecord {
  readonly key: string | Uint8Array | null
  /** null: the key is deleted (compacted topics). */
  readonly value: Uint8Array | null
  readonly headers?: Headers
  /** Where to put it; by default murmur2 of the key decides, as in Kafka's Java client. */
  readonly partition?: number
}

/** Offsets [from, to) of one partition. */
export interface OffsetRange {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly to: bigint
}

export interface TopicOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** A member's view of its group. Iterate it: the next batch is read when it is asked for. */
export interface Subscription extends AsyncIterable<LogBatch> {
  /** Partitions that it owns now; changes when members join or leave. */
  assignment(): readonly { readonly topic: string; readonly partition: number }[]
  /** The next batch of that partition begins at `offset`. Nothing happens where the partition is not owned. */
  seek(topic: string, partition: number, offset: bigint): void
  pause(topic: string, partition: number): void
  resume(topic: string, partition: number): void
  /** Notes the group's offsets (the next ones to read). STALE_MEMBER where a partition has moved to another member. */
  commit(offsets: readonly TopicOffset[]): Promise<void>
}

export interface SubscribeOptions {
  readonly signal: AbortSignal
  /** Asked when a partition is assigned: where to begin. undefined: at the group's offset, or else at the log's start. */
  readonly startAt?: (topic: string, partition: number) => Promise<bigint | undefined>
}

export interface ReadOptions {
  /** Its reason is thrown: a range that was cut short must not look like one that was read. */
  readonly signal?: AbortSignal
}

/** What a compacted topic holds for a key. */
export interface Latest {
  readonly key: string
  readonly value: Uint8Array
  readonly offset: bigint
  readonly timeMs: number
}

export interface Log {
  /** Creates the topics that are missing; an existing one of another partition count is a SETTINGS_INVALID. */
  createTopics(topics: readonly TopicSpec[]): Promise<void>
  /** Durable when it returns; a partition's records keep their order and take consecutive offsets. */
  append(topic: string, records: readonly NewRecord[]): Promise<OffsetRange[]>
  subscribe(group: string, topics: readonly string[], options: SubscribeOptions): Subscription
  /** A group's noted offsets. */
  committed(group: string, topics: readonly string[]): Promise<TopicOffset[]>
  /** Records of [from, to), in order; ends when `to` is reached. OFFSET_OUT_OF_RANGE below the log's start or past its end. */
  readRange(range: OffsetRange, options?: ReadOptions): AsyncIterable<LogBatch>
  /** All partitions from those offsets on and then live, in no group, until the signal; a partition not named begins at the log's start. */
  follow(
    topics: readonly string[],
    from: readonly TopicOffset[],
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<LogBatch>
  /** The log's start and end: the first offset kept, and the one that the next record takes. */
  ranges(topics: readonly string[]): Promise<OffsetRange[]>
  /** The last value of each key of a compacted topic, deleted keys left out. */
  latest(topic: string): Promise<Latest[]>
  /** How long it keeps a record of the topic, as it is set now; null: for ever, or the last one of each key. */
  retentionMs(topic: string): Promise<number | null>
  /** Drops what lies before `offset`, as retention does; INVALID_ARGUMENT for a compacted topic. */
  deleteBefore(topic: string, partition: number, offset: bigint): Promise<void>
  close(): Promise<void>
}

/** Confluent's schema registry: schemas have ids, subjects have compatible histories. */
export interface SchemaRegistry {
  /** The id of this schema under the subject (`<topic>-value`), registered where it is new. SCHEMA_INCOMPATIBLE where BACKWARD forbids. */
  register(subject: string, schema: string): Promise<number>
  /** SCHEMA_UNKNOWN where there is none. */
  schema(id: number): Promise<string>
}
