/**
 * Numbers that are missing between neighbours: one window over the records' numbers, by stream. A stream is a symbol on a
 * venue, and a trading day where the venue's numbers begin again.
 */
import type { Param } from '@k2/lake/duckdb/engine.ts'
import type { Filter } from '@k2/lake/table.ts'
import { TIMEFRAMES } from '@k2/market/bar.ts'
import type { GapsQuestion } from '../core/gaps.ts'
import { placesOf } from '../core/pages.ts'
import { bucketSql, byVenue } from './interval-sql.ts'
import { pageSql, type Reading, relation, type Statement } from './sql.ts'
import { afterSql, binder, filterSql, type Where } from './where-sql.ts'

const COLUMNS = ['symbol', 'exchange', 'timestamp', 'source_sequence']
const DAY = { micros: TIMEFRAMES['1d'], calendar: 'exchange' } as const

export function gapsSql(question: GapsQuestion, reading: Reading, segments: readonly string[]): Statement {
  const params: Param[] = []
  const bind = binder(params)
  const { filter, order, after } = question
  const behind = after === undefined ? '' : ` AND ${afterSql(placesOf(question), after, order, bind)}`
  const sql = `SELECT *, before_sequence - after_sequence - 1 AS missing FROM ${gaps(filter, reading, segments, bind)}`
  return { sql: `${sql}${behind} ${pageSql(question)}`, params }
}

export function gapCountSql(filter: Filter, reading: Reading, segments: readonly string[]): Statement {
  const params: Param[] = []
  return { sql: `SELECT count(*) AS gaps FROM ${gaps(filter, reading, segments, binder(params))}`, params }
}

/** A relation, and behind it the test that ends it. */
function gaps(filter: Filter, reading: Reading, segments: readonly string[], bind: Where['bind']): string {
  const dayOf = bucketSql(DAY, filter)
  const day = `(${byVenue(({ numbersRestart }) => (numbersRestart === 'daily' ? dayOf : 'NULL'), 'NULL')})::BIGINT`
  // No venue counts below 0, and differences of all others fit.
  const tests = [...filterSql(filter, bind), 'source_sequence >= 0']
  const records = `SELECT symbol, exchange, timestamp, source_sequence, ${day} AS day
      FROM ${relation('trades', reading, segments, COLUMNS)} WHERE ${tests.join(' AND ')}`
  return `(SELECT symbol, exchange, day, source_sequence AS before_sequence, timestamp AS before_timestamp,
      lag(source_sequence) OVER stream AS after_sequence, lag(timestamp) OVER stream AS after_timestamp
      FROM (${records}) WINDOW stream AS (PARTITION BY symbol, exchange, day ORDER BY source_sequence, timestamp))
      WHERE before_sequence - after_sequence > 1`
}
