/**
 * Groups of trades, and what their measures are made of: sums that are exact, and divided elsewhere.
 *
 *   trades ─► interval, unscaled price ─► price level ─► how long each price held ─► group ─► page
 */
import type { AggregationsQuestion } from '../core/aggregations.ts'
import { KEY, placesOf, RECORD } from '../core/pages.ts'
import { NOTIONAL, NOTIONAL_WIDE } from './bars-sql.ts'
import { bucketSql, floorSql } from './interval-sql.ts'
import { pageSql, type Reading, relation, type Statement } from './sql.ts'
import { afterSql, lookedAt, orderSql, whereOf } from './where-sql.ts'

/** DECIMAL(18, 8) as count of 10^-8; multiplied in 128 bits. */
const UNSCALED = '(price::DECIMAL(28, 8) * 100000000)::BIGINT'

export function aggregationsSql(
  question: AggregationsQuestion,
  reading: Reading,
  segments: readonly string[],
): Statement {
  const { sql: where, params, bind } = whereOf(question)
  const { interval, filter, conditions, metrics, order, after } = question
  const places = placesOf(question)
  const groups = places.map(({ column }) => column)
  const named = groups.filter((column) => column !== 'bucket' && column !== 'price_level')
  const read = [...new Set([...named, 'symbol', 'exchange', 'price', 'quantity', ...KEY, ...lookedAt(conditions)])]
  const bucket = interval === undefined ? '' : `, ${bucketSql(interval, filter)} AS bucket`
  let trades = `(SELECT *${bucket} FROM ${relation('trades', reading, segments, read)} ${where})`
  if (question.levels) trades = leveledSql(trades, question.levels, groups)
  if (metrics.includes('twap')) trades = heldSql(trades, groups)
  const behind = after === undefined ? '' : `WHERE ${afterSql(places, after, order, bind)}`
  const sql = (notional: string) =>
    `SELECT * FROM (SELECT ${[...groups, ...measuresOf(question, notional)].join(', ')} FROM ${trades}
      GROUP BY ${groups.join(', ')}) ${behind} ${pageSql(question)}`
  const isWide = metrics.includes('notional') || metrics.includes('vwap')
  return { sql: sql(NOTIONAL), params, ...(isWide && { wide: sql(NOTIONAL_WIDE) }) }
}

function leveledSql(
  trades: string,
  levels: NonNullable<AggregationsQuestion['levels']>,
  groups: readonly string[],
): string {
  if ('tick' in levels)
    return `(SELECT *, ${floorSql(UNSCALED, levels.tick)} AS price_level, ${levels.tick}::BIGINT AS level_width FROM ${trades})`
  const others = groups.filter((column) => column !== 'price_level')
  const over = others.length === 0 ? 'OVER ()' : `OVER (PARTITION BY ${others.join(', ')})`
  const spread = `SELECT *, min(${UNSCALED}) ${over} AS lowest, max(${UNSCALED}) ${over} AS highest FROM ${trades}`
  const widths = `SELECT *, (highest - lowest) // ${levels.count} + 1 AS level_width FROM (${spread})`
  return `(SELECT *, lowest + (${UNSCALED} - lowest) // level_width * level_width AS price_level FROM (${widths}))`
}

/** How long a price held, in µs: until the next trade of its group. */
const heldSql = (trades: string, groups: readonly string[]): string =>
  `(SELECT *, lead(epoch_us(timestamp)) OVER (PARTITION BY ${groups.join(', ')} ORDER BY ${orderSql(RECORD, 'asc')})
      - epoch_us(timestamp) AS held FROM ${trades})`

function measuresOf({ metrics, levels }: AggregationsQuestion, notional: string): string[] {
  const key = orderSql(RECORD, 'asc')
  const has = (...names: string[]) => names.some((name) => metrics.includes(name))
  return [
    'count(*) AS trade_count',
    ...(levels ? ['any_value(level_width) AS level_width'] : []),
    ...(has('volume', 'vwap') ? ['sum(quantity) AS volume'] : []),
    ...(has('notional', 'vwap') ? [notional] : []),
    ...(has('open_price') ? [`first(price ORDER BY ${key}) AS open_price`] : []),
    ...(has('close_price', 'twap') ? [`last(price ORDER BY ${key}) AS close_price`] : []),
    ...(has('min_price') ? ['min(price) AS min_price'] : []),
    ...(has('max_price') ? ['max(price) AS max_price'] : []),
    ...(has('avg_price') ? ['sum(price::DECIMAL(19, 8)) AS price_sum'] : []),
    ...(has('twap')
      ? [
          'sum(price::DECIMAL(19, 8) * coalesce(held, 0)) AS held_sum',
          'min(epoch_us(timestamp)) AS first_micros',
          'max(epoch_us(timestamp)) AS last_micros',
        ]
      : []),
  ]
}
