/**
 * A file's row as the trade that is sent.
 *
 *   shape   (row, venue, whose file it is, its id and number) -> Trade
 *   units   as market/trade.ts has them
 */
import { formatDay } from '@k2/market/instant.ts'
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
  return {
    messageId,
    tradeId: rowId(row.tradingDay, sequence),
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

/** `20140310-17`: the trading day, and the row's number in it. */
export const rowId = (tradingDay: number, sequence: bigint): string =>
  `${formatDay(tradingDay).replaceAll('-', '')}-${sequence}`
