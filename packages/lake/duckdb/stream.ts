/**
 * Long answers in pieces, each known to be whole.
 *
 * @duckdb/node-api reports an error in a stream's later chunks (an interrupt, a damaged page, memory) as the stream's
 * end: 372,736 of 1,000,000 rows came, and no error (1.5.5-r.5). And a materialised answer of 30M rows took 1.8 GB
 * under a memory limit of 200 MB. So a stream ends with a row of ours, and one without it has failed.
 */
import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import { Gathering, type Result } from './result.ts'

const END = 'k2 end'

/** A SELECT that gives one more column, false, and one more row at its end, in which it is true. */
export const withEnd = (select: string): string =>
  `SELECT *, false AS "${END}" FROM (${select}\n) UNION ALL BY NAME SELECT true AS "${END}"`

/** Pieces of `rows` rows or a little more, at least one. Returns whether the end came. */
export async function* streamed(
  answer: DuckDBResult,
  rows: number,
  check: () => void,
): AsyncGenerator<Result, boolean> {
  const names = answer.columnNames().slice(0, -1)
  const types = answer.columnTypes().slice(0, -1)
  let gathering = new Gathering(names, types)
  let pieces = 0
  for await (const chunk of answer) {
    check()
    const isEnd = takesEnd(chunk, names.length)
    if (chunk.rowCount > 0) gathering.take(chunk)
    if (isEnd) {
      if (pieces === 0 || gathering.rows > 0) yield gathering.result()
      return true
    }
    if (gathering.rows < rows) continue
    yield gathering.result()
    pieces++
    gathering = new Gathering(names, types)
  }
  return false
}

/** Takes the end's row off its chunk. */
function takesEnd(chunk: DuckDBDataChunk, column: number): boolean {
  const last = chunk.rowCount - 1
  if (chunk.getColumnVector(column).getItem(last) !== true) return false
  chunk.rowCount = last
  return true
}
