/**
 * Questions in turn. A few are answered at once, since DuckDB has few threads and each running statement holds one of
 * libuv's too; the rest wait in the order in which they came. Nothing is pinned for one that waits: its answer covers
 * the log up to when its turn comes.
 *
 *   errors  K2Error OVERLOADED beyond `waitingMax`, with the seconds after which there may be room; the signal's own
 *           reason where it aborts: the client left, or the deadline came
 */
import { K2Error } from '@k2/contracts/codes.ts'

export interface Limits {
  readonly runningMax: number
  readonly waitingMax: number
}

export interface Watch {
  /** After every change. */
  readonly queue: (running: number, waiting: number) => void
  /** Of each question whose turn came. */
  readonly waited: (ms: number) => void
}

export type Turns = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>

const RETRY_SECONDS_MAX = 30
/** Of the newest question in the mean time of an answer. */
const NEWEST_SHARE = 0.1

export function turns({ runningMax, waitingMax }: Limits, { queue, waited }: Watch): Turns {
  /** In their order; each begins its question. */
  const waiting = new Set<() => void>()
  let running = 0
  let meanMs = 0
  const changed = () => queue(running, waiting.size)

  function overloaded(): K2Error {
    const seconds = Math.ceil((waiting.size * meanMs) / runningMax / 1000)
    const retryAfterSeconds = Math.min(RETRY_SECONDS_MAX, Math.max(1, seconds))
    return new K2Error('OVERLOADED', `${waitingMax} questions are waiting, the most. Ask again in a moment.`, {
      waitingMax,
      retryAfterSeconds,
    })
  }

  /** Resolves when its turn has come, which then has to be ended. */
  async function begin(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (running < runningMax) {
      running++
      return
    }
    if (waiting.size >= waitingMax) throw overloaded()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const leave = () => {
      waiting.delete(resolve)
      changed()
      reject(signal.reason)
    }
    waiting.add(resolve)
    changed()
    signal.addEventListener('abort', leave)
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  function end(tookMs: number): void {
    meanMs += (tookMs - meanMs) * NEWEST_SHARE
    const [next] = waiting
    // Its place goes over to the next one, so that none who comes now is before it.
    if (next === undefined) running--
    else {
      waiting.delete(next)
      next()
    }
    changed()
  }

  return async (work, signal) => {
    const cameMs = performance.now()
    await begin(signal)
    const startMs = performance.now()
    waited(startMs - cameMs)
    changed()
    try {
      return await work()
    } finally {
      end(performance.now() - startMs)
    }
  }
}
