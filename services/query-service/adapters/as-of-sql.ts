/**
 * A page of trades, each with the quote in force.
 *
 *   page, and quotes with their place in SPEC's order ─► ASOF JOIN on that place ─► page
 *
 * Of several quotes of one instant DuckDB's ASOF JOIN takes any: so it compares whole places, not times. Over a session's
 * quotes it is also many times faster so than on times alone (`npm run bench -- query`).
 */
import type { Filter } from '@k2/lake/table.ts'
import type { AsOfQuestion } from '../core/as-of.ts'
import { TRADE } from '../core/fields.ts'
import { KEY, RECORD } from '../core/pages.ts'
import { columnsWith, type Reading, recordsSql, relation, type Statement } from './sql.ts'
import { binder, filterSql, LEAST, orderSql } from './where-sql.ts'

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

/** An instant's quotes all lie before `AFTER` of it. */
const PLACE = `row(epoch_us(timestamp), coalesce(source_sequence, ${LEAST}), kafka_topic, kafka_partition, kafka_offset)`
const AFTER = `row(epoch_us(timestamp) + 1, ${LEAST}, '', (-1)::INTEGER, (-1)::BIGINT)`

export function asOfSql(question: AsOfQuestion, trades: Sides, quotes: Sides, filter: Filter): Statement {
  const asked = question.fields.filter((name) => TRADE_COLUMNS.includes(name))
  const fields = columnsWith(asked, ['symbol', 'exchange', 'price'])
  const page = recordsSql({ ...question, kind: 'trades', fields }, trades.reading, trades.segments)
  const params = [...page.params]
  const tests = filterSql(filter, binder(params))
  const where = tests.length === 0 ? '' : `WHERE ${tests.join(' AND ')}`
  const read = ['symbol', 'exchange', ...QUOTE_COLUMNS, ...KEY]
  const age = 'epoch_us(page.timestamp) - epoch_us(quoted.timestamp)'
  const told = [['timestamp', 'quote_timestamp'], ...QUOTE_COLUMNS.map((name) => [name, name])].map(
    ([of, name]) => `CASE WHEN ${age} <= ${question.maxAgeMicros} THEN quoted.${of} END AS ${name}`,
  )
  const joined = `SELECT page.* EXCLUDE (after), ${told.join(', ')} FROM (SELECT *, ${AFTER} AS after FROM (${page.sql})) AS page
      ASOF LEFT JOIN (SELECT *, ${PLACE} AS place FROM ${relation('quotes', quotes.reading, quotes.segments, read)} ${where}) AS quoted
      ON page.symbol = quoted.symbol AND page.exchange = quoted.exchange AND page.after > quoted.place`
  const both = 'ask_price::DECIMAL(20, 8) + bid_price'
  return {
    sql: `SELECT *, (ask_price::DECIMAL(20, 8) - bid_price)::DECIMAL(30, 8) AS spread, ((${both}) * 0.5)::DECIMAL(30, 9) AS mid_price,
      abs(price::DECIMAL(20, 8) * 2 - (${both}))::DECIMAL(30, 8) AS effective_spread FROM (${joined})
      ORDER BY ${orderSql(RECORD, question.order)}`,
    params,
  }
}
