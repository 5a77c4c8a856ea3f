/** Trades with the quote in force, found by looking at every quote: see asked.ts. */
import type { Quote } from '@k2/market/quote.ts'
import type { Trade } from '@k2/market/trade.ts'
import { before, type Placed, type Row } from './asked.ts'
import { decimalOf, isoOf } from './trade.ts'

/** In the order of the trades. Quotes are those that the answer covers. */
export function asOf(trades: readonly Placed<Trade>[], quotes: readonly Placed<Quote>[], maxAge: bigint): Row[] {
  const ordered = quotes.toSorted(before)
  return trades.map((trade) => {
    const at = BigInt(trade.timestampMicros)
    const quote = ordered.findLast((one) => {
      return one.symbol === trade.symbol && one.exchange === trade.exchange && BigInt(one.timestampMicros) <= at
    })
    const inForce = quote && at - BigInt(quote.timestampMicros) <= maxAge ? quote : undefined
    return { message_id: trade.messageId, price: decimalOf(trade.price), ...toldOf(trade, inForce) }
  })
}

function toldOf({ price }: Placed<Trade>, quote: Placed<Quote> | undefined): Row {
  const [bid, ask] = [quote?.bidPrice ?? null, quote?.askPrice ?? null]
  const isWhole = bid !== null && ask !== null
  const text = (value: bigint | null | undefined) => (value === null || value === undefined ? null : decimalOf(value))
  const away = isWhole ? 2n * price - bid - ask : 0n
  return {
    quote_id: quote?.quoteId ?? null,
    quote_timestamp: quote ? isoOf(BigInt(quote.timestampMicros)) : null,
    bid_price: text(bid),
    bid_quantity: text(quote?.bidQuantity),
    ask_price: text(ask),
    ask_quantity: text(quote?.askQuantity),
    spread: isWhole ? decimalOf(ask - bid) : null,
    mid_price: isWhole ? halfOf(ask + bid) : null,
    effective_spread: isWhole ? decimalOf(away < 0n ? -away : away) : null,
  }
}

/** Of a count of 10^-8, as text: five more of the next decimal where it is odd. */
function halfOf(sum: bigint): string {
  const size = sum < 0n ? -sum : sum
  const half = size / 2n
  const digits = String(half).padStart(9, '0')
  const text = `${digits.slice(0, -8)}.${digits.slice(-8)}${size % 2n === 0n ? '' : '5'}`.replace(/\.?0+$/, '')
  return sum < 0n ? `-${text}` : text
}
