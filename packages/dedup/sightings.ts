/**
 * What is remembered of one partition, up to an offset: which ids stand where. It goes on with the records that follow, and
 * goes back to where a load began that did not get in.
 *
 *   shape   state; no clock, no I/O
 *   units   offsets: bigint outside; inside numbers, counted from a base at or below all that is remembered
 */
import type { LoggedRecords } from '@k2/contracts/records/decode.ts'
import { type Ids, type Mix, WORDS } from './ids.ts'
import { Index, OFFSET_MAX } from './index.ts'
import type { Backwards, Window } from './window.ts'

const [SEED_MARK, SEED_TABLE] = [0x9747b28c, 0x2545f491]
/** Loads that may yet be gone back to: one in the catalog, one prepared behind it, and what was left of either. */
const MARKS_MAX = 8

/** A record of a batch that was seen, and where its id may have been before. */
export interface Candidate {
  readonly offset: bigint
  readonly earlier: bigint
}

/** What of a batch is looked at: where its records stand, and when they came. */
export interface Followed {
  readonly from: bigint
  readonly to: bigint
  readonly offsetDeltas: Int32Array
  readonly timesMs: Float64Array
}

export class Sightings {
  readonly index: Index
  private readonly base: bigint
  private readonly mix: Mix
  private next: number
  private window: Window
  /** Below it ids may be missing, though they are remembered by right: memory had no room for them. */
  private full: number
  private marks: { readonly next: number; readonly window: Window }[] = []

  constructor(base: bigint, next: bigint, window: Window, mix: Mix, sameMax?: number) {
    this.index = new Index(sameMax)
    this.base = base
    this.mix = mix
    this.next = Number(next - base)
    this.window = window
    this.full = 0
  }

  /** Its next record's offset. */
  get at(): bigint {
    return this.base + BigInt(this.next)
  }

  get floor(): bigint {
    return this.base + BigInt(this.window.floor)
  }

  /** The first offset from which on it holds all. */
  get heldFrom(): bigint {
    return this.base + BigInt(Math.max(this.full, this.window.floor))
  }

  /** Whether a batch up to there can be counted from the same base. */
  hasRoomTo(offset: bigint): boolean {
    return offset - this.base < OFFSET_MAX
  }

  /** A load begins: it may have to be gone back to. */
  mark(): void {
    this.marks = this.marks.filter(({ next }) => next < this.next).slice(1 - MARKS_MAX)
    this.marks.push({ next: this.next, window: this.window.copy() })
  }

  /** Back to the last load that began at that offset or before; false where none is known. */
  back(offset: bigint): boolean {
    const to = Number(offset - this.base)
    const mark = this.marks.findLast(({ next }) => next <= to)
    if (mark === undefined) return false
    this.next = mark.next
    this.window = mark.window.copy()
    return true
  }

  /** The batch that follows. */
  see(batch: Followed, ids: Ids, found: Candidate[]): void {
    const { window, index, base, mix } = this
    const first = Number(batch.from - base)
    const keep = this.keep()
    const hits: number[] = []
    for (let i = 0; i < batch.offsetDeltas.length; i++) {
      const offset = first + batch.offsetDeltas[i]!
      window.see(offset, batch.timesMs[i]!)
      if (ids.has[i] === 0) continue
      const at = i * WORDS
      index.note(mix(ids.words, at, SEED_MARK), mix(ids.words, at, SEED_TABLE), offset, window.floor, keep, hits)
      if (hits.length === 0) continue
      for (const hit of hits) found.push({ offset: base + BigInt(offset), earlier: base + BigInt(hit) })
      hits.length = 0
    }
    this.next = Number(batch.to - base)
  }

  /**
   * A batch from before all that was seen; the offset behind what is forgotten of it, or undefined. Past `bytesMax` it
   * only goes on to find that.
   */
  seeBefore(batch: LoggedRecords, ids: Ids, walk: Backwards, bytesMax: number): bigint | undefined {
    const { base, index, mix } = this
    const first = Number(batch.from - base)
    for (let i = batch.count - 1; i >= 0; i--) {
      const offset = first + batch.offsetDeltas[i]!
      if (!walk.isRemembered(offset, batch.timesMs[i]!)) return base + BigInt(offset + 1)
      if (this.full === 0 && index.bytes > bytesMax) this.full = offset + 1
      if (ids.has[i] === 0 || offset < this.full) continue
      const at = i * WORDS
      index.note(mix(ids.words, at, SEED_MARK), mix(ids.words, at, SEED_TABLE), offset, OFFSET_MAX, 0, [])
    }
    return undefined
  }

  /** The walk is over. */
  remember(walk: Backwards, floor: bigint): void {
    this.window = walk.window(Number(floor - this.base))
  }

  /** As it stands: whoever walks on with it changes nothing here. */
  windowNow(): Window {
    return this.window.copy()
  }

  offsetOf(relative: number): bigint {
    return this.base + BigInt(relative)
  }

  relativeOf(offset: bigint): number {
    return Number(offset - this.base)
  }

  /** Gives room back: what is forgotten, and, where that is not enough, the older half of what is not. */
  shrink(isEnough: () => boolean): boolean {
    this.index.forget(this.keep())
    if (isEnough()) return false
    const from = Math.max(this.full, this.window.floor)
    // What is not in the table for sure is in memory alone.
    const most = this.marks[0]?.next ?? this.next
    this.full = Math.max(this.full, Math.min(most, from + Math.ceil((this.next - from) / 2)))
    this.index.forget(this.full)
    return true
  }

  /** A load that is gone back to remembers more. */
  private keep(): number {
    return Math.max(this.full, this.marks[0]?.window.floor ?? this.window.floor)
  }
}
