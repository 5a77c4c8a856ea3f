/** The statement of each kind of question. */
import type { AsOfQuestion } from '../core/as-of.ts'
import type { OhlcvQuestion } from '../core/bars.ts'
import type { DataQuestion, SummaryQuestion } from '../core/question.ts'
import { aggregationsSql } from './aggregations-sql.ts'
import { barsSql, summarySql } from './bars-sql.ts'
import { gapsSql } from './gaps-sql.ts'
import type { Kept, KeptBars } from './kept-bars.ts'
import { isOfMinutes } from './minutes-sql.ts'
import { type Reading, recordsSql, referenceSql, type Statement, symbolsSql } from './sql.ts'

/** As-of joins are of two tables. */
export type OfOneTable = Exclude<DataQuestion, AsOfQuestion>

/** Over the files of `reading` and the tail's segments. */
export function statementOf(
  question: OfOneTable,
  reading: Reading,
  segments: readonly string[],
  kept: Pick<KeptBars, 'take'>,
): Statement {
  switch (question.kind) {
    case 'trades':
    case 'quotes':
      return recordsSql(question, reading, segments)
    case 'reference':
      return referenceSql(question, reading, segments)
    case 'symbols':
      return symbolsSql(question, reading, segments)
    case 'ohlcv':
      return ofBars(keptFor(question, reading, kept), reading, (bars) => barsSql(question, reading, segments, bars))
    case 'aggregations':
      return aggregationsSql(question, reading, segments)
    case 'gaps':
      return gapsSql(question, reading, segments)
    case 'summary':
      return ofBars(keptFor(question, reading, kept), reading, (bars) => summarySql(question, reading, segments, bars))
  }
}

function ofBars(bars: Kept | undefined, { files }: Reading, of: (bars: Kept | undefined) => Statement): Statement {
  const statement = of(bars)
  if (bars === undefined) return statement
  const read = new Set([...bars.left, ...bars.cut])
  return { ...statement, fromBars: files.filter((path) => !read.has(path)) }
}

/** Files of which no record would be read, for kept bars stand for them. */
export const fromBars = (
  question: OfOneTable,
  reading: Reading,
  kept: Pick<KeptBars, 'standing'>,
): readonly string[] =>
  (question.kind === 'ohlcv' || question.kind === 'summary') && reading.cuts.length === 0 && isOfMinutes(question)
    ? kept.standing(question.filter, reading.files)
    : []

/** A later page may want only some of a file. */
const keptFor = (
  question: OhlcvQuestion | SummaryQuestion,
  { files, cuts }: Reading,
  kept: Pick<KeptBars, 'take'>,
): Kept | undefined => (cuts.length === 0 && isOfMinutes(question) ? kept.take(question.filter, files) : undefined)
