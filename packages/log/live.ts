/**
 * A live iteration: it pulls when it is asked, sleeps without polling while there is nothing, and ends by its signal
 * or by return(), also in the middle of its sleep.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { LogBatch } from './log.ts'

const DONE = { done: true, value: undefined } as const

export interface Source {
  /** The next batch, or undefined where there is none now; ring() when that may have changed. */
  pull(): LogBatch | undefined | Promise<LogBatch | undefined>
  /** Called once, when the iteration is over, however it ended. */
  end(): void
}

export class LiveBatches implements AsyncIterableIterator<LogBatch> {
  readonly #source: Source
  readonly #signal: AbortSignal
  readonly #onAbort = () => this.#aborted()
  #wake: (() => void) | undefined
  /** Rung since the pull began; a ring while nobody sleeps must not be lost. */
  #isRung = false
  #last: Promise<unknown> = Promise.resolve()
  #isEnded = false
  /** The consumer works on a batch: after an abort it still may commit that one. */
  #isHeld = false
  #isPulling = false

  constructor(source: Source, signal: AbortSignal) {
    this.#source = source
    this.#signal = signal
    if (!signal.aborted) signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** There may be something to pull. */
  ring(): void {
    this.#isRung = true
    this.#wake?.()
    this.#wake = undefined
  }

  /** Calls wait for each other, so that batches come in order. */
  next(): Promise<IteratorResult<LogBatch>> {
    const turn = this.#last.then(() => this.#next())
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async return(): Promise<IteratorResult<LogBatch>> {
    this.end()
    return DONE
  }

  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.ring()
    this.#source.end()
  }

  #aborted(): void {
    if (this.#isPulling) this.ring()
    else if (!this.#isHeld) this.end()
  }

  async #next(): Promise<IteratorResult<LogBatch>> {
    this.#isHeld = false
    this.#isPulling = true
    try {
      // Without it a consumer that only computes would keep timers, sockets and signals from their turn.
      await nextTurn()
      for (;;) {
        if (this.#signal.aborted) this.end()
        if (this.#isEnded) return DONE
        this.#isRung = false
        const batch = await this.#source.pull()
        if (this.#isEnded || this.#signal.aborted) continue
        if (batch !== undefined) {
          this.#isHeld = true
          return { done: false, value: batch }
        }
        if (this.#isRung) continue
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    } catch (error) {
      this.end()
      throw error
    } finally {
      this.#isPulling = false
    }
  }
}
