/**
 * Bars of minutes: what trades of one minute add up to, in columns of which any longer bar is made exactly. Sums are
 * exact decimals, and open and close have the place of their trade in SPEC's order beside them.
 *
 *   units  timestamp: the minute's start; notional: 10^-16
 */
import type { Filter } from '@k2/lake/table.ts'
import { TIMEFRAMES } from '@k2/market/bar.ts'
import type { OhlcvQuestion } from '../core/bars.ts'
import { RECORD } from '../core/pages.ts'
import type { SummaryQuestion } from '../core/question.ts'
import { bucketSql } from './interval-sql.ts'

export const MINUTE_MICROS = 60_000_000

/** A factor of 19 digits makes the product 128 bits wide, where two of 18 are multiplied in 64. */
export const PRICE = 'price::DECIMAL(19, 8)'

/** Of a table that holds them, each row with the number of its data file. */
export const MINUTE_COLUMNS = `file INTEGER, symbol VARCHAR, exchange VARCHAR, timestamp TIMESTAMPTZ,
  open DECIMAL(18, 8), high DECIMAL(18, 8), low DECIMAL(18, 8), close DECIMAL(18, 8), volume DECIMAL(38, 8),
  notional DECIMAL(38, 16), trade_count BIGINT, open_key BLOB, close_key BLOB`

/** A record's place in that order, as bytes that compare like it. */
const KEY_SQL = `create_sort_key(${RECORD.map(({ column }) => `${column}, 'ASC NULLS FIRST'`).join(', ')})`
const MINUTE = bucketSql({ micros: MINUTE_MICROS, calendar: 'utc' }, {})

export const minutesSql = (source: string): string =>
  `SELECT symbol, exchange, make_timestamptz(minute * ${MINUTE_MICROS}) AS timestamp,
    arg_min(price, key) AS open, max(price) AS high, min(price) AS low, arg_max(price, key) AS close,
    sum(quantity) AS volume, sum(${PRICE} * quantity) AS notional, count(*) AS trade_count,
    min(key) AS open_key, max(key) AS close_key
    FROM (SELECT symbol, exchange, price, quantity, ${MINUTE} AS minute, ${KEY_SQL} AS key FROM ${source})
    GROUP BY symbol, exchange, minute`

/** Longer bars of bars of minutes; several of one minute may be of several files. */
export const mergedSql = (bucket: string, source: string): string =>
  `SELECT symbol, exchange, ${bucket} AS bucket,
    arg_min(open, open_key) AS open, max(high) AS high, min(low) AS low, arg_max(close, close_key) AS close,
    sum(volume) AS volume, 0::DECIMAL(38, 8) AS notional_whole, sum(notional) AS notional_rest,
    sum(trade_count)::BIGINT AS trade_count
    FROM ${source} GROUP BY symbol, exchange, bucket`

/** Whole minutes within a filter's times; undefined where it has none. */
export function minutesIn(filter: Filter): Filter | undefined {
  const { fromMicros, toMicros } = filter
  const from = fromMicros === undefined ? undefined : Math.ceil(fromMicros / MINUTE_MICROS) * MINUTE_MICROS
  const to = toMicros === undefined ? undefined : Math.floor(toMicros / MINUTE_MICROS) * MINUTE_MICROS
  if (from !== undefined && to !== undefined && from >= to) return undefined
  return { ...filter, ...(from !== undefined && { fromMicros: from }), ...(to !== undefined && { toMicros: to }) }
}

/** True where every trade of a minute counts, and for the same bar. */
export function isOfMinutes(question: OhlcvQuestion | SummaryQuestion): boolean {
  const areWhole =
    question.kind === 'summary' || question.timeframes.every((of) => TIMEFRAMES[of] % MINUTE_MICROS === 0)
  return areWhole && Object.keys(question.conditions).length === 0
}
