/** HOT PATH (`npm run bench -- lake`). A place in bytes that are read: little endian, as bytes.ts writes them. */

/** Bytes that are not as our writer writes them, wherever they come from: DuckDB's turn. */
export class NotOurs extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'NotOurs'
  }
}

export class Cursor {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  byte(): number {
    const value = this.bytes[this.at++]
    if (value === undefined) throw new NotOurs('the bytes end too early')
    return value
  }

  int32(): number {
    const from = this.pass(4)
    return this.bytes.readInt32LE(from)
  }

  /** Up to 2^53, as a double. */
  varint(): number {
    let value = 0
    for (let unit = 1; unit <= 2 ** 49; unit *= 128) {
      const byte = this.byte()
      value += (byte & 127) * unit
      if (byte < 128) return value
    }
    throw new NotOurs('a number that is too large')
  }

  zigzag(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** Passes over so many; gives where they begin. */
  pass(count: number): number {
    const from = this.at
    this.at += count
    if (this.at > this.bytes.length) throw new NotOurs('the bytes end too early')
    return from
  }

  take(count: number): Buffer {
    const from = this.pass(count)
    return this.bytes.subarray(from, this.at)
  }
}
