/**
 * HOT PATH (`npm run bench -- formats`). A Parquet file in memory, for an answer: rows in the order they have, one row group,
 * and encodings that every reader knows (PLAIN and dictionaries; zstd).
 */
import { Bytes } from './bytes.ts'
import { Chunk, LAYOUT } from './chunk.ts'
import { encoderOf, type FileData } from './columns.ts'
import { putRowGroup } from './group.ts'
import { Pool } from './pool.ts'
import { type FileColumn, footerOf, LAST_FIELD, MAGIC, METADATA_FIELD } from './schema.ts'
import { Thrift } from './thrift.ts'

/** Its memory is its own. */
export function parquetBytes(
  columns: readonly (readonly [FileColumn, FileData])[],
  rows: number,
): Uint8Array<ArrayBuffer> {
  const out = new Bytes()
  const chunk = new Chunk()
  chunk.layout = { ...LAYOUT, isDelta: false }
  const encoded = columns.map(([column, data]) => ({ column, encoder: encoderOf(column, data, new Pool()) }))
  const picks = Int32Array.from({ length: rows }, (_, i) => i)
  out.put(MAGIC)
  const groups = rows === 0 ? [] : [putRowGroup(out, encoded, picks, { chunk, before: 0 })]
  out.put(
    footerOf(
      columns.map(([column]) => column),
      groups,
    ),
  )
  return out.taken() as Uint8Array<ArrayBuffer>
}

/** The footer's length, and the magic bytes. */
const END_BYTES = 8

/**
 * The file with a text under a key of its metadata, of which it has none: known only when the file is written. It stands
 * behind the fields that are there, for Thrift's readers take them in any order.
 */
export function withMetadata(file: Uint8Array, key: string, text: string): Uint8Array<ArrayBuffer> {
  const end = file.length - END_BYTES
  const footerBytes = new DataView(file.buffer, file.byteOffset + end).getInt32(0, true)
  const more = new Bytes()
  const to = new Thrift(more)
  const put = () => {
    to.text(1, key)
    to.text(2, text)
  }
  to.element(() => to.structs(METADATA_FIELD, [put], (entry) => entry()), LAST_FIELD)
  // A struct's last byte says that it ends.
  const length = footerBytes - 1 + more.at
  more.int32(length)
  more.put(MAGIC)
  return Buffer.concat([file.subarray(0, end - 1), more.taken()]) as Uint8Array<ArrayBuffer>
}
