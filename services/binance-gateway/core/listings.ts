/** What exchangeInfo says of the symbols that were asked for. Pure. */
import type { Listing } from './subject.ts'

export interface Listed extends Listing {
  /** TRADING, or why not: BREAK, HALT. */
  readonly status: string
}

/** undefined: it cannot be read. */
export function readListings(bytes: Uint8Array): Map<string, Listed> | undefined {
  try {
    const { symbols } = JSON.parse(Buffer.from(bytes).toString())
    const listed = new Map<string, Listed>()
    for (const { symbol, quoteAsset, status } of symbols) {
      if (typeof symbol !== 'string' || typeof quoteAsset !== 'string') return undefined
      listed.set(symbol, { symbol, currency: quoteAsset, status: String(status ?? 'TRADING') })
    }
    return listed
  } catch {
    return undefined
  }
}

export const listingsPath = (symbols: readonly string[]): string =>
  `/api/v3/exchangeInfo?symbols=${encodeURIComponent(JSON.stringify(symbols))}`
