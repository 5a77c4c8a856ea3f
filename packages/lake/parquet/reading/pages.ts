/**
 * A file of our writer, as the chunks of its columns. What it may be: schema.ts and pages.ts, one folder up.
 *
 *   errors  NotOurs; also where a page's CRC-32 is another
 */
import { crc32, zstdDecompressSync } from 'node:zlib'
import type { TableSpec } from '@k2/contracts/tables.ts'
import { CODECS, CREATED_BY, footerFront, MAGIC } from '../schema.ts'
import { Cursor, NotOurs } from './cursor.ts'
import { count, struct, type Thing, things } from './thrift.ts'

/** The footer's length, and the magic bytes. */
const END_BYTES = 8

export interface ReadGroup {
  readonly rows: number
  /** In the order of the table's columns. */
  readonly chunks: readonly Thing[]
}

export interface ReadChunk {
  /** With nulls; of a list, its elements, and one for a list that is empty or null. */
  readonly count: number
  readonly encoding: number
  readonly body: Cursor
  readonly dictionary: Buffer
  readonly dictionaryCount: number
}

const fronts = new WeakMap<TableSpec, Uint8Array>()

export function groupsOf(spec: TableSpec, file: Buffer): ReadGroup[] {
  const end = file.length - END_BYTES
  const from = end < MAGIC.length ? -1 : end - file.readInt32LE(end)
  const front = fronts.get(spec) ?? footerFront(spec.columns)
  fronts.set(spec, front)
  // Of the same columns, byte by byte: then their places and types are known.
  const isSame = from >= MAGIC.length && file.subarray(from, from + front.length).equals(front)
  if (!isSame || !file.subarray(-MAGIC.length).equals(MAGIC)) throw new NotOurs('another footer')
  const { 4: groups, 6: createdBy } = struct(new Cursor(file, from))
  if (createdBy?.toString() !== CREATED_BY) throw new NotOurs('another writer')
  return things(groups).map((group) => {
    const { 1: chunks, 3: rows } = things(group)
    return { rows: count(rows), chunks: things(chunks) }
  })
}

/** Where a chunk's pages lie in the file. */
export function placeOf(chunk: Thing): { readonly at: number; readonly bytes: number } {
  const { 7: bytes, 9: dataAt, 11: dictionaryAt } = things(things(chunk)[3])
  return { at: count(dictionaryAt ?? dataAt), bytes: count(bytes) }
}

/**
 * @param chunk one of a group's
 * @param pages bytes in which its pages begin at `at`
 */
export function chunkOf(pages: Buffer, at: number, chunk: Thing): ReadChunk {
  const { 4: codec, 11: dictionaryAt } = things(things(chunk)[3])
  const cursor = new Cursor(pages, at)
  let dictionary: Buffer = Buffer.alloc(0)
  let dictionaryCount = 0
  if (dictionaryAt !== undefined) {
    const header = struct(cursor)
    dictionary = page(cursor, header, codec)
    dictionaryCount = count(things(header[7])[1])
  }
  const header = struct(cursor)
  const { 1: values, 2: encoding } = things(header[5])
  const body = new Cursor(page(cursor, header, codec))
  return { count: count(values), encoding: count(encoding), body, dictionary, dictionaryCount }
}

function page(cursor: Cursor, { 2: size, 3: length, 4: checksum }: Thing[], codec: Thing | undefined): Buffer {
  const bytes = cursor.take(count(length))
  if ((crc32(bytes) | 0) !== checksum) throw new NotOurs('a page with another checksum')
  if (codec !== CODECS.zstd || bytes.length === 0) return bytes
  // A piece that holds what comes out, with room for zstd to see that it does.
  return zstdDecompressSync(bytes, { chunkSize: count(size) + 64 })
}
