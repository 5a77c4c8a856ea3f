/** What the worker tells of DuckDB's answer: its rows as the client reads them, and what their proof is made of. */
import type { Result } from '@k2/lake/duckdb/result.ts'
import { columnsOf } from '../answers.ts'
import type { Key } from '../core/cursor.ts'
import { placesOf } from '../core/pages.ts'
import type { DataQuestion } from '../core/question.ts'
import { cellsOf } from './cells.ts'
import { rowsIn } from './written.ts'

export interface Told {
  /** It may be one more than the question's limit, and the body then lacks it. */
  readonly rows: number
  readonly body: Uint8Array<ArrayBuffer>
  /** Of the last row given; null where there are no more, or no order to go on in. */
  readonly last: Key | null
  /** Of a summary. */
  readonly venues: readonly string[]
  /** Of symbols, which are put together with those of other tables before they are written. */
  readonly result?: Result
}

export async function toldOf(question: DataQuestion, result: Result): Promise<Told> {
  const { rows } = result
  const rest = { rows, last: lastOf(question, result), venues: venuesOf(question, result) }
  if (question.kind === 'symbols') return { ...rest, body: new Uint8Array(), result }
  return { ...rest, body: await rowsIn(question, columnsOf(question, result), Math.min(rows, question.limit)) }
}

function lastOf(question: DataQuestion, result: Result): Key | null {
  if (!('digest' in question) || result.rows <= question.limit) return null
  return placesOf(question).map(({ column }) => {
    const cell = cellsOf(result, column)(question.limit - 1)
    return cell === null ? null : String(cell)
  })
}

function venuesOf({ kind }: DataQuestion, result: Result): string[] {
  if (kind !== 'summary') return []
  const exchange = cellsOf(result, 'exchange')
  return Array.from({ length: result.rows }, (_, row) => String(exchange(row)))
}
