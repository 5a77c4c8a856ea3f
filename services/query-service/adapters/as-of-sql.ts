/**
 * A page of trades, each with the quote in force.
 *
 *   page ─► instant of the last quote at or before each trade ─► quotes of these instants ─► the last of each ─► page
 *
 * DuckDB's ASOF JOIN finds the instants, at 0.3 µs of CPU a quote. Which of several quotes of one instant it would take,
 * it leaves open; ordering all of them beforehand would cost as much again.
 */
import type { Filter } from '@k2/lake/table.ts'
import type { AsOfQuestion } from '../core/as-of.ts'
import { TRADE } from '../core/fields.ts'
import { KEY, RECORD } from '../core/pages.ts'
import { columnsWith, pageSql, type Reading, recordsSql, relation, type Statement } from './sql.ts'
import { binder, filterSql, orderSql } from './where-sql.ts'

/** Readings of the two tables, and the segments of their tails. */
export interface Sides {
  readonly reading: Reading
  readonly segments: readonly string[]
}

const QUOTE_COLUMNS = ['quote_id', 'bid_price', 'bid_quantity', 'ask_price', 'ask_quantity'] as const
const TRADE_COLUMNS = TRADE.map(({ name }) => name)

/** Times and symbols of the page's trades: the quotes that it needs lie around them. */
export function spanSql(question: AsOfQuestion, { reading, segments }: Sides): Statement {
  const page = recordsSql({ ...question, kind: 'trades', fields: ['symbol'] }, reading, segments)
  const span = 'epoch_us(min(timestamp)) AS first_micros, epoch_us(max(timestamp)) AS last_micros'
  return { ...page, sql: `SELECT ${span}, list(DISTINCT symbol) AS symbols FROM (${page.sql})` }
}

export function asOfSql(question: AsOfQuestion, trades: Sides, quotes: Sides, filter: Filter): Statement {
  const asked = question.fields.filter((name) => TRADE_COLUMNS.includes(name))
  const fields = columnsWith(asked, ['symbol', 'exchange', 'price'])
  const page = recordsSql({ ...question, kind: 'trades', fields }, trades.reading, trades.segments)
  const params = [...page.params]
  const tests = filterSql(filter, binder(params))
  const where = tests.length === 0 ? '' : `WHERE ${tests.join(' AND ')}`
  const quoted = (columns: readonly string[]) =>
    `(SELECT * FROM ${relation('quotes', quotes.reading, quotes.segments, columns)} ${where}) AS quoted`
  const whose = (a: string, b: string) => `${a}.symbol = ${b}.symbol AND ${a}.exchange = ${b}.exchange`
  const placed = `SELECT page.*, quoted.timestamp AS instant FROM page ASOF LEFT JOIN ${quoted(['symbol', 'exchange', 'timestamp'])}
      ON ${whose('page', 'quoted')} AND page.timestamp >= quoted.timestamp`
  const standing = `SELECT quoted.* FROM ${quoted(['symbol', 'exchange', ...QUOTE_COLUMNS, ...KEY])}
      JOIN (SELECT DISTINCT symbol, exchange, instant FROM placed) AS needed
      ON ${whose('quoted', 'needed')} AND quoted.timestamp = needed.instant
      QUALIFY row_number() OVER (PARTITION BY quoted.symbol, quoted.exchange, quoted.timestamp
        ORDER BY ${orderSql(RECORD, 'desc')}) = 1`
  const told = ['standing.timestamp AS quote_timestamp', ...QUOTE_COLUMNS.map((name) => `standing.${name}`)]
  const joined = `SELECT placed.*, ${told.join(', ')} FROM placed LEFT JOIN standing
      ON ${whose('placed', 'standing')} AND placed.instant = standing.timestamp
      AND epoch_us(placed.timestamp) - epoch_us(placed.instant) <= ${question.maxAgeMicros}`
  const both = 'ask_price::DECIMAL(20, 8) + bid_price'
  return {
    sql: `WITH page AS MATERIALIZED (${page.sql}), placed AS MATERIALIZED (${placed}), standing AS (${standing})
      SELECT *, (ask_price::DECIMAL(20, 8) - bid_price)::DECIMAL(30, 8) AS spread, ((${both}) * 0.5)::DECIMAL(30, 9) AS mid_price,
      abs(price::DECIMAL(20, 8) * 2 - (${both}))::DECIMAL(30, 8) AS effective_spread FROM (${joined}) ${pageSql(question)}`,
    params,
  }
}
