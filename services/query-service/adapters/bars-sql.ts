/** Trades as bars: which interval a trade falls in, and what it adds to it. */
import { TIMEFRAMES, type Timeframe } from '@k2/market/bar.ts'
import { VENUES } from '@k2/market/instrument.ts'
import { stretches } from '@k2/market/zone.ts'
import type { OhlcvQuestion, SummaryQuestion } from '../core/question.ts'
import { KEY, orderSql, type Reading, relation, type Statement, whereOf } from './sql.ts'

const COLUMNS = ['symbol', 'exchange', 'price', 'quantity', 'trade_conditions', ...KEY]

/**
 * Price × quantity in two sums, over the whole units and over the rest: 170 of the largest legal trades would overflow
 * one sum of 128 bits. A factor of 19 digits makes the product 128 bits wide, where two of 18 are multiplied in 64.
 */
const NOTIONAL = `sum(price::DECIMAL(19, 8) * floor(quantity)) AS notional_whole,
      sum(price::DECIMAL(19, 8) * (quantity - floor(quantity))) AS notional_rest`

export function barsSql(
  question: OhlcvQuestion | SummaryQuestion,
  reading: Reading,
  segments: readonly string[],
): Statement {
  const { sql: where, params, bind } = whereOf(question)
  const key = orderSql('asc')
  const isDay = question.kind === 'summary'
  const having = isDay ? `HAVING bucket = ${bind(question.day)}` : ''
  return {
    sql: `SELECT symbol, exchange, ${bucketSql(isDay ? '1d' : question.timeframe)} AS bucket,
      first(price ORDER BY ${key}) AS open, max(price) AS high, min(price) AS low, last(price ORDER BY ${key}) AS close,
      sum(quantity) AS volume, ${NOTIONAL}, count(*) AS trade_count
      FROM ${relation('trades', reading, segments, COLUMNS)} ${where}
      GROUP BY symbol, exchange, bucket ${having}
      ORDER BY bucket ${question.order}, symbol, exchange LIMIT ${question.limit + 1}`,
    params,
  }
}

/** µs at which a record's interval begins; of days the number, by the venue's own calendar. */
function bucketSql(timeframe: Timeframe): string {
  const micros = 'epoch_us(timestamp)'
  const width = TIMEFRAMES[timeframe]
  if (timeframe !== '1d') return floorSql(micros, width)
  const cases = VENUES.map(({ exchange, zone }) => `WHEN '${exchange}' THEN ${offsetSql(zone, micros)}`)
  return `${floorSql(`(${micros} + CASE exchange ${cases.join(' ')} ELSE 0 END)`, width)} // ${width}`
}

/** Towards the past also before the epoch, where // would go towards 0. */
const floorSql = (value: string, width: number): string => `(${value} - ((${value} % ${width}) + ${width}) % ${width})`

const offsets = new Map<string, string>()
const FIRST_YEAR = Date.UTC(1969, 0) * 1000
const LAST_YEAR = Date.UTC(2102, 0) * 1000

/** The zone's offset at a moment, its changes written out: 1969 to 2101, which files may hold, and the outermost ones beyond. */
function offsetSql(zone: string, micros: string): string {
  let sql = offsets.get(zone)
  if (sql === undefined) {
    const changes = stretches(zone, FIRST_YEAR, LAST_YEAR)
    const cases = changes.slice(0, -1).map(({ to, offset }) => `WHEN ${micros} < ${to} THEN ${offset}`)
    const last = changes.at(-1)!.offset
    sql = cases.length === 0 ? String(last) : `CASE ${cases.join(' ')} ELSE ${last} END`
    offsets.set(zone, sql)
  }
  return sql
}
