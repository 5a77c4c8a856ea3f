/** Near misses of a name, for "did you mean". */

/**
 * The candidate that one slip of the typing away from `word` (two in names of 12 letters or more): a letter left out,
 * put in, changed, or two swapped. undefined where none is that near.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let slipsMax = word.length < 12 ? 1 : 2
  for (const candidate of candidates) {
    const slips = slipsBetween(word, candidate)
    if (slips > slipsMax || (best !== undefined && slips === slipsMax)) continue
    best = candidate
    slipsMax = slips
  }
  return best
}

/** Optimal string alignment distance. */
export function slipsBetween(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let slips = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) slips = Math.min(slips, beforeLast[j - 2]! + 1)
      row.push(slips)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
