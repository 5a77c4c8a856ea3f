/** Wakes whoever waits for something to change; what has changed they see for themselves. */
import type { Clock } from '@k2/service/clock.ts'

export class Bell {
  private readonly clock: Clock
  private next = Promise.withResolvers<void>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  ring(): void {
    this.next.resolve()
    this.next = Promise.withResolvers()
  }

  /** Until it rings, or so long; rejects with the signal's reason. */
  async wait(signal: AbortSignal, ms = Number.POSITIVE_INFINITY): Promise<void> {
    const over = new AbortController()
    const slept = this.clock.sleep(ms, AbortSignal.any([signal, over.signal]))
    try {
      await Promise.race([this.next.promise, slept])
    } finally {
      over.abort()
      slept.catch(() => {})
    }
  }
}
