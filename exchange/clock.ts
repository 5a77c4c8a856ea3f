/** Clocks made of another: the whole exchange runs on one, its market and its limits, at any speed. */
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

/** Ahead by so much, or behind. */
export function skewed(clock: Clock, skewMs: number): Clock {
  return {
    nowMicros: () => clock.nowMicros() + skewMs * 1_000,
    nowMs: () => clock.nowMs() + skewMs,
    sleep: (ms, signal) => clock.sleep(ms, signal),
  }
}
