/**
 * Holes: log ranges passed over on purpose, kept compact. Holes of the same reason and policy that touch become one;
 * holes of different ones may overlap (a rejected record inside a deferred range).
 *
 *   shape   holes -> holes, always sorted by topic, partition, from, reason, policy; pure
 *   errors  RangeError where a range is empty or backwards, or one is struck that is not there: bugs of ours, for a
 *           strike that hits nothing means rows landed twice
 *   source  SPEC.md 1, "A hole"
 */
import type { Hole } from '../table.ts'

const sameKind = (a: Hole, b: Hole): boolean =>
  a.topic === b.topic && a.partition === b.partition && a.reason === b.reason && a.policy === b.policy

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function compare(a: Hole, b: Hole): number {
  return (
    compareText(a.topic, b.topic) ||
    a.partition - b.partition ||
    (a.from < b.from ? -1 : a.from > b.from ? 1 : 0) ||
    compareText(a.reason, b.reason) ||
    compareText(a.policy ?? '', b.policy ?? '')
  )
}

/** `topic/partition [from, to) reason`, for sentences. */
export function describeHole(hole: Hole): string {
  return `${hole.topic}/${hole.partition} [${hole.from}, ${hole.to}) ${hole.reason}`
}

/** Sorted, and as few as can say the same. */
export function compact(holes: readonly Hole[]): Hole[] {
  const byKind = new Map<string, Hole[]>()
  for (const hole of holes) {
    if (hole.from < 0n || hole.from >= hole.to) throw new RangeError(`${describeHole(hole)} is no range`)
    const kind = JSON.stringify([hole.topic, hole.partition, hole.reason, hole.policy])
    const others = byKind.get(kind)
    if (others === undefined) byKind.set(kind, [hole])
    else others.push(hole)
  }
  return [...byKind.values()].flatMap((some) => merged(some.sort(compare))).sort(compare)
}

function merged(sorted: readonly Hole[]): Hole[] {
  const out: Hole[] = []
  for (const hole of sorted) {
    const last = out.at(-1)
    if (last === undefined || last.to < hole.from) out.push(hole)
    else if (last.to < hole.to) out[out.length - 1] = { ...last, to: hole.to }
  }
  return out
}

export const addHoles = (holes: readonly Hole[], added: readonly Hole[]): Hole[] => compact([...holes, ...added])

/** What is left; each struck range lies within one hole of its own reason and policy. */
export function strikeHoles(holes: readonly Hole[], struck: readonly Hole[]): Hole[] {
  let left = compact(holes)
  for (const strike of compact(struck)) {
    const hit = left.find((hole) => sameKind(hole, strike) && hole.from <= strike.from && strike.to <= hole.to)
    if (hit === undefined) throw new RangeError(`${describeHole(strike)} is struck and was no hole`)
    const rest = [
      { ...hit, to: strike.from },
      { ...hit, from: strike.to },
    ]
    left = [...left.filter((hole) => hole !== hit), ...rest.filter((hole) => hole.from < hole.to)]
  }
  return compact(left)
}

/** `[topic, partition, from, to, reason, policy?]` of each. Equal texts, equal holes. */
export function holesText(holes: readonly Hole[]): string {
  const rows = compact(holes).map(
    ({ topic, partition, from, to, reason, policy }) =>
      `[${JSON.stringify(topic)},${partition},${from},${to},"${reason}"${policy === undefined ? '' : `,${JSON.stringify(policy)}`}]`,
  )
  return `[${rows.join(',')}]`
}
