/**
 * Lag that never falls: whoever watches a level alone would not see that nobody works it off.
 *
 *   shape   (Low, lag, now) -> Low; undefined where there is no lag to speak of; pure
 *   units   times: ms since the epoch
 */

/** The least that lag has been since it began, and when it came down to that. */
export interface Low {
  readonly lagRecords: number
  readonly atMs: number
}

/** A fall of less is none. */
const FALL_SHARE = 0.01

/** @param fromRecords lag below is none to speak of */
export function lowOf(
  before: Low | undefined,
  lagRecords: number,
  fromRecords: number,
  nowMs: number,
): Low | undefined {
  if (lagRecords < fromRecords) return undefined
  const falls = before === undefined || lagRecords <= before.lagRecords * (1 - FALL_SHARE)
  return falls ? { lagRecords, atMs: nowMs } : before
}

/** For people; undefined while it has not been so for `stuckMs`. */
export function stuckAlert(low: Low | undefined, lagOf: string, stuckMs: number, nowMs: number): string | undefined {
  if (low === undefined || nowMs - low.atMs < stuckMs) return undefined
  const since = new Date(low.atMs).toISOString()
  return `the lag of ${lagOf} has not fallen since ${since}: see at its services' /health/ready what they wait for, and start more of them or send less`
}
