/**
 * A circuit breaker's states: no clock, no I/O.
 *
 *   CLOSED ── so many failures in a row ──► OPEN ── its time is over, and somebody asks ──► HALF_OPEN
 *      ▲                                     ▲                                                 │
 *      └──────────── an answer ──────────────┼──────────────── no answer ◄── one trial ────────┘
 *
 *   shape   (Circuit, event, now) -> Circuit
 *   units   ms of a clock that never steps back: by a wall clock that is set back it would stay open until that is made up
 */
export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN'

export interface Circuit {
  readonly state: BreakerState
  /** In a row. */
  readonly failures: number
  /** When it opened last. */
  readonly openedMs: number
}

/** Of an exchange, `trial-…` of the one that was let through to see: others that end late tell nothing new. */
export type BreakerEvent = 'asked' | 'answered' | 'failed' | 'trial-answered' | 'trial-failed'

export interface BreakerLimits {
  readonly failuresToOpen: number
  readonly openMs: number
}

export const CLOSED: Circuit = { state: 'CLOSED', failures: 0, openedMs: Number.NEGATIVE_INFINITY }

export function step(now: Circuit, event: BreakerEvent, nowMs: number, limits: BreakerLimits): Circuit {
  switch (event) {
    case 'asked':
      return now.state === 'OPEN' && leftMs(now, nowMs, limits) === 0 ? { ...now, state: 'HALF_OPEN' } : now
    case 'answered':
      return now.state === 'CLOSED' && now.failures > 0 ? CLOSED : now
    case 'failed': {
      if (now.state !== 'CLOSED') return now
      const failures = now.failures + 1
      return failures < limits.failuresToOpen ? { ...now, failures } : { state: 'OPEN', failures, openedMs: nowMs }
    }
    case 'trial-answered':
      return CLOSED
    case 'trial-failed':
      return { state: 'OPEN', failures: now.failures + 1, openedMs: nowMs }
  }
}

/** Until a trial may be made. */
export const leftMs = ({ openedMs }: Circuit, nowMs: number, { openMs }: BreakerLimits): number =>
  Math.max(0, openedMs + openMs - nowMs)
