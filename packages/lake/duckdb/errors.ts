/**
 * What DuckDB throws, as our errors: the one translation.
 *
 *   shape   unknown -> K2Error; the original is its cause
 *   errors  OVERLOADED: out of memory or of spilling space; DEADLINE_EXCEEDED: interrupted; LAKE_DAMAGED: a file of the
 *           question cannot be read, by name in details.file; INTERNAL: the rest, a bug in our SQL
 *   source  DuckDB has no error codes over its C API: its message begins with the class, `Out of Memory Error: …`
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { REMEDY } from '../store/remedy.ts'

/** DuckDB names the file in some of its Parquet errors: in quotes. */
const QUOTED_FILE = /["']([^"'\n]+\.parquet)["']/

export function translate(error: unknown): K2Error {
  if (error instanceof K2Error) return error
  const message = error instanceof Error ? error.message : String(error)
  const line = message.split('\n', 1)[0] ?? ''
  if (line.startsWith('INTERRUPT Error')) {
    return new K2Error('DEADLINE_EXCEEDED', 'the question was stopped before it ended; ask for less', {}, error)
  }
  if (line.startsWith('Out of Memory Error')) {
    return new K2Error('OVERLOADED', `DuckDB ran out of its memory; ask for less or later: ${line}`, {}, error)
  }
  const file = QUOTED_FILE.exec(line)?.[1]
  if (file !== undefined && !line.startsWith('Permission Error')) return unreadable(file, error)
  return new K2Error('INTERNAL', `DuckDB refused: ${line}`, {}, error)
}

/** `file` is missing, or is not the Parquet file that it should be. */
export function unreadable(file: string, cause: unknown): K2Error {
  const why = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause)
  return new K2Error('LAKE_DAMAGED', `The data file ${file} cannot be read: ${why}. ${REMEDY}`, { file }, cause)
}

/** True where the cause may be in a file that the message does not name: corrupt pages, say only `Out of buffer`. */
export const mayBeDamage = (error: K2Error): boolean => error.code === 'INTERNAL'
