/**
 * What `npm run bench -- query` asks: each question as REST and gRPC have it, and as somebody would write it for
 * DuckDB alone over the files that our planner names. Variants differ by symbol and time, so that no answer is lying
 * ready.
 */

import { QUOTES, TRADES } from '@k2/contracts/tables.ts'
import { scanSql } from '@k2/lake/duckdb/read.ts'
import type { Filter } from '@k2/lake/table.ts'
import { DAY_MICROS, formatInstant } from '@k2/market/instant.ts'
import { openMicros, SESSION_MICROS, SESSIONS, SYMBOLS, sessionDate } from './bench-query-lake.ts'

export interface Asked {
  readonly path: string
  readonly rpc: 'GetTrades' | 'GetAsOf' | 'GetOhlcv' | 'GetSummary' | 'ListSymbols' | 'GetStats'
  readonly request: object
  /** What DuckDB alone needs to read; absent where it has no such question. */
  readonly alone?: Alone
}

export interface Alone {
  /** Of trades, and of quotes where it joins them. */
  readonly filter: Filter
  readonly quotes?: Filter
  readonly sql: (trades: string, quotes: string) => string
}

export interface Kind {
  readonly name: string
  /** SPEC's limit on its ratio to DuckDB alone. */
  readonly ratioMax?: number
  /** SPEC's limit on its 99th percentile, in ms. */
  readonly p99Max?: number
  /** Different questions that there are; each is asked twice before it is measured. Without it 24: 8 symbols, 3 sessions. */
  readonly variants?: number
  /** Asked this often in one turn. */
  readonly times: number
  /** Asked by many clients at once too. */
  readonly isCrowded?: true
  readonly variant: (n: number) => Asked
}

const MINUTE = 60_000_000
const WEEK = SESSIONS * DAY_MICROS
const FIFTY = SYMBOLS.slice(0, 50)
const HOUR = 60 * MINUTE
const LIMIT = 10_000
const ORDER = 'timestamp, source_sequence, kafka_topic, kafka_partition, kafka_offset'
const NEWEST = ORDER.replaceAll(/\w+/g, '$& DESC')

/** Symbols of middling activity: about 130 trades a minute in 10,000,000 rows. */
const symbolOf = (n: number): string => SYMBOLS[20 + (n % 8)]!
const text = (micros: number): string => formatInstant(micros)

export const KINDS: readonly Kind[] = [
  { name: 'symbol, minute', ratioMax: 1.3, times: 5, isCrowded: true, variant: (n) => range(n, MINUTE) },
  { name: 'symbol, hour', ratioMax: 1.3, times: 5, isCrowded: true, variant: (n) => range(n, HOUR) },
  { name: 'symbol, day', times: 3, variant: (n) => range(n, SESSION_MICROS) },
  { name: 'symbol, last 1000', times: 5, variant: last },
  {
    name: 'OHLCV 1m, day',
    ratioMax: 1.3,
    times: 5,
    isCrowded: true,
    variant: (n) => bars(n, '1m', MINUTE, [symbolOf(n)]),
  },
  { name: 'OHLCV 1h, day', ratioMax: 1.3, times: 5, variant: (n) => bars(n, '1h', HOUR, [symbolOf(n)]) },
  { name: 'OHLCV 1h, week', times: 5, variant: (n) => bars(n, '1h', HOUR, [symbolOf(n)], WEEK) },
  {
    name: 'OHLCV 5m, day, 50 symbols',
    p99Max: 100,
    times: 2,
    variants: SESSIONS,
    isCrowded: true,
    variant: (n) => bars(n, '5m', 5 * MINUTE, FIFTY),
  },
  { name: 'as-of join, minute', ratioMax: 2, times: 3, isCrowded: true, variant: asOf },
  { name: 'summary', times: 5, variant: summary },
  { name: 'symbols', times: 1, variants: 1, variant: listed },
  { name: 'stats', times: 5, variants: 1, variant: () => ({ path: '/v1/stats', rpc: 'GetStats', request: {} }) },
]

function where({ symbols = [], fromMicros, toMicros }: Filter): string {
  const tests = [`symbol IN (${symbols.map((symbol) => `'${symbol}'`).join(', ')})`]
  if (fromMicros !== undefined) tests.push(`timestamp >= '${text(fromMicros)}'`)
  if (toMicros !== undefined) tests.push(`timestamp < '${text(toMicros)}'`)
  return `WHERE ${tests.join(' AND ')}`
}

function range(n: number, micros: number): Asked {
  const symbol = symbolOf(n)
  const fromMicros = openMicros(n % SESSIONS) + 2 * HOUR + (n % 7) * MINUTE
  const filter = { symbols: [symbol], fromMicros, toMicros: fromMicros + micros }
  const times = { start_time: text(filter.fromMicros), end_time: text(filter.toMicros) }
  const query = new URLSearchParams({ symbol, ...times, order: 'asc', limit: String(LIMIT) })
  return {
    path: `/v1/trades?${query}`,
    rpc: 'GetTrades',
    request: {
      symbols: [symbol],
      startTime: times.start_time,
      endTime: times.end_time,
      order: 'ORDER_ASC',
      limit: LIMIT,
    },
    alone: { filter, sql: (from) => `SELECT * FROM ${from} ${where(filter)} ORDER BY ${ORDER} LIMIT ${LIMIT}` },
  }
}

