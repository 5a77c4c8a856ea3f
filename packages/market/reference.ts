/** What a vendor says of a company and its listing. */
import type { Micros } from './instant.ts'
import type { AssetClass } from './instrument.ts'

export interface Reference {
  readonly messageId: string
  readonly companyId: string
  readonly symbol: string
  readonly exchange: string
  readonly assetClass: AssetClass
  readonly companyName: string
  readonly isin: string | null
  readonly currency: string | null
  readonly listingMicros: Micros | null
  readonly delistingMicros: Micros | null
  readonly isActive: boolean
  readonly ingestionMicros: Micros
  readonly vendorData: Readonly<Record<string, string>> | null
}
