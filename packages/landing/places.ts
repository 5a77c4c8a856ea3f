/**
 * Places in the log, as people name them, and the holes that lie there.
 *
 *   shape   TOPIC, TOPIC/PARTITION, TOPIC/PARTITION/OFFSET or TOPIC/PARTITION/FROM-TO -> a place; (holes, place) -> those
 *           rejected holes, cut to it; pure
 *   units   offsets: bigint, half open: TO is not in
 */
import type { Hole } from '@k2/lake/table.ts'
import type { OffsetRange } from '@k2/log/log.ts'

export interface Place {
  readonly topic: string
  readonly partition?: number
  readonly from?: bigint
  readonly to?: bigint
}

const PLACE = /^([\w.-]+)(?:\/(\d{1,9})(?:\/(\d{1,18})(?:-(\d{1,18}))?)?)?$/

/** undefined: it names no place. */
export function placeOf(text: string): Place | undefined {
  const found = PLACE.exec(text)
  if (found === null) return undefined
  const [, topic, partition, first, end] = found
  if (partition === undefined) return { topic: topic! }
  if (first === undefined) return { topic: topic!, partition: Number(partition) }
  const from = BigInt(first)
  const to = end === undefined ? from + 1n : BigInt(end)
  return from < to ? { topic: topic!, partition: Number(partition), from, to } : undefined
}

/** The reverse. */
export function placeText({ topic, partition, from, to }: OffsetRange): string {
  return `${topic}/${partition}/${to === from + 1n ? from : `${from}-${to}`}`
}

/** What a record of it would be at is in the place. */
export function cutTo<R extends OffsetRange>(range: R, place: Place | undefined): R | undefined {
  if (place === undefined) return range
  if (range.topic !== place.topic || (place.partition ?? range.partition) !== range.partition) return undefined
  const from = place.from !== undefined && place.from > range.from ? place.from : range.from
  const to = place.to !== undefined && place.to < range.to ? place.to : range.to
  return from < to ? { ...range, from, to } : undefined
}

/**
 * Rejected holes within the place, in the order of the holes. What is deferred as well is left out: back-fill lands it, or
 * finds it to be rejected, and a record that both landed would be there twice.
 */
export function rejectedWithin(holes: readonly Hole[], place?: Place): Hole[] {
  const deferred = holes.filter(({ reason }) => reason === 'deferred')
  return holes
    .filter(({ reason }) => reason === 'rejected')
    .flatMap((hole) => cutTo(hole, place) ?? [])
    .flatMap((hole) => without(hole, deferred))
}

/** What is left of a range. */
export function without<R extends OffsetRange>(range: R, others: readonly OffsetRange[]): R[] {
  let left: R[] = [range]
  for (const other of others) {
    if (other.topic !== range.topic || other.partition !== range.partition) continue
    left = left
      .flatMap((part) => [
        { ...part, to: other.from < part.to ? other.from : part.to },
        { ...part, from: other.to > part.from ? other.to : part.from },
      ])
      .filter(({ from, to }) => from < to)
  }
  return left
}

/** Ascending offsets as ranges, each a part of the hole. */
export function rangesOf<R extends OffsetRange>(whole: R, offsets: Iterable<bigint>): R[] {
  const ranges: R[] = []
  for (const offset of offsets) {
    const last = ranges.at(-1)
    if (last?.to === offset) ranges[ranges.length - 1] = { ...last, to: offset + 1n }
    else ranges.push({ ...whole, from: offset, to: offset + 1n })
  }
  return ranges
}

/** A range less single offsets, which ascend. */
export function besides<R extends OffsetRange>(whole: R, offsets: Iterable<bigint>): R[] {
  const ranges: R[] = []
  let at = whole.from
  for (const offset of offsets) {
    if (offset < at || offset >= whole.to) continue
    if (offset > at) ranges.push({ ...whole, from: at, to: offset })
    at = offset + 1n
  }
  return at < whole.to ? [...ranges, { ...whole, from: at }] : ranges
}

/** Whether each range lies in one of those holes, of the same reason and policy. */
export function areWithin(ranges: readonly Hole[], holes: readonly Hole[]): boolean {
  return ranges.every((range) =>
    holes.some(
      (hole) =>
        hole.topic === range.topic &&
        hole.partition === range.partition &&
        hole.reason === range.reason &&
        hole.policy === range.policy &&
        hole.from <= range.from &&
        range.to <= hole.to,
    ),
  )
}

/** Of those ranges what still is a hole. */
export function stillOpen(ranges: readonly Hole[], holes: readonly Hole[]): Hole[] {
  const open = rejectedWithin(holes)
  return ranges.flatMap((range) => open.flatMap((hole) => (hole.policy === range.policy && cutTo(range, hole)) || []))
}

export const countOf = (ranges: readonly OffsetRange[]): bigint =>
  ranges.reduce((sum, { from, to }) => sum + to - from, 0n)
