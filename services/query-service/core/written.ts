/** Rows of an answer in the way that its question asks for. */
import type { AnswerColumn } from './answer.ts'
import { csvRows } from './csv.ts'
import { jsonRows } from './json.ts'
import type { Written } from './question.ts'
import { wireRows } from './wire.ts'

export function rowsIn({ format, wire }: Written, columns: readonly AnswerColumn[], rows: number) {
  if (wire !== undefined) return wireRows(columns, rows, wire)
  switch (format) {
    case 'csv':
      return csvRows(columns, rows)
    case 'ndjson':
      return jsonRows(columns, rows, { behind: '\n' })
    case 'json':
      return jsonRows(columns, rows, { between: ',' })
  }
}
