/**
 * HOT PATH. Batches into sorted Parquet files, one for a day and bucket, with what a manifest says of each.
 *
 *   batches ─► merge ─► arrange ─► for each file: COPY (rows of it, straight from the arrays)
 *
 * COPY reads a table function whose every chunk is written from the batch's arrays: no table in between, no ORDER BY,
 * no PARTITION_BY. 1.7 µs CPU a row so, against 2.9 by way of a table (100k trades, 13 files, zstd, one thread). A file
 * costs 2 ms however small it is.
 *
 *   errors  K2Error OVERLOADED out of memory or disk, INTERNAL; a batch that is not of the table: Error
 *   limits  times before 290309 BC and after AD 294246 fail as INTERNAL: whoever decodes rejects them
 *   source  DuckDB 1.5 COPY … TO, Parquet options; Iceberg spec, appendix A "Parquet": field ids, also of elements
 *
 * PARQUET_VERSION v2 is delta encoding: 7.5 bytes a row against 12.8. Arrow, DuckDB, Trino and parquet-java read it;
 * Iceberg's vectorised Spark reader since 1.11 (apache/iceberg#13391, #15362), earlier ones with
 * read.parquet.vectorization.enabled=false. DuckDB writes 32-bit differences that Arrow refuses where neighbours are 2^31
 * apart: our one int, kafka_partition, is never negative, so none are.
 */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import type { ColumnBatch } from '@k2/contracts/columns.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import { merge } from '../parquet/merge.ts'
import { arrange, type Part } from '../parquet/order.ts'
import type { ColumnStats, DataFile } from '../table.ts'
import type { Engine } from './engine.ts'
import { translate } from './errors.ts'
import { feeding } from './feed.ts'
import { scanSql } from './read.ts'
import { quoteName, quoteText } from './sql.ts'
import { columnStats, type StatsText } from './stats.ts'
import { chunkWriter } from './vectors.ts'

export interface Writing {
  /** Where the files go: a staging folder on a local disk. */
  readonly folder: string
  /** Front of every file's name, its own for every call. */
  readonly name: string
  /** The table's bucket transform of spec.bucketOf. */
  readonly bucketOf: (text: string) => number
  /** A reader skips whole row groups; the smaller, the more it skips, and the less each compresses. */
  readonly rowGroupRows?: number
}

/** DuckDB's own default. */
const ROW_GROUP_ROWS = 122_880

/**
 * Writes `<folder>/exchange_date=YYYY-MM-DD/symbol_bucket=N/<name>-<n>.parquet`, without the day where the table has
 * none. Paths in the answer are relative to the folder; order and content are the same for the same batches.
 * What a failure leaves in the folder is the caller's to remove.
 */
export async function writeDataFiles(
  engine: Engine,
  spec: TableSpec,
  batches: readonly ColumnBatch[],
  { folder, name, bucketOf, rowGroupRows = ROW_GROUP_ROWS }: Writing,
): Promise<DataFile[]> {
  const filled = batches.filter((batch) => batch.rows > 0)
  if (filled.length === 0) return []
  const batch = merge(spec, filled)
  const write = chunkWriter(spec, batch)
  const files: DataFile[] = []
  for (const [index, part] of arrange(spec, batch, bucketOf).entries()) {
    const file = path.join(folderOf(part), `${name}-${index}.parquet`)
    await mkdir(path.join(folder, folderOf(part)), { recursive: true })
    const written = await feeding(engine, { spec, write, rows: part.rows }, (from) =>
      copyToFile(engine, spec, `FROM ${from}`, path.join(folder, file), rowGroupRows),
    )
    files.push({ path: file, day: part.day, bucket: part.bucket, ...written })
  }
  return files
}

/**
 * Writes the rows of several files of one day and bucket into one, sorted: a compaction's. Path and errors as above,
 * and K2Error LAKE_DAMAGED for a file that cannot be read.
 * @param sources paths for DuckDB, of files of this table
 */
