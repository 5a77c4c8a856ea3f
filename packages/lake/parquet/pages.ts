/**
 * HOT PATH (`npm run bench -- layout`). A column's chunk as it stands in the file: its pages, each behind a header.
 *
 *   chunk   [dictionary page: header · PLAIN values] · data page, version 1: header · levels and values
 *   header  kind, size before and after compression, CRC-32 of what follows, count and encodings
 *
 * One data page a chunk: a row group is what bounds it. A chunk is left uncompressed where that is not larger, as what
 * repeats in all rows is: a call of zstd costs 20 µs.
 *
 *   source  parquet.thrift PageHeader; Parquet format, "Data Pages", "Checksumming"
 */
import { constants, crc32, zstdCompressSync } from 'node:zlib'
import type { Bytes } from './bytes.ts'
import { type Chunk, ENCODINGS } from './chunk.ts'
import { Thrift } from './thrift.ts'

/** Below it zstd is not asked. */
const COMPRESSED_MIN = 256

const DATA_PAGE = 0
const DICTIONARY_PAGE = 2

export interface Placed {
  readonly codec: 'none' | 'zstd'
  readonly dictionaryAt: number | undefined
  readonly dataAt: number
  readonly uncompressedBytes: number
  readonly compressedBytes: number
}

/** Writes the chunk's pages; places are those in `out`. */
export function putPages(out: Bytes, chunk: Chunk): Placed {
  const dictionary = chunk.dictionary.taken()
  const body = chunk.body.taken()
  const zipped = compressed(dictionary, body, chunk.layout.level)
  const from = out.at
  const hasDictionary = chunk.dictionaryCount > 0
  let headerBytes = 0
  if (hasDictionary) {
    const bytes = zipped?.dictionary ?? dictionary
    headerBytes += putHeader(out, DICTIONARY_PAGE, dictionary.length, bytes, chunk)
    out.put(bytes)
  }
  const dataAt = out.at
  const bytes = zipped?.body ?? body
  headerBytes += putHeader(out, DATA_PAGE, body.length, bytes, chunk)
  out.put(bytes)
  return {
    codec: zipped === undefined ? 'none' : 'zstd',
    dictionaryAt: hasDictionary ? from : undefined,
    dataAt,
    uncompressedBytes: headerBytes + dictionary.length + body.length,
    compressedBytes: out.at - from,
  }
}

/** undefined where it would not be smaller. Codecs are of a chunk: its pages are compressed both, or neither. */
function compressed(dictionary: Uint8Array, body: Uint8Array, level: number) {
  if (dictionary.length + body.length < COMPRESSED_MIN) return undefined
  const zipped = { dictionary: dictionary.length > 0 ? zstd(dictionary, level) : dictionary, body: zstd(body, level) }
  return zipped.dictionary.length + zipped.body.length < dictionary.length + body.length ? zipped : undefined
}

function zstd(bytes: Uint8Array, level: number): Uint8Array {
  // A piece that holds what comes out, so that nothing is put together from several.
  const params = { [constants.ZSTD_c_compressionLevel]: level }
  return zstdCompressSync(bytes, { params, chunkSize: Math.max(64, bytes.length + (bytes.length >> 7) + 128) })
}

/** @returns its length */
function putHeader(out: Bytes, kind: number, size: number, bytes: Uint8Array, chunk: Chunk): number {
  if (size >= 2 ** 31) throw new Error(`a page of ${size} bytes: a row group must hold fewer rows`)
  const from = out.at
  const to = new Thrift(out)
  to.element(() => {
    to.i32(1, kind)
    to.i32(2, size)
    to.i32(3, bytes.length)
    to.i32(4, crc32(bytes) | 0)
    if (kind === DICTIONARY_PAGE) {
      to.struct(7, () => {
        to.i32(1, chunk.dictionaryCount)
        to.i32(2, ENCODINGS.plain)
      })
    } else {
      to.struct(5, () => {
        to.i32(1, chunk.valueCount)
        to.i32(2, ENCODINGS[chunk.encoding])
        to.i32(3, ENCODINGS.rle)
        to.i32(4, ENCODINGS.rle)
      })
    }
  })
  return out.at - from
}
