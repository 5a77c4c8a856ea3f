/**
 * Reference data: company_info.csv, a line a company, behind a header.
 *
 *   company_id,symbol,company_name,ISIN,start_date,end_date
 *   7078,BHP,BHP BILLITON LTD,AU000000BHP4,05/07/2008,03/31/2014
 *
 * A vendor's extract gives every company that still trades the extract's own last day as its end_date. So a company is
 * active unless its end_date lies before the newest one of the file: hence the file is seen once before it is read.
 *
 *   shape   `preview` of every line, then `parse` of every line; state is made for one file
 *   units   dates are their midnight UTC, µs since the epoch
 */
import { formatDay, type Micros, secondsOf } from '@k2/market/instant.ts'
import type { Venue } from '@k2/market/instrument.ts'
import type { Reference } from '@k2/market/reference.ts'
import { type RowFault, shown, type TimedRow, UNCLOSED_QUOTE } from './asx.ts'
import { SYMBOL } from './resolve.ts'
import { columnsOf, splitFields } from './table.ts'

export interface ReferenceRow extends TimedRow {
  readonly symbol: string
  readonly companyId: string
  readonly companyName: string
  readonly isin: string | null
  readonly currency: string | null
  readonly listingMicros: Micros | null
  readonly delistingMicros: Micros | null
  readonly isActive: boolean
  /** Every column that has no place of its own, and the dates as written. */
  readonly others: Readonly<Record<string, string>>
}

/** What the vendor writes where a list is empty. */
const NO_RECORDS = '--- NO RECORDS TO REPORT ---'
const NEEDED = ['company_id', 'symbol', 'company_name']
const PLACED = new Set([...NEEDED, 'isin', 'currency'])
const DATE = /^(\d{2})\/(\d{2})\/(\d{4})$/
const FIRST_YEAR = 1800
const LAST_YEAR = 2100

export function referenceReader() {
  let columns: string[] | undefined
  let newestEnd = Number.NEGATIVE_INFINITY
  let hasPassedHeader = false

  function parse(line: string): ReferenceRow | RowFault | null {
    if (!hasPassedHeader) {
      hasPassedHeader = true
      return null
    }
    if (line.trim() === NO_RECORDS) return null
    if (line.includes('\0')) return { code: 'line', reason: 'it holds a NUL byte' }
    // Only a list of companies has a table to go to; the letter keeps what the row of another list says.
    if (!isOfCompanies(columns!))
      return { code: 'fields', reason: `it is of a list of ${columns!.join(', ')}: reference data has companies only` }
    const fields = splitFields(line)
    return fields ? rowOf(columns!, fields, newestEnd) : { code: 'fields', reason: UNCLOSED_QUOTE }
  }

  return {
    /** Why the file is no reference data at all, or undefined. */
    preview(line: string): string | undefined {
      if (columns === undefined) {
        columns = columnsOf(line)
        return columns.includes('company_id')
          ? undefined
          : `is no reference data: its first line "${shown(line)}" names no column company_id`
      }
      const end = dateOf(splitFields(line)?.[columns.indexOf('end_date')] ?? '')
      if (typeof end === 'number' && end > newestEnd) newestEnd = end
      return undefined
    },
    parse,
  }
}

const isOfCompanies = (columns: readonly string[]): boolean => NEEDED.every((name) => columns.includes(name))

function rowOf(columns: readonly string[], fields: readonly string[], newestEnd: number): ReferenceRow | RowFault {
  if (fields.length !== columns.length)
    return { code: 'fields', reason: `it has ${fields.length} fields where its header has ${columns.length}` }
  const said = Object.fromEntries(columns.map((name, i) => [name, fields[i]!]))
  for (const name of NEEDED) if (said[name] === '') return { code: 'value', reason: `its ${name} is empty` }
  if (!SYMBOL.test(said.symbol!)) return { code: 'value', reason: `its symbol "${shown(said.symbol!)}" is none` }
  const listing = dateOf(said.start_date ?? '')
  if (typeof listing === 'string') return { code: 'time', reason: `its start_date ${listing}` }
  const delisting = dateOf(said.end_date ?? '')
  if (typeof delisting === 'string') return { code: 'time', reason: `its end_date ${delisting}` }
  return {
    // A company has no moment; its listing date stands in its id, where that has room for it.
    timestampMicros: Math.max(0, listing ?? 0),
    tradingDay: 0,
    symbol: said.symbol!,
    companyId: said.company_id!,
    companyName: said.company_name!,
    isin: said.isin || null,
    currency: said.currency || null,
    listingMicros: listing,
    delistingMicros: delisting,
    isActive: delisting === null || delisting >= newestEnd,
    others: Object.fromEntries(Object.entries(said).filter(([name, text]) => !PLACED.has(name) && text !== '')),
  }
}

/** null for none; a string says why it is no date. */
function dateOf(text: string): Micros | null | string {
  if (text === '') return null
  const match = DATE.exec(text)
  if (!match) return `"${shown(text)}" is not MM/DD/YYYY`
  const [, month, day, year] = match.map(Number) as [number, number, number, number]
  const seconds = secondsOf(year, month, day, 0, 0, 0)
  if (seconds === undefined) return `${text} does not exist`
  if (year < FIRST_YEAR || year > LAST_YEAR) return `${text} lies outside ${FIRST_YEAR} to ${LAST_YEAR}`
  return seconds * 1_000_000
}

/** All that the row says: what its id hashes. Columns in the order of their names, for extracts differ in theirs. */
export function referenceContent(row: ReferenceRow): string {
  const dates = [row.listingMicros, row.delistingMicros].map((micros) =>
    micros === null ? '' : formatDay(micros / 86_400_000_000),
  )
  const others = Object.entries(row.others)
    .filter(([name]) => name !== 'start_date' && name !== 'end_date')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const said = [row.companyId, row.companyName, row.isin ?? '', row.currency ?? '', ...dates, row.isActive]
  return JSON.stringify([...said, ...others])
}

export function referenceOf(row: ReferenceRow, venue: Venue, messageId: string, ingestionMicros: number): Reference {
  return {
    messageId,
    companyId: row.companyId,
    symbol: row.symbol,
    exchange: venue.exchange,
    assetClass: venue.assetClass,
    companyName: row.companyName,
    isin: row.isin,
    currency: row.currency ?? venue.currency,
    listingMicros: row.listingMicros,
    delistingMicros: row.delistingMicros,
    isActive: row.isActive,
    ingestionMicros,
    vendorData: Object.keys(row.others).length === 0 ? null : row.others,
  }
}
