/**
 * What a log does to itself: drops what is older than its topic keeps, and compacts the topics that are kept by key.
 *
 *   source  Kafka's retention.ms by whole batches (there: segments); min.cleanable.dirty.ratio 0.5 and
 *           delete.retention.ms one day for compaction
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { sliceAt } from '../batches.ts'
import { BatchWriter } from '../batchwriter.ts'
import type { LogBatch } from '../log.ts'
import type { Partition, Store, StoredBatch } from './store.ts'

/** Below it there is nothing to gain. */
const DIRTY_BYTES_MIN = 65_536n
/** A reader that is at most this late still sees that a key was deleted. */
const TOMBSTONE_MS = 86_400_000
/** Batches of a compacted topic are cut at about this size. */
const BATCH_BYTES = 524_288

/** Drops whole batches whose youngest record is older than the topic's retention, from the start on. */
export function applyRetention(store: Store, nowMs: number): void {
  for (const { retentionMs, partitions } of store.topics()) {
    if (retentionMs === null) continue
    for (const partition of partitions) {
      const sinceMs = nowMs - retentionMs
      const first = store.firstSince(partition, sinceMs)
      if (first > partition.start && isOlder(store, partition, first, sinceMs)) store.dropBefore(partition, first)
    }
  }
}

/** What the index says is not enough to drop records by: the records themselves say it, under their checksums. */
function isOlder(store: Store, partition: Partition, to: bigint, sinceMs: number): boolean {
  return unlessDamaged(false, () => {
    for (const { timesMs } of batchesOf(store, partition, to))
      if (timesMs.some((timeMs) => timeMs >= sinceMs)) return false
    return true
  })
}

/** Damage is told to the one who reads there; upkeep leaves it alone, since a log that will not open helps nobody. */
function unlessDamaged<T>(otherwise: T, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof K2Error && error.code === 'LOG_DAMAGED') return otherwise
    throw error
  }
}

/** Compacts the partitions of compacted topics of which half or more came since the last time. */
export function compactAll(store: Store, nowMs: number): void {
  for (const { retentionMs, partitions } of store.topics()) {
    if (retentionMs !== null) continue
    for (const partition of partitions) {
      const { total, dirty } = store.storedBytes(partition)
      if (dirty < DIRTY_BYTES_MIN || dirty * 2n < total) continue
      unlessDamaged(undefined, () => compact(store, partition, nowMs))
    }
  }
}

function compact(store: Store, partition: Partition, nowMs: number): void {
  const last = lastOffsets(store, partition)
  // Read to the end before the first row is replaced; what is kept is small beside what is dropped.
  store.replaceAll(partition, [...rewrite(store, partition, last, nowMs)])
}

function* batchesOf(store: Store, partition: Partition, to = partition.end): Generator<LogBatch> {
  for (let at = partition.start; at < to; ) {
    const batch = store.read(partition, at, to)
    yield batch
    at = batch.to
  }
}

/** Keys as latin1, which tells any two byte strings apart. */
const nameOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')

function lastOffsets(store: Store, partition: Partition): Map<string, bigint> {
  const last = new Map<string, bigint>()
  for (const batch of batchesOf(store, partition)) {
    for (let i = 0; i < batch.count; i++) {
      const key = sliceAt(batch.keys, i)
      if (key !== null) last.set(nameOf(key), batch.from + BigInt(batch.offsetDeltas[i]!))
    }
  }
  return last
}

/** The last record of each key at its old offset, in batches that together stand for all offsets of the partition. */
function* rewrite(
  store: Store,
  partition: Partition,
  last: ReadonlyMap<string, bigint>,
  nowMs: number,
): Generator<StoredBatch> {
  const writer = new BatchWriter()
  let from = partition.start
  const finish = (to: bigint): StoredBatch => {
    const maxTimeMs = writer.maxTimeMs
    const bytes = writer.finish(from, Number(to - from) - 1)
    const batch = { partition, from, to, maxTimeMs, bytes }
    from = to
    return batch
  }
  for (const batch of batchesOf(store, partition)) {
    for (let i = 0; i < batch.count; i++) {
      const key = sliceAt(batch.keys, i)
      const value = sliceAt(batch.values, i)
      const offset = batch.from + BigInt(batch.offsetDeltas[i]!)
      const timeMs = batch.timesMs[i]!
      if (key === null || last.get(nameOf(key)) !== offset) continue
      if (value === null && timeMs < nowMs - TOMBSTONE_MS) continue
      const add = () => writer.add(Number(offset - from), timeMs, key, value, batch.headers?.[i])
      if (writer.bytes < BATCH_BYTES && add()) continue
      yield finish(offset)
      add()
    }
  }
  if (from < partition.end) yield finish(partition.end)
}
