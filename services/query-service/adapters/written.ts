/** Rows of an answer in the way that its question asks for. */
import type { AnswerColumn } from '../core/answer.ts'
import { csvRows } from '../core/csv.ts'
import { jsonRows } from '../core/json.ts'
import type { Written } from '../core/question.ts'
import { wireRows } from '../core/wire.ts'
import { parquetRows } from './parquet.ts'

/** Column by column: texts are wanted as bytes. */
export const isColumnar = ({ format, wire }: Written): boolean =>
  wire === undefined && (format === 'arrow' || format === 'parquet')

export async function rowsIn(
  { format, wire }: Written,
  columns: readonly AnswerColumn[],
  rows: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (wire !== undefined) return wireRows(columns, rows, wire)
  switch (format) {
    case 'csv':
      return csvRows(columns, rows)
    case 'ndjson':
      return jsonRows(columns, rows, { behind: '\n' })
    case 'json':
      return jsonRows(columns, rows, { between: ',' })
    // Loaded when first asked for: a tenth of a second and 20 MB.
    case 'arrow':
      return (await import('./arrow.ts')).arrowRows(columns, rows)
    case 'parquet':
      return parquetRows(columns, rows)
  }
}
