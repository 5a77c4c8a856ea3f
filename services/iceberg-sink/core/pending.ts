/**
 * What a table's lane has read and not yet committed. Every batch must begin where its partition stands: by the lake,
 * or behind what waits already. Anything else is dropped and the reader sent to the right place, which makes a
 * rebalance, a redelivery or a reader that ran ahead harmless.
 *
 *   take ─► waiting ─► cut (one commit's load, while it is staged) ─► prepared ─► committed
 *              ▲                    │
 *              └── what was left ◄──┘
 *
 * Where partitions change hands, what waits of those that went is dropped, and those that came begin where the table
 * stands now. What is cut or prepared goes its way: the table takes it, or another was first and it is refused.
 *
 *   shape   state moved forward by values; no clock, no I/O
 *   units   offsets: bigint, next to land; ages: ms; bytes: of the buffers that it holds
 */
import type { Ids } from '@k2/dedup/ids.ts'
import { type Progress, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import { behind, ownBatch, sizeOf } from '@k2/landing/batch.ts'
import { type Sieve, siftBatch } from '@k2/landing/sift.ts'
import type { StageBatch } from '@k2/landing/stage.ts'
import type { LogBatch } from '@k2/log/log.ts'
import { bytesOf, partitionOf, Queue, type Waiting } from './queue.ts'
import { Runs } from './runs.ts'

export type Verdict =
  | { readonly kind: 'taken'; readonly passed: number }
  /** Not the offset that comes next: go there. */
  | { readonly kind: 'elsewhere'; readonly seek: bigint }

/** A commit is due by rows, bytes or age, whichever first. */
export interface FlushLimits {
  readonly rows: number
  /**
   * What one commit takes of a backlog: it costs a file a day and bucket, and calls to store and catalog, whatever it
   * holds, so that larger ones catch up sooner.
   */
  readonly rowsMax: number
  readonly bytes: number
  readonly ageMs: number
}

export interface Pending {
  /** Records that are read and not committed. */
  readonly rows: number
  /** Of what waits, and of what is cut and not yet prepared: behind that only names are left. */
  readonly bytes: number
  /**
   * What the sieve passes over is decided on without being kept; without one all is kept.
   *
   * @param ids of its records, where repeats are judged
   */
  take(batch: LogBatch, nowMs: number, sieve?: Sieve, ids?: Ids): Verdict
  /** As much waits as one commit takes. */
  isFull(limits: FlushLimits): boolean
  /** Ms until the oldest batch is of age; undefined while nothing waits. */
  dueInMs(limits: FlushLimits, nowMs: number): number | undefined
  /** The oldest batches, as much as one commit takes; their buffers are the caller's. One cut at a time. */
  cut(limits: FlushLimits): readonly StageBatch[]
  /** What was cut is on its way to the table up to those offsets; what is left of it, whole batches, waits again. */
  prepared(to: ReadonlyMap<TopicPartition, bigint>, left: readonly StageBatch[]): void
  /** Those offsets are in the table now: so many records are decided on. */
  committed(to: ReadonlyMap<TopicPartition, bigint>, records: number): void
  /** Drops what waits of other partitions: they are another's now. */
  keep(owned: ReadonlySet<TopicPartition>): void
  /** The partition is dealt to us, and the table stands at `offset`. What waits of it goes where another has landed it. */
  dealt(partition: TopicPartition, offset: bigint): void
  /** When the oldest record came to the log of those that are read and not prepared; undefined without any. */
  readonly oldestMs: number | undefined
  /** Where the partition's next batch must begin. */
  next(partition: TopicPartition): bigint
  /** Up to where the table has decided on the partition's records. */
  landed(partition: TopicPartition): bigint
  /** What the next commit may expect of a partition, once all that is prepared is in; null where there is none yet. */
  expected(partition: TopicPartition): bigint | null
}

/**
 * A lane that begins at what the table says. `startOf` gives where a partition begins that the table knows nothing of:
 * the log's start.
 */
export function pendingFrom(offsets: Progress['offsets'], startOf: (partition: TopicPartition) => bigint): Pending {
  const landed = new Map(offsets)
  const ahead = new Map(offsets)
  const next = new Map<TopicPartition, bigint>()
  const waiting = new Queue()
  const runs = new Runs()
  let cut: readonly Waiting[] = []
  let records = 0

  const nextOf = (partition: TopicPartition) => next.get(partition) ?? landed.get(partition) ?? startOf(partition)
  const isUnderWay = (partition: TopicPartition) =>
    ahead.get(partition) !== landed.get(partition) || cut.some((one) => partitionOf(one) === partition)

  /** What is read next begins where the dropped ones began: behind what is cut or prepared. */
  function drop(isDropped: (partition: TopicPartition) => boolean): void {
    for (const one of waiting.drop(isDropped).toReversed()) {
      next.set(partitionOf(one), one.batch.from)
      records -= one.batch.count
    }
  }

  return {
    get rows() {
      return records
    },
    get bytes() {
      return waiting.bytes + bytesOf(cut)
    },
    get oldestMs() {
      return waiting.oldestMs
    },
    isFull: (limits) => waiting.room >= limits.rowsMax || waiting.bytes >= limits.bytes,
    take(batch, nowMs, sieve, ids) {
      const partition = topicPartition(batch.topic, batch.partition)
      const wanted = nextOf(partition)
      if (batch.from !== wanted) return { kind: 'elsewhere', seek: wanted }
      next.set(partition, batch.to)
      const kept = runs.joined(
        partition,
        sieve === undefined ? ownBatch(batch) : siftBatch(batch, sieve, ids),
        sieve?.policy.hash ?? '',
      )
      waiting.push(kept, nowMs)
      records += kept.count
      return { kind: 'taken', passed: batch.count - kept.count }
    },
    dueInMs: (limits, nowMs) => waiting.dueInMs(limits, nowMs),
    cut(limits) {
      cut = waiting.cut(limits)
      return cut.map(({ batch }) => batch)
    },
    prepared(to, left) {
      for (const [partition, offset] of to) ahead.set(partition, offset)
      const atMs = cut[0]?.atMs ?? 0
      const again = left.flatMap((one) => {
        const batch = behind(one, to.get(topicPartition(one.topic, one.partition)) ?? one.from)
        return batch === undefined ? [] : [{ batch, bytes: sizeOf(batch), atMs }]
      })
      cut = []
      waiting.putBack(again)
    },
    committed(to, decided) {
      for (const [partition, offset] of to) landed.set(partition, offset)
      records -= decided
    },
    keep(owned) {
      drop((partition) => !owned.has(partition))
      runs.keep(owned)
    },
    dealt(partition, offset) {
      if (offset <= (landed.get(partition) ?? -1n) || isUnderWay(partition)) return
      drop((one) => one === partition)
      // Another has landed what lies between, by whatever policy.
      runs.end(partition)
      next.delete(partition)
      landed.set(partition, offset)
      ahead.set(partition, offset)
    },
    next: nextOf,
    landed: (partition) => landed.get(partition) ?? startOf(partition),
    expected: (partition) => ahead.get(partition) ?? null,
  }
}
