/**
 * Waiting for what may be away and comes back by itself: tried again with a growing pause, for as long as it takes or until
 * a deadline; whoever asks is told the sentence meanwhile.
 *
 *   units   ms
 *   errors  one whose retry is 'never', and any that is no K2Error; at the deadline the last one, with how long it was
 *           waited for; the signal's reason
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'

export interface Waiting {
  readonly clock: Clock
  readonly logger: Logger
  /** In [0, 1). */
  readonly random?: () => number
  readonly signal: AbortSignal
  /** What is waited for, as a sentence; undefined once it is there. */
  readonly tell?: (why: string | undefined) => void
  /** By the clock; by default it is waited for as long as it takes. */
  readonly untilMs?: number | undefined
}

const PAUSE_MS = 250
const PAUSE_MS_MAX = 10_000
/** Between two lines of the log that say the same. */
const SAY_EVERY_MS = 60_000

export async function waitFor<T>(work: () => Promise<T>, waiting: Waiting): Promise<T> {
  const { clock, logger, random = Math.random, signal, tell, untilMs = Number.POSITIVE_INFINITY } = waiting
  const startMs = clock.nowMs()
  const isDue = nowAndThen(clock)
  let isSaid = false
  for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    signal.throwIfAborted()
    try {
      const result = await work()
      tell?.(undefined)
      if (isSaid) logger.info({ waitedMs: clock.nowMs() - startMs }, 'what was waited for is there')
      return result
    } catch (error) {
      if (!mayPass(error)) throw error
      signal.throwIfAborted()
      tell?.(error.message)
      const nowMs = clock.nowMs()
      if (nowMs >= untilMs) throw waitedTooLong(error, nowMs - startMs)
      if (isDue()) {
        logger.warn({ code: error.code, waitedMs: nowMs - startMs }, `waiting: ${error.message}`)
        isSaid = true
      }
      // Half of it by chance, so that those who wait together do not come together.
      const restMs = pauseMs * (0.5 + random() / 2)
      await clock.sleep(Math.min(restMs, Math.max(1, untilMs - nowMs)), signal)
    }
  }
}

/** True at first and then once a minute, however often it is asked: for lines that would fill a log. */
export function nowAndThen(clock: Pick<Clock, 'nowMs'>): () => boolean {
  let saidMs = Number.NEGATIVE_INFINITY
  return () => {
    const nowMs = clock.nowMs()
    const isDue = nowMs - saidMs >= SAY_EVERY_MS
    if (isDue) saidMs = nowMs
    return isDue
  }
}

export const mayPass = (error: unknown): error is K2Error => error instanceof K2Error && error.retry !== 'never'

function waitedTooLong({ code, message, details }: K2Error, waitedMs: number): K2Error {
  return new K2Error(code, `${message} It was waited for ${Math.round(waitedMs / 1_000)} s.`, details)
}
