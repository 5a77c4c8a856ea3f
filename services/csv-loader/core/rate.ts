/**
 * A limit of rows a second: how long to wait before the next one.
 *
 *   shape   state is moved forward row by row; the clock is a value
 *   units   rows/s; ms
 */
export interface RateLimit {
  /** Takes one row; answers the ms to wait so that no second has more than its rows. */
  take(nowMs: number): number
}

export function rateLimit(rowsPerSecond: number): RateLimit {
  const stepMs = 1_000 / rowsPerSecond
  let dueMs = Number.NEGATIVE_INFINITY
  return {
    take(nowMs) {
      // Time in which nobody asked is not saved up: a file that comes late gets no burst.
      dueMs = Math.max(dueMs, nowMs) + stepMs
      return dueMs - nowMs
    },
  }
}