function last(n: number): Asked {
  const symbol = symbolOf(n)
  const filter = { symbols: [symbol] }
  return {
    path: `/v1/trades?symbol=${symbol}&limit=1000`,
    rpc: 'GetTrades',
    request: { symbols: [symbol], limit: 1000 },
    alone: { filter, sql: (from) => `SELECT * FROM ${from} ${where(filter)} ORDER BY ${NEWEST} LIMIT 1000` },
  }
}

const BARS = `first(price ORDER BY timestamp, source_sequence) AS open, max(price) AS high, min(price) AS low,
  last(price ORDER BY timestamp, source_sequence) AS close, sum(quantity) AS volume, count(*) AS trade_count,
  sum(price::DECIMAL(19, 8) * quantity) AS notional`

function bars(n: number, timeframe: string, width: number, symbols: readonly string[], lasts = SESSION_MICROS): Asked {
  const fromMicros = openMicros(lasts === WEEK ? 0 : n % SESSIONS)
  const filter = { symbols, fromMicros, toMicros: fromMicros + lasts }
  const times = { start_time: text(filter.fromMicros), end_time: text(filter.toMicros) }
  const query = new URLSearchParams({ symbol: symbols.join(), ...times, limit: String(LIMIT) })
  const bucket = `time_bucket(INTERVAL ${width / 1e6} SECOND, timestamp)`
  return {
    path: `/v1/ohlcv/${timeframe}?${query}`,
    rpc: 'GetOhlcv',
    request: { timeframe, symbols, startTime: times.start_time, endTime: times.end_time, limit: LIMIT },
    alone: {
      filter,
      sql: (from) => `SELECT symbol, exchange, ${bucket} AS bucket, ${BARS} FROM ${from} ${where(filter)}
        GROUP BY symbol, exchange, bucket ORDER BY bucket, symbol, exchange LIMIT ${LIMIT}`,
    },
  }
}

const MAX_AGE = 10 * MINUTE

function asOf(n: number): Asked {
  const { request, alone } = range(n, MINUTE) as { request: Record<string, unknown>; alone: Alone }
  const { symbols, fromMicros, toMicros } = alone.filter
  const query = new URLSearchParams({
    ...{ symbol: symbols![0]!, start_time: text(fromMicros!), end_time: text(toMicros!) },
    ...{ order: 'asc', limit: String(LIMIT), max_age: '10m' },
  })
  const quotes = { ...alone.filter, fromMicros: fromMicros! - MAX_AGE }
  return {
    path: `/v1/asof?${query}`,
    rpc: 'GetAsOf',
    request: { ...request, maxAge: '10m' },
    alone: {
      filter: alone.filter,
      quotes,
      sql: (
        trades,
        from,
      ) => `SELECT t.*, q.timestamp AS quoted, q.quote_id, q.bid_price, q.bid_quantity, q.ask_price, q.ask_quantity,
          ask_price - bid_price AS spread, (ask_price + bid_price) / 2 AS mid_price,
          2 * abs(price - (ask_price + bid_price) / 2) AS effective_spread
        FROM (SELECT * FROM ${trades} ${where(alone.filter)}) t
        ASOF LEFT JOIN (SELECT * FROM ${from} ${where(quotes)}) q
        ON t.symbol = q.symbol AND t.exchange = q.exchange AND t.timestamp >= q.timestamp
        ORDER BY t.timestamp, t.source_sequence LIMIT ${LIMIT}`,
    },
  }
}

function summary(n: number): Asked {
  const [symbol, session] = [symbolOf(n), n % SESSIONS]
  const date = sessionDate(session)
  const fromMicros = openMicros(session) - 10 * HOUR
  const filter = { symbols: [symbol], fromMicros, toMicros: fromMicros + 24 * HOUR }
  return {
    path: `/v1/summary/${symbol}/${date}`,
    rpc: 'GetSummary',
    request: { symbol, date },
    alone: {
      filter,
      sql: (from) => `SELECT symbol, exchange, ${BARS} FROM ${from} ${where(filter)} GROUP BY symbol, exchange`,
    },
  }
}

/** Of trades and of quotes, as the answer is. */
function listed(): Asked {
  const of = (kind: string, from: string) =>
    `SELECT symbol, exchange, '${kind}' AS kind, count(*) AS records, min(timestamp) AS first, max(timestamp) AS last
      FROM ${from} GROUP BY symbol, exchange`
  return {
    path: '/v1/symbols',
    rpc: 'ListSymbols',
    request: {},
    alone: {
      filter: {},
      quotes: {},
      sql: (trades, quotes) => `SELECT symbol, exchange, list(kind ORDER BY kind), sum(records), min(first), max(last)
        FROM (${of('trades', trades)} UNION ALL ${of('quotes', quotes)}) GROUP BY symbol, exchange ORDER BY exchange, symbol`,
    },
  }
}

export const relationOf = (files: readonly string[]): string => scanSql(TRADES, files)
export const quotesOf = (files: readonly string[]): string => scanSql(QUOTES, files)
