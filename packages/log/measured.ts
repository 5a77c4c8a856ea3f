/**
 * A log that tells an observer what passes through it, and is otherwise the log it was given: what is lazy stays lazy,
 * errors and ends come as they came.
 *
 *   units   bytes: of keys and values as records hold them; seconds: from append to acknowledgement
 */
import { type Code, codeOf, K2Error } from '@k2/contracts/codes.ts'
import type { Latest, Log, LogBatch, NewRecord, Slices, Subscription } from './log.ts'
import { tracedAppend } from './traced.ts'

export interface LogObserver {
  appended(topic: string, records: number, bytes: number, seconds: number): void
  appendFailed(topic: string, code: Code): void
  read(topic: string, records: number, bytes: number): void
  /** `topic` is `all` where a read of several failed and the error names none. */
  readFailed(topic: string, code: Code): void
}

export function measuredLog(log: Log, observer: LogObserver): Log {
  const measured = (batches: AsyncIterable<LogBatch>, topics: readonly string[], signal?: AbortSignal) => ({
    [Symbol.asyncIterator]: () => measuredBatches(batches[Symbol.asyncIterator](), observer, topics, signal),
  })
  return {
    async append(topic, records) {
      const startMs = performance.now()
      try {
        const ranges = await tracedAppend(log, topic, records)
        observer.appended(topic, records.length, newBytes(records), (performance.now() - startMs) / 1000)
        return ranges
      } catch (error) {
        observer.appendFailed(topic, codeOf(error))
        throw error
      }
    },
    subscribe(group, topics, options): Subscription {
      const subscription = log.subscribe(group, topics, options)
      return {
        ...measured(subscription, topics, options.signal),
        assignment: () => subscription.assignment(),
        seek: (topic, partition, offset) => subscription.seek(topic, partition, offset),
        pause: (topic, partition) => subscription.pause(topic, partition),
        resume: (topic, partition) => subscription.resume(topic, partition),
        commit: (offsets) => subscription.commit(offsets),
      }
    },
    readRange: (range, options) => measured(log.readRange(range, options), [range.topic], options?.signal),
    follow: (topics, from, options) => measured(log.follow(topics, from, options), topics, options.signal),
    async latest(topic) {
      try {
        const latest = await log.latest(topic)
        observer.read(topic, latest.length, latestBytes(latest))
        return latest
      } catch (error) {
        observer.readFailed(topic, codeOf(error))
        throw error
      }
    },
    createTopics: (topics) => log.createTopics(topics),
    committed: (group, topics) => log.committed(group, topics),
    ranges: (topics) => log.ranges(topics),
    retentionMs: (topic) => log.retentionMs(topic),
    deleteBefore: (topic, partition, offset) => log.deleteBefore(topic, partition, offset),
    close: () => log.close(),
  }
}

function measuredBatches(
  batches: AsyncIterator<LogBatch>,
  observer: LogObserver,
  topics: readonly string[],
  signal: AbortSignal | undefined,
): AsyncIterableIterator<LogBatch> {
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      try {
        const got = await batches.next()
        if (!got.done) observer.read(got.value.topic, got.value.count, bytesOf(got.value))
        return got
      } catch (error) {
        // Who stopped reading has not failed.
        if (error !== signal?.reason) observer.readFailed(topicOf(error, topics), codeOf(error))
        throw error
      }
    },
    ...(batches.return && { return: (value?: unknown) => batches.return!(value) }),
  }
}

function topicOf(error: unknown, topics: readonly string[]): string {
  const named = error instanceof K2Error ? error.details.topic : undefined
  return topics.find((topic) => topic === named) ?? (topics.length === 1 ? topics[0]! : 'all')
}

const bytesOf = ({ keys, values }: LogBatch): number => slicesBytes(keys) + slicesBytes(values)

/** Hot: every record that is read passes here, twice. */
function slicesBytes({ starts, ends }: Slices): number {
  let bytes = 0
  for (let i = 0; i < ends.length; i++) if (ends[i]! >= 0) bytes += ends[i]! - starts[i]!
  return bytes
}

function newBytes(records: readonly NewRecord[]): number {
  let bytes = 0
  for (const { key, value } of records) bytes += (key === null ? 0 : Buffer.byteLength(key)) + (value?.length ?? 0)
  return bytes
}

const latestBytes = (latest: readonly Latest[]): number =>
  latest.reduce((sum, { key, value }) => sum + Buffer.byteLength(key) + value.length, 0)
