/**
 * What a table's lane has read and not yet committed. Every batch must begin where its partition stands: by the lake,
 * or behind what waits already. Anything else is dropped and the reader sent to the right place, which makes a
 * rebalance, a redelivery or a reader that ran ahead harmless.
 *
 *   take ─► waiting ─► cut (one commit's load, while it is staged) ─► prepared ─► committed
 *              ▲                    │
 *              └── what was left ◄──┘
 *
 *   shape   state moved forward by values; no clock, no I/O
 *   units   offsets: bigint, next to land; ages: ms; bytes: of the buffers that it holds
 */
import { type Progress, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import type { LogBatch } from '@k2/log/log.ts'
import { behind, ownBatch, sizeOf } from './batch.ts'
import type { StageBatch } from './stage.ts'

export type Verdict =
  | { readonly kind: 'taken' }
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
  take(batch: LogBatch, nowMs: number): Verdict
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
  /** Where the partition's next batch must begin. */
  next(partition: TopicPartition): bigint
  /** Up to where the table has decided on the partition's records. */
  landed(partition: TopicPartition): bigint
  /** What the next commit may expect of a partition, once all that is prepared is in; null where there is none yet. */
  expected(partition: TopicPartition): bigint | null
}

interface Waiting {
  readonly batch: StageBatch
  readonly bytes: number
  readonly atMs: number
}

/**
 * A lane that begins at what the table says. `startOf` gives where a partition begins that the table knows nothing of:
 * the log's start.
 */
export function pendingFrom(offsets: Progress['offsets'], startOf: (partition: TopicPartition) => bigint): Pending {
  const landed = new Map(offsets)
  const ahead = new Map(offsets)
  const next = new Map<TopicPartition, bigint>()
  let waiting: Waiting[] = []
  let cut: readonly Waiting[] = []
  let records = 0
  let waitingRows = 0
  let waitingBytes = 0
  let cutBytes = 0

  const nextOf = (partition: TopicPartition) => next.get(partition) ?? landed.get(partition) ?? startOf(partition)

  function waits(now: Waiting[]): void {
    waiting = now
    waitingRows = now.reduce((sum, { batch }) => sum + batch.count, 0)
    waitingBytes = bytesOf(now)
  }

  return {
    get rows() {
      return records
    },
    get bytes() {
      return waitingBytes + cutBytes
    },
    isFull: (limits) => waitingRows >= limits.rowsMax || waitingBytes >= limits.bytes,
    take(batch, nowMs) {
      const partition = topicPartition(batch.topic, batch.partition)
      const wanted = nextOf(partition)
      if (batch.from !== wanted) return { kind: 'elsewhere', seek: wanted }
      const own = ownBatch(batch)
      const bytes = sizeOf(own)
      next.set(partition, batch.to)
      waiting.push({ batch: own, bytes, atMs: nowMs })
      records += batch.count
      waitingRows += batch.count
      waitingBytes += bytes
      return { kind: 'taken' }
    },
    dueInMs(limits, nowMs) {
      const [oldest] = waiting
      if (oldest === undefined) return undefined
      const isDue = waitingRows >= limits.rows || waitingBytes >= limits.bytes
      return isDue ? 0 : Math.max(0, oldest.atMs + limits.ageMs - nowMs)
    },
    cut(limits) {
      let rows = 0
      let bytes = 0
      const beyond = waiting.findIndex((one) => {
        if (rows >= limits.rowsMax || bytes >= limits.bytes) return true
        rows += one.batch.count
        bytes += one.bytes
        return false
      })
      cut = waiting.slice(0, beyond < 0 ? waiting.length : beyond)
      cutBytes = bytes
      waits(waiting.slice(cut.length))
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
      cutBytes = 0
      waits([...again, ...waiting])
    },
    committed(to, decided) {
      for (const [partition, offset] of to) landed.set(partition, offset)
      records -= decided
    },
    next: nextOf,
    landed: (partition) => landed.get(partition) ?? startOf(partition),
    expected: (partition) => ahead.get(partition) ?? null,
  }
}

const bytesOf = (waiting: readonly Waiting[]): number => waiting.reduce((sum, { bytes }) => sum + bytes, 0)
