/**
 * An append's records, shared out to their partitions. Hot path: an index into the given records, nothing made of them.
 *
 *   shape   (topic, records, time, a partition for records without a key) -> for each partition its piece; no I/O
 *   errors  UNKNOWN_TOPIC for a partition that is not there; PAYLOAD_TOO_LARGE for a record over a broker's default limit;
 *           INVALID_ARGUMENT for a record without a key in a compacted topic
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { BatchWriter } from '../batchwriter.ts'
import type { NewRecord } from '../log.ts'
import { partitionOf } from '../partitioner.ts'
import { BATCH_BYTES_MAX } from '../recordbatch.ts'
import { partitionMissing } from './client.ts'
import type { Piece } from './lane.ts'

/** Around key and value in a batch: lengths, deltas; what is nearer to the limit is measured. */
const AROUND_BYTES = 32
const NEAR_LIMIT_BYTES = BATCH_BYTES_MAX - 4_096
const text = new TextEncoder()
const scale = new BatchWriter()

export interface Destination {
  readonly topic: string
  readonly partitions: number
  readonly needsKeys: boolean
}

export function piecesOf(
  { topic, partitions, needsKeys }: Destination,
  records: readonly NewRecord[],
  timeMs: number,
  keyless: number,
): Map<number, Piece> {
  const pieces = new Map<number, { keys: (Uint8Array | null)[]; records: NewRecord[]; bytes: number; timeMs: number }>()
  // Records of one key mostly come together.
  let last: NewRecord | undefined
  let key: Uint8Array | null = null
  let piece = { keys: [] as (Uint8Array | null)[], records: [] as NewRecord[], bytes: 0, timeMs }
  for (const record of records) {
    if (last === undefined || record.key !== last.key || record.partition !== last.partition) {
      key = typeof record.key === 'string' ? text.encode(record.key) : record.key
      if (key === null && needsKeys) throw keyMissing(topic)
      const partition = record.partition ?? (key === null ? keyless : partitionOf(key, partitions))
      if (!(partition >= 0 && partition < partitions)) throw partitionMissing(topic, partition, partitions)
      piece = pieces.get(partition) ?? { keys: [], records: [], bytes: 0, timeMs }
      pieces.set(partition, piece)
      last = record
    }
    const bytes = AROUND_BYTES + (key?.length ?? 0) + (record.value?.length ?? 0)
    if (bytes > NEAR_LIMIT_BYTES || record.headers !== undefined) checkSize(topic, record, key)
    piece.keys.push(key)
    piece.records.push(record)
    piece.bytes += bytes
  }
  return pieces
}

function checkSize(topic: string, { value, headers }: NewRecord, key: Uint8Array | null): void {
  scale.clear()
  if (scale.add(0, 0, key, value, headers)) return
  const sentence = `A record for ${topic} with a value of ${value?.length ?? 0} bytes does not fit the ${BATCH_BYTES_MAX} bytes of a batch, which is Kafka's default limit. Send smaller values.`
  throw new K2Error('PAYLOAD_TOO_LARGE', sentence, { topic, bytes: value?.length ?? 0 })
}

function keyMissing(topic: string): K2Error {
  return new K2Error('INVALID_ARGUMENT', `Topic ${topic} is compacted: each of its records needs a key.`, { topic })
}
