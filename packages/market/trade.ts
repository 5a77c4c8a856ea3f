/** A trade, as the venue reports it. Prices and quantities are unscaled (10^-8), times µs since the epoch, UTC. */
import type { Micros } from './instant.ts'
import type { AssetClass } from './instrument.ts'

/** The aggressor's side. */
export type Side = 'BUY' | 'SELL' | 'SELL_SHORT' | 'UNKNOWN'

export interface Trade {
  readonly messageId: string
  readonly tradeId: string
  readonly symbol: string
  readonly exchange: string
  readonly assetClass: AssetClass
  readonly timestampMicros: Micros
  readonly price: bigint
  readonly quantity: bigint
  readonly currency: string
  readonly side: Side
  readonly tradeConditions: readonly string[]
  readonly sourceSequence: bigint | null
  readonly ingestionMicros: Micros
  readonly vendorData: Readonly<Record<string, string>> | null
}
