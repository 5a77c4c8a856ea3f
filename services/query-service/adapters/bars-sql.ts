/** Trades as bars: which interval a trade falls in, and what it adds to it. */

import type { Filter } from '@k2/lake/table.ts'
import { TIMEFRAMES } from '@k2/market/bar.ts'
import { VENUES, type Venue } from '@k2/market/instrument.ts'
import { dayBounds, stretches } from '@k2/market/zone.ts'
import type { OhlcvQuestion, SummaryQuestion } from '../core/question.ts'
import { KEY, orderSql, type Reading, relation, type Statement, whereOf } from './sql.ts'

const COLUMNS = ['symbol', 'exchange', 'price', 'quantity', 'trade_conditions', ...KEY]

/** A factor of 19 digits makes the product 128 bits wide, where two of 18 are multiplied in 64. */
const PRICE = 'price::DECIMAL(19, 8)'
/** 170 of the largest legal trades overflow a sum of 128 bits, and DuckDB then says so. */
const NOTIONAL = `0::DECIMAL(38, 8) AS notional_whole, sum(${PRICE} * quantity) AS notional_rest`
/** In two sums, over the whole units and over the rest: for any trades, and twice the price. */
const NOTIONAL_WIDE = `sum(${PRICE} * floor(quantity)) AS notional_whole,
      sum(${PRICE} * (quantity - floor(quantity))) AS notional_rest`

export function barsSql(
  question: OhlcvQuestion | SummaryQuestion,
  reading: Reading,
  segments: readonly string[],
): Statement {
  const where = whereOf(question)
  const isDay = question.kind === 'summary'
  const key = orderSql('asc')
  const bucket = isDay ? String(question.day) : bucketSql(question)
  const sql = (notional: string) => `SELECT symbol, exchange, ${bucket} AS bucket,
      first(price ORDER BY ${key}) AS open, max(price) AS high, min(price) AS low, last(price ORDER BY ${key}) AS close,
      sum(quantity) AS volume, ${notional}, count(*) AS trade_count
      FROM ${relation('trades', reading, segments, COLUMNS)} ${where.sql}${isDay ? ` AND ${daySql(question.day)}` : ''}
      GROUP BY symbol, exchange, bucket
      ORDER BY bucket ${question.order}, symbol, exchange LIMIT ${question.limit + 1}`
  return { sql: sql(NOTIONAL), wide: sql(NOTIONAL_WIDE), params: where.params }
}

/** Times of a day by each venue's own calendar. */
function daySql(day: number): string {
  const zones = Map.groupBy(VENUES, ({ zone }) => zone)
  const names = (venues: readonly Venue[]) => venues.map(({ exchange }) => `'${exchange}'`).join(', ')
  const within = (zone: string) => {
    const { from, to } = dayBounds(zone, day)
    return `timestamp >= make_timestamptz(${from}) AND timestamp < make_timestamptz(${to})`
  }
  const tests = [...zones].map(([zone, venues]) => `exchange IN (${names(venues)}) AND ${within(zone)}`)
  return `(${[...tests, `exchange NOT IN (${names(VENUES)}) AND ${within('UTC')}`].join(' OR ')})`
}

/** µs at which a record's interval begins; of days the number, by the venue's own calendar. */
function bucketSql({ timeframe, filter }: OhlcvQuestion): string {
  const micros = 'epoch_us(timestamp)'
  const width = TIMEFRAMES[timeframe]
  if (timeframe !== '1d') return floorSql(micros, width)
  const cases = VENUES.map(({ exchange, zone }) => `WHEN '${exchange}' THEN ${offsetSql(zone, micros, filter)}`)
  return `${floorSql(`(${micros} + CASE exchange ${cases.join(' ')} ELSE 0 END)`, width)} // ${width}`
}

/** Towards the past also before the epoch, where // would go towards 0. */
const floorSql = (value: string, width: number): string => `(${value} - ((${value} % ${width}) + ${width}) % ${width})`

const changes = new Map<string, ReturnType<typeof stretches>>()
const FIRST_YEAR = Date.UTC(1969, 0) * 1000
const LAST_YEAR = Date.UTC(2102, 0) * 1000

/**
 * The zone's offset at a moment, its changes within the question's times written out: of 1969 to 2101, which files may
 * hold, and the outermost ones beyond.
 */
function offsetSql(zone: string, micros: string, { fromMicros, toMicros }: Filter): string {
  const all = changes.get(zone) ?? stretches(zone, FIRST_YEAR, LAST_YEAR)
  changes.set(zone, all)
  const last = all.at(-1)!
  const asked = all.filter(({ from, to }) => from < (toMicros ?? LAST_YEAR) && to > (fromMicros ?? FIRST_YEAR))
  const some = asked.length === 0 ? [(toMicros ?? LAST_YEAR) <= FIRST_YEAR ? all[0]! : last] : asked
  const cases = some.slice(0, -1).map(({ to, offset }) => `WHEN ${micros} < ${to} THEN ${offset}`)
  const { offset } = some.at(-1)!
  return cases.length === 0 ? String(offset) : `CASE ${cases.join(' ')} ELSE ${offset} END`
}
