/** So many rows a second and no more, of a lane and of what it fills in together. Without a limit it holds nobody up. */
import type { StageBatch } from '@k2/landing/stage.ts'
import type { Clock } from '@k2/service/clock.ts'

export class Pace {
  private readonly clock: Clock
  private readonly rowsPerSecondMax: number | undefined
  /** Until then what was taken takes: the work on it counts as part of that. */
  private freeMs = 0

  constructor(clock: Clock, rowsPerSecondMax: number | undefined) {
    this.clock = clock
    this.rowsPerSecondMax = rowsPerSecondMax
  }

  /** Until those that were taken before have had their time; rejects with the signal's reason. */
  async take(batches: readonly Pick<StageBatch, 'count'>[], signal: AbortSignal): Promise<void> {
    if (this.rowsPerSecondMax === undefined) return
    const rows = batches.reduce((sum, { count }) => sum + count, 0)
    const nowMs = this.clock.nowMs()
    const startMs = Math.max(nowMs, this.freeMs)
    this.freeMs = startMs + (rows * 1_000) / this.rowsPerSecondMax
    await this.clock.sleep(startMs - nowMs, signal)
  }
}
