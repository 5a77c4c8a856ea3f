/**
 * Rows of ASX trade and quote files: no header, Sydney's wall clock.
 *
 *   03/10/2014,07:57:14.754,36.667,20000,3,X,
 *   MM/DD/YYYY  HH:MM:SS.mmm price volume qualifiers venue buyer
 *
 *   03/10/2014,05:43:45.676,37.7,0.0,300,0
 *   MM/DD/YYYY  HH:MM:SS.mmm bid ask bid volume, ask volume
 *
 *   shape   line (without its end) -> row, or why it is none
 *   units   price and quantity: 10^-8; times: µs since the epoch, UTC; tradingDay: days since the epoch in Sydney
 */
import { parseDecimal } from '@k2/market/decimal.ts'
import { DAY_MICROS, type Micros, secondsOf } from '@k2/market/instant.ts'
import { toUtc } from '@k2/market/zone.ts'
import { splitFields } from './table.ts'

/** What every row says of when it was. */
export interface TimedRow {
  readonly timestampMicros: Micros
  readonly tradingDay: number
}

export interface TradeRow extends TimedRow {
  readonly price: bigint
  readonly quantity: bigint
  readonly qualifiers: string
  readonly venue: string
  readonly buyerId: string
}

export interface Side {
  readonly price: bigint
  readonly quantity: bigint
}

/** Crossed and locked quotes are what the venue showed: kept as they are. */
export interface QuoteRow extends TimedRow {
  /** null: no order on that side. */
  readonly bid: Side | null
  readonly ask: Side | null
}

/** Why a row is not sent: a word for metrics, of few, and a sentence for people. */
export interface RowFault {
  readonly code: 'line' | 'fields' | 'time' | 'value' | 'order'
  readonly reason: string
}

const TRADE_FIELDS = 7
const QUOTE_FIELDS = 6
/** A field that is opened and not closed, which would run on into the next lines. */
export const UNCLOSED_QUOTE = 'it opens a quote (") and does not close it'
const HEADING = /^[A-Za-z_ ]+$/
const DATE = /^(\d{2})\/(\d{2})\/(\d{4})$/
const TIME = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?$/

export function parseTrade(line: string, zone: string): TradeRow | RowFault {
  const fields = fieldsOf(line, TRADE_FIELDS, 'trade')
  if ('reason' in fields) return fields
  const [date, time, price, quantity, qualifiers, venue, buyerId] = fields
  const when = momentOf(date!, time!, zone)
  if ('reason' in when) return when
  const unscaledPrice = notNegative('price', price!)
  if (typeof unscaledPrice === 'string') return { code: 'value', reason: unscaledPrice }
  const unscaledQuantity = notNegative('volume', quantity!)
  if (typeof unscaledQuantity === 'string') return { code: 'value', reason: unscaledQuantity }
  return {
    timestampMicros: when.timestampMicros,
    tradingDay: when.tradingDay,
    price: unscaledPrice,
    quantity: unscaledQuantity,
    qualifiers: qualifiers!,
    venue: venue!,
    buyerId: buyerId!,
  }
}

export function parseQuote(line: string, zone: string): QuoteRow | RowFault {
  const fields = fieldsOf(line, QUOTE_FIELDS, 'quote')
  if ('reason' in fields) return fields
  const [date, time, bidPrice, askPrice, bidQuantity, askQuantity] = fields
  const when = momentOf(date!, time!, zone)
  if ('reason' in when) return when
  const bid = sideOf('bid', bidPrice!, bidQuantity!)
  if (typeof bid === 'string') return { code: 'value', reason: bid }
  const ask = sideOf('ask', askPrice!, askQuantity!)
  if (typeof ask === 'string') return { code: 'value', reason: ask }
  return { timestampMicros: when.timestampMicros, tradingDay: when.tradingDay, bid, ask }
}

/** Nothing for nothing is the vendor's way to say that nobody bids or offers. */
function sideOf(name: string, priceText: string, quantityText: string): Side | null | string {
  if (priceText === '' && quantityText === '') return null
  const price = notNegative(`${name} price`, priceText)
  if (typeof price === 'string') return price
  const quantity = notNegative(`${name} volume`, quantityText)
  if (typeof quantity === 'string') return quantity
  return price === 0n && quantity === 0n ? null : { price, quantity }
}

function fieldsOf(line: string, count: number, what: string): string[] | RowFault {
  if (line.includes('\0')) return { code: 'line', reason: 'it holds a NUL byte' }
  const fields = splitFields(line)
  if (fields === undefined) return { code: 'fields', reason: UNCLOSED_QUOTE }
  if (fields.length !== count)
    return { code: 'fields', reason: `it has ${fields.length} fields where a ${what} has ${count}` }
  if (HEADING.test(fields[0]!))
    return {
      code: 'time',
      reason: `its date "${shown(fields[0]!)}" is not MM/DD/YYYY: it looks like a header, and files of ${what}s have none`,
    }
  return fields
}

function momentOf(date: string, time: string, zone: string): TimedRow | RowFault {
  const local = parseLocal(date, time)
  if (typeof local === 'string') return { code: 'time', reason: local }
  const timestampMicros = toUtc(zone, local)
  if (timestampMicros === undefined) return { code: 'time', reason: `the clocks of ${zone} skip ${date} ${time}` }
  // An id counts milliseconds from there on.
  if (timestampMicros < 0) return { code: 'time', reason: `${date} ${time} lies before 1970 in UTC` }
  return { timestampMicros, tradingDay: Math.floor(local / DAY_MICROS) }
}

/** All that a trade says, in one form however it was written: what its id hashes. */
export function tradeContent(row: TradeRow): string {
  return `${row.timestampMicros}|${row.price}|${row.quantity}|${row.qualifiers}|${row.venue}|${row.buyerId}`
}

/** The same of a quote; a side without an order is empty. */
export function quoteContent({ timestampMicros, bid, ask }: QuoteRow): string {
  return `${timestampMicros}|${bid?.price ?? ''}|${ask?.price ?? ''}|${bid?.quantity ?? ''}|${ask?.quantity ?? ''}`
}

/** Midnight of a date as its wall clock says it; undefined where there is no such date. */
export function midnightOf(date: string): Micros | undefined {
  const local = parseLocal(date, '00:00:00')
  return typeof local === 'string' ? undefined : local
}

function parseLocal(date: string, time: string): Micros | string {
  const day = DATE.exec(date)
  if (!day) return `its date "${shown(date)}" is not MM/DD/YYYY`
  const clock = TIME.exec(time)
  if (!clock) return `its time "${shown(time)}" is not HH:MM:SS.mmm`
  const seconds = secondsOf(+day[3]!, +day[1]!, +day[2]!, +clock[1]!, +clock[2]!, +clock[3]!)
  if (seconds === undefined) return `there is no ${date} ${time}`
  if (+day[3]! < 1970 || +day[3]! > 2100) return `its year ${day[3]} lies outside 1970 to 2100`
  return seconds * 1_000_000 + Number((clock[4] ?? '').padEnd(6, '0'))
}

function notNegative(name: string, text: string): bigint | string {
  const value = parseDecimal(text)
  if (typeof value === 'string') return `its ${name} "${shown(text)}" is ${value}`
  return value < 0n ? `its ${name} ${shown(text)} is negative` : value
}

/** A field for a sentence, however long it was. */
export const shown = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
