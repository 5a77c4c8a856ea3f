/** Venues that speak Binance's protocol: their doors, their limits, and their topics. Pure facts. */
import { MARKET_TOPICS, type MarketTopic } from '@k2/contracts/topics.ts'

export interface FeedVenue {
  readonly exchange: 'BINANCE' | 'BINANCEUS'
  /** In the order to try them. */
  readonly streams: readonly string[]
  readonly requests: readonly string[]
  /** What the stream is asked to count time in; null: it knows ms alone. */
  readonly timeUnit: 'MICROSECOND' | null
  /** It shows trades from an id on only to who has a key, which we have none of: its latest ones are asked for in their place. */
  readonly hidesPast: boolean
  /** Of requests, a minute. */
  readonly weightMax: number
  readonly weights: Weights
}

export interface Weights {
  readonly time: number
  readonly exchangeInfo: number
  readonly historicalTrades: number
  readonly trades: number
  readonly aggTrades: number
}

const WEIGHTS: Weights = { time: 1, exchangeInfo: 20, historicalTrades: 25, trades: 25, aggTrades: 4 }

export const BINANCE: FeedVenue = {
  exchange: 'BINANCE',
  streams: ['wss://stream.binance.com:9443', 'wss://stream.binance.com:443', 'wss://data-stream.binance.vision'],
  requests: ['https://data-api.binance.vision', 'https://api.binance.com'],
  timeUnit: 'MICROSECOND',
  hidesPast: false,
  weightMax: 6_000,
  weights: WEIGHTS,
}

/** Another venue, with prices and trade ids of its own. */
export const BINANCEUS: FeedVenue = {
  exchange: 'BINANCEUS',
  streams: ['wss://stream.binance.us:9443'],
  requests: ['https://api.binance.us'],
  timeUnit: null,
  hidesPast: true,
  weightMax: 1_200,
  weights: { ...WEIGHTS, exchangeInfo: 10, historicalTrades: 5, trades: 1, aggTrades: 1 },
}

export function topicsOf({ exchange }: FeedVenue): { readonly trades: MarketTopic; readonly quotes: MarketTopic } {
  const of = (kind: MarketTopic['kind']) => MARKET_TOPICS.find((one) => one.exchange === exchange && one.kind === kind)!
  return { trades: of('trades'), quotes: of('quotes') }
}
