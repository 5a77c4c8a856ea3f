/**
 * A page cut into batches: at most so many rows each, and, where it is paced, of so little event time each.
 *
 *   shape   (rows, times, limits) -> where each batch ends; half open
 *   units   µs
 */
export interface Limits {
  readonly rows: number
  readonly spanMicros?: number
}

/** `micros` never falls from row to row. */
export function batchEnds(rows: number, micros: (row: number) => number, { rows: max, spanMicros }: Limits): number[] {
  const ends: number[] = []
  for (let from = 0; from < rows; from = ends.at(-1)!) {
    const most = Math.min(rows, from + max)
    ends.push(spanMicros === undefined ? most : firstAtOrAfter(from + 1, most, micros, micros(from) + spanMicros))
  }
  return ends
}

function firstAtOrAfter(from: number, to: number, micros: (row: number) => number, until: number): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >> 1
    if (micros(middle) < until) low = middle + 1
    else high = middle
  }
  return low
}
