/**
 * Where one who follows the log stands, and what to take next: of each partition the offsets behind those already given,
 * up to where lake or tail have come. So a slow client needs no queue: what it has not taken is asked for later.
 *
 *   shape   (where it stands, ends, how many at most) -> where it then stands; by partition
 *   units   offsets: bigint, the next one to give
 */
import type { Progress, TopicPartition } from '@k2/lake/table.ts'
import type { TailState } from './cover.ts'

export type Offsets = ReadonlyMap<TopicPartition, bigint>

/** How far records can be read now, of partitions that `isAsked`. */
export function endsOf({ offsets }: Progress, tail: TailState, isAsked: (of: TopicPartition) => boolean): Offsets {
  const ends = new Map([...offsets].filter(([partition]) => isAsked(partition)))
  for (const [partition, { to }] of tail.ranges) {
    if (!isAsked(partition)) continue
    const landed = ends.get(partition) ?? 0n
    ends.set(partition, !tail.unreadable && to > landed ? to : landed)
  }
  return ends
}

/** Offsets between here and there. */
export function behindBy(at: Offsets, ends: Offsets): bigint {
  let sum = 0n
  for (const [partition, end] of ends) sum += gap(at, partition, end)
  return sum
}

/** Each partition gets its share of so many, in the measure in which it is behind. */
export function nextEnds(at: Offsets, ends: Offsets, max: number): Offsets {
  const all = behindBy(at, ends)
  const next = new Map(at)
  for (const [partition, end] of ends) {
    const missing = gap(at, partition, end)
    const share = all <= BigInt(max) ? missing : (missing * BigInt(max) + all - 1n) / all
    next.set(partition, (at.get(partition) ?? 0n) + share)
  }
  return next
}

function gap(at: Offsets, partition: TopicPartition, end: bigint): bigint {
  const from = at.get(partition) ?? 0n
  return end > from ? end - from : 0n
}
