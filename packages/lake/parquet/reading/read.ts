/**
 * HOT PATH (`npm run bench -- lake`). Files that ../write.ts wrote, as columns again. It reads no other file, and nothing else of
 * the format than our writer uses; it believes no page whose checksum is another.
 *
 *   shape   (TableSpec, paths, rows) -> one batch, file after file; undefined where a file is not of ours as it stands, or
 *           they hold another count. Good until the next call for the same table
 *   limits  the batch is in memory, about 130 bytes a trade, and its arrays are kept
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { ColumnBatch } from '@k2/contracts/columns.ts'
import type { Column, TableSpec } from '@k2/contracts/tables.ts'
import { NotOurs } from './cursor.ts'
import { BooleanReader, Int32Reader, Int64Reader, type Reader } from './numbers.ts'
import { chunkOf, groupsOf, placeOf } from './pages.ts'
import { ListReader, TextReader, UuidReader } from './texts.ts'

/** By table, kept from one batch to the next. */
const known = new WeakMap<TableSpec, readonly Reader[]>()

export function readOwn(spec: TableSpec, paths: readonly string[], rows: number): ColumnBatch | undefined {
  const readers = known.get(spec) ?? spec.columns.map(readerOf)
  known.set(spec, readers)
  for (const reader of readers) reader.begin(rows)
  try {
    let at = 0
    for (const path of paths) at = takeFile(spec, readers, bytesOf(path), at, rows)
    if (at !== rows) return undefined
  } catch (error) {
    if (error instanceof NotOurs) return undefined
    throw error
  }
  return { rows, columns: new Map(spec.columns.map(({ name }, i) => [name, readers[i]!.finish()])) }
}

function takeFile(spec: TableSpec, readers: readonly Reader[], file: Buffer, from: number, rowsMax: number): number {
  let at = from
  for (const { rows, chunks } of groupsOf(spec, file)) {
    if (at + rows > rowsMax) throw new NotOurs('more rows than there ought to be')
    for (let i = 0; i < readers.length; i++)
      readers[i]!.take(chunkOf(file, placeOf(chunks[i]!).at, chunks[i]!), at, rows)
    at += rows
  }
  return at
}

export function readerOf(column: Column): Reader {
  switch (column.type) {
    case 'uuid':
      return new UuidReader()
    case 'string':
      return new TextReader(column)
    case 'list<string>':
      return new ListReader(column)
    case 'int':
      return new Int32Reader(column)
    case 'boolean':
      return new BooleanReader(column)
    default:
      return new Int64Reader(column)
  }
}

let file = Buffer.alloc(0)

/** Good until the next call. One that cannot be read is DuckDB's turn, which says why. */
function bytesOf(path: string): Buffer {
  try {
    const handle = openSync(path, 'r')
    try {
      const { size } = fstatSync(handle)
      if (file.length < size) file = Buffer.allocUnsafeSlow(size * 2)
      return file.subarray(0, readSync(handle, file, 0, size, 0))
    } finally {
      closeSync(handle)
    }
  } catch (cause) {
    throw new NotOurs(`${path} cannot be read`, { cause })
  }
}
