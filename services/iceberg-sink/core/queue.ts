/**
 * Batches that wait for a commit, in the order in which they came.
 *
 *   shape   state moved forward by values; no clock, no I/O
 *   units   ages: ms; bytes: of the buffers that it holds
 */
import { type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import { sizeOf } from '@k2/landing/batch.ts'
import type { StageBatch } from '@k2/landing/stage.ts'
import type { FlushLimits } from './pending.ts'

export interface Waiting {
  readonly batch: StageBatch
  readonly bytes: number
  readonly atMs: number
}

export const partitionOf = ({ batch }: Waiting): TopicPartition => topicPartition(batch.topic, batch.partition)

/**
 * A record that is passed over costs a commit nothing, but until one has said so it is lag: so many of them make a commit
 * due as a row does.
 */
const PASSED_PER_ROW = 10
/** And so many of them take the room of a row, in a commit that takes all it can: what is kept must not wait behind them. */
const PASSED_PER_ROOM = 100

const loadOf = ({ count, passed }: StageBatch): number => count + (passed?.records ?? 0) / PASSED_PER_ROW
const roomOf = ({ count, passed }: StageBatch): number => count + (passed?.records ?? 0) / PASSED_PER_ROOM

export class Queue {
  /** Rows, and what stands for some. */
  rows = 0
  /** The same, by the room that they take. */
  room = 0
  bytes = 0
  private waiting: Waiting[] = []

  get oldest(): Waiting | undefined {
    return this.waiting[0]
  }

  /** Of its records; undefined without any. */
  get oldestMs(): number | undefined {
    return this.waiting[0]?.batch.timesMs[0]
  }

  /** Until a commit is due; undefined while nothing waits. */
  dueInMs(limits: FlushLimits, nowMs: number): number | undefined {
    if (this.oldest === undefined) return undefined
    const isDue = this.rows >= limits.rows || this.bytes >= limits.bytes
    return isDue ? 0 : Math.max(0, this.oldest.atMs + limits.ageMs - nowMs)
  }

  push(batch: StageBatch, atMs: number): void {
    const bytes = sizeOf(batch)
    this.waiting.push({ batch, bytes, atMs })
    this.rows += loadOf(batch)
    this.room += roomOf(batch)
    this.bytes += bytes
  }

  /** In front of all. */
  putBack(again: readonly Waiting[]): void {
    this.become([...again, ...this.waiting])
  }

  /** The oldest, as much as one commit takes. */
  cut({ rowsMax, bytes }: FlushLimits): readonly Waiting[] {
    let [cutRoom, cutBytes] = [0, 0]
    const beyond = this.waiting.findIndex((one) => {
      if (cutRoom >= rowsMax || cutBytes >= bytes) return true
      cutRoom += roomOf(one.batch)
      cutBytes += one.bytes
      return false
    })
    const cut = this.waiting.slice(0, beyond < 0 ? this.waiting.length : beyond)
    this.become(this.waiting.slice(cut.length))
    return cut
  }

  /** Answers those that it dropped. */
  drop(isDropped: (partition: TopicPartition) => boolean): readonly Waiting[] {
    const dropped = this.waiting.filter((one) => isDropped(partitionOf(one)))
    if (dropped.length > 0) this.become(this.waiting.filter((one) => !isDropped(partitionOf(one))))
    return dropped
  }

  private become(now: Waiting[]): void {
    this.waiting = now
    this.rows = now.reduce((sum, { batch }) => sum + loadOf(batch), 0)
    this.room = now.reduce((sum, { batch }) => sum + roomOf(batch), 0)
    this.bytes = bytesOf(now)
  }
}

export const bytesOf = (waiting: readonly Waiting[]): number => waiting.reduce((sum, { bytes }) => sum + bytes, 0)
