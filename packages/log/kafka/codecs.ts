/**
 * Kafka's codecs of record batches: gzip and zstd are Node's, snappy is a package, lz4 is ours. Synchronous: a batch has a
 * megabyte at most, and a thread's turn would cost more.
 *
 *   errors  whatever the codec throws, and RangeError over the limit: bytes that are not what their writer wrote
 *   source  kafka.apache.org/documentation "Message format"; xerial's snappy-java, SnappyOutputStream
 */
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { compressSync, uncompressSync } from 'snappy'
import type { CODECS } from '../recordbatch.ts'
import { lz4Compress, lz4Decompress } from './lz4.ts'

export type Codec = (typeof CODECS)[number]

/** A batch of a megabyte may hold so much; more is no market data. */
export const EXPANDED_BYTES_MAX = 256 * 2 ** 20
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const XERIAL_HEAD_BYTES = 16

export function compress(codec: Codec, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case 'none':
      return bytes
    case 'gzip':
      return gzipSync(bytes)
    case 'snappy':
      return compressSync(bytes)
    case 'lz4':
      return lz4Compress(bytes)
    case 'zstd':
      return zstdCompressSync(bytes)
  }
}

export function decompress(codec: Codec, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case 'none':
      return bytes
    case 'gzip':
      return gunzipSync(bytes, { maxOutputLength: EXPANDED_BYTES_MAX })
    case 'snappy':
      return unsnap(bytes)
    case 'lz4':
      return lz4Decompress(bytes, EXPANDED_BYTES_MAX)
    case 'zstd':
      return zstdDecompressSync(bytes, { maxOutputLength: EXPANDED_BYTES_MAX })
  }
}

/** Java's clients write blocks in a frame of xerial's; others write one block as it is. */
function unsnap(bytes: Uint8Array): Uint8Array {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!source.subarray(0, XERIAL.length).equals(XERIAL)) return unsnapBlock(source)
  const blocks: Uint8Array[] = []
  let expanded = 0
  for (let at = XERIAL_HEAD_BYTES; at < source.length; ) {
    const size = source.readUInt32BE(at)
    at += 4
    if (size > source.length - at) throw new RangeError('a snappy block is cut short')
    const block = unsnapBlock(source.subarray(at, at + size))
    expanded += block.length
    if (expanded > EXPANDED_BYTES_MAX) throw new RangeError(`it expands to more than ${EXPANDED_BYTES_MAX} bytes`)
    blocks.push(block)
    at += size
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks)
}

function unsnapBlock(block: Buffer): Uint8Array {
  // Its first bytes say how long it becomes: asked before that is allocated.
  let [length, scale] = [0, 1]
  for (let i = 0; i < 5; i++, scale *= 128) {
    const byte = block[i] ?? 0
    length += (byte & 127) * scale
    if (byte < 128) break
  }
  if (length > EXPANDED_BYTES_MAX) throw new RangeError(`it expands to more than ${EXPANDED_BYTES_MAX} bytes`)
  return uncompressSync(block, { asBuffer: true }) as Buffer
}
