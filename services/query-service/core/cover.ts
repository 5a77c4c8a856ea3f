/**
 * Which records an answer covers: the lake up to the offsets of its snapshot, the log from those offsets to where the
 * tail has come. No gap and no overlap, decided by offsets alone; and what is known to be missing is said. A later page
 * covers what the first one did, however much of it has landed meanwhile.
 *
 *   shape   (progress of a snapshot, the tail's ranges, question) -> bounds, cuts, offsets, complete, reasons
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

export type Reason = 'DEFERRED_RECORDS' | 'REJECTED_RECORDS' | 'TAIL_LIMIT' | 'TAIL_BEHIND' | 'LOG_UNREADABLE'

export interface Bound extends TailRange {
  readonly partition: TopicPartition
}

type Offsets = ReadonlyMap<TopicPartition, bigint>

/** What the first page read: the later ones read the same. */
export interface Page {
  /** Where it began, for answers from the tail alone. */
  readonly from: Offsets | null
  readonly to: Offsets
  /** What it said of a log that held more: no later page could tell. */
  readonly reasons: readonly Reason[]
}

export interface Cover {
  readonly lake: boolean
  /** Of these partitions take only these offsets of the lake; of others all. */
  readonly cuts: readonly Bound[]
  /** What to take of the tail; partitions without a record there are left out. */
  readonly tail: readonly Bound[]
  /** By partition: where an answer from the tail alone begins; null for others. */
  readonly from: Offsets | null
  /** By partition: the first offset that the answer does not cover; partitions without a record are left out. */
  readonly offsets: Offsets
  readonly complete: boolean
  readonly reasons: readonly Reason[]
  readonly holes: readonly Hole[]
}

export interface TailState {
  readonly ranges: ReadonlyMap<TopicPartition, TailRange>
  /** It stopped reading at its limit. */
  readonly limited: boolean
  /** It reads, and has not come to where the log ended when the question was asked. */
  readonly behind: boolean
  /** Why it does not read, where it does not. */
  readonly unreadable: boolean
}

export function cover(progress: Progress, tail: TailState, source: Source, filter: Filter): Cover {
  const offsets = new Map<TopicPartition, bigint>()
  if (source !== 'tail')
    for (const [partition, offset] of progress.offsets) if (isAsked(partition, filter)) offsets.set(partition, offset)
  const starts = new Map<TopicPartition, bigint>()
  const bounds: Bound[] = []
  let isGap = false
  if (source !== 'lake') {
    for (const [partition, range] of tail.ranges) {
      if (!isAsked(partition, filter)) continue
      const landed = progress.offsets.get(partition)
      const from = startIn(range, landed)
      if (landed !== undefined && landed < range.from) isGap = true
      const to = range.to > from ? range.to : from
      starts.set(partition, from)
      if (to > 0n) offsets.set(partition, to)
      if (to > from) bounds.push({ partition, from, to })
    }
  }
  const from = source === 'tail' ? starts : null
  const holes = holesWithin(progress.holes, from, offsets)
  const reasons = reasonsOf(holes)
  if (source !== 'lake' && tail.limited) reasons.add('TAIL_LIMIT')
  if (source !== 'lake' && tail.behind) reasons.add('TAIL_BEHIND')
  if (source !== 'lake' && (tail.unreadable || isGap)) reasons.add('LOG_UNREADABLE')
  return { lake: source !== 'tail', cuts: [], tail: bounds, from, offsets, ...told(reasons), holes }
}

/** undefined: neither lake nor tail has come as far as the first page had; ask again in a moment. */
export function coverPage(progress: Progress, tail: TailState, page: Page, filter: Filter): Cover | undefined {
  const cuts: Bound[] = []
  const bounds: Bound[] = []
  let isGap = false
  for (const [partition, to] of page.to) {
    const landed = progress.offsets.get(partition)
    const from = page.from?.get(partition) ?? 0n
    if (landed !== undefined && (landed > to || from > 0n)) cuts.push({ partition, from, to })
    if (landed !== undefined && landed >= to) continue
    const range = tail.ranges.get(partition)
    if (tail.unreadable || range === undefined || range.to < to) {
      if (to > from) return undefined
      continue
    }
    const start = startIn(range, landed)
    const begin = start > from ? start : from
    if (landed !== undefined && landed < range.from && from < range.from) isGap = true
    if (to > begin) bounds.push({ partition, from: begin, to })
  }
  for (const partition of progress.offsets.keys())
    if (isAsked(partition, filter) && !page.to.has(partition)) cuts.push({ partition, from: 0n, to: 0n })
  const holes = holesWithin(progress.holes, page.from, page.to)
  const reasons = new Set([...reasonsOf(holes), ...page.reasons])
  if (isGap) reasons.add('LOG_UNREADABLE')
  // What began behind all that has landed needs no file.
  const lake = page.from === null || [...page.to].some(([partition, to]) => isOfLake(partition, to))
  return { lake, cuts: lake ? cuts : [], tail: bounds, from: page.from, offsets: page.to, ...told(reasons), holes }

  function isOfLake(partition: TopicPartition, to: bigint): boolean {
    const from = page.from?.get(partition) ?? 0n
    return from < to && from < (progress.offsets.get(partition) ?? 0n)
  }
}

/** The tail begins where some older snapshot ended; a younger one than the tail has come to needs none of it. */
const startIn = (range: TailRange, landed: bigint | undefined): bigint =>
  landed !== undefined && landed > range.from ? landed : range.from

/** Those that are of a moment of the log, not of offsets. */
export const ofMoment = (reasons: readonly Reason[]): Reason[] =>
  reasons.filter((reason) => reason !== 'DEFERRED_RECORDS' && reason !== 'REJECTED_RECORDS')

const told = (reasons: ReadonlySet<Reason>) => ({ complete: reasons.size === 0, reasons: [...reasons].sort() })

function reasonsOf(holes: readonly Hole[]): Set<Reason> {
  return new Set(holes.map(({ reason }) => (reason === 'deferred' ? 'DEFERRED_RECORDS' : 'REJECTED_RECORDS')))
}

/**
 * Holes cut to what an answer covers. A hole says offsets, not times: it touches every question about its venue, unless its
 * policy has kept the symbols that are asked for (deferred.ts).
 */
function holesWithin(holes: readonly Hole[], from: Offsets | null, to: Offsets): Hole[] {
  return holes.flatMap((hole) => {
    const partition = topicPartition(hole.topic, hole.partition)
    const [first, end] = [from?.get(partition) ?? 0n, to.get(partition) ?? 0n]
    const cut = { from: hole.from > first ? hole.from : first, to: hole.to < end ? hole.to : end }
    return cut.from < cut.to ? [{ ...hole, ...cut }] : []
  })
}

/** Partitions of other venues' topics have no part in an answer. */
export function isAsked(partition: TopicPartition, { exchanges }: Filter): boolean {
  const exchange = marketTopic(partition.slice(0, partition.lastIndexOf('/')))?.exchange
  return exchanges === undefined || exchange === undefined || exchanges.includes(exchange)
}
