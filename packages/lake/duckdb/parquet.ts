/**
 * Data files of one day and bucket into one, by DuckDB's COPY: it reads files of other writers, and sorts more rows than
 * fit into memory. All else is written by parquet/write.ts.
 *
 *   errors  K2Error OVERLOADED out of memory or disk, LAKE_DAMAGED, INTERNAL
 *   source  DuckDB 1.5 COPY … TO, Parquet options; Iceberg spec, appendix A "Parquet": field ids, also of elements
 *
 * PARQUET_VERSION v2 is delta encoding, as our own writer's (ARCHITECTURE.md says who reads it). DuckDB writes 32-bit differences that Arrow refuses where neighbours are 2^31
 * apart: our one int, kafka_partition, is never negative, so none are.
 */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import type { Rewriting } from '../parquet/rewrite.ts'
import { folderOf, ROW_GROUP_ROWS } from '../parquet/write.ts'
import type { ColumnStats, DataFile } from '../table.ts'
import type { Engine } from './engine.ts'
import { translate } from './errors.ts'
import { scanSql } from './read.ts'
import { quoteName, quoteText } from './sql.ts'
import { columnStats, type StatsText } from './stats.ts'
import { named } from './whole.ts'

/**
 * Writes the rows of several files of one day and bucket into one, sorted: a compaction's. Path and errors as above,
 * and K2Error LAKE_DAMAGED for a file that cannot be read.
 * @param sources paths for DuckDB, of files of this table
 */
export async function rewriteDataFile(
  engine: Engine,
  spec: TableSpec,
  sources: readonly string[],
  { day, bucket, folder, name, rowGroupRows = ROW_GROUP_ROWS }: Omit<Rewriting, 'rows'>,
): Promise<DataFile> {
  const file = path.join(folderOf({ day, bucket }), `${name}.parquet`)
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
  const order = spec.sortedBy.map((column) => `${quoteName(column)} NULLS FIRST`).join(', ')
  const select = `FROM ${scanSql(spec, sources)} ORDER BY ${order}`
  try {
    const written = await copyToFile(engine, spec, select, path.join(folder, file), rowGroupRows)
    return await named(folder, { path: file, day, bucket, ...written })
  } catch (error) {
    // Asks once more, for the name of a file that is why.
    await engine.query(`SELECT sum(hash(f)) AS hash FROM ${scanSql(spec, sources)} f`, [], { files: sources })
    throw error
  }
}

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
