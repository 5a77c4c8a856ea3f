/** 24 hours of a symbol, as ticker/24hr tells them. Source: Binance spot "Market Data endpoints". */
import { bigText, decimalText, type QuoteEvent } from './event.ts'
import type { History } from './history.ts'

const DAY_MS = 24 * 60 * 60_000

export function dayTicker(symbol: string, history: History, quote: QuoteEvent | undefined, nowMs: number): unknown {
  const from = history.at('times', (nowMs - DAY_MS) * 1_000)
  const sums = summed(history, from)
  const last = history.end - 1
  const open = sums.count === 0 ? 0 : history.value('prices', from)
  const close = sums.count === 0 ? 0 : history.value('prices', last)
  return {
    symbol,
    priceChange: signed(close - open),
    priceChangePercent: open === 0 ? '0.000' : ((100 * (close - open)) / open).toFixed(3),
    weightedAvgPrice: bigText(sums.volume === 0n ? 0n : sums.notional / sums.volume),
    prevClosePrice: decimalText(from > history.first ? history.value('prices', from - 1) : open),
    lastPrice: decimalText(close),
    lastQty: decimalText(sums.count === 0 ? 0 : history.value('quantities', last)),
    bidPrice: decimalText(quote?.bidPrice ?? 0),
    bidQty: decimalText(quote?.bidQuantity ?? 0),
    askPrice: decimalText(quote?.askPrice ?? 0),
    askQty: decimalText(quote?.askQuantity ?? 0),
    openPrice: decimalText(open),
    highPrice: decimalText(sums.high),
    lowPrice: decimalText(sums.low),
    volume: bigText(sums.volume),
    quoteVolume: bigText(sums.notional / 100_000_000n),
    openTime: nowMs - DAY_MS,
    closeTime: nowMs,
    firstId: sums.count === 0 ? -1 : history.value('ids', from),
    lastId: sums.count === 0 ? -1 : history.value('ids', last),
    count: sums.count,
  }
}

const signed = (unscaled: number): string => `${unscaled < 0 ? '-' : ''}${decimalText(Math.abs(unscaled))}`

function summed(history: History, from: number) {
  const sums = { count: history.end - from, high: 0, low: 0, volume: 0n, notional: 0n }
  for (let position = from; position < history.end; position++) {
    const [price, quantity] = [history.value('prices', position), history.value('quantities', position)]
    sums.high = Math.max(sums.high, price)
    sums.low = position === from ? price : Math.min(sums.low, price)
    sums.volume += BigInt(quantity)
    sums.notional += BigInt(price) * BigInt(quantity)
  }
  return sums
}
