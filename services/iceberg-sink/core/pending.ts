/**
 * What a table's lane has read and not yet committed. Every batch must begin where its partition stands: by the lake,
 * or behind what waits already. Anything else is dropped and the reader sent to the right place, which makes a
 * rebalance, a redelivery or a reader that ran ahead harmless.
 *
 *   shape   state moved forward by values; no clock, no I/O
 *   units   offsets: bigint, next to land; ages: ms
 */
import { type Progress, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import { trimBatch } from '@k2/log/batches.ts'
import type { LogBatch } from '@k2/log/log.ts'

export type Verdict =
  | { readonly kind: 'taken' }
  /** Not the offset that comes next: go there. */
  | { readonly kind: 'elsewhere'; readonly seek: bigint }

export interface FlushLimits {
  readonly rows: number
  readonly bytes: number
  readonly ageMs: number
}

export interface Pending {
  readonly batches: readonly LogBatch[]
  readonly rows: number
  readonly bytes: number
  take(batch: LogBatch, nowMs: number): Verdict
  /** Ms until the oldest batch is of age; undefined while nothing waits. */
  dueInMs(limits: FlushLimits, nowMs: number): number | undefined
  /** Where the partition's next batch must begin. */
  next(partition: TopicPartition): bigint
  /** Up to where the table has decided on the partition's records. */
  landed(partition: TopicPartition): bigint
  /** What a commit may expect of a partition: the table's offset as it was read, null where it had none. */
  expected(partition: TopicPartition): bigint | null
  /** Those offsets are in the table now; what lies behind them goes on waiting. */
  committed(to: ReadonlyMap<TopicPartition, bigint>): void
}

/**
 * A lane that begins at what the table says. `startOf` gives where a partition begins that the table knows nothing of:
 * the log's start.
 */
export function pendingFrom(offsets: Progress['offsets'], startOf: (partition: TopicPartition) => bigint): Pending {
  const landed = new Map(offsets)
  const next = new Map<TopicPartition, bigint>()
  let batches: LogBatch[] = []
  let rows = 0
  let bytes = 0
  let oldestMs = 0

  const nextOf = (partition: TopicPartition) => next.get(partition) ?? landed.get(partition) ?? startOf(partition)

  return {
    get batches() {
      return batches
    },
    get rows() {
      return rows
    },
    get bytes() {
      return bytes
    },
    take(batch, nowMs) {
      const partition = topicPartition(batch.topic, batch.partition)
      const wanted = nextOf(partition)
      if (batch.from !== wanted) return { kind: 'elsewhere', seek: wanted }
      if (batches.length === 0) oldestMs = nowMs
      next.set(partition, batch.to)
      batches.push(batch)
      rows += batch.count
      bytes += sizeOf(batch)
      return { kind: 'taken' }
    },
    dueInMs(limits, nowMs) {
      if (batches.length === 0) return undefined
      if (rows >= limits.rows || bytes >= limits.bytes) return 0
      return Math.max(0, oldestMs + limits.ageMs - nowMs)
    },
    next: nextOf,
    landed: (partition) => landed.get(partition) ?? startOf(partition),
    expected: (partition) => landed.get(partition) ?? null,
    committed(to) {
      for (const [partition, offset] of to) landed.set(partition, offset)
      batches = batches.flatMap((batch) => {
        const offset = to.get(topicPartition(batch.topic, batch.partition))
        const rest = offset === undefined ? batch : behind(batch, offset)
        return rest === undefined ? [] : [rest]
      })
      rows = batches.reduce((sum, batch) => sum + batch.count, 0)
      bytes = batches.reduce((sum, batch) => sum + sizeOf(batch), 0)
    },
  }
}

const sizeOf = (batch: LogBatch): number =>
  batch.keys.bytes.length + (batch.values.bytes === batch.keys.bytes ? 0 : batch.values.bytes.length)

/** The part of a batch from `offset` on; undefined where nothing is left. */
export function behind(batch: LogBatch, offset: bigint): LogBatch | undefined {
  if (offset >= batch.to) return undefined
  return offset <= batch.from ? batch : trimBatch(batch, offset, batch.to)
}
