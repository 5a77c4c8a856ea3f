/**
 * HOT PATH. Bytes of an answer, written one behind the other into a buffer that doubles: texts that are made and
 * joined for it cost as much as DuckDB's whole answer (`npm run bench -- query`, stage `write`).
 *
 *   units   halves of an int64: 32 bits each, signed or not
 */
const [DOT, ZERO, MINUS, LAST_HEX] = [...Buffer.from('.0-f')] as [number, number, number, number]
const utf8 = new TextEncoder()
const ONE = 100_000_000
const BILLION = 1_000_000_000
const POWERS = Array.from({ length: 10 }, (_, digits) => 10 ** digits)
const FIRST_BYTES = 1 << 16
/** Up to here a loop is faster than a call that copies. */
const COPIED_BYTES = 24
const HEX = Uint8Array.from({ length: 16 }, (_, digit) => (digit < 10 ? ZERO + digit : LAST_HEX - 15 + digit))
/** Bytes of a UUID that stand behind a hyphen: the 4th, 6th, 8th and 10th bit. */
const HYPHENS = 0b101_0101_0000

export class Out {
  buffer: Uint8Array<ArrayBuffer>
  at: number
  /** What lies before it may have been moved since it was written. */
  settled = 0
  private readonly front: number

  /** `front`: bytes that are left free before what is written. */
  constructor(bytes = FIRST_BYTES, front = 0) {
    // Its own memory, which may be moved to another thread.
    this.buffer = Buffer.allocUnsafeSlow(front + bytes)
    this.front = front
    this.at = front
  }

  written(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(this.front, this.at)
  }

  room(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.at + bytes))
    larger.set(this.buffer.subarray(0, this.at))
    this.buffer = larger
  }

  byte(byte: number): void {
    this.room(1)
    this.buffer[this.at++] = byte
  }

  bytes(bytes: Uint8Array): void {
    const length = bytes.length
    this.room(length)
    if (length > COPIED_BYTES) this.buffer.set(bytes, this.at)
    else {
      const { buffer, at } = this
      for (let i = 0; i < length; i++) buffer[at + i] = bytes[i]!
    }
    this.at += length
  }

  /** What was written before, again. */
  again(from: number, to: number): void {
    this.room(to - from)
    this.buffer.copyWithin(this.at, from, to)
    this.at += to - from
  }

  text(text: string): void {
    // A code unit is at most three bytes of UTF-8.
    this.room(text.length * 3)
    const { buffer, at } = this
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) {
        this.at = at + utf8.encodeInto(text, buffer.subarray(at)).written
        return
      }
      buffer[at + i] = code
    }
    this.at = at + text.length
  }

  /** A whole number of at least 0, with zeros in front where it has less digits than `width`. */
  digits(value: number, width: number): void {
    if (value >= BILLION) {
      const high = Math.floor(value / BILLION)
      this.digits(high, Math.max(1, width - 9))
      this.digits(value - high * BILLION, 9)
      return
    }
    this.room(10)
    let digits = width
    while (digits < 10 && value >= POWERS[digits]!) digits++
    const { buffer, at } = this
    // Of 32 bits from here on, which divide without a double.
    let rest = value | 0
    for (let i = at + digits - 1; i >= at; i--) {
      const over = (rest / 10) | 0
      buffer[i] = ZERO + rest - over * 10
      rest = over
    }
    this.at = at + digits
  }

  whole(value: number): void {
    if (value < 0) this.byte(MINUS)
    this.digits(Math.abs(value), 1)
  }

  /** As formatDecimal writes it; a number that a double holds exactly. */
  decimal(unscaled: number): void {
    const size = Math.abs(unscaled)
    // Below 2^53 a quotient is never rounded up to the next whole number.
    const whole = Math.floor(size / ONE)
    let rest = (size - whole * ONE) | 0
    if (unscaled < 0) this.byte(MINUS)
    this.digits(whole, 1)
    if (rest === 0) return
    let width = 8
    for (let over = (rest / 10) | 0; over * 10 === rest; over = (rest / 10) | 0) {
      rest = over
      width--
    }
    this.byte(DOT)
    this.digits(rest, width)
  }

  /** 16 bytes as RFC 9562 writes them. */
  uuid(bytes: Uint8Array, from: number): void {
    this.room(36)
    const { buffer } = this
    let { at } = this
    for (let i = 0; i < 16; i++) {
      const byte = bytes[from + i]!
      if ((HYPHENS >> i) & 1) buffer[at++] = MINUS
      buffer[at++] = HEX[byte >> 4]!
      buffer[at++] = HEX[byte & 15]!
    }
    this.at = at
  }

  /** 64 bits as protobuf writes them: 7 a byte, the least first. */
  varint(low: number, high: number): void {
    this.room(10)
    let [rest, upper] = [low >>> 0, high >>> 0]
    while (upper !== 0 || rest > 127) {
      this.buffer[this.at++] = (rest & 127) | 128
      rest = ((rest >>> 7) | (upper << 25)) >>> 0
      upper >>>= 7
    }
    this.buffer[this.at++] = rest
  }
}
