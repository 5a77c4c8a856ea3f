/** HOT PATH (`npm run bench -- formats`). Rows of an answer as a Parquet file, of the types that Arrow has them in (arrow.ts). */
import { parquetBytes } from '@k2/lake/parquet/in-memory.ts'
import type { AnswerColumn } from '../core/answer.ts'
import { columnarOf } from '../core/columnar.ts'

export function parquetRows(columns: readonly AnswerColumn[], rows: number): Uint8Array<ArrayBuffer> {
  const written = columns.map((column) => {
    const { name, type } = column.field
    return [{ name, type: type === 'uuid' ? 'string' : type, required: false }, columnarOf(column, rows)] as const
  })
  return parquetBytes(written, rows)
}
