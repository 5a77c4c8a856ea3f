/**
 * The venues that are stood in for, their hosts and their rules.
 *
 *   units   ms; weights by minute and address
 *   source  Binance spot "web-socket-streams.md" of 2026-07, "Limits" and "Market Data endpoints" of 2026-01;
 *           Binance.US "web-socket-streams.md" of 2023-09 and REST documents of the same time
 *
 * What no document says is ours, and marked so: codes of a close, when a 429 becomes a 418, what is told beyond 1,024 streams.
 */
import type { Route } from './rest.ts'

export interface Rules {
  readonly pingMs: number
  /** For a pong; then the line is cut. */
  readonly pongMs: number
  /** Of a connection. */
  readonly lifeMs: number
  /** From a client: pings, pongs and requests. */
  readonly messagesPerSecond: number
  readonly streamsMax: number
  readonly attemptsMax: number
  readonly attemptsMs: number
  readonly hasTimeUnit: boolean
  /** Trades name orders: Binance.US documents them still. */
  readonly hasOrderIds: boolean
  readonly weightPerMinute: number
  readonly requestsPerFiveMinutes: number
  /** After so many 429 in a minute an address is banned (ours). */
  readonly refusalsMax: number
  /** First ban; each further one lasts twice as long, up to three days. */
  readonly banMs: number
  /** Routes that ask for an API key. */
  readonly keyed: readonly Route[]
  readonly weights: Readonly<Record<Route, number>>
  /** Of tickers for several symbols, or all. */
  readonly manyWeight: number
  /** Of 24hr for up to 20, up to 100, and more or all. */
  readonly dayWeights: readonly [number, number, number]
  /** A client that takes no more is cut (ours). */
  readonly backlogBytesMax: number
}

export interface Venue {
  readonly name: string
  readonly streams: readonly string[]
  readonly rest: readonly string[]
  readonly rules: Rules
  /** Of made up orders, to the first venue's. */
  readonly pace: number
}

const MINUTE_MS = 60_000

// biome-ignore format: a table reads by its columns
const BINANCE_RULES: Rules = {
  pingMs: 20_000, pongMs: MINUTE_MS, lifeMs: 24 * 60 * MINUTE_MS,
  messagesPerSecond: 5, streamsMax: 1024, attemptsMax: 300, attemptsMs: 5 * MINUTE_MS,
  hasTimeUnit: true, hasOrderIds: false,
  weightPerMinute: 6_000, requestsPerFiveMinutes: 61_000, refusalsMax: 10, banMs: 2 * MINUTE_MS,
  keyed: [],
  weights: {
    ping: 1, time: 1, exchangeInfo: 20, trades: 25, historicalTrades: 25, aggTrades: 4,
    'ticker/price': 2, 'ticker/bookTicker': 2, 'ticker/24hr': 2,
  },
  manyWeight: 4, dayWeights: [2, 40, 80],
  backlogBytesMax: 64 * 2 ** 20,
}

// biome-ignore format: a table reads by its columns
const BINANCE_US_RULES: Rules = {
  ...BINANCE_RULES,
  pingMs: 3 * MINUTE_MS, pongMs: 10 * MINUTE_MS,
  hasTimeUnit: false, hasOrderIds: true,
  weightPerMinute: 1_200,
  keyed: ['historicalTrades'],
  weights: {
    ping: 1, time: 1, exchangeInfo: 10, trades: 1, historicalTrades: 5, aggTrades: 1,
    'ticker/price': 1, 'ticker/bookTicker': 1, 'ticker/24hr': 1,
  },
  manyWeight: 2, dayWeights: [1, 20, 40],
}

export const BINANCE: Venue = {
  name: 'binance',
  streams: ['stream.binance.com:9443', 'stream.binance.com:443', 'data-stream.binance.vision'],
  rest: ['api.binance.com', 'data-api.binance.vision'],
  rules: BINANCE_RULES,
  pace: 1,
}

export const BINANCE_US: Venue = {
  name: 'binanceus',
  streams: ['stream.binance.us:9443'],
  rest: ['api.binance.us'],
  rules: BINANCE_US_RULES,
  pace: 0.2,
}
