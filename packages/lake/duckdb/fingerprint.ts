/**
 * What rows say, whatever their order and files: their count, the sum of their hashes over every column, and the sums of
 * prices and quantities. Two relations with equal fingerprints hold the same rows, but for what 64-bit hashes can miss.
 *
 *   errors  K2Error LAKE_DAMAGED naming the file that cannot be read
 */
import type { TextColumn } from '@k2/contracts/columns.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import type { Engine } from './engine.ts'
import { scanSql } from './read.ts'
import { quoteName } from './sql.ts'

/** `rows: count, hash`, then `column: values, sum` of each decimal, as text that is equal where the rows are. */
export async function fingerprint(engine: Engine, spec: TableSpec, files: readonly string[]): Promise<string[]> {
  const names = spec.columns.map(({ name }) => quoteName(name))
  const sums = spec.columns.flatMap(({ name, type }, i) =>
    type.startsWith('decimal') ? [`concat_ws(', ', count(${names[i]}), sum(${names[i]})) AS ${quoteName(name)}`] : [],
  )
  // Of the row, not column by column: a row whose cells came from two others would not show. And it costs half.
  const rows = `concat_ws(', ', count(*), sum(hash(${names.join(', ')}))) AS rows`
  const sql = `SELECT ${[rows, ...sums].join(', ')} FROM ${scanSql(spec, files)}`
  const { columns: found } = await engine.query(sql, [], { files })
  return [...found].map(([name, column]) => `${name}: ${(column as TextColumn).values[0]}`)
}
