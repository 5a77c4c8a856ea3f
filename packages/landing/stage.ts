/**
 * Log batches -> the columns of one commit. It stops, at a record's edge, before the commit would touch more pairs of
 * day and bucket than one commit may: each pair makes a file.
 *
 *   shape   batches in the order of their partitions -> columns by topic, how far each partition came, what was refused,
 *           how many repeats were passed over: those that could land
 *   units   offsets: bigint, next to land
 *   errors  none for any record: what cannot land is a value with its reason
 */
import type { ColumnBatch } from '@k2/contracts/columns.ts'
import {
  type Accepts,
  type LoggedRecords,
  offsetOf,
  type Refusal,
  type Schemas,
  type TableDecoder,
  tableDecoder,
} from '@k2/contracts/records/decode.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import type { Seen } from '@k2/dedup/confirm.ts'
import type { Repeats } from '@k2/dedup/dedup.ts'
import { type LastRecord, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import { DAY_MICROS } from '@k2/market/instant.ts'

/** A LogBatch, less what landing does not need. */
export interface StageBatch extends LoggedRecords {
  readonly to: bigint
  /** Records of it that a policy passed over, which are not among its records. */
  readonly passed?: Passed
  /** Where repeats are judged and some were passed over: the ids of all. */
  readonly seen?: Seen
}

/**
 * Offsets [from, to) of which the policy passed over some, and which it has decided on all of: its text says which ones
 * they were. `from` may lie before the batch, where it goes on with what was passed over there.
 */
export interface Passed {
  /** Its hash and its text. */
  readonly policy: string
  readonly text: string
  readonly from: bigint
  readonly to: bigint
  readonly records: number
  /** Offsets, ascending, that the policy would pass over and that were kept. */
  readonly except: readonly bigint[]
}

export interface RejectedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly code: Refusal['code']
  readonly reason: string
  readonly raw: Uint8Array | null
}

export interface Staged {
  readonly columns: readonly ColumnBatch[]
  readonly rows: number
  /** By partition: the next offset, behind all that landed or was refused. */
  readonly to: ReadonlyMap<TopicPartition, bigint>
  readonly last: ReadonlyMap<TopicPartition, LastRecord>
  readonly rejected: readonly RejectedRecord[]
  /** By partition, where there are any. */
  readonly repeated: ReadonlyMap<TopicPartition, number>
}

export interface StageLimits {
  readonly pairs: number
  readonly bucketOf: (text: string) => number
}

const NO_REPEATS: Repeats = new Map()
const never: Accepts = () => false

/** @param decoderOf another way to decode, to compare with */
export function stage(
  spec: TableSpec,
  batches: readonly StageBatch[],
  schemas: Schemas,
  limits: StageLimits,
  { repeats = NO_REPEATS, decoderOf = tableDecoder }: { repeats?: Repeats; decoderOf?: typeof tableDecoder } = {},
): Staged {
  const decoders = new Map<string, TableDecoder>()
  const to = new Map<TopicPartition, bigint>()
  const last = new Map<TopicPartition, LastRecord>()
  const rejected: RejectedRecord[] = []
  const refused = new Map<TopicPartition, Set<bigint>>()
  const repeated = new Map<TopicPartition, number>()
  const fits = pairLimit(spec, limits)
  const rowsOf = (topic: string) => batches.reduce((sum, one) => sum + (one.topic === topic ? one.count : 0), 0)

  for (const batch of batches) {
    const partition = topicPartition(batch.topic, batch.partition)
    const decoder = decoders.get(batch.topic) ?? decoderOf(topicOf(batch.topic, spec), schemas, rowsOf(batch.topic))
    decoders.set(batch.topic, decoder)
    const refusedHere = refused.get(partition) ?? new Set()
    refused.set(partition, refusedHere)
    const isRepeat = repeatsOf(repeats.get(partition), batch, refusedHere)
    let lastAt = -1
    let i = 0
    for (; i < batch.count; i++) {
      const isPassed = isRepeat?.(i) === true
      // Decoded all the same: what cannot land is rejected, and not a repeat.
      const added = decoder.add(batch, i, isPassed ? never : fits)
      if (isPassed && added === false) {
        repeated.set(partition, (repeated.get(partition) ?? 0) + 1)
        continue
      }
      if (added === false) break
      if (added === true) lastAt = i
      else {
        rejected.push(rejectedRecord(batch, i, added))
        refusedHere.add(offsetOf(batch, i))
      }
    }
    if (lastAt >= 0) {
      const timeMs = batch.timesMs[lastAt]!
      last.set(partition, { offset: offsetOf(batch, lastAt), messageId: decoder.lastId(), timeMs })
    }
    if (i < batch.count) {
      // Records before it are in; it and all behind it wait for the next commit.
      if (i > 0) to.set(partition, offsetOf(batch, i))
      break
    }
    to.set(partition, batch.to)
  }
  const columns = [...decoders.values()].filter((one) => one.rows() > 0).map((one) => one.finish())
  return { columns, rows: columns.reduce((sum, { rows }) => sum + rows, 0), to, last, rejected, repeated }
}

/** Whether a record of the batch repeats one that lands; undefined where none does. `refused`: of its partition, of the same load. */
function repeatsOf(
  repeats: ReadonlyMap<bigint, readonly bigint[]> | undefined,
  batch: StageBatch,
  refused: ReadonlySet<bigint>,
): ((i: number) => boolean) | undefined {
  if (repeats === undefined) return undefined
  const isRejected = (offset: bigint) => refused.has(offset)
  return (i) => {
    const of = repeats.get(offsetOf(batch, i))
    return of !== undefined && (of.length === 0 || of.some((offset) => !isRejected(offset)))
  }
}

function topicOf(name: string, spec: TableSpec) {
  const topic = marketTopic(name)
  if (topic?.table.name !== spec.name) throw new Error(`topic ${name} does not land in ${spec.name}`)
  return topic
}

/** Answers whether a record's pair of day and bucket is one of the commit's, or may become one. */
function pairLimit(spec: TableSpec, { pairs, bucketOf }: StageLimits): Accepts {
  const seen = new Set<number>()
  const buckets = new Map<string, number>()
  let recent = Number.NaN
  return (micros, text) => {
    let bucket = buckets.get(text)
    if (bucket === undefined) {
      bucket = bucketOf(text)
      buckets.set(text, bucket)
    }
    const day = spec.dayOf === null ? 0 : Math.floor(micros / DAY_MICROS)
    const pair = day * 16 + bucket
    if (pair === recent || seen.has(pair)) {
      recent = pair
      return true
    }
    if (seen.size >= pairs) return false
    seen.add(pair)
    recent = pair
    return true
  }
}

function rejectedRecord(batch: StageBatch, i: number, { code, reason }: Refusal): RejectedRecord {
  const { topic, partition, values } = batch
  const end = values.ends[i]!
  const raw = end < 0 ? null : values.bytes.slice(values.starts[i]!, end)
  return { topic, partition, offset: offsetOf(batch, i), code, reason, raw }
}
