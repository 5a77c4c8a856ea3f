/** Waiting for the next batch no longer than until a flush is due. */
import type { Clock } from '@k2/service/clock.ts'

/** What comes, or undefined after so long; it still comes then. */
export async function orLate<T>(coming: Promise<T>, ms: number, clock: Clock): Promise<T | undefined> {
  if (ms === Number.POSITIVE_INFINITY) return coming
  const over = new AbortController()
  const late = clock.sleep(ms, over.signal).then(
    () => undefined,
    () => undefined,
  )
  try {
    return await Promise.race([coming, late])
  } finally {
    over.abort()
  }
}
