/**
 * Where the records of a drill are, by priority, from the heads of the tables alone: what is behind a partition's offset is in
 * the lake, but for its holes.
 *
 *   shape   (stocks, sent, heads) -> counts by priority; pure
 *   units   records
 */
import { type Head, topicPartition } from '@k2/lake/table.ts'
import { PRIORITIES, type Priority } from '@k2/shedding/priority.ts'
import type { Stock } from './market.ts'

export interface Counts {
  readonly priority: Priority
  readonly sent: number
  /** Neither in the lake nor passed over yet. */
  readonly waiting: number
  /** Passed over, to be filled in. */
  readonly deferred: number
  readonly inLake: number
}

type Progress = Pick<Head['progress'], 'offsets' | 'holes'>

export function countsOf(
  stocks: readonly Stock[],
  sentOf: (stock: Stock) => number,
  progressOf: (stock: Stock) => Progress,
): Counts[] {
  return PRIORITIES.map((priority) => {
    const own = stocks.filter((stock) => stock.priority === priority)
    const sum = (of: (stock: Stock) => number) => own.reduce((total, stock) => total + of(stock), 0)
    const sent = sum(sentOf)
    const decided = sum((stock) => decidedOf(stock, progressOf(stock)))
    const deferred = sum((stock) => holesOf(stock, progressOf(stock)))
    // A head may be older than what was sent, and never newer than the log.
    return { priority, sent, waiting: Math.max(0, sent - decided), deferred, inLake: decided - deferred }
  })
}

const decidedOf = ({ topic, partition }: Stock, { offsets }: Progress): number =>
  Number(offsets.get(topicPartition(topic.name, partition)) ?? 0n)

const holesOf = ({ topic, partition }: Stock, { holes }: Progress): number =>
  holes
    .filter((hole) => hole.topic === topic.name && hole.partition === partition)
    .reduce((total, { from, to }) => total + Number(to - from), 0)
