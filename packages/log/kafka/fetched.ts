/**
 * What a broker sent of a partition, into columns: record batches unpacked and joined, what was rolled back left out. Hot
 * path: no object a record; unpacked only when it is asked for, so that what waits stays small.
 *
 *   limits  a batch of columns holds RUN_BYTES_MAX unpacked, and one record batch at least
 *   errors  LOG_DAMAGED with topic, partition and offset
 */

import { trimBatch } from '../batches.ts'
import type { LogBatch } from '../log.ts'
import {
  AT,
  CODEC_BITS,
  CODECS,
  CONTROL_BIT,
  damaged,
  decodeBatches,
  HEADER_BYTES,
  headerFault,
  TRANSACTION_BIT,
} from '../recordbatch.ts'
import { decompress } from './codecs.ts'
import type { Fetched } from './wire.ts'

const RUN_BYTES_MAX = 1 << 20

export class FetchedBatches {
  readonly #part: Fetched
  readonly #view: DataView
  /** In the order of their offsets; those whose transaction has begun by here are in #dropped. */
  readonly #aborted: { readonly producerId: bigint; readonly from: bigint }[]
  readonly #dropped = new Set<bigint>()
  #at = 0

  constructor(part: Fetched) {
    this.#part = part
    const { records } = part
    this.#view = new DataView(records.buffer, records.byteOffset, records.byteLength)
    this.#aborted = part.aborted.toSorted((a, b) => (a.from < b.from ? -1 : 1))
  }

  /** Bytes that wait here. */
  get bytes(): number {
    return this.#part.records.length - this.#at
  }

  /** False when the rest, if any, is a batch that was cut; the first one never is. */
  get hasMore(): boolean {
    if (this.#at === 0) return this.bytes > 0
    return this.bytes >= HEADER_BYTES && this.bytes >= this.#size()
  }

  /** The next columns, from that offset on: a broker's batches may begin before what it was asked for. */
  next(from: bigint): LogBatch | undefined {
    while (this.hasMore) {
      const run = this.#run()
      if (run.to > from) return trimBatch(run, from, run.to)
    }
    return undefined
  }

  /** Batches that follow each other without a gap, as one. */
  #run(): LogBatch {
    const pieces: Uint8Array[] = []
    let bytes = 0
    for (let to: bigint | undefined; this.hasMore && bytes < RUN_BYTES_MAX; ) {
      const base = this.bytes < HEADER_BYTES ? 0n : this.#view.getBigInt64(this.#at)
      if (to !== undefined && base !== to) break
      const [head, body] = this.#unpack(base)
      pieces.push(head, body)
      bytes += head.length + body.length
      to = base + BigInt(this.#view.getInt32(this.#at + AT.lastOffsetDelta)) + 1n
      this.#at += this.#size()
    }
    return decodeBatches(Buffer.concat(pieces, bytes), this.#part, true)
  }

  /** The batch here as if it had never been compressed; empty where it was rolled back. */
  #unpack(base: bigint): [head: Uint8Array, body: Uint8Array] {
    const { records } = this.#part
    const fault = headerFault(records, this.#view, this.#at, false, CODEC_BITS)
    if (fault !== undefined) throw damaged(this.#part, base, fault)
    const attributes = this.#view.getInt16(this.#at + AT.attributes)
    const isDropped = this.#isRolledBack(base, attributes)
    const packed = records.subarray(this.#at + HEADER_BYTES, this.#at + this.#size())
    const body = isDropped ? new Uint8Array(0) : this.#expand(packed, attributes, base)
    const head = Buffer.from(records.subarray(this.#at, this.#at + HEADER_BYTES))
    head.writeInt32BE(HEADER_BYTES - AT.leaderEpoch + body.length, AT.length)
    head.writeInt16BE((attributes & ~CODEC_BITS) | (isDropped ? CONTROL_BIT : 0), AT.attributes)
    return [head, body]
  }

  #expand(packed: Uint8Array, attributes: number, base: bigint): Uint8Array {
    const codec = CODECS[attributes & CODEC_BITS]
    if (codec === undefined) throw damaged(this.#part, base, `codec ${attributes & CODEC_BITS} is not known`)
    try {
      return decompress(codec, packed)
    } catch (error) {
      throw damaged(this.#part, base, `its ${codec} cannot be unpacked: ${(error as Error).message}`, error)
    }
  }

  /** A transaction that was given up ends with its producer's next marker. */
  #isRolledBack(base: bigint, attributes: number): boolean {
    if (this.#part.aborted.length === 0) return false
    const last = base + BigInt(this.#view.getInt32(this.#at + AT.lastOffsetDelta))
    while (this.#aborted.length > 0 && this.#aborted[0]!.from <= last)
      this.#dropped.add(this.#aborted.shift()!.producerId)
    const producerId = this.#view.getBigInt64(this.#at + AT.producerId)
    if ((attributes & CONTROL_BIT) !== 0) this.#dropped.delete(producerId)
    return (attributes & (TRANSACTION_BIT | CONTROL_BIT)) === TRANSACTION_BIT && this.#dropped.has(producerId)
  }

  #size(): number {
    return AT.leaderEpoch + this.#view.getInt32(this.#at + AT.length)
  }
}
