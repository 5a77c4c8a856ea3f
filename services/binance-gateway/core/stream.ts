/**
 * The trades of one symbol on their way to the log, in the order of their ids: what comes too early is held until what lies
 * before it has come, or is given up.
 *
 *   shape   no clock, no I/O; memory: `heldBytesMax` of records, beyond it new ones are passed over and asked for again
 *   units   ids: trades; bytes: of framed records
 */
import { Ledger, type LedgerState } from './ledger.ts'

/** What to do with a trade of that id. */
export type Step = 'emit' | 'hold' | 'repeat' | 'pass' | 'doubt'

/** A jump beyond it is believed only where the venue's own list shows that it has come so far. */
const JUMP_MAX = 1_000_000
/** No market has had so many trades: a feed does not begin there unasked. */
const FIRST_MAX = 1e12

export class TradeStream {
  /** What has been given to the log, if not acknowledged. */
  readonly sent: Ledger
  readonly #held = new Map<number, Uint8Array>()
  readonly #heldBytesMax: number
  #heldBytes = 0
  /** The highest id that the venue is known to have. */
  seen = -1
  /** The venue's latest trade, as its list has shown it. */
  shown = -1
  /** The venue's list ends before what is recorded: its ids have begun anew, and ours would be taken for these. */
  isSetBack = false

  constructor(state: LedgerState, heldBytesMax: number) {
    this.sent = new Ledger(state)
    this.#heldBytesMax = heldBytesMax
  }

  get heldCount(): number {
    return this.#held.size
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Trades are missing that the venue is known to have. */
  get isBehind(): boolean {
    return this.seen >= this.sent.next && this.sent.next >= 0
  }

  /** No id of this feed, as far as is known. */
  doubts(id: number): boolean {
    const { next } = this.sent
    return id > this.shown + JUMP_MAX && id > (next < 0 ? FIRST_MAX : next + JUMP_MAX)
  }

  /** Of a feed without a trade: the first that it is to have. */
  begin(id: number): void {
    this.sent.begin(id)
  }

  offer(id: number): Step {
    if (this.doubts(id)) return 'doubt'
    if (id > this.seen) this.seen = id
    const verdict = this.sent.judge(id)
    if (verdict === 'repeat') return 'repeat'
    if (verdict !== 'jump') return 'emit'
    if (this.#held.has(id)) return 'repeat'
    return this.#heldBytes < this.#heldBytesMax ? 'hold' : 'pass'
  }

  hold(id: number, record: Uint8Array): void {
    this.#held.set(id, record)
    this.#heldBytes += record.length
  }

  /** The held record that comes next, taken; undefined where there is none. */
  release(): { readonly id: number; readonly record: Uint8Array } | undefined {
    const id = this.sent.next
    const record = this.#held.get(id)
    if (record === undefined) return undefined
    this.#held.delete(id)
    this.#heldBytes -= record.length
    this.sent.take(id)
    return { id, record }
  }

  /** Gives up what is missing before the first held one: a gap from then on. undefined where nothing is held. */
  giveUp(): { readonly from: number; readonly to: number } | undefined {
    const from = this.sent.next
    let to = Number.POSITIVE_INFINITY
    for (const id of this.#held.keys()) to = Math.min(to, id)
    if (to === Number.POSITIVE_INFINITY) return undefined
    this.sent.skipTo(to)
    return { from, to }
  }

  /** The venue has nothing between there and `id`. */
  skipTo(id: number): void {
    this.sent.skipTo(id)
    // Held ones that were passed over would never be released: skipping goes up to them at most.
    for (const held of this.#held.keys()) if (held < this.sent.next) throw new Error(`held trade ${held} was skipped`)
  }

  /** The first id that is held; -1 where none is. */
  firstHeld(): number {
    let first = -1
    for (const id of this.#held.keys()) if (first < 0 || id < first) first = id
    return first
  }
}
