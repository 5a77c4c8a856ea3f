/**
 * Rows of ASX trade files: no header, seven fields, Sydney's wall clock.
 *
 *   03/10/2014,07:57:14.754,36.667,20000,3,X,
 *   MM/DD/YYYY  HH:MM:SS.mmm price volume qualifiers venue buyer
 *
 *   shape   line (without its end) -> row, or why it is none
 *   units   price and quantity: 10^-8; times: µs since the epoch, UTC; tradingDay: days since the epoch in Sydney
 */
import { parseDecimal } from '@k2/market/decimal.ts'
import { DAY_MICROS, type Micros, secondsOf } from '@k2/market/instant.ts'
import { toUtc } from '@k2/market/zone.ts'

export interface TradeRow {
  readonly timestampMicros: Micros
  readonly tradingDay: number
  readonly price: bigint
  readonly quantity: bigint
  readonly qualifiers: string
  readonly venue: string
  readonly buyerId: string
}

/** Why a row is not sent: a word for metrics, of few, and a sentence for people. */
export interface RowFault {
  readonly code: 'line' | 'fields' | 'time' | 'value' | 'order'
  readonly reason: string
}

const FIELDS = 7
const DATE = /^(\d{2})\/(\d{2})\/(\d{4})$/
const TIME = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?$/

export function parseTrade(line: string, zone: string): TradeRow | RowFault {
  if (line.includes('\0')) return { code: 'line', reason: 'it holds a NUL byte' }
  const fields = line.split(',')
  if (fields.length !== FIELDS)
    return { code: 'fields', reason: `it has ${fields.length} fields where a trade has ${FIELDS}` }
  const [date, time, price, quantity, qualifiers, venue, buyerId] = fields.map((field) => field.trim()) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const local = parseLocal(date, time)
  if (typeof local === 'string') return { code: 'time', reason: local }
  const timestampMicros = toUtc(zone, local)
  if (timestampMicros === undefined) return { code: 'time', reason: `the clocks of ${zone} skip ${date} ${time}` }
  // An id counts milliseconds from there on.
  if (timestampMicros < 0) return { code: 'time', reason: `${date} ${time} lies before 1970 in UTC` }
  const unscaledPrice = positive('price', price)
  if (typeof unscaledPrice === 'string') return { code: 'value', reason: unscaledPrice }
  const unscaledQuantity = positive('volume', quantity)
  if (typeof unscaledQuantity === 'string') return { code: 'value', reason: unscaledQuantity }
  const tradingDay = Math.floor(local / DAY_MICROS)
  return { timestampMicros, tradingDay, price: unscaledPrice, quantity: unscaledQuantity, qualifiers, venue, buyerId }
}

/** All that the row says, in one form however it was written: what its id hashes. */
export function contentOf(row: TradeRow): string {
  return `${row.timestampMicros}|${row.price}|${row.quantity}|${row.qualifiers}|${row.venue}|${row.buyerId}`
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

function positive(name: string, text: string): bigint | string {
  const value = parseDecimal(text)
  if (typeof value === 'string') return `its ${name} "${shown(text)}" is ${value}`
  return value < 0n ? `its ${name} ${shown(text)} is negative` : value
}

/** A field for a sentence, however long it was. */
const shown = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
