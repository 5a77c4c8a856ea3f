/**
 * A made-up market of two venues, over the days in which Sydney's clocks go back: trades of both sides, quotes that lack
 * one, many that share a moment, prices of all the decimals there are. The seed decides it.
 */
import type { Quote } from '@k2/market/quote.ts'
import type { Trade } from '@k2/market/trade.ts'
import type { Placed } from '../oracle/asked.ts'
import type { Asking } from './asking.ts'

type Random = () => number

export const FROM_MICROS = Date.parse('2014-04-04T00:00:00Z') * 1000
const SPAN_SECONDS = 3 * 86_400
const SIDES = ['BUY', 'SELL', 'SELL_SHORT', 'UNKNOWN'] as const

export interface Instrument {
  readonly symbol: string
  readonly exchange: 'ASX' | 'BINANCE'
}

/** One of them is traded on both. */
export const INSTRUMENTS: readonly Instrument[] = [
  { symbol: 'KTA', exchange: 'ASX' },
  { symbol: 'KTB', exchange: 'ASX' },
  { symbol: 'KTA', exchange: 'BINANCE' },
]

export interface Market {
  readonly trades: Placed<Trade>[]
  readonly quotes: Placed<Quote>[]
}

export const below = (random: Random, limit: number): number => Math.floor(random() * limit)
export const oneOf = <T>(random: Random, items: readonly T[]): T => items[below(random, items.length)]!

let made = 0

function header({ symbol, exchange }: Instrument, random: Random) {
  made++
  // Half of them in one hour, so that minutes hold several and seconds are shared.
  const second = random() < 0.5 ? below(random, SPAN_SECONDS) : SPAN_SECONDS / 2 + below(random, 900)
  return {
    messageId: `00000000-0000-8000-8000-${String(made).padStart(12, '0')}`,
    symbol,
    exchange,
    assetClass: exchange === 'ASX' ? ('equities' as const) : ('crypto' as const),
    timestampMicros: FROM_MICROS + second * 1_000_000,
    currency: exchange === 'ASX' ? 'AUD' : 'USDT',
    sourceSequence: random() < 0.2 ? null : BigInt(below(random, 4)),
    ingestionMicros: FROM_MICROS,
    vendorData: null,
  }
}

/** Around 36, a few of them with eight decimals. */
const price = (random: Random): bigint =>
  3_600_000_000n + BigInt(below(random, 200)) * 500_000n + (random() < 0.2 ? BigInt(below(random, 99)) : 0n)

const quantity = (random: Random): bigint => BigInt(below(random, 400)) * 12_500_000n + (random() < 0.1 ? 1n : 0n)

export const tradeOf = (of: Instrument, random: Random): Trade => ({
  ...header(of, random),
  tradeId: `t${made}`,
  price: price(random),
  quantity: quantity(random),
  side: oneOf(random, SIDES),
  tradeConditions: random() < 0.2 ? ['XT', '1'] : ['0'],
})

export function quoteOf(of: Instrument, random: Random): Quote {
  const [bid, ask] = [random() < 0.9, random() < 0.9]
  return {
    ...header(of, random),
    quoteId: `q${made}`,
    bidPrice: bid ? price(random) : null,
    bidQuantity: bid ? quantity(random) : null,
    askPrice: ask ? price(random) + 1_000_000n : null,
    askQuantity: ask ? quantity(random) : null,
  }
}

/** Appends so many of each instrument's trades and quotes, and notes where the log has them. */
export async function put(world: Asking, market: Market, each: number, random: Random): Promise<void> {
  for (const instrument of INSTRUMENTS) {
    const trades = Array.from({ length: each }, () => tradeOf(instrument, random))
    const quotes = Array.from({ length: each }, () => quoteOf(instrument, random))
    await putTrades(world, market, trades)
    market.quotes.push(...placed(quotes, await world.append('quotes', quotes)))
  }
}

/** Of one symbol and venue. */
export async function putTrades(world: Asking, market: Market, trades: readonly Trade[]): Promise<void> {
  market.trades.push(...placed(trades, await world.append('trades', trades)))
}

function placed<Of>(records: readonly Of[], { partition, from }: { partition: string; from: bigint }): Placed<Of>[] {
  const slash = partition.lastIndexOf('/')
  const place = { topic: partition.slice(0, slash), partition: Number(partition.slice(slash + 1)) }
  return records.map((record, i) => ({ ...record, ...place, offset: from + BigInt(i) }))
}
