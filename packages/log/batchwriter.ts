/**
 * Writes Kafka's RecordBatch v2, uncompressed. Hot path: records go straight into one growing buffer, lengths are
 * computed before they are written, numbers stay numbers. One writer serves one batch after the other.
 *
 *   units   offsets: deltas to the batch's base; times: ms since the epoch
 *   source  kafka.apache.org/documentation "Message format", RecordBatch; org.apache.kafka.common.record.DefaultRecord
 */
import { crc32c } from './crc32c.ts'
import type { Headers } from './log.ts'
import { AT, BATCH_BYTES_MAX, HEADER_BYTES } from './recordbatch.ts'

const TWO_32 = 0x1_0000_0000
const FIRST_CAPACITY_BYTES = 65_536
const INT32_MAX = 0x7fffffff
const text = new TextEncoder()

export class BatchWriter {
  #bytes = new Uint8Array(FIRST_CAPACITY_BYTES)
  #view = new DataView(this.#bytes.buffer)
  #at = HEADER_BYTES
  #count = 0
  #lastOffsetDelta = 0
  #baseTimeMs = 0
  #maxTimeMs = 0

  get count(): number {
    return this.#count
  }

  /** Bytes of the batch so far, its header included. */
  get bytes(): number {
    return this.#at
  }

  /** The latest time among its records, ms since the epoch. */
  get maxTimeMs(): number {
    return this.#maxTimeMs
  }

  /** Adds a record, offset deltas ascending; false, and nothing is added, where the batch would outgrow BATCH_BYTES_MAX. */
  add(
    offsetDelta: number,
    timeMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers?: Headers,
  ): boolean {
    const timeDelta = this.#count === 0 ? 0 : timeMs - this.#baseTimeMs
    const fields = headers === undefined ? [] : encodeHeaders(headers)
    const length =
      1 + varintBytes(timeDelta) + varintBytes(offsetDelta) + blockBytes(key) + blockBytes(value) + fieldsBytes(fields)
    const size = varintBytes(length) + length
    if (this.#at + size > BATCH_BYTES_MAX || offsetDelta > INT32_MAX) return false
    if (this.#count === 0) this.#baseTimeMs = timeMs
    if (this.#count === 0 || timeMs > this.#maxTimeMs) this.#maxTimeMs = timeMs
    this.#reserve(size)
    this.#varint(length)
    this.#bytes[this.#at++] = 0
    this.#varint(timeDelta)
    this.#varint(offsetDelta)
    this.#block(key)
    this.#block(value)
    this.#varint(fields.length >> 1)
    for (const field of fields) this.#block(field)
    this.#count++
    this.#lastOffsetDelta = offsetDelta
    return true
  }

  /**
   * The batch's bytes, and the writer is empty again. A `lastOffsetDelta` past the last record's says that the
   * offsets up to it hold nothing any more.
   */
  finish(baseOffset: bigint, lastOffsetDelta = this.#lastOffsetDelta): Uint8Array {
    if (lastOffsetDelta > INT32_MAX) throw new RangeError(`a batch cannot span ${lastOffsetDelta + 1} offsets`)
    const view = this.#view
    view.setBigInt64(AT.baseOffset, baseOffset)
    view.setInt32(AT.length, this.#at - AT.leaderEpoch)
    view.setInt32(AT.leaderEpoch, 0)
    view.setInt8(AT.magic, 2)
    view.setInt16(AT.attributes, 0)
    view.setInt32(AT.lastOffsetDelta, lastOffsetDelta)
    view.setBigInt64(AT.baseTime, BigInt(this.#baseTimeMs))
    view.setBigInt64(AT.maxTime, BigInt(this.#maxTimeMs))
    view.setBigInt64(AT.producerId, -1n)
    view.setInt16(AT.producerEpoch, -1)
    view.setInt32(AT.baseSequence, -1)
    view.setInt32(AT.count, this.#count)
    view.setUint32(AT.crc, crc32c(this.#bytes, AT.attributes, this.#at))
    const batch = this.#bytes.slice(0, this.#at)
    this.clear()
    return batch
  }

  /** Forgets what was added. */
  clear(): void {
    this.#at = HEADER_BYTES
    this.#count = 0
    this.#lastOffsetDelta = 0
    this.#baseTimeMs = 0
    this.#maxTimeMs = 0
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  #block(block: Uint8Array | null): void {
    if (block === null) {
      this.#bytes[this.#at++] = 1
      return
    }
    this.#varint(block.length)
    this.#bytes.set(block, this.#at)
    this.#at += block.length
  }

  /** Zigzag; doubles carry it past 2^31 (time deltas only). */
  #varint(value: number): void {
    let rest = value >= 0 ? value * 2 : -value * 2 - 1
    while (rest >= TWO_32) {
      this.#bytes[this.#at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.#bytes[this.#at++] = rest
  }
}

function varintBytes(value: number): number {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1
  let bytes = 1
  for (; rest > 127; bytes++) rest = Math.floor(rest / 128)
  return bytes
}

function blockBytes(block: Uint8Array | null): number {
  return block === null ? 1 : varintBytes(block.length) + block.length
}

/** Name and value in turn. */
function encodeHeaders(headers: Headers): Uint8Array[] {
  return Object.entries(headers).flatMap(([name, value]) => [text.encode(name), text.encode(value)])
}

function fieldsBytes(fields: readonly Uint8Array[]): number {
  let bytes = varintBytes(fields.length >> 1)
  for (const field of fields) bytes += blockBytes(field)
  return bytes
}
