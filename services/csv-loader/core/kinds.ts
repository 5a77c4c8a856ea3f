/**
 * What tells the kinds of files apart; the flow around them is one.
 *
 *   shape   a table: how a line is read, what of a row its id hashes, the record that it becomes
 */
import type { Kind } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import type { RecordType } from '@k2/market/identity.ts'
import type { Venue } from '@k2/market/instrument.ts'
import { parseQuote, parseTrade, quoteContent, type RowFault, type TimedRow, tradeContent } from './asx.ts'
import { quoteWriter, type RowSubject, type RowWriter, tradeWriter } from './avro.ts'
import type { ColumnScan } from './columns.ts'
import { quoteOf } from './quote.ts'
import { referenceContent, referenceOf, referenceReader } from './reference.ts'
import type { FileSubject } from './resolve.ts'
import { scanQuotes, scanTrades } from './scan.ts'
import { tradeOf } from './trade.ts'

/** What a row is sent with, beside what it says. */
export interface Sending {
  readonly venue: Venue
  readonly subject: FileSubject
  readonly messageId: string
  readonly sequence: bigint
  readonly ingestionMicros: number
}

export interface Reader<R> {
  /** Where it is there, every line of the file comes by once before the first is parsed: why the file is none of its kind. */
  preview?(line: string): string | undefined
  /** null: a line that is no row and means none. */
  parse(line: string): R | RowFault | null
}

export interface RowKind<R extends TimedRow = TimedRow> {
  readonly type: RecordType
  /** What rows are that say exactly the same. */
  readonly repeats: 'distinct' | 'one'
  /** null: all rows of a file are of the file's symbol. */
  readonly symbolOf: null | ((row: R) => string)
  reader(zone: string): Reader<R>
  /** The short way for rows that are written as the vendor writes them; null: there are few. */
  readonly columns: null | { scan(zone: string): ColumnScan; writer(subject: RowSubject): RowWriter }
  content(row: R): string
  encode(row: R, sending: Sending): Buffer
}

function kind<R extends TimedRow>(one: RowKind<R>): RowKind {
  // The flow hands a kind only rows of its own reader.
  return one as unknown as RowKind
}

export const KINDS: Readonly<Record<Kind, RowKind>> = {
  trades: kind({
    type: 'trade',
    repeats: 'distinct',
    symbolOf: null,
    reader: (zone) => ({ parse: (line) => parseTrade(line, zone) }),
    columns: { scan: scanTrades, writer: tradeWriter },
    content: tradeContent,
    encode: (row, { venue, subject, messageId, sequence, ingestionMicros }) =>
      encodeRecord('trades', tradeOf(row, venue, subject, messageId, sequence, ingestionMicros)),
  }),
  quotes: kind({
    type: 'quote',
    repeats: 'distinct',
    symbolOf: null,
    reader: (zone) => ({ parse: (line) => parseQuote(line, zone) }),
    columns: { scan: scanQuotes, writer: quoteWriter },
    content: quoteContent,
    encode: (row, { venue, subject, messageId, sequence, ingestionMicros }) =>
      encodeRecord('quotes', quoteOf(row, venue, subject, messageId, sequence, ingestionMicros)),
  }),
  reference: kind({
    type: 'reference',
    repeats: 'one',
    symbolOf: (row) => row.symbol,
    reader: referenceReader,
    columns: null,
    content: referenceContent,
    encode: (row, { venue, messageId, ingestionMicros }) =>
      encodeRecord('reference', referenceOf(row, venue, messageId, ingestionMicros)),
  }),
}
