/**
 * Which questions a newcomer is shown: of the symbol with the most trades, and of the last day it traded on.
 *
 *   shape   what /v1/symbols answers -> questions, each as both doors take it
 */
import { formatDay, formatInstant, parseInstant } from '@k2/market/instant.ts'
import { venue } from '@k2/market/instrument.ts'
import { dayBounds, localDay } from '@k2/market/zone.ts'
import type { Doors } from './state.ts'

export interface ListedSymbol {
  readonly symbol: string
  readonly exchange: string
  readonly trade_count: string
  readonly last_timestamp: string
}

export interface Example {
  readonly title: string
  /** Of REST, as path and query. */
  readonly path: string
  /** Words behind `npx k2`. */
  readonly words: string
  /** Columns of the answer that are shown. */
  readonly columns: readonly string[]
  readonly shows: 'rows' | 'bars' | 'proof'
}

/** None where nothing has been traded. */
export function examplesOf(symbols: readonly ListedSymbol[]): Example[] {
  const [most] = [...symbols].sort((a, b) => Number(b.trade_count) - Number(a.trade_count))
  if (most === undefined) return []
  const { symbol, exchange, last_timestamp } = most
  const zone = venue(exchange)?.zone ?? 'UTC'
  const day = localDay(zone, parseInstant(last_timestamp)!)
  const date = formatDay(day)
  const from = `${formatInstant(dayBounds(zone, day).from).slice(0, 19)}Z`
  return [
    {
      title: `The last trades of ${symbol}, with the proof that every answer has`,
      path: `/v1/trades?symbol=${symbol}&limit=3`,
      words: `trades ${symbol} --limit 3`,
      columns: ['timestamp', 'price', 'quantity', 'trade_conditions', 'trade_id'],
      shows: 'proof',
    },
    {
      title: `Its 5-minute bars of ${date}`,
      path: `/v1/ohlcv/5m?symbol=${symbol}&start_time=${from}`,
      words: `ohlcv ${symbol} --timeframe 5m --start-time ${from}`,
      columns: ['timestamp', 'open', 'high', 'low', 'close', 'volume', 'trade_count'],
      shows: 'bars',
    },
    {
      title: `Its trading day ${date}`,
      path: `/v1/summary/${symbol}/${date}`,
      words: `summary ${symbol} ${date}`,
      columns: ['open_price', 'high_price', 'low_price', 'close_price', 'volume', 'trade_count', 'vwap'],
      shows: 'rows',
    },
    {
      title: 'What there is',
      path: '/v1/symbols?limit=3',
      words: 'symbols --limit 3',
      columns: ['symbol', 'exchange', 'trade_count', 'first_timestamp', 'last_timestamp'],
      shows: 'rows',
    },
  ]
}

/** The commands that ask it. */
export function commandsOf({ path, words }: Example, { url, grpc }: Doors): [curl: string, k2: string] {
  const address = grpc === '127.0.0.1:50051' ? '' : ` --address ${grpc}`
  return [`curl '${url}${path}'`, `npx k2 ${words}${address}`]
}
