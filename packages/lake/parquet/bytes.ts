/**
 * HOT PATH (`npm run bench -- layout`). Bytes that grow, little endian, kept from one use to the next.
 *
 *   limits  what has grown beyond KEPT_MAX is let go of at the next clear(): one large commit is not held for ever
 *   source  Parquet format, "Encodings": ULEB128 varints, zigzag for signed numbers
 */
const KEPT_MAX = 8 * 2 ** 20

export class Bytes {
  buffer = Buffer.allocUnsafeSlow(4096)
  at = 0

  clear(): void {
    this.at = 0
    if (this.buffer.length > KEPT_MAX) this.buffer = Buffer.allocUnsafeSlow(4096)
  }

  /** Room for so many more; whoever keeps `buffer` in a variable reads it anew. */
  reserve(count: number): void {
    if (this.at + count <= this.buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.at + count, this.buffer.length * 2))
    grown.set(this.buffer.subarray(0, this.at))
    this.buffer = grown
  }

  byte(value: number): void {
    this.reserve(1)
    this.buffer[this.at++] = value
  }

  int32(value: number): void {
    this.reserve(4)
    this.at = this.buffer.writeInt32LE(value, this.at)
  }

  /** @param value whole, from 0 to 2^53 */
  varint(value: number): void {
    this.reserve(8)
    let rest = value
    for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) this.buffer[this.at++] = (rest % 128) | 128
    for (; rest >= 128; rest >>>= 7) this.buffer[this.at++] = (rest & 127) | 128
    this.buffer[this.at++] = rest
  }

  /** @param value whole, within 2^52 */
  zigzag(value: number): void {
    this.varint(value < 0 ? -value * 2 - 1 : value * 2)
  }

  put(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.at)
    this.at += bytes.length
  }

  /** A short stretch of other bytes: a loop costs less than a view of it. */
  copy(from: Uint8Array, start: number, end: number): void {
    this.reserve(end - start)
    if (end - start > 64) this.buffer.set(from.subarray(start, end), this.at)
    else for (let i = start, at = this.at; i < end; i++, at++) this.buffer[at] = from[i]!
    this.at += end - start
  }

  /** A view, good until the next write. */
  taken(): Buffer {
    return this.buffer.subarray(0, this.at)
  }
}

/** The array, or a new one of at least that length. What it held is gone. */
export function roomy<A extends Int32Array | Float64Array | Uint8Array>(array: A, length: number): A {
  if (array.length >= length) return array
  return new (array.constructor as new (length: number) => A)(Math.max(length, array.length * 2))
}
