/**
 * HOT PATH. Rows into order, where they are runs that stand in order already: of a log one, or a few for each partition;
 * of files taken together one a file.
 *
 *   shape   (rows, compare) -> the same array in order. In place; `compare` tells any two rows apart
 *   source  natural merge sort, Knuth, "The Art of Computer Programming", volume 3, 5.2.4
 */
import { roomy } from './bytes.ts'

export type Compare = (a: number, b: number) => number

let spare = new Int32Array(0)

export function mergeRuns(rows: Int32Array, compare: Compare): void {
  let starts = runsOf(rows, compare)
  if (starts.length === 1) return
  starts = byFirstRow(rows, starts, compare)
  // Neighbours by twos, until one is left.
  while (starts.length > 1) {
    for (let i = 1; i < starts.length; i += 2) {
      merge(rows, starts[i - 1]!, starts[i]!, starts[i + 1] ?? rows.length, compare)
    }
    starts = starts.filter((_, i) => i % 2 === 0)
  }
}

/** Where the runs begin. */
function runsOf(rows: Int32Array, compare: Compare): number[] {
  const starts = [0]
  for (let i = 1; i < rows.length; i++) if (compare(rows[i - 1]!, rows[i]!) > 0) starts.push(i)
  return starts
}

/** Puts the runs by their first rows, and gives where they begin then: files of one time after the other need no more. */
function byFirstRow(rows: Int32Array, starts: readonly number[], compare: Compare): number[] {
  spare = roomy(spare, rows.length)
  spare.set(rows)
  const runs = starts.map((_, run) => run).sort((a, b) => compare(spare[starts[a]!]!, spare[starts[b]!]!))
  let at = 0
  return runs.map((run) => {
    const to = at
    const end = starts[run + 1] ?? rows.length
    for (let from = starts[run]!; from < end; from++) rows[at++] = spare[from]!
    return to
  })
}

/** Two runs, the second behind the first. */
function merge(rows: Int32Array, from: number, middle: number, end: number, compare: Compare): void {
  if (compare(rows[middle - 1]!, rows[middle]!) < 0) return
  const first = spare
  const count = middle - from
  first.set(rows.subarray(from, middle))
  let a = 0
  let b = middle
  for (let to = from; a < count; to++) {
    rows[to] = b < end && compare(rows[b]!, first[a]!) < 0 ? rows[b++]! : first[a++]!
  }
}
