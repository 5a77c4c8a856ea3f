/**
 * Reads rows from bytes into columns: HOT PATH, see columns.ts. It takes the vendor's own spelling and nothing else:
 *
 *   03/10/2014,07:57:14.754,36.667,20000,3,X,        no blanks, three decimals of a second, at most ten digits before
 *   03/10/2014,05:43:45.676,37.7,0.0,300,0           the point and eight behind it, printable ASCII without quotes
 *
 * scan.test.ts holds it against the parser of asx.ts, row by row.
 */
import { bytesHash } from '@k2/market/identity.ts'
import { DAY_MICROS } from '@k2/market/instant.ts'
import { toUtc } from '@k2/market/zone.ts'
import { midnightOf } from './asx.ts'
import { type ColumnScan, DECIMALS_MAX, type RowColumns, rowColumns, TEXTS_MAX } from './columns.ts'
import type { LineBatch } from './lines.ts'

const [COMMA, DOT, SLASH, COLON, QUOTE, BAR, ZERO] = [44, 46, 47, 58, 34, 124, 48]
const DATE_BYTES = 10
/** Date, comma, time, comma. */
const MOMENT_BYTES = 24
const ROW_BYTES_MAX = 512
const QUARTER_MINUTES = 15
const MINUTE_MICROS = 60_000_000
const TEN_9 = 1_000_000_000
const TEN_8 = 100_000_000
const POWERS = Float64Array.from({ length: 9 }, (_, i) => 10 ** i)

export const scanTrades = (zone: string): ColumnScan => scanner(zone, tradeAt)
export const scanQuotes = (zone: string): ColumnScan => scanner(zone, quoteAt)

function scanner(zone: string, rowAt: (cursor: Cursor, columns: RowColumns, row: number) => boolean): ColumnScan {
  const cursor = new Cursor(zone)
  let columns = rowColumns(8_192)
  return (lines: LineBatch) => {
    if (lines.count > columns.isRead.length) columns = rowColumns(lines.count * 2)
    cursor.bytes = lines.bytes
    for (let row = 0; row < lines.count; row++) {
      const start = lines.starts[row]!
      const end = lines.ends[row]!
      const isRead = cursor.begin(start, end) && cursor.moment(columns, row) && rowAt(cursor, columns, row)
      columns.isRead[row] = isRead ? 1 : 0
      if (isRead) columns.contentHash[row] = bytesHash(cursor.content, cursor.contentEnd)
    }
    return columns
  }
}

/** As tradeContent has it. */
function tradeAt(cursor: Cursor, columns: RowColumns, row: number): boolean {
  if (!cursor.decimal(columns, row * DECIMALS_MAX) || !cursor.comma()) return false
  if (!cursor.decimal(columns, row * DECIMALS_MAX + 1) || !cursor.comma()) return false
  cursor.say(columns, row * DECIMALS_MAX)
  cursor.say(columns, row * DECIMALS_MAX + 1)
  for (let text = 0; text < TEXTS_MAX; text++) {
    if (text > 0 && !cursor.comma()) return false
    if (!cursor.text(columns, row * TEXTS_MAX + text)) return false
  }
  return cursor.isAtEnd()
}

/** As quoteContent has it. */
function quoteAt(cursor: Cursor, columns: RowColumns, row: number): boolean {
  const bid = row * DECIMALS_MAX
  for (let i = 0; i < 4; i++) {
    if (i > 0 && !cursor.comma()) return false
    if (!cursor.decimal(columns, bid + i)) return false
  }
  // Prices and then quantities: nothing for nothing is a side without an order.
  for (let side = bid; side < bid + 2; side++) {
    const isNothing =
      (columns.tops[side]! | columns.lows[side]! | columns.tops[side + 2]! | columns.lows[side + 2]!) === 0
    if (isNothing) columns.tops[side] = columns.tops[side + 2] = -1
  }
  for (let i = 0; i < 4; i++) cursor.say(columns, bid + i)
  return cursor.isAtEnd()
}

/** Where it is in a line, and what the line says in the one form that its id hashes. */
class Cursor {
  bytes: Uint8Array = new Uint8Array(0)
  readonly content = new Uint8Array(2 * ROW_BYTES_MAX)
  contentEnd = 0
  #at = 0
  #end = 0
  readonly #zone: string
  readonly #date = new Uint8Array(DATE_BYTES)
  /** Of the date that came last: its midnight as its wall clock says it. */
  #midnight = Number.NaN
  #tradingDay = 0
  /** The quarter of an hour that came last, within its day, and what to take from its wall clock: zones change by quarters. */
  #quarter = -1
  #offset = 0

  constructor(zone: string) {
    this.#zone = zone
  }

  begin(start: number, end: number): boolean {
    this.#at = start
    this.#end = end
    this.contentEnd = 0
    return end - start > MOMENT_BYTES && end - start < ROW_BYTES_MAX
  }

  isAtEnd(): boolean {
    return this.#at === this.#end
  }

  comma(): boolean {
    return this.#at < this.#end && this.bytes[this.#at++] === COMMA
  }

