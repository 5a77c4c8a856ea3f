/**
 * A page of trades, each with the quote in force: DuckDB's ASOF JOIN takes of each symbol and venue the last quote at or
 * before the trade. Which one that is among quotes of one instant it would leave open: so of each instant only the last
 * one in SPEC's order stands for it.
 */
import type { Filter } from '@k2/lake/table.ts'
import type { AsOfQuestion } from '../core/as-of.ts'
import { TRADE } from '../core/fields.ts'
import { KEY, RECORD } from '../core/pages.ts'
import { columnsWith, list, pageSql, type Reading, recordsSql, relation, type Statement } from './sql.ts'
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
  const read = ['symbol', 'exchange', ...QUOTE_COLUMNS, ...KEY]
  const standing = `SELECT ${list(['symbol', 'exchange', ...QUOTE_COLUMNS])}, timestamp AS quote_timestamp
      FROM ${relation('quotes', quotes.reading, quotes.segments, read)} ${where}
      QUALIFY row_number() OVER (PARTITION BY symbol, exchange, timestamp ORDER BY ${orderSql(RECORD, 'desc')}) = 1`
  const isInForce = `epoch_us(page.timestamp) - epoch_us(standing.quote_timestamp) <= ${question.maxAgeMicros}`
  const told = ['quote_timestamp', ...QUOTE_COLUMNS].map(
    (name) => `CASE WHEN ${isInForce} THEN standing.${name} END AS ${name}`,
  )
  const joined = `SELECT page.*, ${told.join(', ')} FROM page ASOF LEFT JOIN standing
      ON page.symbol = standing.symbol AND page.exchange = standing.exchange AND page.timestamp >= standing.quote_timestamp`
  const both = 'ask_price::DECIMAL(20, 8) + bid_price'
  return {
    sql: `WITH page AS MATERIALIZED (${page.sql}), standing AS (${standing})
      SELECT *, (ask_price::DECIMAL(20, 8) - bid_price)::DECIMAL(30, 8) AS spread, ((${both}) * 0.5)::DECIMAL(30, 9) AS mid_price,
      abs(price::DECIMAL(20, 8) * 2 - (${both}))::DECIMAL(30, 8) AS effective_spread FROM (${joined}) ${pageSql(question)}`,
    params,
  }
}
