/** A plain trade of the ASX, by symbol and number: each number makes another, a µs later. */
import type { Trade } from '@k2/market/trade.ts'

const DAY_MICROS = Date.parse('2014-03-10T00:00:00Z') * 1000

export function numberedTrade(symbol: string, number: number): Trade {
  const hex = Buffer.from(symbol.padEnd(8)).toString('hex')
  return {
    messageId: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8000-${String(number).padStart(12, '0')}`,
    tradeId: `t${number}`,
    symbol,
    exchange: 'ASX',
    assetClass: 'equities',
    timestampMicros: DAY_MICROS + number,
    price: 100_000_000n + BigInt(number),
    quantity: 100_000_000n * BigInt(number),
    currency: 'AUD',
    side: 'UNKNOWN',
    tradeConditions: [],
    sourceSequence: BigInt(number),
    ingestionMicros: DAY_MICROS,
    vendorData: null,
  }
}
