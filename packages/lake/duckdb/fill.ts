/**
 * HOT PATH. Batches into a table of DuckDB. It holds its thread while it runs, a millisecond for about 1,500 rows: it
 * belongs in a worker.
 */
import { DuckDBDataChunk } from '@duckdb/node-api'
import type { ColumnBatch } from '@k2/contracts/columns.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import type { Engine } from './engine.ts'
import { translate } from './errors.ts'
import { quoteName, sqlType } from './sql.ts'
import { CHUNK_ROWS, chunkWriter, duckdbType } from './vectors.ts'

/** Makes an empty table of the spec's columns. @throws K2Error INTERNAL where the name is taken */
export async function createTable(engine: Engine, name: string, spec: TableSpec): Promise<void> {
  const columns = spec.columns.map(
    (column) => `${quoteName(column.name)} ${sqlType(column.type)}${column.required ? ' NOT NULL' : ''}`,
  )
  await engine.run(`CREATE TABLE ${quoteName(name)} (${columns.join(', ')})`)
}

/**
 * Appends a batch, all of it or none, to a table of createTable's. A column that the batch lacks is null.
 * @throws Error where a required one is lacking or a kind is wrong; K2Error OVERLOADED out of memory, INTERNAL for a
 *   null that the table refuses
 */
export async function fill(engine: Engine, name: string, spec: TableSpec, batch: ColumnBatch): Promise<void> {
  if (batch.rows === 0) return
  const write = chunkWriter(spec, batch)
  const types = spec.columns.map(({ type }) => duckdbType(type))
  const rows = Int32Array.from({ length: batch.rows }, (_, i) => i)
  try {
    const appender = await engine.tracked(() => engine.appending.createAppender(name))
    for (let from = 0; from < batch.rows; from += CHUNK_ROWS) {
      const chunk = DuckDBDataChunk.create(types)
      write(chunk, rows.subarray(from, from + CHUNK_ROWS))
      appender.appendDataChunk(chunk)
    }
    appender.closeSync()
  } catch (error) {
    throw translate(error)
  }
}
