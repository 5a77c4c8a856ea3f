/**
 * Which records an answer covers: the lake up to the offsets of its snapshot, the log from those offsets to where the
 * tail has come. No gap and no overlap, decided by offsets alone; and what is known to be missing is said.
 *
 *   shape   (progress of a snapshot, the tail's ranges, question) -> bounds, offsets, complete, reasons
 *   units   offsets: bigint, half open
 */
import { marketTopic } from '@k2/contracts/topics.ts'
import { type Filter, type Hole, type Progress, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import type { Source } from './question.ts'

/** What the tail holds of a partition: every record in [from, to). */
export interface TailRange {
  readonly from: bigint
  readonly to: bigint
}

export type Reason = 'DEFERRED_RECORDS' | 'REJECTED_RECORDS' | 'TAIL_LIMIT' | 'LOG_UNREADABLE'

export interface Bound extends TailRange {
  readonly partition: TopicPartition
}

export interface Cover {
  readonly lake: boolean
  /** What to take of the tail; partitions without a record there are left out. */
  readonly tail: readonly Bound[]
  /** By partition: the first offset that the answer does not cover. */
  readonly offsets: ReadonlyMap<TopicPartition, bigint>
  readonly complete: boolean
  readonly reasons: readonly Reason[]
  readonly holes: readonly Hole[]
}

export interface TailState {
  readonly ranges: ReadonlyMap<TopicPartition, TailRange>
  /** It stopped reading at its limit. */
  readonly limited: boolean
  /** Why it does not read, where it does not. */
  readonly unreadable: boolean
}

export function cover(progress: Progress, tail: TailState, source: Source, filter: Filter): Cover {
  const offsets = new Map<TopicPartition, bigint>()
  if (source !== 'tail')
    for (const [partition, offset] of progress.offsets) if (isAsked(partition, filter)) offsets.set(partition, offset)
  const bounds: Bound[] = []
  let isGap = false
  if (source !== 'lake') {
    for (const [partition, range] of tail.ranges) {
      if (!isAsked(partition, filter)) continue
      const landed = progress.offsets.get(partition)
      // The tail begins where some older snapshot ended; a younger one than the tail has come to needs none of it.
      const from = landed !== undefined && landed > range.from ? landed : range.from
      if (landed !== undefined && landed < range.from) isGap = true
      const to = range.to > from ? range.to : from
      offsets.set(partition, to)
      if (to > from) bounds.push({ partition, from, to })
    }
  }
  const holes = source === 'tail' ? [] : progress.holes.filter((hole) => touches(hole, filter))
  const reasons = new Set<Reason>()
  for (const { reason } of holes) reasons.add(reason === 'deferred' ? 'DEFERRED_RECORDS' : 'REJECTED_RECORDS')
  if (source !== 'lake' && tail.limited) reasons.add('TAIL_LIMIT')
  if (source !== 'lake' && (tail.unreadable || isGap)) reasons.add('LOG_UNREADABLE')
  return {
    lake: source !== 'tail',
    tail: bounds,
    offsets,
    complete: reasons.size === 0,
    reasons: [...reasons].sort(),
    holes,
  }
}

/** Partitions of other venues' topics have no part in an answer. */
function isAsked(partition: TopicPartition, { exchanges }: Filter): boolean {
  const exchange = marketTopic(partition.slice(0, partition.lastIndexOf('/')))?.exchange
  return exchanges === undefined || exchange === undefined || exchanges.includes(exchange)
}

/** A hole says offsets, not symbols or times: it touches every question about its venue. */
function touches(hole: Hole, filter: Filter): boolean {
  return isAsked(topicPartition(hole.topic, hole.partition), filter)
}
