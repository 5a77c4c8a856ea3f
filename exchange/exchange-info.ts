/** The body of exchangeInfo. Source: Binance spot "General endpoints". */
import { decimalText } from './event.ts'
import type { SymbolFacts } from './symbols.ts'
import type { Rules } from './venues.ts'

export function exchangeInfo(symbols: readonly SymbolFacts[], rules: Rules, nowMs: number): unknown {
  return {
    timezone: 'UTC',
    serverTime: nowMs,
    rateLimits: [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: rules.weightPerMinute },
      { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: rules.requestsPerFiveMinutes },
    ],
    exchangeFilters: [],
    symbols: symbols.map(symbolInfo),
  }
}

const symbolInfo = ({ symbol, base, quote, tick, step }: SymbolFacts) => ({
  symbol,
  status: 'TRADING',
  baseAsset: base,
  baseAssetPrecision: 8,
  quoteAsset: quote,
  quotePrecision: 8,
  quoteAssetPrecision: 8,
  orderTypes: ['LIMIT', 'MARKET'],
  isSpotTradingAllowed: true,
  isMarginTradingAllowed: false,
  filters: [
    {
      filterType: 'PRICE_FILTER',
      minPrice: decimalText(tick),
      maxPrice: '1000000.00000000',
      tickSize: decimalText(tick),
    },
    { filterType: 'LOT_SIZE', minQty: decimalText(step), maxQty: '9000.00000000', stepSize: decimalText(step) },
  ],
  permissions: [],
  permissionSets: [['SPOT']],
})
