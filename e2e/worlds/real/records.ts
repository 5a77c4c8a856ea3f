/** Records for other engines to read: a few symbols on a few days, and what every reader must find of them. */
import { partitionOf } from '@k2/log/partitioner.ts'

export type RecordKind = 'trades' | 'quotes' | 'reference'

/** Of eight buckets; the last but one is not ASCII. */
export const SYMBOLS = ['KTA', 'KTB', 'KNF', 'BHP', 'CBA', 'WES.X', 'Ωμέγα', 'Z'] as const
export const DAYS = ['1969-12-31', '2014-03-09', '2014-03-10', '2026-02-28'] as const

/** Which column's sum is compared. */
export const SUMMED: Readonly<Record<RecordKind, string>> = {
  trades: 'quantity',
  quotes: 'bid_price',
  reference: 'kafka_partition',
}

/** Of the topics of equities. */
const PARTITIONS = 30

export interface Sent {
  readonly symbol: string
  readonly day: string
  /** Of the summed column, unscaled; null: none. */
  readonly value: bigint | null
}

/** Rows and sum as texts: of all, and through filters. */
export interface Tally {
  readonly all: readonly [rows: string, sum: string]
  readonly symbols: Readonly<Record<string, readonly [rows: string, sum: string]>>
  readonly days: Readonly<Record<string, readonly [rows: string, sum: string]>>
}

/** The `number`-th record that is sent of a kind: small numbers and great ones, some missing where they may be. */
export function recordOf(kind: RecordKind, symbol: string, day: string, number: number) {
  const timestampMicros = Date.parse(`${day}T00:00:00Z`) * 1000 + ((number * 7_919_000_003) % 86_400_000_000)
  const header = {
    messageId: `01234567-89ab-8def-8123-${number.toString(16).padStart(12, '0')}`,
    symbol,
    exchange: 'ASX',
    assetClass: 'equities',
    currency: 'AUD',
    ingestionMicros: timestampMicros,
    vendorData: number % 3 === 0 ? { note: `n${number}` } : null,
  } as const
  const value = BigInt(number + 1) * (number % 7 === 0 ? 123_456_789_012n : 1n)
  const sequence = number % 5 === 0 ? null : BigInt(number)
  if (kind === 'trades') {
    const trade = { tradeId: `t${number}`, price: value, quantity: value, side: 'UNKNOWN', sourceSequence: sequence }
    const tradeConditions = ['XT', 'S1', '§'].slice(0, number % 4)
    return { record: { ...header, ...trade, timestampMicros, tradeConditions }, sent: { symbol, day, value } }
  }
  if (kind === 'quotes') {
    const bid = number % 6 === 0 ? null : value
    const prices = { bidPrice: bid, bidQuantity: bid, askPrice: value, askQuantity: null }
    const record = { ...header, ...prices, quoteId: `q${number}`, timestampMicros, sourceSequence: sequence }
    return { record, sent: { symbol, day, value: bid } }
  }
  const company = { companyId: String(number), companyName: `${symbol} LTD`, isin: null, isActive: number % 2 === 0 }
  const dates = { listingMicros: timestampMicros, delistingMicros: null }
  return {
    record: { ...header, ...company, ...dates },
    sent: { symbol, day, value: BigInt(partitionOf(Buffer.from(symbol), PARTITIONS)) },
  }
}

/** What every reader must find: also nothing, for a symbol and a day that nobody sent. */
export function tallyOf(kind: RecordKind, sent: readonly Sent[]): Tally {
  const sum = (some: readonly Sent[]): [string, string] => [
    String(some.length),
    String(some.reduce((total, { value }) => total + (value ?? 0n), 0n)),
  ]
  const by = (keys: readonly string[], of: (one: Sent) => string) =>
    Object.fromEntries(keys.map((key) => [key, sum(sent.filter((one) => of(one) === key))]))
  return {
    all: sum(sent),
    symbols: by(asked.symbols, ({ symbol }) => symbol),
    days: kind === 'reference' ? {} : by(asked.days, ({ day }) => day),
  }
}

const asked = { symbols: [...SYMBOLS, 'NONE'], days: [...DAYS, '2020-01-01'] }

/** The words of the question. */
export const tallyWords = (kind: RecordKind, table: string): readonly unknown[] => [
  'tally',
  table,
  SUMMED[kind],
  asked.symbols,
  kind === 'reference' ? [] : asked.days,
]
