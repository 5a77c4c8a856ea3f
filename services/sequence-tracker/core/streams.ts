/**
 * HOT PATH (`npm run bench -- sequence`). The streams that are in memory: a table of typed arrays, a row a stream, in a
 * list by their last use. Numbers are kept as two halves of 32 bits, since a venue's may pass 2^53.
 *
 *   units   offsets: number, exact up to 2^53; times: µs since the epoch, event time
 *   limits  `streamsMax` rows, and RANGES_MAX missing ranges of all of them: beyond either the one that was used longest
 *           ago leaves, and is handed to `left`; it comes back by `restore`
 */
import type { Position, StreamName } from '@k2/contracts/records/sequence.ts'
import { Gaps } from './gaps.ts'

/** About 20 MB. */
const RANGES_MAX = 100_000
const NONE = -1
const TWO_32 = 2 ** 32
/** Of 2^53; no number is below 0. */
const HIGH_MAX = 2 ** 21

export interface StreamId extends StreamName {
  readonly key: string
  readonly topic: string
  readonly partition: number
}

export interface Shelf {
  /** Where a stream stands that is not in memory; undefined where it is new. */
  restore(key: string): { readonly position: Position; readonly isDirty: boolean } | undefined
  left(id: StreamId, position: Position, isDirty: boolean): void
}

export class Streams {
  readonly ids: (StreamId | undefined)[]
  readonly gaps: (Gaps | undefined)[]
  readonly firstHigh: Int32Array
  readonly firstLow: Int32Array
  readonly lastHigh: Int32Array
  readonly lastLow: Int32Array
  readonly firstMicros: Float64Array
  readonly lastMicros: Float64Array
  /** Of all its records since the last reset. */
  readonly latestMicros: Float64Array
  /** NaN where its numbers never began again. */
  readonly resetMicros: Float64Array
  readonly resets: Int32Array
  /** Of the last record judged; -1: none yet. */
  readonly offsets: Float64Array
  /** The log's time of that record; NaN where nobody noted it. */
  readonly recordMs: Float64Array
  readonly dirty: Uint8Array
  /** Counts who has had the row, so that a row that went to another is known by it. */
  readonly tenants: Int32Array
  readonly knownFrom: (bigint | null)[]
  evictions = 0
  ranges = 0
  private readonly rows = new Map<string, number>()
  private readonly newer: Int32Array
  private readonly older: Int32Array
  private readonly free: number[]
  private newest = NONE
  private oldest = NONE
  private readonly shelf: Shelf

  constructor(streamsMax: number, shelf: Shelf) {
    const halves = () => new Int32Array(streamsMax)
    const doubles = () => new Float64Array(streamsMax)
    this.shelf = shelf
    this.ids = new Array(streamsMax).fill(undefined)
    this.gaps = new Array(streamsMax).fill(undefined)
    this.knownFrom = new Array(streamsMax).fill(null)
    ;[this.firstHigh, this.firstLow, this.lastHigh, this.lastLow] = [halves(), halves(), halves(), halves()]
    ;[this.firstMicros, this.lastMicros] = [doubles(), doubles()]
    ;[this.latestMicros, this.resetMicros] = [doubles(), doubles()]
    ;[this.resets, this.tenants, this.newer, this.older] = [halves(), halves(), halves(), halves()]
    ;[this.offsets, this.recordMs] = [doubles(), doubles()]
    for (const times of [this.resetMicros, this.recordMs]) times.fill(Number.NaN)
    this.dirty = new Uint8Array(streamsMax)
    this.free = Array.from({ length: streamsMax }, (_, i) => streamsMax - 1 - i)
  }

  get size(): number {
    return this.rows.size
  }

  /** The stream's row, fetched or made where it is not in memory; it is the newest then. */
  rowOf(id: StreamId): number {
    const known = this.rows.get(id.key)
    if (known !== undefined) {
      this.touch(known)
      return known
    }
    if (this.free.length === 0) this.evict()
    const row = this.free.pop()!
    this.rows.set(id.key, row)
    this.ids[row] = id
    this.link(row)
    const found = this.shelf.restore(id.key)
    if (found === undefined) this.offsets[row] = NONE
    else {
      const { topic, partition } = found.position
      this.ids[row] = { ...id, topic, partition }
      this.place(row, found.position, found.isDirty)
    }
    return row
  }

