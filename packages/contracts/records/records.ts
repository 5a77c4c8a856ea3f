/**
 * Market record -> Avro. Field by field: the one place that knows how a record's names meet the schema's.
 *
 *   shape   record -> the value that the Avro type of its kind encodes
 */
import type { Quote } from '@k2/market/quote.ts'
import type { Reference } from '@k2/market/reference.ts'
import type { Trade } from '@k2/market/trade.ts'

export type AvroValue = Readonly<Record<string, unknown>>

export interface RecordOf {
  readonly trades: Trade
  readonly quotes: Quote
  readonly reference: Reference
}

const long = (micros: number | null): bigint | null => (micros === null ? null : BigInt(micros))

function trade(record: Trade): AvroValue {
  return {
    message_id: record.messageId,
    trade_id: record.tradeId,
    symbol: record.symbol,
    exchange: record.exchange,
    asset_class: record.assetClass,
    timestamp: long(record.timestampMicros),
    price: record.price,
    quantity: record.quantity,
    currency: record.currency,
    side: record.side,
    trade_conditions: record.tradeConditions,
    source_sequence: record.sourceSequence,
    ingestion_timestamp: long(record.ingestionMicros),
    platform_sequence: null,
    vendor_data: record.vendorData,
  }
}

function quote(record: Quote): AvroValue {
  return {
    message_id: record.messageId,
    quote_id: record.quoteId,
    symbol: record.symbol,
    exchange: record.exchange,
    asset_class: record.assetClass,
    timestamp: long(record.timestampMicros),
    bid_price: record.bidPrice,
    bid_quantity: record.bidQuantity,
    ask_price: record.askPrice,
    ask_quantity: record.askQuantity,
    currency: record.currency,
    source_sequence: record.sourceSequence,
    ingestion_timestamp: long(record.ingestionMicros),
    platform_sequence: null,
    vendor_data: record.vendorData,
  }
}

function reference(record: Reference): AvroValue {
  return {
    message_id: record.messageId,
    company_id: record.companyId,
    symbol: record.symbol,
    exchange: record.exchange,
    asset_class: record.assetClass,
    company_name: record.companyName,
    isin: record.isin,
    currency: record.currency,
    listing_date: long(record.listingMicros),
    delisting_date: long(record.delistingMicros),
    is_active: record.isActive,
    ingestion_timestamp: long(record.ingestionMicros),
    platform_sequence: null,
    vendor_data: record.vendorData,
  }
}

export const toAvro: { readonly [K in keyof RecordOf]: (record: RecordOf[K]) => AvroValue } = {
  trades: trade,
  quotes: quote,
  reference,
}
