/**
 * HOT PATH (`npm run bench -- layout`). Byte strings of one column of a commit, one behind the other: text as UTF-8, ids as
 * they are. They are encoded once, however many files their rows go to.
 *
 *   entry   a place in the pool: bytes[starts[entry], ends[entry]), null where the end is -1
 */
import type { Slices, TextColumn, Utf8Column } from '@k2/contracts/columns.ts'
import { Bytes, roomy } from './bytes.ts'

export class Pool {
  bytes: Uint8Array = new Uint8Array(0)
  starts: Int32Array = new Int32Array(0)
  ends: Int32Array = new Int32Array(0)
  count = 0
  hasNull = false
  /** All of one length. */
  isFixed = false
  /** Used again by the next commit; what it was given is not. */
  private readonly own = new Bytes()
  private ownStarts = new Int32Array(0)
  private ownEnds = new Int32Array(0)

  /** A lone surrogate becomes U+FFFD. */
  ofTexts(texts: readonly (string | null)[], count = texts.length): this {
    this.own.clear()
    this.hasNull = false
    this.begin(count)
    for (let i = 0; i < count; i++) this.add(i, texts[i]!)
    this.bytes = this.own.buffer
    return this
  }

  of(column: TextColumn | Utf8Column): this {
    if (column.kind === 'utf8') return this.ofUtf8(column)
    return column.slices === undefined ? this.ofTexts(column.values) : this.ofSlices(column.slices)
  }

  private ofUtf8({ bytes, offsets, nulls }: Utf8Column): this {
    const ends = offsets.subarray(1)
    return this.ofSlices({
      bytes,
      starts: offsets,
      ends: nulls ? ends.map((end, i) => (nulls[i] === 1 ? -1 : end)) : ends,
    })
  }

  /** As they stand: no copy. */
  private ofSlices({ bytes, starts, ends }: Slices): this {
    this.bytes = bytes
    this.starts = starts
    this.ends = ends
    this.count = ends.length
    this.hasNull = ends.includes(-1)
    return this
  }

  private begin(count: number): void {
    this.count = count
    this.ownStarts = roomy(this.ownStarts, count)
    this.ownEnds = roomy(this.ownEnds, count)
    this.starts = this.ownStarts
    this.ends = this.ownEnds
  }

  private add(entry: number, text: string | null): void {
    const { own } = this
    this.starts[entry] = own.at
    if (text === null) {
      this.hasNull = true
      this.ends[entry] = -1
      return
    }
    own.reserve(text.length * 3)
    const { buffer } = own
    let at = own.at
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) {
        at = own.at + buffer.write(text, own.at, 'utf8')
        break
      }
      buffer[at++] = code
    }
    own.at = at
    this.ends[entry] = at
  }

  /** `width` bytes each. A pool is of one width, or of texts, for ever. */
  ofFixed(bytes: Uint8Array, width: number): this {
    this.bytes = bytes
    this.hasNull = false
    this.isFixed = true
    this.count = Math.floor(bytes.length / width)
    if (this.count > this.ends.length) {
      this.begin(this.count)
      for (let i = 0; i < this.ends.length; i++) {
        this.starts[i] = i * width
        this.ends[i] = (i + 1) * width
      }
    }
    return this
  }

  /** A copy. */
  valueOf(entry: number): Uint8Array {
    return Uint8Array.from(this.bytes.subarray(this.starts[entry]!, this.ends[entry]!))
  }
}

/** As unsigned bytes, the shorter first. */
export function compare({ bytes, starts, ends }: Pool, a: number, b: number): number {
  const atA = starts[a]!
  const atB = starts[b]!
  const lengthA = ends[a]! - atA
  const lengthB = ends[b]! - atB
  const length = Math.min(lengthA, lengthB)
  for (let i = 0; i < length; i++) {
    const order = bytes[atA + i]! - bytes[atB + i]!
    if (order !== 0) return order
  }
  return lengthA - lengthB
}
