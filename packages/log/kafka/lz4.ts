/**
 * LZ4 in its frame format, as Kafka's clients write and read it: Node has every codec of Kafka's but this one and snappy.
 *
 *   limits  what it takes in: frames of independent or linked blocks; checksums of content are passed over, since the
 *           record batch has its own
 *   errors  RangeError where the bytes are no such frame
 *   source  lz4_Frame_format.md 1.6, lz4_Block_format.md, xxHash's specification (XXH32)
 */
const MAGIC = 0x184d2204
const INDEPENDENT_64K = 0x40 // of the block sizes: 4 is 64 KiB
const BLOCK_BYTES = 65_536
const VERSION_INDEPENDENT = 0x60
const STORED_BIT = 0x80000000
const MIN_MATCH = 4
/** The last match begins 12 bytes before a block's end at the latest, and its last 5 bytes are literals. */
const LAST_MATCH = 12
const LAST_LITERALS = 5
const HASH_BITS = 13

export function lz4Decompress(bytes: Uint8Array, bytesMax: number): Buffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 7 || view.getUint32(0, true) !== MAGIC) throw new RangeError('no LZ4 frame')
  const flags = bytes[4]!
  let at = 7 + ((flags & 8) !== 0 ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0)
  const target = new Growing(bytesMax, bytes.length * 4)
  for (;;) {
    const word = view.getUint32(at, true)
    at += 4
    if (word === 0) return target.finish()
    const size = (word & ~STORED_BIT) >>> 0
    if (at + size > bytes.length) throw new RangeError('an LZ4 block is cut short')
    if ((word & STORED_BIT) !== 0) target.copy(bytes, at, at + size)
    else expand(bytes, at, at + size, target)
    at += size + ((flags & 16) !== 0 ? 4 : 0)
  }
}

function expand(source: Uint8Array, start: number, end: number, target: Growing): void {
  let at = start
  const more = (nibble: number): number => {
    let length = nibble
    if (nibble < 15) return length
    for (let byte = 255; byte === 255; length += byte) byte = source[at++]!
    return length
  }
  while (at < end) {
    const token = source[at++]!
    const literals = more(token >>> 4)
    if (literals > 0) target.copy(source, at, at + literals)
    at += literals
    if (at >= end) break
    const distance = source[at]! | (source[at + 1]! << 8)
    at += 2
    target.repeat(distance, more(token & 15) + MIN_MATCH)
  }
  if (at !== end) throw new RangeError('an LZ4 block overruns')
}

class Growing {
  #bytes: Buffer
  #at = 0
  readonly #max: number

  constructor(max: number, first: number) {
    this.#max = max
    this.#bytes = Buffer.allocUnsafe(Math.min(max, first))
  }

  copy(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start)
    this.#bytes.set(source.subarray(start, end), this.#at)
    this.#at += end - start
  }

  repeat(distance: number, length: number): void {
    if (!(distance > 0 && distance <= this.#at && length >= 0)) throw new RangeError('an LZ4 match begins too early')
    this.#reserve(length)
    const [bytes, from] = [this.#bytes, this.#at - distance]
    if (distance >= length) bytes.copyWithin(this.#at, from, from + length)
    else for (let i = 0; i < length; i++) bytes[this.#at + i] = bytes[from + i]!
    this.#at += length
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#bytes.length) return
    if (!(needed <= this.#max)) throw new RangeError(`it expands to more than ${this.#max} bytes`)
    const grown = Buffer.allocUnsafe(Math.min(this.#max, Math.max(needed, this.#bytes.length * 2)))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
  }
}

export function lz4Compress(bytes: Uint8Array): Buffer {
  const descriptor = Buffer.from([VERSION_INDEPENDENT, INDEPENDENT_64K])
  const head = Buffer.alloc(7)
  head.writeUInt32LE(MAGIC, 0)
  head.set(descriptor, 4)
  head[6] = (xxh32(descriptor) >>> 8) & 255
  const parts: Uint8Array[] = [head]
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = bytes.subarray(at, at + BLOCK_BYTES)
    const packed = pack(block)
    const size = Buffer.alloc(4)
    size.writeUInt32LE(packed === undefined ? (block.length | STORED_BIT) >>> 0 : packed.length)
    parts.push(size, packed ?? block)
  }
  return Buffer.concat([...parts, Buffer.alloc(4)])
}

const heads = new Int32Array(1 << HASH_BITS)

/** undefined where it would not become smaller. */
function pack(source: Uint8Array): Uint8Array | undefined {
  const target = Buffer.allocUnsafe(source.length)
  const limit = source.length - LAST_MATCH
  heads.fill(-1)
  let [at, anchor, out] = [0, 0, 0]
  const word = (i: number) => source[i]! | (source[i + 1]! << 8) | (source[i + 2]! << 16) | (source[i + 3]! << 24)
  const lengths = (length: number) => {
    let rest = length - 15
    for (; rest >= 255; rest -= 255) target[out++] = 255
    target[out++] = rest
  }
  /** Literals from the anchor to `end`, then a match, or none at the block's end. */
  const sequence = (end: number, distance: number, match: number): boolean => {
    const literals = end - anchor
    if (out + literals + Math.ceil(literals / 255) + Math.ceil(match / 255) + 5 >= source.length) return false
    target[out++] = (Math.min(literals, 15) << 4) | Math.min(Math.max(match - MIN_MATCH, 0), 15)
    if (literals >= 15) lengths(literals)
    target.set(source.subarray(anchor, end), out)
    out += literals
    if (match === 0) return true
    target[out++] = distance & 255
    target[out++] = distance >>> 8
    if (match - MIN_MATCH >= 15) lengths(match - MIN_MATCH)
    return true
  }
  while (at < limit) {
    const here = word(at)
    const slot = Math.imul(here, 2654435761) >>> (32 - HASH_BITS)
    const before = heads[slot]!
    heads[slot] = at
    if (before < 0 || at - before > 65_535 || word(before) !== here) {
      at++
      continue
    }
    let match = MIN_MATCH
    while (at + match < source.length - LAST_LITERALS && source[before + match] === source[at + match]) match++
    if (!sequence(at, at - before, match)) return undefined
    at += match
    anchor = at
  }
  return sequence(source.length, 0, 0) ? target.subarray(0, out) : undefined
}

/** XXH32 of less than 16 bytes, seed 0: all that a frame's header needs. */
function xxh32(bytes: Uint8Array): number {
  let hash = (374761393 + bytes.length) | 0
  for (const byte of bytes) {
    hash = (hash + Math.imul(byte, 374761393)) | 0
    hash = Math.imul((hash << 11) | (hash >>> 21), -1640531535)
  }
  hash = Math.imul(hash ^ (hash >>> 15), -2048144777)
  hash = Math.imul(hash ^ (hash >>> 13), -1028477379)
  return (hash ^ (hash >>> 16)) >>> 0
}
