/**
 * HOT PATH (`npm run bench -- layout`). Batches into sorted Parquet files, one for a day and bucket, with what a manifest
 * says of each.
 *
 *   batches ─► merge ─► arrange ─► for each file: for each row group: for each column: encode ─► compress ─► file
 *
 * Texts are encoded as UTF-8 once for all files. A row group is written before the next one is begun, and what it was
 * encoded in is used again: memory is that of the largest row group. It holds its thread, a millisecond for about 1,500
 * rows: it belongs in a worker. Nothing is synced: publishing a file does that (store/store.ts).
 *
 *   errors  K2Error INTERNAL for a required value that is missing, OVERLOADED where the disk is full; a batch that is not
 *           of the table: Error
 */
import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { K2Error } from '@k2/contracts/codes.ts'
import type { ColumnBatch } from '@k2/contracts/columns.ts'
import type { Column, TableSpec } from '@k2/contracts/tables.ts'
import { namedBy } from '../duckdb/whole.ts'
import type { DataFile } from '../table.ts'
import { Bytes } from './bytes.ts'
import { Chunk, LAYOUT, type Layout } from './chunk.ts'
import { type EncodedColumn, encoders } from './columns.ts'
import { putRowGroup } from './group.ts'
import { merge } from './merge.ts'
import { arrange, type Part } from './order.ts'
import { footerOf, MAGIC, type RowGroup } from './schema.ts'
import { addChunk, columnStats, emptySummary } from './stats.ts'

export interface Writing {
  /** Where the files go: a staging folder on a local disk. */
  readonly folder: string
  /** Front of every file's name, its own for every call. */
  readonly name: string
  /** The table's bucket transform of spec.bucketOf. */
  readonly bucketOf: (text: string) => number
  /** A reader skips whole row groups; the smaller, the more it skips, and the less each compresses. */
  readonly rowGroupRows?: number
  /** To compare with: `npm run bench -- layout`. */
  readonly layout?: Layout
}

/**
 * A minute of one symbol of 10M rows takes 9 ms of CPU at this size and 22 at DuckDB's default of 122,880, for 10 % more
 * bytes. A multiple of 2,048, as DuckDB wants it.
 */
export const ROW_GROUP_ROWS = 16_384

/**
 * Writes `<folder>/exchange_date=YYYY-MM-DD/symbol_bucket=N/<name>-<n>-crc32-<checksum>.parquet`, without the day where
 * the table has none; the checksum is of the bytes as they were meant (duckdb/whole.ts checks it). Paths in the answer are relative to the folder; order and content are the same for the same batches.
 * What a failure leaves in the folder is the caller's to remove.
 */
export function writeDataFiles(spec: TableSpec, batches: readonly ColumnBatch[], writing: Writing): DataFile[] {
  const { folder, name, bucketOf, rowGroupRows = ROW_GROUP_ROWS, layout = LAYOUT } = writing
  chunk.layout = layout
  const filled = batches.filter((batch) => batch.rows > 0)
  if (filled.length === 0) return []
  const batch = merge(spec, filled)
  const columns = encoders(spec, batch)
  return arrange(spec, batch, bucketOf).map(({ day, bucket, rows }, index) => {
    const unnamed = path.join(folderOf({ day, bucket }), `${name}-${index}.parquet`)
    const { checksum, ...written } = writeFile(spec, columns, rows, path.join(folder, unnamed), rowGroupRows)
    const file = namedBy(unnamed, checksum)
    renameSync(path.join(folder, unnamed), path.join(folder, file))
    return { path: file, day, bucket, rows: rows.length, ...written }
  })
}

export function folderOf({ day, bucket }: Omit<Part, 'rows'>): string {
  return `${day === null ? '' : `exchange_date=${dateOf(day)}/`}symbol_bucket=${bucket}`
}

/** Folders' names are for people; a day that has no date in JavaScript is named by its number. */
const dateOf = (day: number): string =>
  Math.abs(day) <= 100_000_000 ? new Date(day * 86_400_000).toISOString().slice(0, -14) : String(day)

const out = new Bytes()
const chunk = new Chunk()

function writeFile(
  spec: TableSpec,
  columns: readonly EncodedColumn<Column>[],
  rows: Int32Array,
  file: string,
  rowGroupRows: number,
): Pick<DataFile, 'sizeBytes' | 'stats'> & { checksum: number } {
  const summaries = columns.map(emptySummary)
  const groups: RowGroup[] = []
  const disk = new Disk(file)
  try {
    out.clear()
    out.put(MAGIC)
    for (let from = 0; from < rows.length; from += rowGroupRows) {
      const picks = rows.subarray(from, from + rowGroupRows)
      const written = (i: number, bytes: number) => {
        const { name, required } = columns[i]!.column
        if (required) refuseMissing(name, chunk.missing)
        addChunk(summaries[i]!, chunk, bytes)
      }
      groups.push(putRowGroup(out, columns, picks, { chunk, before: disk.bytes, written }))
      disk.write(out)
    }
    out.put(footerOf(spec.columns, groups))
    disk.write(out)
  } finally {
    disk.close()
  }
  const stats = columns.map(({ column }, i) => columnStats(column.elementId ?? column.id, column.type, summaries[i]!))
  return { sizeBytes: disk.bytes, stats, checksum: disk.checksum }
}

/** A required column without its value is a table that no other reader need accept. */
function refuseMissing(name: string, missing: number): void {
  if (missing === 0) return
  throw new K2Error('INTERNAL', `${missing} rows have no ${name}, which the table requires`)
}

/** A file that grows. */
class Disk {
  bytes = 0
  /** CRC-32 of them. */
  checksum = 0
  private readonly file: string
  private readonly handle: number

  constructor(file: string) {
    this.file = file
    this.handle = this.told(() => {
      mkdirSync(path.dirname(file), { recursive: true })
      return openSync(file, 'w')
    })
  }

  /** Takes all of it. */
  write(from: Bytes): void {
    this.told(() => {
      for (let at = 0; at < from.at; ) at += writeSync(this.handle, from.buffer, at, from.at - at)
    })
    this.bytes += from.at
    this.checksum = crc32(from.taken(), this.checksum)
    from.clear()
  }

  close(): void {
    closeSync(this.handle)
  }

  private told<T>(work: () => T): T {
    try {
      return work()
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException
      if (code === 'ENOSPC' || code === 'EDQUOT') {
        throw new K2Error('OVERLOADED', `The disk of ${this.file} is full: make room, then it goes on.`, {}, cause)
      }
      throw new K2Error('INTERNAL', `Writing ${this.file} failed: ${message}. Check the staging folder.`, {}, cause)
    }
  }
}
