/**
 * Bars with those of empty intervals between and behind them: all four prices the close before, nothing traded. Only as
 * many intervals are made as a page can show, for each of them has a row of some symbol.
 */
import { type Interval, numberAt } from '../core/interval.ts'
import type { Order } from '../core/question.ts'
import { byVenue } from './interval-sql.ts'

export interface Filling {
  readonly order: Order
  readonly limit: number
  /** Up to here; without it up to the last interval of any symbol. */
  readonly toMicros?: number
  /** Interval that the page before ended in. */
  readonly from: number | undefined
}

/** More than the intervals by which venues' calendars are apart. */
const APART = 1_000

export function filledSql(bars: string, interval: Interval, { order, limit, toMicros, from }: Filling): string {
  const numberOf = (exchange: string) => String(numberAt(interval, exchange, toMicros! - 1))
  const last =
    toMicros === undefined
      ? '(SELECT max(bucket) FROM bars)'
      : `greatest(max(bucket), ${byVenue(({ exchange }) => numberOf(exchange), numberOf(''))})`
  const room = limit + APART
  const bounds =
    order === 'asc'
      ? `min(first_of) AS low, min(first_of) + ${room} AS high`
      : `max(last_of) - ${room} AS low, max(last_of) AS high`
  const after =
    order === 'asc' ? `${from} AS low, ${from} + ${room} AS high` : `${from} - ${room} AS low, ${from} AS high`
  const shown = (name: string, otherwise: string) =>
    `CASE WHEN bars.bucket = places.bucket THEN ${name} ELSE ${otherwise} END AS ${name}`
  return `WITH bars AS MATERIALIZED (${bars}),
      spans AS (SELECT symbol, exchange, min(bucket) AS first_of, ${last} AS last_of FROM bars GROUP BY symbol, exchange),
      page AS (SELECT ${from === undefined ? `${bounds} FROM spans` : after}),
      places AS (SELECT symbol, exchange, unnest(range(greatest(first_of, low), least(last_of, high) + 1)) AS bucket
        FROM spans, page)
    SELECT places.symbol, places.exchange, places.bucket, ${['open', 'high', 'low'].map((name) => shown(name, 'close')).join(', ')},
      close, ${['volume', 'notional_whole', 'notional_rest', 'trade_count'].map((name) => shown(name, '0')).join(', ')}
    FROM places ASOF JOIN bars ON places.symbol = bars.symbol AND places.exchange = bars.exchange
      AND places.bucket >= bars.bucket`
}