export async function rewriteDataFile(
  engine: Engine,
  spec: TableSpec,
  sources: readonly string[],
  { day, bucket, folder, name, rowGroupRows = ROW_GROUP_ROWS }: Omit<Writing, 'bucketOf'> & Omit<Part, 'rows'>,
): Promise<DataFile> {
  const file = path.join(folderOf({ day, bucket }), `${name}.parquet`)
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
  const order = spec.sortedBy.map((column) => `${quoteName(column)} NULLS FIRST`).join(', ')
  const select = `FROM ${scanSql(spec, sources)} ORDER BY ${order}`
  try {
    return {
      path: file,
      day,
      bucket,
      ...(await copyToFile(engine, spec, select, path.join(folder, file), rowGroupRows)),
    }
  } catch (error) {
    // Asks once more, for the name of a file that is why.
    await engine.query(`SELECT sum(hash(f)) AS hash FROM ${scanSql(spec, sources)} f`, [], { files: sources })
    throw error
  }
}

function folderOf({ day, bucket }: Omit<Part, 'rows'>): string {
  return `${day === null ? '' : `exchange_date=${dateOf(day)}/`}symbol_bucket=${bucket}`
}

/** Folders' names are for people; a day that has no date in JavaScript is named by its number. */
const dateOf = (day: number): string =>
  Math.abs(day) <= 100_000_000 ? new Date(day * 86_400_000).toISOString().slice(0, -14) : String(day)

/** Writes one file from a statement that gives the spec's columns, in the statement's order. */
async function copyToFile(
  engine: Engine,
  spec: TableSpec,
  select: string,
  file: string,
  rowGroupRows: number,
): Promise<Pick<DataFile, 'sizeBytes' | 'rows' | 'stats'>> {
  // Rows are sorted, so row groups' bounds skip what bloom filters would: without them, 0.5 bytes a row less.
  const options = `FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE ${rowGroupRows},
    WRITE_BLOOM_FILTER false, USE_TMP_FILE false, RETURN_STATS, FIELD_IDS ${fieldIds(spec)}`
  try {
    const copy = `COPY (${select}) TO ${quoteText(file)} (${options})`
    const reader = await engine.tracked(() => engine.copying.runAndReadAll(copy))
    const [row] = reader.getRowObjectsJson() as unknown as [Returned]
    const texts = row.column_statistics.map(({ key, value }): [string, StatsText] => [
      key,
      Object.fromEntries(value.map((each) => [each.key, each.value])),
    ])
    const stats = columnStats(spec, new Map(texts))
    refuseNulls(spec, stats)
    return { sizeBytes: Number(row.file_size_bytes), rows: Number(row.count), stats }
  } catch (error) {
    throw translate(error)
  }
}

/** A required column without its value is a table that no other reader need accept. */
function refuseNulls(spec: TableSpec, stats: readonly ColumnStats[]): void {
  for (const { id, name, required, elementId } of spec.columns) {
    const nulls = stats.find(({ fieldId }) => fieldId === id)?.nullCount ?? 0
    if (required && elementId === undefined && nulls > 0) {
      throw new K2Error('INTERNAL', `${nulls} rows have no ${name}, which the table requires`)
    }
  }
}

/** A row of RETURN_STATS, its maps as lists of entries and its numbers as text. */
interface Returned {
  readonly count: string
  readonly file_size_bytes: string
  readonly column_statistics: readonly { key: string; value: readonly { key: string; value: string }[] }[]
}

function fieldIds(spec: TableSpec): string {
  const ids = spec.columns.map(({ name, id, elementId }) =>
    elementId === undefined
      ? `${quoteName(name)}: ${id}`
      : `${quoteName(name)}: {__duckdb_field_id: ${id}, element: ${elementId}}`,
  )
  return `{${ids.join(', ')}}`
}
