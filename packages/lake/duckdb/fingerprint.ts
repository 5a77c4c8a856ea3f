/**
 * What rows say, whatever their order and files: their count and, of every column, how many values it has and the sum
 * of their hashes. Two relations with equal fingerprints hold the same rows, but for what 64-bit hashes can miss.
 *
 *   errors  K2Error LAKE_DAMAGED naming the file that cannot be read
 */
import type { TextColumn } from '@k2/contracts/columns.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import type { Engine } from './engine.ts'
import { scanSql } from './read.ts'
import { quoteName } from './sql.ts'

/** `rows`, then `column: values, hash` of each column, as text that is equal where the rows are. */
export async function fingerprint(engine: Engine, spec: TableSpec, files: readonly string[]): Promise<string[]> {
  const columns = spec.columns.map(({ name }) => {
    const column = quoteName(name)
    return `concat_ws(', ', count(${column}), coalesce(sum(hash(${column})), 0)) AS ${column}`
  })
  // Column by column alone, a row whose cells came from two rows would not show: hence the whole row as well.
  const whole = `sum(hash(${spec.columns.map(({ name }) => quoteName(name)).join(', ')}))`
  const sql = `SELECT concat_ws(', ', count(*), ${whole}) AS rows, ${columns.join(', ')} FROM ${scanSql(spec, files)}`
  const { columns: found } = await engine.query(sql, [], { files })
  return [...found].map(([name, column]) => `${name}: ${(column as TextColumn).values[0]}`)
}