  /** Whether these records are of the partition that its offset is of. */
  isAtHome(row: number, topic: string, partition: number): boolean {
    const id = this.ids[row]!
    return id.partition === partition && id.topic === topic
  }

  /** It is the last one used. */
  touch(row: number): void {
    if (row === this.newest) return
    this.unlink(row)
    this.link(row)
  }

  /** The row's gaps have changed. Where there are too many ranges those used longest ago leave, but never the newest. */
  recount(row: number): void {
    const gaps = this.gaps[row]
    if (gaps === undefined) return
    this.ranges += gaps.ranges - gaps.counted
    gaps.counted = gaps.ranges
    if (gaps.ranges === 0) this.gaps[row] = undefined
    while (this.ranges > RANGES_MAX && this.rows.size > 1) this.evict()
  }

  number(high: Int32Array, low: Int32Array, row: number): bigint {
    return wholeOf(high[row]!, low[row]!)
  }

  position(row: number): Position {
    const { key: _, ...id } = this.ids[row]!
    return {
      ...id,
      offset: BigInt(this.offsets[row]!),
      recordMs: known(this.recordMs[row]!),
      resets: this.resets[row]!,
      resetMicros: known(this.resetMicros[row]!),
      first: this.number(this.firstHigh, this.firstLow, row),
      firstMicros: this.firstMicros[row]!,
      last: this.number(this.lastHigh, this.lastLow, row),
      lastMicros: this.lastMicros[row]!,
      latestMicros: this.latestMicros[row]!,
      knownFrom: this.knownFrom[row]!,
      gaps: this.gaps[row]?.list ?? [],
    }
  }

  /** Each row in use. */
  each(): IterableIterator<number> {
    return this.rows.values()
  }

  /** All of them are read anew. */
  forget(): void {
    for (const row of this.rows.values()) this.release(row)
    this.rows.clear()
    this.newest = NONE
    this.oldest = NONE
    this.ranges = 0
  }

  private place(row: number, position: Position, isDirty: boolean): void {
    this.offsets[row] = Number(position.offset)
    this.recordMs[row] = position.recordMs ?? Number.NaN
    this.resets[row] = position.resets
    this.resetMicros[row] = position.resetMicros ?? Number.NaN
    put(this.firstHigh, this.firstLow, row, position.first)
    put(this.lastHigh, this.lastLow, row, position.last)
    this.firstMicros[row] = position.firstMicros
    this.lastMicros[row] = position.lastMicros
    this.latestMicros[row] = position.latestMicros
    this.knownFrom[row] = position.knownFrom
    this.dirty[row] = isDirty ? 1 : 0
    if (position.gaps.length === 0) return
    this.gaps[row] = new Gaps(position.gaps)
    this.recount(row)
  }

  private evict(): void {
    const row = this.oldest
    const id = this.ids[row]!
    if (this.offsets[row] !== NONE) this.shelf.left(id, this.position(row), this.dirty[row] === 1)
    this.ranges -= this.gaps[row]?.counted ?? 0
    this.rows.delete(id.key)
    this.unlink(row)
    this.release(row)
    this.evictions++
  }

  private release(row: number): void {
    this.ids[row] = undefined
    this.gaps[row] = undefined
    this.knownFrom[row] = null
    this.resets[row] = 0
    this.resetMicros[row] = Number.NaN
    this.recordMs[row] = Number.NaN
    this.dirty[row] = 0
    this.tenants[row]!++
    this.free.push(row)
  }

  private link(row: number): void {
    this.older[row] = this.newest
    this.newer[row] = NONE
    if (this.newest !== NONE) this.newer[this.newest] = row
    this.newest = row
    if (this.oldest === NONE) this.oldest = row
  }

  private unlink(row: number): void {
    const [newer, older] = [this.newer[row]!, this.older[row]!]
    if (newer === NONE) this.newest = older
    else this.older[newer] = older
    if (older === NONE) this.oldest = newer
    else this.newer[older] = newer
  }
}

const known = (value: number): number | null => (Number.isNaN(value) ? null : value)

/** One BigInt where a double is exact: each costs more than all else that is done with a number. */
export const wholeOf = (high: number, low: number): bigint =>
  high < HIGH_MAX ? BigInt(high * TWO_32 + (low >>> 0)) : (BigInt(high) << 32n) | BigInt(low >>> 0)

export function put(high: Int32Array, low: Int32Array, row: number, number: bigint): void {
  high[row] = Number(number >> 32n)
  low[row] = Number(BigInt.asIntN(32, number))
}
