/**
 * Framed records that wait to be appended, one behind the other in one buffer that grows to what an append takes. HOT PATH.
 *
 *   shape   filled row by row, then taken; what was taken points into the buffer, and is good until the next row
 */
import { AvroWriter } from './avrobytes.ts'

const FIRST_BYTES = 1 << 18

/** As the log takes it. */
export interface OutgoingRecord {
  readonly key: string
  readonly value: Uint8Array
}

export class Outgoing {
  readonly #frame: Uint8Array
  readonly #writer = new AvroWriter(Buffer.allocUnsafe(FIRST_BYTES))
  #keys: string[] = []
  #ends: number[] = []
  #key = ''

  /** `frame` stands before each record. */
  constructor(frame: Uint8Array) {
    this.#frame = frame
  }

  get count(): number {
    return this.#ends.length
  }

  /** Of what waits, frames included. */
  get bytes(): number {
    return this.#ends.at(-1) ?? 0
  }

  /** The records' key from here on. */
  keyed(key: string): this {
    this.#key = key
    return this
  }

  /** A writer behind the frame of a new record, with room for so many bytes. */
  reserve(bytes: number): AvroWriter {
    const writer = this.#writer
    writer.at = this.#ends.at(-1) ?? 0
    const needed = writer.at + this.#frame.length + bytes
    if (needed > writer.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, writer.bytes.length * 2))
      grown.set(writer.bytes.subarray(0, writer.at))
      writer.bytes = grown
    }
    writer.copy(this.#frame)
    return writer
  }

  /** The record ends there. */
  written(end: number): void {
    this.#ends.push(end)
    this.#keys.push(this.#key)
  }

  /** A record that was encoded elsewhere. */
  add(record: Uint8Array): void {
    const writer = this.reserve(record.length)
    writer.copy(record)
    this.written(writer.at)
  }

  take(): OutgoingRecord[] {
    const { bytes } = this.#writer
    let start = 0
    const records = this.#ends.map((end, i) => {
      const value = bytes.subarray(start, end)
      start = end
      return { key: this.#keys[i]!, value }
    })
    this.#keys = []
    this.#ends = []
    return records
  }
}
