/**
 * Retries within a budget. Whether to try again is the error's own word (K2Error.retry): 'now' and 'later' are tried
 * again, 'never' is not, nor 'unknown-outcome', whose caller must first find out what happened. Any other error is a
 * bug or a foreign error that its adapter forgot to translate, and is not retried either. Nor is one that a retry has
 * given up on: retries are not stacked on retries.
 *
 *   units   ms
 *   errors  the last one of the work; the signal's reason when it aborts
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { type Clock, realClock } from './clock.ts'
import type { RetryBudget } from './policies.ts'

export interface RetryOptions extends RetryBudget {
  readonly signal?: AbortSignal
  /** In [0, 1); given, so that simulations repeat. */
  readonly random?: () => number
  readonly clock?: Clock
  /** The work is begun anew: also where retries inside of it have given up. */
  readonly isAnew?: boolean
  /** Called before each wait: count it, log it. `attempt` is the one that failed, from 1. */
  readonly onRetry?: (error: K2Error, attempt: number, delayMs: number) => void
}

/** What no retry tries again: one inside has done so already, or only people can mend it. Who begins anew later may. */
const ended = new WeakSet<object>()

export function settled<E extends Error>(error: E): E {
  ended.add(error)
  return error
}

export const isTransient = (error: unknown): error is K2Error => mayPass(error) && !ended.has(error)

const mayPass = (error: unknown): error is K2Error =>
  error instanceof K2Error && (error.retry === 'now' || error.retry === 'later')

/** How long to wait after failed try `attempt` (from 1): full jitter, so that those who failed together spread. */
export function retryDelayMs(error: K2Error, attempt: number, budget: RetryBudget, random: () => number): number {
  if (error.retry === 'now' && attempt === 1) return 0
  return Math.floor(random() * Math.min(budget.delayMsMax, budget.baseDelayMs * 2 ** (attempt - 1)))
}

/** Runs `work` until it succeeds, its error may not be retried, or the budget is spent. */
export async function retry<T>(
  work: (attempt: number, signal: AbortSignal) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { clock = realClock, random = Math.random, onRetry, signal: stop } = options
  const startMs = clock.nowMs()
  const done = new AbortController()
  const late = new AbortController()
  const signal = AbortSignal.any(stop ? [late.signal, stop] : [late.signal])
  const spent = `no success within ${options.totalMsMax} ms`
  clock.sleep(options.totalMsMax, done.signal).then(
    () => late.abort(new K2Error('DEADLINE_EXCEEDED', spent, { totalMsMax: options.totalMsMax })),
    () => {}, // the work came to its end first
  )
  try {
    for (let attempt = 1; ; attempt++) {
      stop?.throwIfAborted()
      try {
        return await work(attempt, signal)
      } catch (error) {
        if (!mayPass(error) || (!options.isAnew && ended.has(error))) throw error
        if (attempt >= options.attemptsMax) throw settled(error)
        const delayMs = retryDelayMs(error, attempt, options, random)
        if (clock.nowMs() + delayMs - startMs >= options.totalMsMax) throw settled(error)
        onRetry?.(error, attempt, delayMs)
        await clock.sleep(delayMs, stop)
      }
    }
  } finally {
    done.abort()
  }
}
