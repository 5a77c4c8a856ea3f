/** Venues: whose clock, whose currency, what they trade. Names are upper case, as in `exchange`. */
export type AssetClass = 'equities' | 'crypto' | 'futures' | 'options'

export interface Venue {
  readonly exchange: string
  readonly assetClass: AssetClass
  /** IANA zone of its wall clock: local times in its files, and its trading days. */
  readonly zone: string
  /** Currency of its prices, where it is one for all. */
  readonly currency: string | null
  /** When its numbers of a symbol's trades (source_sequence) begin again: every trading day, or never. */
  readonly numbersRestart: 'daily' | 'never'
}

// biome-ignore format: a table reads by its columns
export const VENUES: readonly Venue[] = [
  { exchange: 'ASX',       assetClass: 'equities', zone: 'Australia/Sydney', currency: 'AUD', numbersRestart: 'daily' },
  { exchange: 'BINANCE',   assetClass: 'crypto',   zone: 'UTC',              currency: null,  numbersRestart: 'never' },
  { exchange: 'BINANCEUS', assetClass: 'crypto',   zone: 'UTC',              currency: null,  numbersRestart: 'never' },
]

export function venue(exchange: string): Venue | undefined {
  return VENUES.find((one) => one.exchange === exchange)
}
