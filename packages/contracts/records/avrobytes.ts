/**
 * Avro's binary encoding of single values, into a buffer that has room for them. HOT PATH: of the loader and the gateway.
 *
 *   units   decimals: top × 10^9 + low; longs: numbers of 0 or more, below 2^52
 *   source  Avro 1.11 "Binary Encoding", "Decimal"
 */
const TWO_31 = 0x8000_0000
const TWO_32 = 0x1_0000_0000
const TEN_9 = 1_000_000_000
const LENGTH_BYTES_MAX = 5

export class AvroWriter {
  bytes: Uint8Array
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  byte(byte: number): void {
    this.bytes[this.at++] = byte
  }

  copy(from: Uint8Array): void {
    const { bytes, at } = this
    for (let i = 0; i < from.length; i++) bytes[at + i] = from[i]!
    this.at = at + from.length
  }

  text(from: Uint8Array, start: number, end: number): void {
    this.long(end - start)
    const { bytes } = this
    for (let i = start; i < end; i++) bytes[this.at++] = from[i]!
  }

  entry(name: Uint8Array, from: Uint8Array, start: number, end: number): void {
    this.copy(name)
    this.text(from, start, end)
  }

  long(value: number): void {
    const { bytes } = this
    let rest = value * 2
    while (rest >= TWO_31) {
      const next = Math.floor(rest / 128)
      bytes[this.at++] = (rest - next * 128) | 128
      rest = next
    }
    while (rest > 127) {
      bytes[this.at++] = (rest & 127) | 128
      rest >>>= 7
    }
    bytes[this.at++] = rest
  }

  /** Two's complement, big endian, as few bytes as hold it. */
  decimal(top: number, low: number): void {
    // 10^9 × a part of 16 bits stays below 2^53.
    const upper = (top >>> 16) * TEN_9
    const lower = (top & 0xffff) * TEN_9 + low + (upper % 65_536) * 65_536
    const high = Math.floor(upper / 65_536) + Math.floor(lower / TWO_32)
    const word = lower % TWO_32
    let length = 8
    if (high === 0) length = word < 0x80 ? 1 : word < 0x8000 ? 2 : word < 0x80_0000 ? 3 : word < TWO_31 ? 4 : 5
    else if (high < 0x80_0000) length = high < 0x80 ? 5 : high < 0x8000 ? 6 : 7
    const { bytes } = this
    bytes[this.at++] = length * 2
    for (let i = length - 1; i >= 4; i--) bytes[this.at++] = high >>> ((i - 4) * 8)
    for (let i = Math.min(length, 4) - 1; i >= 0; i--) bytes[this.at++] = word >>> (i * 8)
  }
}

/** A text with its length in front. */
export function avroText(text: string): Buffer {
  const bytes = Buffer.from(text)
  const writer = new AvroWriter(new Uint8Array(LENGTH_BYTES_MAX))
  writer.long(bytes.length)
  return Buffer.concat([writer.bytes.subarray(0, writer.at), bytes])
}
