/**
 * Numbers that are missing between neighbours: one window over the records' numbers, by stream. A stream is a symbol on a
 * venue, and a trading day where the venue's numbers begin again.
 */
import { TIMEFRAMES } from '@k2/market/bar.ts'
import type { GapsQuestion } from '../core/gaps.ts'
import { placesOf } from '../core/pages.ts'
import { bucketSql, byVenue } from './interval-sql.ts'
import { pageSql, type Reading, relation, type Statement } from './sql.ts'
import { afterSql, whereOf } from './where-sql.ts'

const COLUMNS = ['symbol', 'exchange', 'timestamp', 'source_sequence']
const DAY = { micros: TIMEFRAMES['1d'], calendar: 'exchange' } as const

export function gapsSql(question: GapsQuestion, reading: Reading, segments: readonly string[]): Statement {
  const { sql: where, params, bind } = whereOf(question)
  const { filter, order, after } = question
  const dayOf = bucketSql(DAY, filter)
  const day = `(${byVenue(({ numbersRestart }) => (numbersRestart === 'daily' ? dayOf : 'NULL'), 'NULL')})::BIGINT`
  // No venue counts below 0, and differences of all others fit.
  const numbered = `${where === '' ? 'WHERE' : `${where} AND`} source_sequence >= 0`
  const records = `SELECT symbol, exchange, timestamp, source_sequence, ${day} AS day
      FROM ${relation('trades', reading, segments, COLUMNS)} ${numbered}`
  const steps = `SELECT symbol, exchange, day, source_sequence AS before_sequence, timestamp AS before_timestamp,
      lag(source_sequence) OVER stream AS after_sequence, lag(timestamp) OVER stream AS after_timestamp
      FROM (${records}) WINDOW stream AS (PARTITION BY symbol, exchange, day ORDER BY source_sequence, timestamp)`
  const behind = after === undefined ? '' : ` AND ${afterSql(placesOf(question), after, order, bind)}`
  return {
    sql: `SELECT *, before_sequence - after_sequence - 1 AS missing FROM (${steps})
      WHERE before_sequence - after_sequence > 1${behind} ${pageSql(question)}`,
    params,
  }
}
