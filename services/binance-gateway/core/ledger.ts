/**
 * Which trades of one feed there are: all from the first one up to `next`, but the gaps. It is told each id once and says
 * what that one was. The gateway keeps two of a feed: one of what is on its way to the log, and one of what the log has
 * acknowledged; the second is what a restart finds again.
 *
 *   shape   no clock, no I/O; memory: the gaps
 *   units   ids: trades, as the venue counts them, by one
 */
import { hasId, type IdRange, withoutId, withRange } from './ranges.ts'

export type Verdict = 'first' | 'next' | 'jump' | 'filled' | 'repeat'

export interface LedgerState {
  /** The id that comes next; null: none has come yet. */
  readonly next: number | null
  readonly gaps: readonly IdRange[]
}

/** Beyond it the oldest is forgotten, and that is told: its trades stay missing in the log. */
export const GAPS_MAX = 1_000

export class Ledger {
  #next: number
  #gaps: readonly IdRange[]
  readonly #forgot: (gap: IdRange) => void

  constructor({ next, gaps }: LedgerState = { next: null, gaps: [] }, forgot: (gap: IdRange) => void = () => {}) {
    this.#next = next ?? -1
    this.#gaps = gaps
    this.#forgot = forgot
  }

  /** -1 before the first. */
  get next(): number {
    return this.#next
  }

  get gaps(): readonly IdRange[] {
    return this.#gaps
  }

  get state(): LedgerState {
    return { next: this.#next < 0 ? null : this.#next, gaps: this.#gaps }
  }

  /** What taking it would be. */
  judge(id: number): Verdict {
    if (id === this.#next) return 'next'
    if (this.#next < 0) return 'first'
    if (id > this.#next) return 'jump'
    return hasId(this.#gaps, id) ? 'filled' : 'repeat'
  }

  /** Takes it; of a jump the ids between are a gap from then on. */
  take(id: number): Verdict {
    const verdict = this.judge(id)
    if (verdict === 'repeat') return verdict
    if (verdict === 'filled') {
      this.#keep(withoutId(this.#gaps, id)!)
      return verdict
    }
    if (verdict === 'jump') this.open({ from: this.#next, to: id })
    this.#next = id + 1
    return verdict
  }

  /** Nothing has come yet, and this one is to be the first. */
  begin(id: number): void {
    if (this.#next < 0) this.#next = id
  }

  /** Gives up what lies before `id`: it will not come. */
  skipTo(id: number): void {
    if (this.#next < 0 || id <= this.#next) return
    this.open({ from: this.#next, to: id })
    this.#next = id
  }

  /** A gap: what was given up, or what was taken and lost on its way. */
  open(gap: IdRange): void {
    this.#keep(withRange(this.#gaps, gap))
  }

  #keep(gaps: readonly IdRange[]): void {
    const excess = Math.max(0, gaps.length - GAPS_MAX)
    for (const gap of gaps.slice(0, excess)) this.#forgot(gap)
    this.#gaps = excess > 0 ? gaps.slice(excess) : gaps
  }
}
