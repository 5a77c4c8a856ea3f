/**
 * The subscriptions that are asked for by message on one connection: few at a time, and again until each is answered.
 *
 *   shape   no clock: told the time; memory: the messages
 *   units   ms
 */
interface Asked {
  readonly text: string
  dueMs: number
  pauseMs: number
  isSent: boolean
}

/** An answer that is lost, or names no message, is not waited for. */
const ANSWER_MS = 10_000
const PAUSE_MS = 5_000
const PAUSE_MS_MAX = 60_000

export class Asks {
  /** By the message's id. */
  readonly #open: Map<number, Asked>

  /** The first has id 1, as `subscriptions` counts them. */
  constructor(texts: readonly string[]) {
    this.#open = new Map(texts.map((text, i) => [i + 1, { text, dueMs: 0, pauseMs: PAUSE_MS, isSent: false }]))
  }

  get areSent(): boolean {
    for (const { isSent } of this.#open.values()) if (!isSent) return false
    return true
  }

  /** At most so many that are to be sent now. */
  due(count: number, nowMs: number): string[] {
    const due = [...this.#open.values()].filter(({ dueMs }) => dueMs <= nowMs).slice(0, count)
    for (const one of due) {
      one.isSent = true
      one.dueMs = nowMs + ANSWER_MS
    }
    return due.map(({ text }) => text)
  }

  answered(id: number): void {
    this.#open.delete(id)
  }

  /** It is asked again, less and less often. */
  refused(id: number, nowMs: number): void {
    const one = this.#open.get(id)
    if (one === undefined) return
    one.dueMs = nowMs + one.pauseMs
    one.pauseMs = Math.min(one.pauseMs * 2, PAUSE_MS_MAX)
  }
}
