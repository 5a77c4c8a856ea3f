/** Best bid and ask at a moment. A side without an order is null, not 0. */
import type { Micros } from './instant.ts'
import type { AssetClass } from './instrument.ts'

export interface Quote {
  readonly messageId: string
  readonly quoteId: string
  readonly symbol: string
  readonly exchange: string
  readonly assetClass: AssetClass
  readonly timestampMicros: Micros
  readonly bidPrice: bigint | null
  readonly bidQuantity: bigint | null
  readonly askPrice: bigint | null
  readonly askQuantity: bigint | null
  readonly currency: string
  readonly sourceSequence: bigint | null
  readonly ingestionMicros: Micros
  readonly vendorData: Readonly<Record<string, string>> | null
}
