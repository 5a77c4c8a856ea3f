/**
 * Data files as a relation: exactly the files named, their columns found by Iceberg field id, not by name or place.
 *
 *   shape   (TableSpec, paths) -> SQL text of a subquery, to stand after FROM; columns as the spec has them
 *   errors  none here; a file that is missing or damaged fails the question that reads it (errors.ts)
 *   source  DuckDB 1.5 read_parquet, parameter `schema`; Iceberg spec, "Column Projection"
 *
 * A file written before a column was added reads null there. Filters and projections reach into the scan.
 */
import type { TableSpec } from '@k2/contracts/tables.ts'
import { quoteName, quotePath, quoteText, sqlType } from './sql.ts'

export function scanSql(spec: TableSpec, files: readonly string[]): string {
  if (files.length === 0) {
    const nulls = spec.columns.map(({ name, type }) => `NULL::${sqlType(type)} AS ${quoteName(name)}`)
    return `(SELECT ${nulls.join(', ')} WHERE false)`
  }
  const fields = spec.columns.map(
    ({ id, name, type }) => `${id}: {name: ${quoteText(name)}, type: '${sqlType(type)}', default_value: NULL}`,
  )
  const paths = files.map(quotePath).join(', ')
  return `(SELECT * FROM read_parquet([${paths}], schema = MAP {${fields.join(', ')}}, hive_partitioning = false))`
}