  moment(columns: RowColumns, row: number): boolean {
    const bytes = this.bytes
    const at = this.#at
    if (bytes[at + 10] !== COMMA || bytes[at + 13] !== COLON || bytes[at + 16] !== COLON) return false
    if (bytes[at + 19] !== DOT || bytes[at + 23] !== COMMA) return false
    if (!this.#isSameDate(at) && !this.#newDate(at)) return false
    const hour = this.#two(at + 11)
    const minute = this.#two(at + 14)
    const second = this.#two(at + 17)
    const ms = this.#two(at + 20) * 10 + bytes[at + 22]! - ZERO
    if (bytes[at + 22]! < ZERO || bytes[at + 22]! > ZERO + 9) return false
    if (!(hour < 24 && minute < 60 && second < 60 && ms >= 0)) return false
    const quarter = hour * 4 + Math.floor(minute / QUARTER_MINUTES)
    if (quarter !== this.#quarter && !this.#newQuarter(quarter)) return false
    const micros = this.#midnight - this.#offset + ((hour * 60 + minute) * 60 + second) * 1e6 + ms * 1_000
    if (micros < 0) return false
    columns.timestampMicros[row] = micros
    columns.tradingDay[row] = this.#tradingDay
    this.#at = at + MOMENT_BYTES
    const top = Math.floor(micros / TEN_9)
    this.#digits(top, micros - top * TEN_9)
    return true
  }

  decimal(columns: RowColumns, slot: number): boolean {
    const bytes = this.bytes
    const start = this.#at
    const point = this.#digitsEnd(start)
    const isPointed = point < this.#end && bytes[point] === DOT
    const end = isPointed ? this.#digitsEnd(point + 1) : point
    const wholeDigits = point - start
    const fractionDigits = isPointed ? end - point - 1 : 0
    if (wholeDigits > 10 || fractionDigits > 8 || wholeDigits + fractionDigits === 0) return false
    let whole = 0
    for (let at = start; at < point; at++) whole = whole * 10 + bytes[at]! - ZERO
    let fraction = 0
    for (let at = point + 1; at < end; at++) fraction = fraction * 10 + bytes[at]! - ZERO
    const top = Math.floor(whole / 10)
    columns.tops[slot] = top
    columns.lows[slot] = (whole - top * 10) * TEN_8 + fraction * POWERS[8 - fractionDigits]!
    this.#at = end
    return true
  }

  text(columns: RowColumns, slot: number): boolean {
    const bytes = this.bytes
    const content = this.content
    let at = this.#at
    content[this.contentEnd++] = BAR
    columns.textStarts[slot] = at
    for (; at < this.#end; at++) {
      const byte = bytes[at]!
      if (byte === COMMA) break
      if (byte <= 32 || byte >= 127 || byte === QUOTE) return false
      content[this.contentEnd++] = byte
    }
    columns.textEnds[slot] = at
    this.#at = at
    return true
  }

  /** A decimal of the row; nothing where it is null. */
  say(columns: RowColumns, slot: number): void {
    this.content[this.contentEnd++] = BAR
    if (columns.tops[slot]! >= 0) this.#digits(columns.tops[slot]!, columns.lows[slot]!)
  }

  /** top × 10^9 + low, without zeros in front. */
  #digits(top: number, low: number): void {
    if (top > 0) this.contentEnd = writeDigits(this.content, this.contentEnd, top, 0)
    this.contentEnd = writeDigits(this.content, this.contentEnd, low, top > 0 ? 9 : 0)
  }

  /** The first place from there on that holds no digit. */
  #digitsEnd(at: number): number {
    const { bytes } = this
    while (at < this.#end && bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9) at++
    return at
  }

  /** NaN where they are no digits. */
  #two(at: number): number {
    const tens = this.bytes[at]! - ZERO
    const ones = this.bytes[at + 1]! - ZERO
    return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
  }

  #isSameDate(at: number): boolean {
    for (let i = 0; i < DATE_BYTES; i++) if (this.bytes[at + i] !== this.#date[i]) return false
    return true
  }

  #newDate(at: number): boolean {
    if (this.bytes[at + 2] !== SLASH || this.bytes[at + 5] !== SLASH) return false
    const midnight = midnightOf(Buffer.from(this.bytes.subarray(at, at + DATE_BYTES)).toString('latin1'))
    if (midnight === undefined) return false
    this.#date.set(this.bytes.subarray(at, at + DATE_BYTES))
    this.#midnight = midnight
    this.#tradingDay = Math.floor(midnight / DAY_MICROS)
    this.#quarter = -1
    return true
  }

  #newQuarter(quarter: number): boolean {
    const local = this.#midnight + quarter * QUARTER_MINUTES * MINUTE_MICROS
    const utc = toUtc(this.#zone, local)
    if (utc === undefined) return false
    this.#quarter = quarter
    this.#offset = local - utc
    return true
  }
}

/** At least so many digits of a number below 2^31; where they end. */
export function writeDigits(target: Uint8Array, at: number, value: number, atLeast: number): number {
  let digits = 1
  for (let limit = 10; limit <= value; limit *= 10) digits++
  const end = at + Math.max(digits, atLeast)
  for (let i = end - 1; i >= at; i--) {
    const rest = (value / 10) | 0
    target[i] = ZERO + value - rest * 10
    value = rest
  }
  return end
}
