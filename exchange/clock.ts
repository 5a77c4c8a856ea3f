/** A clock that runs faster than another: the whole exchange, its market and its limits, at any speed. */
import type { Clock } from '@k2/service/clock.ts'

/** Begins at `startMs`, by default where the other one is. */
export function fasterClock(clock: Clock, speed: number, startMs = clock.nowMs()): Clock {
  const originMicros = clock.nowMicros()
  const nowMicros = () => Math.floor(startMs * 1_000 + (clock.nowMicros() - originMicros) * speed)
  return {
    nowMicros,
    nowMs: () => Math.floor(nowMicros() / 1_000),
    sleep: (ms, signal) => clock.sleep(ms / speed, signal),
  }
}
