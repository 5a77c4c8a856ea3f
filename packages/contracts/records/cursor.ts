/**
 * HOT PATH (`npm run bench -- sink`, "decode"). Reads Avro's binary primitives out of one record's bytes, in place.
 *
 *   shape   a cursor is set on [at, end) of a buffer that holds many records; nothing at or behind `end` is read
 *   units   longs come as two signed halves of 32 bits, low and high: a BigInt a field would cost more than all else
 *   errors  none thrown: the first fault is kept in `fault`, and from then on there are no bytes left to read
 *   source  Avro 1.11 "Binary Encoding"
 *
 * Stricter than avsc in one thing: a varint of more than 64 bits is a fault, where avsc drops what does not fit.
 */

export const CUT_SHORT = 'its Avro value is cut short'
export const MORE_ITEMS = 'its Avro value is cut short: a block has more items than bytes are left'
export const OVERLONG = 'its Avro value cannot be decoded: a varint is longer than 64 bits'
export const NEGATIVE = 'its Avro value cannot be decoded: a length is negative'
export const NO_SYMBOL = 'its Avro value cannot be decoded: invalid enum index'
export const NO_BRANCH = 'its Avro value cannot be decoded: invalid union index'

const VARINT_BYTES_MAX = 10
/** No column's number. */
export const NO_COLUMN = 0x7fffffff

export class Cursor {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0
  end = 0
  /** Why the bytes are no value; undefined while they are one. */
  fault: string | undefined = undefined
  /** The first column, by its number in the table, that cannot take its value. */
  refusedBy = NO_COLUMN
  /** Halves of the last long. */
  low = 0
  high = 0

  set(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes
    this.at = at
    this.end = end
    this.fault = undefined
    this.refusedBy = NO_COLUMN
  }

  fail(fault: string): void {
    this.fault ??= fault
    this.at = this.end
  }

  refuse(column: number): void {
    if (column < this.refusedBy) this.refusedBy = column
  }

  /** A count, length or index: exact up to 2^53, and beyond it still far too large. */
  varint(): number {
    const at = this.at
    if (at < this.end) {
      const byte = this.bytes[at]!
      if (byte < 128) {
        this.at = at + 1
        return (byte >>> 1) ^ -(byte & 1)
      }
    }
    this.long()
    return this.high * 2 ** 32 + (this.low >>> 0)
  }

  long(): void {
    const { bytes, end } = this
    let at = this.at
    let low = 0
    let high = 0
    let byte = 128
    let i = 0
    for (; byte >= 128 && i < VARINT_BYTES_MAX && at < end; i++) {
      byte = bytes[at++]!
      const bits = byte & 127
      if (i < 4) low |= bits << (7 * i)
      else if (i === 4) {
        low |= bits << 28
        high = bits >>> 4
      } else high |= bits << (7 * i - 32)
    }
    this.at = at
    // The tenth byte has room for one bit.
    if (byte >= 128 || (i === VARINT_BYTES_MAX && byte > 1)) {
      this.fail(i === VARINT_BYTES_MAX ? OVERLONG : CUT_SHORT)
      low = 0
      high = 0
    }
    const sign = -(low & 1)
    this.low = ((low >>> 1) | (high << 31)) ^ sign
    this.high = (high >>> 1) ^ sign
  }

  /** Length of the string or bytes that begin at `at` then; 0 after a fault. */
  length(): number {
    const length = this.varint()
    if (length >= 0 && length <= this.end - this.at) return length
    this.fail(length < 0 ? NEGATIVE : CUT_SHORT)
    return 0
  }

  skip(bytes: number): void {
    if (bytes > this.end - this.at) this.fail(CUT_SHORT)
    else this.at += bytes
  }

  /** A byte; 0 after a fault. */
  byte(): number {
    if (this.at < this.end) return this.bytes[this.at++]!
    this.fail(CUT_SHORT)
    return 0
  }

  /** A place in a list of `count`, or -1. */
  index(count: number, fault: string): number {
    const index = this.varint()
    if (index >= 0 && index < count) return index
    this.fail(fault)
    return -1
  }

  /**
   * Items of an array's or a map's next block, 0 behind the last. Every item takes a byte at least, so a count of more
   * than the bytes left is a fault, and not a loop over nothing.
   */
  block(): number {
    if (this.fault !== undefined) return 0
    const items = this.varint()
    const isSized = items < 0
    const count = isSized ? -items : items
    if (count > this.end - this.at || this.fault === CUT_SHORT) {
      this.at = this.end
      this.fault = MORE_ITEMS
      return 0
    }
    if (isSized) this.long() // the block's size, for who skips it
    return count
  }

  /** Passes blocks of items of `strings` strings each: 1 for an array of strings, 2 for a map of them. */
  strings(strings: number): void {
    for (let items = this.block(); items > 0; items = this.block()) {
      for (let left = items * strings; left > 0 && this.fault === undefined; left--) this.skip(this.length())
    }
  }

  /** Passes the blocks of an array or a map that nobody reads: by their sizes, where they have some. */
  blocks(item: (cursor: Cursor) => void): void {
    for (let items = this.varint(); items !== 0 && this.fault === undefined; items = this.varint()) {
      if (items < 0) this.skip(this.length())
      else for (; items > 0 && this.fault === undefined; items--) item(this)
    }
  }
}
