/** What the worker tells of DuckDB's answer: its rows as the client reads them, and what their proof is made of. */
import { giveBackAll, type Result } from '@k2/lake/duckdb/result.ts'
import { columnsOf } from '../answers.ts'
import { batchEnds, type Limits } from '../core/batches.ts'
import { rowsFrom } from '../core/columnar.ts'
import type { Key } from '../core/cursor.ts'
import { type PagedQuestion, placesOf } from '../core/pages.ts'
import type { DataQuestion, RecordsQuestion } from '../core/question.ts'
import { cellsOf } from './cells.ts'
import { rowsIn } from './written.ts'

export interface Told {
  /** It may be one more than the question's limit, and the body then lacks it. */
  readonly rows: number
  readonly body: Uint8Array<ArrayBuffer>
  /** Of the last row given; null where there is none, or no order to go on in. */
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
  const body = await rowsIn(question, columnsOf(question, result), Math.min(rows, question.limit))
  giveBackAll(result)
  return { ...rest, body }
}

/** Some rows of a page, written. */
export interface Batch {
  readonly rows: number
  readonly body: Uint8Array<ArrayBuffer>
  readonly last: Key
  readonly firstMicros: number
  readonly lastMicros: number
}

/** Of a page of records, at most as many as the question asks for. */
export async function batchesOf(question: RecordsQuestion, result: Result, limits: Limits): Promise<Batch[]> {
  const timestamp = cellsOf(result, 'timestamp')
  const micros = (row: number) => Number(timestamp(row))
  const columns = columnsOf(question, result)
  const batches: Batch[] = []
  let first = 0
  for (const end of batchEnds(Math.min(result.rows, question.limit), micros, limits)) {
    const some = first === 0 ? columns : columns.map((column) => rowsFrom(column, first, end - first))
    batches.push({
      rows: end - first,
      body: await rowsIn(question, some, end - first),
      last: keyAt(question, result, end - 1),
      firstMicros: micros(first),
      lastMicros: micros(end - 1),
    })
    first = end
  }
  giveBackAll(result)
  return batches
}

function lastOf(question: DataQuestion, result: Result): Key | null {
  const given = Math.min(result.rows, question.limit)
  return 'digest' in question && given > 0 ? keyAt(question, result, given - 1) : null
}

function keyAt(question: PagedQuestion, result: Result, row: number): Key {
  return placesOf(question).map(({ column }) => {
    const cell = cellsOf(result, column)(row)
    return cell === null ? null : String(cell)
  })
}

function venuesOf({ kind }: DataQuestion, result: Result): string[] {
  if (kind !== 'summary') return []
  const exchange = cellsOf(result, 'exchange')
  return Array.from({ length: result.rows }, (_, row) => String(exchange(row)))
}
