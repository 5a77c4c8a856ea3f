/**
 * How much an identity has asked, in a minute and in a day. A window of a minute begins with the first call in it, so that what
 * is left and when it ends are exact; a day is UTC's. Each process counts for itself, and a restart begins anew.
 *
 *   units   calls, ms, s
 *   memory  one row an identity, of 10,000 at most: beyond that the one whose window is oldest is forgotten
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Identity } from './identity.ts'

export interface Rate {
  readonly limit: number
  readonly remaining: number
  /** Until the window ends, rounded up. */
  readonly resetSeconds: number
  readonly resetAtMs: number
  readonly window: 'minute' | 'day'
}

export class RateLimited extends K2Error {
  readonly rate: Rate

  constructor(rate: Rate) {
    const { limit, window, resetSeconds } = rate
    super(
      'RATE_LIMITED',
      `This identity may ask ${limit} times a ${window}, and has done so. Ask again in ${resetSeconds} s.`,
      { limit, window, retryAfterSeconds: resetSeconds },
    )
    this.rate = rate
  }
}

interface Used {
  minuteAtMs: number
  inMinute: number
  day: number
  inDay: number
}

const NONE = { ratePerMinute: 0, quotaPerDay: 0 }
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export interface RateLimits {
  /** Counts a call; undefined where there is no limit. Errors: RateLimited, which is not counted. */
  take(identity: Identity): Rate | undefined
}

export function rateLimits(
  defaults: { readonly ratePerMinute: number; readonly quotaPerDay: number },
  nowMs: () => number,
  identitiesMax = 10_000,
): RateLimits {
  const known = new Map<string, Used>()

  function usedBy(name: string, now: number): Used {
    const used = known.get(name)
    const day = Math.floor(now / DAY_MS)
    const isSameMinute = used !== undefined && now - used.minuteAtMs < MINUTE_MS
    if (isSameMinute && used.day === day) return used
    const fresh = {
      minuteAtMs: isSameMinute ? used.minuteAtMs : now,
      inMinute: isSameMinute ? used.inMinute : 0,
      day,
      inDay: used?.day === day ? used.inDay : 0,
    }
    known.delete(name) // at the end of the map: its begin is the oldest window
    known.set(name, fresh)
    if (known.size > identitiesMax) known.delete(known.keys().next().value!)
    return fresh
  }

  return {
    take(identity) {
      // Services ask and report with the role admin, all of a fleet perhaps with one key: only a limit of its own holds it.
      const { ratePerMinute, quotaPerDay } = identity.role === 'admin' ? NONE : defaults
      const perMinute = identity.ratePerMinute ?? ratePerMinute
      const perDay = identity.quotaPerDay ?? quotaPerDay
      if (perMinute === 0 && perDay === 0) return undefined
      const now = nowMs()
      const used = usedBy(`${identity.kind} ${identity.id}`, now)
      const dayEndsMs = (used.day + 1) * DAY_MS
      const minuteEndsMs = used.minuteAtMs + MINUTE_MS
      if (perDay > 0 && used.inDay >= perDay) throw new RateLimited(rateOf('day', perDay, used.inDay, dayEndsMs, now))
      if (perMinute > 0 && used.inMinute >= perMinute)
        throw new RateLimited(rateOf('minute', perMinute, used.inMinute, minuteEndsMs, now))
      used.inMinute++
      used.inDay++
      return perMinute > 0
        ? rateOf('minute', perMinute, used.inMinute, minuteEndsMs, now)
        : rateOf('day', perDay, used.inDay, dayEndsMs, now)
    },
  }
}

function rateOf(window: Rate['window'], limit: number, used: number, resetAtMs: number, nowMs: number): Rate {
  const resetSeconds = Math.max(1, Math.ceil((resetAtMs - nowMs) / 1000))
  return { limit, remaining: Math.max(0, limit - used), resetSeconds, resetAtMs, window }
}

const WINDOW_SECONDS = { minute: 60, day: 86_400 } as const

/**
 * What a client reads of its rate: X-RateLimit-…, with the end of the window in seconds since the epoch, and the fields of the
 * IETF's draft 10 "RateLimit header fields for HTTP". Over gRPC they are metadata of the same names.
 */
export function rateHeaders({ limit, remaining, resetSeconds, resetAtMs, window }: Rate): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(Math.ceil(resetAtMs / 1000)),
    'ratelimit-policy': `"${window}";q=${limit};w=${WINDOW_SECONDS[window]}`,
    ratelimit: `"${window}";r=${remaining};t=${resetSeconds}`,
  }
}
