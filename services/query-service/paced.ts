/** Waiting until records are due. */
import type { Clock } from '@k2/service/clock.ts'
import { dueMs, type Pace } from './core/pace.ts'

interface Timed {
  readonly firstMicros: number
  readonly lastMicros: number
}

/** Until a batch is due by the clock; yields every `heartbeatMs` meanwhile. The first record is due at once. */
export function paced(clock: Clock, speed: number | undefined, heartbeatMs: number, signal: AbortSignal) {
  let pace: Pace | undefined
  return async function* waiting({ firstMicros, lastMicros }: Timed): AsyncGenerator<void, void> {
    if (speed === undefined) return
    pace ??= { speed, fromMicros: firstMicros, fromMs: clock.nowMs() }
    for (;;) {
      const leftMs = dueMs(pace, lastMicros) - clock.nowMs()
      if (leftMs <= 0) return
      await clock.sleep(Math.min(leftMs, heartbeatMs), signal)
      if (leftMs > heartbeatMs) yield
    }
  }
}
