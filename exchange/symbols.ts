/**
 * Symbols that the stand-in trades, and what exchangeInfo says of them.
 *
 *   units   10^-8 for prices, ticks and steps
 */
import { K2Error } from '@k2/contracts/codes.ts'

export interface SymbolFacts {
  readonly symbol: string
  readonly base: string
  readonly quote: string
  /** Around which a generated price begins. */
  readonly price: number
  readonly tick: number
  readonly step: number
}

const QUOTES = ['USDT', 'USDC', 'FDUSD', 'BUSD', 'TUSD', 'USD', 'BTC', 'ETH', 'BNB', 'EUR', 'TRY', 'DAI']

// biome-ignore format: a table reads by its columns
const KNOWN: Readonly<Record<string, readonly [price: number, tick: number, step: number]>> = {
  BTC:  [6_180_000_000_000, 1_000_000, 1_000],
  ETH:  [  268_000_000_000, 1_000_000, 10_000],
  BNB:  [   51_000_000_000, 1_000_000, 100_000],
  SOL:  [   15_000_000_000, 1_000_000, 100_000],
  TRX:  [       23_120_000,    10_000, 10_000_000],
}
const OTHER = [1_000_000_000, 10_000, 10_000_000] as const

/** `BTCUSDT` is BTC for USDT. */
export function factsOf(symbol: string): SymbolFacts {
  const quote = QUOTES.find((each) => symbol.length > each.length && symbol.endsWith(each))
  if (quote === undefined || symbol !== symbol.toUpperCase())
    throw new K2Error('INVALID_ARGUMENT', `${symbol} is no symbol: upper case, ending in one of ${QUOTES.join(', ')}.`)
  const base = symbol.slice(0, -quote.length)
  const [price, tick, step] = KNOWN[base] ?? OTHER
  return { symbol, base, quote, price, tick, step }
}
