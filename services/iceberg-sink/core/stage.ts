/**
 * Log batches -> the columns of one commit. It stops, at a record's edge, before the commit would touch more pairs of
 * day and bucket than one commit may: each pair makes a file.
 *
 *   shape   batches in the order of their partitions -> columns by topic, how far each partition came, what was refused
 *   units   offsets: bigint, next to land
 *   errors  none for any record: what cannot land is a value with its reason
 */
import type { ColumnBatch } from '@k2/contracts/columns.ts'
import { type LoggedRecords, Refusal, type Schemas, tableDecoder } from '@k2/contracts/records/decode.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import { type LastRecord, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import { DAY_MICROS } from '@k2/market/instant.ts'

/** A LogBatch, less what landing does not need. */
export interface StageBatch extends LoggedRecords {
  readonly to: bigint
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
}

export interface StageLimits {
  readonly pairs: number
  readonly bucketOf: (text: string) => number
}

export function stage(spec: TableSpec, batches: readonly StageBatch[], schemas: Schemas, limits: StageLimits): Staged {
  const decoders = new Map<string, ReturnType<typeof tableDecoder>>()
  const to = new Map<TopicPartition, bigint>()
  const last = new Map<TopicPartition, LastRecord>()
  const rejected: RejectedRecord[] = []
  const fits = pairLimit(spec, limits)

  for (const batch of batches) {
    const partition = topicPartition(batch.topic, batch.partition)
    const decoder = decoders.get(batch.topic) ?? tableDecoder(topicOf(batch.topic, spec), schemas)
    decoders.set(batch.topic, decoder)
    for (let i = 0; i < batch.count; i++) {
      const offset = batch.from + BigInt(batch.offsetDeltas[i]!)
      const added = decoder.add(batch, i, fits)
      if (added === undefined) {
        // Records before it are in; it and all behind it wait for the next commit.
        if (i > 0) to.set(partition, offset)
        return finish()
      }
      if (added instanceof Refusal) rejected.push(rejectedRecord(batch, i, added))
      else last.set(partition, { offset, messageId: added.message_id as string, timeMs: batch.timesMs[i]! })
    }
    to.set(partition, batch.to)
  }
  return finish()

  function finish(): Staged {
    const columns = [...decoders.values()].filter((one) => one.rows() > 0).map((one) => one.finish())
    return { columns, rows: columns.reduce((sum, { rows }) => sum + rows, 0), to, last, rejected }
  }
}

function topicOf(name: string, spec: TableSpec) {
  const topic = marketTopic(name)
  if (topic?.table.name !== spec.name) throw new Error(`topic ${name} does not land in ${spec.name}`)
  return topic
}

/** Answers whether a record's pair of day and bucket is one of the commit's, or may become one. */
function pairLimit(spec: TableSpec, { pairs, bucketOf }: StageLimits) {
  const seen = new Set<number>()
  const buckets = new Map<string, number>()
  let recent = Number.NaN
  return (fields: Record<string, unknown>): boolean => {
    const text = fields[spec.bucketOf] as string
    let bucket = buckets.get(text)
    if (bucket === undefined) {
      bucket = bucketOf(text)
      buckets.set(text, bucket)
    }
    const day = spec.dayOf === null ? 0 : Math.floor(Number(fields[spec.dayOf]) / DAY_MICROS)
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
  return { topic, partition, offset: batch.from + BigInt(batch.offsetDeltas[i]!), code, reason, raw }
}
