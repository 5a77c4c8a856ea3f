/** So many rows a second and no more, of a lane and of what it fills in together. Without a limit it holds nobody up. */
import type { StageBatch } from '@k2/landing/stage.ts'
import type { Clock } from '@k2/service/clock.ts'

export class Pace {
  private readonly clock: Clock
  private readonly rowsPerSecondMax: number | undefined
  /** Until then what was taken takes. */
  private freeMs = 0

  constructor(clock: Clock, rowsPerSecondMax: number | undefined) {
    this.clock = clock
    this.rowsPerSecondMax = rowsPerSecondMax
  }

  /** For as long as these take, behind those that were taken before; rejects with the signal's reason. */
  async take(batches: readonly Pick<StageBatch, 'count'>[], signal: AbortSignal): Promise<void> {
    if (this.rowsPerSecondMax === undefined) return
    const rows = batches.reduce((sum, { count }) => sum + count, 0)
    const nowMs = this.clock.nowMs()
    this.freeMs = Math.max(nowMs, this.freeMs) + (rows * 1_000) / this.rowsPerSecondMax
    await this.clock.sleep(this.freeMs - nowMs, signal)
  }
}
