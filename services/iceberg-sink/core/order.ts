/**
 * Which deferred holes are filled in first: those of the highest level, for they hold what matters most; of a level the newest or
 * the oldest of each partition, and partitions by turns, so that none waits for all of another.
 *
 *   shape   (holes, how many priorities each one's policy kept, newest or oldest, how often it was asked) -> the same holes; pure
 */
import type { Hole } from '@k2/lake/table.ts'

export type FillOrder = 'newest' | 'oldest'

export function inOrder(
  holes: readonly Hole[],
  keptBy: (policy: string | undefined) => number,
  order: FillOrder,
  round: number,
): Hole[] {
  const levels = Map.groupBy(holes, ({ policy }) => keptBy(policy))
  return [...levels].sort(([a], [b]) => a - b).flatMap(([, some]) => byTurns(some, order, round))
}

function byTurns(holes: readonly Hole[], order: FillOrder, round: number): Hole[] {
  const sign = order === 'oldest' ? 1 : -1
  const sorted = holes.toSorted((a, b) => (a.from < b.from ? -sign : sign))
  const partitions = [...Map.groupBy(sorted, ({ topic, partition }) => `${topic}/${partition}`)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, own]) => own)
  const first = round % partitions.length
  const turned = [...partitions.slice(first), ...partitions.slice(0, first)]
  const most = Math.max(...turned.map(({ length }) => length))
  return Array.from({ length: most }, (_, i) => turned.flatMap((own) => own[i] ?? [])).flat()
}
