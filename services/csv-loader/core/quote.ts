/**
 * A file's row as the quote that is sent.
 *
 *   shape   (row, venue, whose file it is, its id and number) -> Quote
 *   units   as market/quote.ts has them
 */
import type { Venue } from '@k2/market/instrument.ts'
import type { Quote } from '@k2/market/quote.ts'
import type { QuoteRow } from './asx.ts'
import type { FileSubject } from './resolve.ts'
import { rowId } from './trade.ts'

export function quoteOf(
  row: QuoteRow,
  venue: Venue,
  { companyId, symbol }: FileSubject,
  messageId: string,
  sequence: bigint,
  ingestionMicros: number,
): Quote {
  return {
    messageId,
    quoteId: rowId(row.tradingDay, sequence),
    symbol,
    exchange: venue.exchange,
    assetClass: venue.assetClass,
    timestampMicros: row.timestampMicros,
    bidPrice: row.bid?.price ?? null,
    bidQuantity: row.bid?.quantity ?? null,
    askPrice: row.ask?.price ?? null,
    askQuantity: row.ask?.quantity ?? null,
    currency: venue.currency ?? '',
    sourceSequence: sequence,
    ingestionMicros,
    vendorData: companyId === null ? null : { company_id: companyId },
  }
}
