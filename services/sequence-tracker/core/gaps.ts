/**
 * The open gaps of one stream: which numbers between its first and its last have not been seen, and who filled what.
 *
 *   shape   a list that is kept in order; a gap stays while any of its numbers is missing. No clock, no I/O
 *   units   numbers and offsets: bigint; times: µs since the epoch, event time
 *   limits  OPEN_RANGES_MAX ranges; whoever adds one beyond gives up the lowest gap
 */
import type { Fill, Gap, Missing } from '@k2/contracts/records/sequence.ts'

/** A feed that loses more than this of one symbol without refilling has another trouble; a position stays below 100 KB. */
export const OPEN_RANGES_MAX = 1_000
/** Runs of numbers that a gap lists. */
export const FILLS_MAX = 16

export interface OpenGap extends Gap {
  readonly open: Missing[]
  readonly fills: Fill[]
  fillsMore: number
}

export class Gaps {
  /** Lowest first, none overlaps another. */
  readonly list: OpenGap[]
  /** Missing ranges of all of them. */
  ranges: number
  /** What `ranges` was when it was last counted in with those of the other streams. */
  counted = 0

  constructor(gaps: readonly Gap[] = []) {
    this.list = gaps.map((gap) => ({ ...gap, open: [...gap.open], fills: [...gap.fills] }))
    this.ranges = gaps.reduce((sum, { open }) => sum + open.length, 0)
  }

  /** Numbers that no other gap has. */
  add(missing: Missing, offset: bigint, micros: number): OpenGap {
    const { from, to } = missing
    const gap = { from, to, offset, micros, open: [missing], fills: [], fillsMore: 0 }
    this.list.splice(this.after(from), 0, gap)
    this.ranges++
    return gap
  }

  /** The gap that missed the number; undefined where none did. */
  fill(number: bigint, offset: bigint, micros: number): OpenGap | undefined {
    const at = this.after(number) - 1
    const gap = this.list[at]
    if (gap === undefined || number > gap.to) return undefined
    const range = rangeOf(gap.open, number)
    const missing = gap.open[range]
    if (missing === undefined) return undefined
    const rest: Missing[] = []
    if (missing.from < number) rest.push({ ...missing, to: number - 1n, beforeMicros: micros })
    if (number < missing.to) rest.push({ ...missing, from: number + 1n, afterMicros: micros })
    gap.open.splice(range, 1, ...rest)
    this.ranges += rest.length - 1
    noteFill(gap, { from: number, to: number, offset, micros })
    if (gap.open.length === 0) this.list.splice(at, 1)
    return gap
  }

  /** The lowest gap is looked after no more. */
  giveUp(): OpenGap | undefined {
    const gap = this.list.shift()
    this.ranges -= gap?.open.length ?? 0
    return gap
  }

  /** How many gaps begin at `number` or below. */
  private after(number: bigint): number {
    let [low, high] = [0, this.list.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.list[middle]!.from <= number) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The range that holds the number, or -1. */
function rangeOf(open: readonly Missing[], number: bigint): number {
  let [low, high] = [0, open.length - 1]
  while (low <= high) {
    const middle = (low + high) >>> 1
    const { from, to } = open[middle]!
    if (number < from) high = middle - 1
    else if (number > to) low = middle + 1
    else return middle
  }
  return -1
}

function noteFill(gap: OpenGap, fill: Fill): void {
  const run = gap.fills.at(-1)
  if (gap.fillsMore === 0 && run !== undefined && run.to + 1n === fill.from)
    gap.fills[gap.fills.length - 1] = { ...run, to: fill.to }
  else if (gap.fills.length < FILLS_MAX) gap.fills.push(fill)
  else gap.fillsMore++
}
