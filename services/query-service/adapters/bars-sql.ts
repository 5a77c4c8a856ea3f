/** Trades as bars: which interval a trade falls in, and what it adds to it. */

import { TIMEFRAMES, type Timeframe } from '@k2/market/bar.ts'
import type { OhlcvQuestion } from '../core/bars.ts'
import { KEY, placesOf, RECORD } from '../core/pages.ts'
import type { SummaryQuestion } from '../core/question.ts'
import { filledSql } from './fill-sql.ts'
import { bucketSql, daySql } from './interval-sql.ts'
import { pageSql, type Reading, relation, type Statement } from './sql.ts'
import { afterSql, lookedAt, orderSql, whereOf } from './where-sql.ts'

const COLUMNS = ['symbol', 'exchange', 'price', 'quantity', ...KEY]

/** A factor of 19 digits makes the product 128 bits wide, where two of 18 are multiplied in 64. */
const PRICE = 'price::DECIMAL(19, 8)'
/** 170 of the largest legal trades overflow a sum of 128 bits, and DuckDB then says so. */
export const NOTIONAL = `0::DECIMAL(38, 8) AS notional_whole, sum(${PRICE} * quantity) AS notional_rest`
/** In two sums, over the whole units and over the rest: for any trades, and twice the price. */
export const NOTIONAL_WIDE = `sum(${PRICE} * floor(quantity)) AS notional_whole,
      sum(${PRICE} * (quantity - floor(quantity))) AS notional_rest`

const columnsOf = ({ conditions }: OhlcvQuestion | SummaryQuestion): string[] => [
  ...new Set([...COLUMNS, ...lookedAt(conditions)]),
]

export function barsSql(question: OhlcvQuestion, reading: Reading, segments: readonly string[]): Statement {
  const { sql: where, params, bind } = whereOf(question)
  const { timeframes, order, after } = question
  const trades = relation('trades', reading, segments, columnsOf(question))
  // Several timeframes are made of one reading; one alone needs no place to keep it.
  const isOne = timeframes.length === 1
  const source = isOne ? `${trades} ${where}` : 'asked'
  const front = isOne ? '' : `WITH asked AS MATERIALIZED (SELECT * FROM ${trades} ${where}) `
  const behind = after === undefined ? '' : `WHERE ${afterSql(placesOf(question), after, order, bind)}`
  const sql = (notional: string) => {
    const parts = timeframes.map((timeframe, i) => {
      const turn = order === 'asc' ? i : -i
      return `SELECT (${turn})::BIGINT AS turn, * FROM ${timeframeSql(question, timeframe, source, notional, turn)}`
    })
    return `${front}SELECT * FROM (${parts.join(' UNION ALL ')}) ${behind} ${pageSql(question)}`
  }
  return { sql: sql(NOTIONAL), wide: sql(NOTIONAL_WIDE), params }
}

function timeframeSql(
  question: OhlcvQuestion,
  timeframe: Timeframe,
  source: string,
  notional: string,
  turn: number,
): string {
  const interval = { micros: TIMEFRAMES[timeframe], calendar: question.calendar }
  const bars = groupedSql(bucketSql(interval, question.filter), source, notional)
  if (question.fill === undefined) return `(${bars})`
  const { after } = question
  const from = after !== undefined && Number(after[0]) === turn ? Number(after[1]) : undefined
  return `(${filledSql(bars, interval, { ...question, ...question.fill, from })})`
}

export function summarySql(question: SummaryQuestion, reading: Reading, segments: readonly string[]): Statement {
  const { sql: where, params } = whereOf(question)
  const source = `${relation('trades', reading, segments, columnsOf(question))} ${where} AND ${daySql(question.day)}`
  const sql = (notional: string) =>
    `${groupedSql(`${question.day}::BIGINT`, source, notional)} ORDER BY symbol, exchange LIMIT ${question.limit + 1}`
  return { sql: sql(NOTIONAL), wide: sql(NOTIONAL_WIDE), params }
}

function groupedSql(bucket: string, source: string, notional: string): string {
  const key = orderSql(RECORD, 'asc')
  return `SELECT symbol, exchange, ${bucket} AS bucket,
      first(price ORDER BY ${key}) AS open, max(price) AS high, min(price) AS low, last(price ORDER BY ${key}) AS close,
      sum(quantity) AS volume, ${notional}, count(*) AS trade_count
      FROM ${source} GROUP BY symbol, exchange, bucket`
}
