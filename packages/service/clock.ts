/**
 * The Clock port: what time it is, and waiting. Cores take instants as values; shells take a Clock, so that a test
 * or a simulation owns time.
 *
 *   units   ms and µs since the epoch, UTC; both in a number, exact until the year 2255
 *   errors  sleep rejects with the signal's reason once it aborts
 */
import { performance } from 'node:perf_hooks'
import { setTimeout as timer } from 'node:timers/promises'

export interface Clock {
  /** Never less than it was; whole ms. */
  nowMs(): number
  /** Never less than it was; whole µs. */
  nowMicros(): number
  /** Resolves after `ms`; rejects with the signal's reason when that comes first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Moved by hand: nothing waits in truth. */
export interface ManualClock extends Clock {
  /** Moves time on by `ms`, waking sleepers in the order of their time, each at its own time. */
  advance(ms: number): Promise<void>
  /** How many wait; a test looks here before it advances. */
  sleepers(): number
}

const GRAIN_MICROS = 1_000 // Date.now tells whole ms
const TIMER_MAX_MS = 2 ** 31 - 1 // beyond it a timer of Node fires at once

/**
 * µs since the epoch that never step back. Between readings it follows the steady timer; a wall clock ahead of it is
 * caught up with at once; a wall clock set back is waited for at half the pace, because a clock that stood still
 * would stop every deadline and every age limit.
 */
export function steady(wallMs: () => number, timerMs: () => number): () => number {
  let micros = Math.floor(wallMs() * 1000)
  let seenMs = timerMs()
  return () => {
    const timerNowMs = timerMs()
    const elapsed = Math.max(0, (timerNowMs - seenMs) * 1000)
    const wall = wallMs() * 1000
    const own = micros + elapsed
    if (own < wall) micros = wall
    else micros = own > wall + GRAIN_MICROS ? micros + elapsed / 2 : own
    seenMs = timerNowMs
    return Math.floor(micros)
  }
}

const nowMicros = steady(Date.now, () => performance.now())

export const realClock: Clock = {
  nowMicros,
  nowMs: () => Math.floor(nowMicros() / 1000),
  async sleep(ms, signal) {
    for (let left = ms; ; left -= TIMER_MAX_MS) {
      signal?.throwIfAborted()
      try {
        await timer(Math.min(Math.max(left, 0), TIMER_MAX_MS), undefined, signal ? { signal } : {})
      } catch (error) {
        throw signal?.aborted ? signal.reason : error
      }
      if (left <= TIMER_MAX_MS) return
    }
  },
}

interface Sleeper {
  readonly atMicros: number
  readonly wake: () => void
}

/** A clock for tests that stands at `startMs` until it is advanced. */
export function manualClock(startMs = 0): ManualClock {
  let micros = startMs * 1000
  const waiting: Sleeper[] = []
  // A turn of the loop, so that what a sleeper woke may run, and sleep again, before time moves on.
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      if (ms <= 0) return resolve()
      const abort = () => {
        waiting.splice(waiting.indexOf(sleeper), 1)
        reject(signal?.reason)
      }
      const wake = () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const sleeper = { atMicros: micros + ms * 1000, wake }
      signal?.addEventListener('abort', abort, { once: true })
      waiting.push(sleeper)
      waiting.sort((a, b) => a.atMicros - b.atMicros)
    })
  }

  async function advance(ms: number): Promise<void> {
    const until = micros + ms * 1000
    await settle()
    for (let next = waiting[0]; next && next.atMicros <= until; next = waiting[0]) {
      waiting.shift()
      micros = next.atMicros
      next.wake()
      await settle()
    }
    micros = until
  }

  return {
    nowMs: () => Math.floor(micros / 1000),
    nowMicros: () => micros,
    sleep,
    advance,
    sleepers: () => waiting.length,
  }
}
