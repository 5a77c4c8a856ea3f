/**
 * New records into batches ready to be stored. Hot path: one writer for all, records of a partition by their index.
 *
 *   shape   (topic, records, time, a partition for records without a key) -> stored batches, by partition; no I/O
 *   errors  UNKNOWN_TOPIC for a partition that is not there; PAYLOAD_TOO_LARGE for a record over Kafka's own limit;
 *           INVALID_ARGUMENT for a record without a key in a compacted topic
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { BatchWriter } from '../batchwriter.ts'
import type { NewRecord } from '../log.ts'
import { partitionOf } from '../partitioner.ts'
import { BATCH_BYTES_MAX } from '../recordbatch.ts'
import type { Partition, StoredBatch, Topic } from './store.ts'

/** A batch is what is read and checked as one, so a reader of one record should not pay for too many. */
const BATCH_RECORDS_MAX = 4_096
const text = new TextEncoder()
const writer = new BatchWriter()

interface Share {
  readonly keys: (Uint8Array | null)[]
  readonly records: NewRecord[]
}

/** The records as batches that continue their partitions. Keyless ones all go to `keyless`, as Kafka's clients do. */
export function encodeRecords(
  topic: Topic,
  records: readonly NewRecord[],
  timeMs: number,
  keyless: number,
): StoredBatch[] {
  const shares = new Map<number, Share>()
  // Records of one key mostly come together.
  let last: NewRecord | undefined
  let key: Uint8Array | null = null
  let share: Share | undefined
  for (const record of records) {
    if (!last || record.key !== last.key || record.partition !== last.partition) {
      key = typeof record.key === 'string' ? text.encode(record.key) : record.key
      if (key === null && topic.retentionMs === null) throw keyMissing(topic)
      const partition = record.partition ?? (key === null ? keyless : partitionOf(key, topic.partitions.length))
      share = shares.get(partition) ?? { keys: [], records: [] }
      if (share.keys.length === 0) shares.set(partition, share)
      last = record
    }
    share!.keys.push(key)
    share!.records.push(record)
  }
  return [...shares].flatMap(([index, share]) => {
    const partition = topic.partitions[index]
    if (partition === undefined) throw partitionMissing(topic, index)
    return encodeShare(partition, share, timeMs)
  })
}

function encodeShare(partition: Partition, { keys, records }: Share, timeMs: number): StoredBatch[] {
  const batches: StoredBatch[] = []
  let from = partition.end
  writer.clear()
  const finish = () => {
    const to = from + BigInt(writer.count)
    batches.push({ partition, from, to, maxTimeMs: timeMs, bytes: writer.finish(from) })
    from = to
  }
  for (let i = 0; i < records.length; i++) {
    const { value, headers } = records[i]!
    if (writer.count === BATCH_RECORDS_MAX) finish()
    if (writer.add(writer.count, timeMs, keys[i]!, value, headers)) continue
    if (writer.count > 0) finish()
    if (!writer.add(0, timeMs, keys[i]!, value, headers)) throw recordTooLarge(partition, value)
  }
  finish()
  return batches
}

function keyMissing({ name }: Topic): K2Error {
  return new K2Error('INVALID_ARGUMENT', `Topic ${name} is compacted: each of its records needs a key.`, {
    topic: name,
  })
}

function partitionMissing({ name, partitions }: Topic, partition: number): K2Error {
  const sentence = `Topic ${name} has ${partitions.length} partitions, counted from 0; there is no ${partition}.`
  return new K2Error('UNKNOWN_TOPIC', sentence, { topic: name, partition })
}

function recordTooLarge({ topic, partition }: Partition, value: Uint8Array | null): K2Error {
  const sentence = `A record for ${topic} with a value of ${value?.length ?? 0} bytes does not fit the ${BATCH_BYTES_MAX} bytes of a batch, which is Kafka's default limit. Send smaller values.`
  return new K2Error('PAYLOAD_TOO_LARGE', sentence, { topic, partition, bytes: value?.length ?? 0 })
}
