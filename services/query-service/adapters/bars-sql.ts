/** Trades as bars: which interval a trade falls in, and what it adds to it. */

import { TIMEFRAMES, type Timeframe } from '@k2/market/bar.ts'
import type { OhlcvQuestion } from '../core/bars.ts'
import { KEY, placesOf, RECORD } from '../core/pages.ts'
import type { SummaryQuestion } from '../core/question.ts'
import { filledSql } from './fill-sql.ts'
import { bucketSql, daySql } from './interval-sql.ts'
import type { Kept } from './kept-bars.ts'
import { mergedSql, minutesSql, PRICE } from './minutes-sql.ts'
import { pageSql, type Reading, relation, type Statement } from './sql.ts'
import { afterSql, binder, filterSql, lookedAt, orderSql, whereOf } from './where-sql.ts'

const COLUMNS = ['symbol', 'exchange', 'price', 'quantity', ...KEY]

/** 170 of the largest legal trades overflow a sum of 128 bits, and DuckDB then says so. */
export const NOTIONAL = `0::DECIMAL(38, 8) AS notional_whole, sum(${PRICE} * quantity) AS notional_rest`
/** In two sums, over the whole units and over the rest: for any trades, and twice the price. */
export const NOTIONAL_WIDE = `sum(${PRICE} * floor(quantity)) AS notional_whole,
      sum(${PRICE} * (quantity - floor(quantity))) AS notional_rest`

type BarsQuestion = OhlcvQuestion | SummaryQuestion

const columnsOf = ({ conditions }: BarsQuestion): string[] => [...new Set([...COLUMNS, ...lookedAt(conditions)])]

/** What bars are made of: trades, or bars of minutes. Several timeframes are made of one reading. */
interface Made {
  readonly source: string
  readonly grouped: (bucket: string, source: string) => string
}

/** `kept`: bars of minutes that stand for some of the files. */
export function barsSql(
  question: OhlcvQuestion,
  reading: Reading,
  segments: readonly string[],
  kept?: Kept,
): Statement {
  const { params, bind } = whereOf(question)
  const { timeframes, order, after } = question
  const behind = after === undefined ? '' : `WHERE ${afterSql(placesOf(question), after, order, bind)}`
  const sql = ({ source, grouped }: Made) => {
    // One alone needs no place to keep it.
    const isOne = timeframes.length === 1
    const front = isOne ? '' : `WITH asked AS MATERIALIZED (SELECT * FROM ${source}) `
    const parts = timeframes.map((timeframe, i) => {
      const turn = order === 'asc' ? i : -i
      const bars = timeframeSql(question, timeframe, turn, (bucket) => grouped(bucket, isOne ? source : 'asked'))
      return `SELECT (${turn})::BIGINT AS turn, * FROM ${bars}`
    })
    return `${front}SELECT * FROM (${parts.join(' UNION ALL ')}) ${behind} ${pageSql(question)}`
  }
  return statementOf(sql, madeOf(question, reading, segments), params, kept)
}

function timeframeSql(
  question: OhlcvQuestion,
  timeframe: Timeframe,
  turn: number,
  grouped: (bucket: string) => string,
): string {
  const interval = { micros: TIMEFRAMES[timeframe], calendar: question.calendar }
  const bars = grouped(bucketSql(interval, question.filter))
  if (question.fill === undefined) return `(${bars})`
  const { after } = question
  const from = after !== undefined && Number(after[0]) === turn ? Number(after[1]) : undefined
  return `(${filledSql(bars, interval, { ...question, ...question.fill, from })})`
}

export function summarySql(
  question: SummaryQuestion,
  reading: Reading,
  segments: readonly string[],
  kept?: Kept,
): Statement {
  const sql = ({ source, grouped }: Made) =>
    `${grouped(`${question.day}::BIGINT`, source)} ORDER BY symbol, exchange LIMIT ${question.limit + 1}`
  return statementOf(sql, madeOf(question, reading, segments), whereOf(question).params, kept)
}

interface Sources {
  readonly trades: string
  readonly minutes: (kept: Kept) => string
}

/** Where the sums overflow, or a table has gone, the wide one answers. */
function statementOf(
  sql: (made: Made) => string,
  { trades, minutes }: Sources,
  params: Statement['params'],
  kept: Kept | undefined,
): Statement {
  const plain = (notional: string): Made => ({ source: trades, grouped: (...of) => groupedSql(...of, notional) })
  const wide = sql(plain(NOTIONAL_WIDE))
  // Both statements are given the same parameters.
  if (kept === undefined || params.length > 0) return { sql: sql(plain(NOTIONAL)), wide, params }
  return { sql: sql({ source: minutes(kept), grouped: mergedSql }), wide, params }
}

function madeOf(question: BarsQuestion, reading: Reading, segments: readonly string[]): Sources {
  const { sql: where } = whereOf(question)
  const day = question.kind === 'summary' ? [daySql(question.day)] : []
  const columns = columnsOf(question)
  const tradesOf = (of: Reading, names: readonly string[], tests: readonly string[]) =>
    `${relation('trades', of, names, columns)} ${[where || 'WHERE true', ...day, ...tests].join(' AND ')}`
  return {
    trades: tradesOf(reading, segments, []),
    minutes(kept) {
      const tests = [...filterSql(kept.minutes, binder([])), ...day]
      const parts = kept.tables.map(
        ({ name, files }) =>
          `SELECT * EXCLUDE (file) FROM ${name} WHERE ${[`file IN (${files.join(', ')})`, ...tests].join(' AND ')}`,
      )
      if (kept.left.length > 0 || reading.bounds.length > 0)
        parts.push(minutesSql(tradesOf({ ...reading, files: kept.left }, segments, [])))
      if (kept.cut.length > 0)
        parts.push(minutesSql(tradesOf({ files: kept.cut, cuts: [], bounds: [] }, [], [outside(kept)])))
      return `(${parts.join(' UNION ALL ')})`
    },
  }
}

/** Of whole minutes bars tell. */
function outside({ minutes: { fromMicros, toMicros } }: Kept): string {
  const tests = [
    ...(fromMicros === undefined ? [] : [`timestamp < make_timestamptz(${fromMicros})`]),
    ...(toMicros === undefined ? [] : [`timestamp >= make_timestamptz(${toMicros})`]),
  ]
  return `(${tests.join(' OR ')})`
}

function groupedSql(bucket: string, source: string, notional: string): string {
  const key = orderSql(RECORD, 'asc')
  return `SELECT symbol, exchange, ${bucket} AS bucket,
      first(price ORDER BY ${key}) AS open, max(price) AS high, min(price) AS low, last(price ORDER BY ${key}) AS close,
      sum(quantity) AS volume, ${notional}, count(*) AS trade_count
      FROM ${source} GROUP BY symbol, exchange, bucket`
}
