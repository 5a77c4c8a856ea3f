/** A made-up market: trades, quotes and reference records, of which many share a moment. The seed decides them. */
import type { Quote } from '@k2/market/quote.ts'
import type { Reference } from '@k2/market/reference.ts'
import type { Trade } from '@k2/market/trade.ts'

type Random = () => number

const DAY_MICROS = Date.parse('2014-03-10T00:00:00Z') * 1000
const ONE = 100_000_000n
const below = (random: Random, limit: number): number => Math.floor(random() * limit)
const units = (random: Random, limit: number): bigint => (BigInt(1 + below(random, limit)) * ONE) / 8n

let made = 0
const messageId = (): string => `00000000-0000-8000-8000-${String(++made).padStart(12, '0')}`

/** Few moments for many records, and numbers that are missing: only the whole order tells them apart. */
function header(symbol: string, random: Random) {
  return {
    messageId: messageId(),
    symbol,
    exchange: 'ASX',
    assetClass: 'equities',
    timestampMicros: DAY_MICROS + below(random, 400) * 1_000_000,
    currency: 'AUD',
    sourceSequence: random() < 0.2 ? null : BigInt(below(random, 5)),
    ingestionMicros: DAY_MICROS,
    vendorData: random() < 0.5 ? null : { venue: 'X, "quoted"' },
  } as const
}

export function tradeOf(symbol: string, random: Random): Trade {
  return {
    ...header(symbol, random),
    tradeId: `t${made}`,
    price: units(random, 1000),
    quantity: units(random, 100),
    side: 'UNKNOWN',
    tradeConditions: random() < 0.3 ? ['XT', '1'] : ['0'],
  }
}

export function quoteOf(symbol: string, random: Random): Quote {
  const hasAsk = random() < 0.8
  return {
    ...header(symbol, random),
    quoteId: `q${made}`,
    bidPrice: units(random, 1000),
    bidQuantity: units(random, 100),
    askPrice: hasAsk ? units(random, 1000) : null,
    askQuantity: hasAsk ? units(random, 100) : null,
  }
}

export function referenceOf(symbol: string, companyId: string, companyName: string): Reference {
  return {
    messageId: messageId(),
    companyId,
    symbol,
    exchange: 'ASX',
    assetClass: 'equities',
    companyName,
    isin: null,
    currency: 'AUD',
    listingMicros: DAY_MICROS,
    delistingMicros: null,
    isActive: true,
    ingestionMicros: DAY_MICROS,
    vendorData: null,
  }
}
