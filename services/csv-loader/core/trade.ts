/**
 * A file's row as the trade that is sent.
 *
 *   shape   (row, venue, whose file it is, its id and number) -> Trade
 *   units   as market/trade.ts has them
 */
import type { Venue } from '@k2/market/instrument.ts'
import type { Trade } from '@k2/market/trade.ts'
import type { TradeRow } from './asx.ts'
import type { FileSubject } from './resolve.ts'

export function tradeOf(
  row: TradeRow,
  venue: Venue,
  { companyId, symbol }: FileSubject,
  messageId: string,
  sequence: bigint,
  ingestionMicros: number,
): Trade {
  const day = new Date(row.tradingDay * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
  return {
    messageId,
    tradeId: `${day}-${sequence}`,
    symbol,
    exchange: venue.exchange,
    assetClass: venue.assetClass,
    timestampMicros: row.timestampMicros,
    price: row.price,
    quantity: row.quantity,
    currency: venue.currency ?? '',
    side: 'UNKNOWN',
    tradeConditions: row.qualifiers === '' ? [] : [row.qualifiers],
    sourceSequence: sequence,
    ingestionMicros,
    vendorData: {
      ...(companyId !== null && { company_id: companyId }),
      qualifiers: row.qualifiers,
      ...(row.venue !== '' && { venue: row.venue }),
      ...(row.buyerId !== '' && { buyer_id: row.buyerId }),
    },
  }
}
