/**
 * HOT PATH of the check. Which offsets of a partition are there, a bit each: a table of any size is counted file by file,
 * without its offsets in memory.
 *
 *   shape   offsets in, as DuckDB gives them -> counts; pure
 *   limits  8 KiB for 65,536 offsets, where there are any; offsets below 2^68, as all int64 are
 */
const CHUNK_BITS = 16
const CHUNK_BYTES = 2 ** CHUNK_BITS / 8
const BITS_OF = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)

export class OffsetSet {
  /** Of all that was added; `distinct` of them differ. */
  rows = 0
  distinct = 0
  readonly #chunks = new Map<number, Uint8Array>()

  /** The i-th of them, by its two halves: no bigint a row. */
  add(halves: Uint32Array, i: number): void {
    const low = halves[2 * i]!
    const chunk = this.#chunk(halves[2 * i + 1]! * 2 ** CHUNK_BITS + (low >>> CHUNK_BITS))
    const at = (low >>> 3) & (CHUNK_BYTES - 1)
    const bit = 1 << (low & 7)
    this.rows++
    if ((chunk[at]! & bit) !== 0) return
    chunk[at]! |= bit
    this.distinct++
  }

  #chunk(key: number): Uint8Array {
    const known = this.#chunks.get(key)
    if (known !== undefined) return known
    const fresh = new Uint8Array(CHUNK_BYTES)
    this.#chunks.set(key, fresh)
    return fresh
  }

  least(): bigint {
    const key = [...this.#chunks.keys()].reduce((a, b) => Math.min(a, b))
    const bytes = this.#chunks.get(key)!
    const at = bytes.findIndex((byte) => byte !== 0)
    return offsetAt(key, at, Math.log2(bytes[at]! & -bytes[at]!))
  }

  most(): bigint {
    const key = [...this.#chunks.keys()].reduce((a, b) => Math.max(a, b))
    const bytes = this.#chunks.get(key)!
    const at = bytes.findLastIndex((byte) => byte !== 0)
    return offsetAt(key, at, Math.floor(Math.log2(bytes[at]!)))
  }

  /** How many of [from, to) are there. */
  countIn(from: bigint, to: bigint): number {
    let count = 0
    for (let start = from; start < to; ) {
      const key = Number(start >> BigInt(CHUNK_BITS))
      const end = BigInt(key + 1) << BigInt(CHUNK_BITS)
      const until = end < to ? end : to
      const bytes = this.#chunks.get(key)
      const first = Number(start & 0xffffn)
      if (bytes !== undefined) count += countBits(bytes, first, first + Number(until - start))
      start = until
    }
    return count
  }
}

const offsetAt = (key: number, byte: number, bit: number): bigint =>
  (BigInt(key) << BigInt(CHUNK_BITS)) + BigInt(byte * 8 + bit)

function countBits(bytes: Uint8Array, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; ) {
    if (at % 8 === 0 && at + 8 <= to) {
      count += BITS_OF[bytes[at >> 3]!]!
      at += 8
    } else {
      count += (bytes[at >> 3]! >> (at & 7)) & 1
      at++
    }
  }
  return count
}
