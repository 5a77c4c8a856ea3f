/**
 * Rows of columns as framed Avro records, one behind the other in one buffer. HOT PATH: what is the same for all rows
 * of a file is laid out once. avro.test.ts holds each record against contracts' own encoder, byte by byte.
 *
 *   source  contracts/avro/trade.avsc and quote.avsc, fields in their order; Avro 1.11 "Binary Encoding"
 */
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { type AvroWriter, avroText } from '@k2/contracts/records/avrobytes.ts'
import type { Outgoing } from '@k2/contracts/records/outgoing.ts'
import { UUID_CHARS, type Words, writeUuid } from '@k2/market/identity.ts'
import { formatDay } from '@k2/market/instant.ts'
import type { Venue } from '@k2/market/instrument.ts'
import { DECIMALS_MAX, type RowColumns, TEXTS_MAX } from './columns.ts'
import type { FileSubject } from './resolve.ts'
import { writeDigits } from './scan.ts'

const NULL = 0
/** The second branch of a union with null, and a block of one item. */
const ONE = 2
const UUID_LENGTH = UUID_CHARS * 2
/** Of a row, texts and constants apart. */
const FIXED_BYTES_MAX = 256
const DAY_BYTES = 9

export interface RowSubject {
  readonly venue: Venue
  readonly subject: FileSubject
}

/** Writes row `row` of the columns, whose texts lie in `bytes`. */
export type RowWriter = (
  out: Outgoing,
  columns: RowColumns,
  row: number,
  bytes: Uint8Array,
  id: Words,
  sequence: number,
  ingestionMicros: number,
) => void

export function tradeWriter({ venue, subject }: RowSubject): RowWriter {
  const instrument = instrumentOf('trades', venue, subject)
  const terms = Buffer.concat([avroText(venue.currency ?? ''), symbolOf('trades', 'side', 'UNKNOWN')])
  const company = subject.companyId === null ? null : avroEntry('company_id', subject.companyId)
  const [qualifiers, venueName, buyer] = [avroText('qualifiers'), avroText('venue'), avroText('buyer_id')]
  const dayText = dayTexts()
  return (out, columns, row, bytes, id, sequence, ingestionMicros) => {
    const { textStarts: starts, textEnds: ends } = columns
    const text = row * TEXTS_MAX
    const write = out.reserve(
      FIXED_BYTES_MAX + instrument.length + (company?.length ?? 0) + 2 * (ends[text + 2]! - starts[text]!),
    )
    writeHead(write, dayText(columns.tradingDay[row]!), instrument, id, sequence)
    write.long(columns.timestampMicros[row]!)
    write.decimal(columns.tops[row * DECIMALS_MAX]!, columns.lows[row * DECIMALS_MAX]!)
    write.decimal(columns.tops[row * DECIMALS_MAX + 1]!, columns.lows[row * DECIMALS_MAX + 1]!)
    write.copy(terms)
    if (ends[text]! > starts[text]!) {
      write.byte(ONE)
      write.text(bytes, starts[text]!, ends[text]!)
    }
    write.byte(0)
    writeTail(write, sequence, ingestionMicros)
    const hasVenue = ends[text + 1]! > starts[text + 1]!
    const hasBuyer = ends[text + 2]! > starts[text + 2]!
    write.byte(ONE)
    write.byte(2 * ((company ? 1 : 0) + 1 + (hasVenue ? 1 : 0) + (hasBuyer ? 1 : 0)))
    if (company) write.copy(company)
    write.copy(qualifiers)
    write.text(bytes, starts[text]!, ends[text]!)
    if (hasVenue) write.entry(venueName, bytes, starts[text + 1]!, ends[text + 1]!)
    if (hasBuyer) write.entry(buyer, bytes, starts[text + 2]!, ends[text + 2]!)
    write.byte(0)
    out.written(write.at)
  }
}

export function quoteWriter({ venue, subject }: RowSubject): RowWriter {
  const instrument = instrumentOf('quotes', venue, subject)
  const currency = avroText(venue.currency ?? '')
  const vendor =
    subject.companyId === null
      ? Buffer.of(NULL)
      : Buffer.concat([Buffer.of(ONE, ONE), avroEntry('company_id', subject.companyId), Buffer.of(0)])
  const dayText = dayTexts()
  // A row's decimals are as the file has them: both prices, both quantities.
  const order = [0, 2, 1, 3]
  return (out, columns, row, _bytes, id, sequence, ingestionMicros) => {
    const write = out.reserve(FIXED_BYTES_MAX + instrument.length + vendor.length)
    writeHead(write, dayText(columns.tradingDay[row]!), instrument, id, sequence)
    write.long(columns.timestampMicros[row]!)
    for (let i = 0; i < 4; i++) {
      const slot = row * DECIMALS_MAX + order[i]!
      if (columns.tops[slot]! < 0) write.byte(NULL)
      else {
        write.byte(ONE)
        write.decimal(columns.tops[slot]!, columns.lows[slot]!)
      }
    }
    write.copy(currency)
    writeTail(write, sequence, ingestionMicros)
    write.copy(vendor)
    out.written(write.at)
  }
}

/** message_id, trade_id or quote_id, symbol, exchange, asset_class. */
function writeHead(write: AvroWriter, day: Uint8Array, instrument: Uint8Array, id: Words, sequence: number): void {
  write.byte(UUID_LENGTH)
  writeUuid(write.bytes, write.at, id)
  write.at += UUID_CHARS
  const length = write.at++
  write.copy(day)
  write.at = writeDigits(write.bytes, write.at, sequence, 0)
  // Below 64, so its length is one byte.
  write.bytes[length] = (write.at - length - 1) * 2
  write.copy(instrument)
}

/** source_sequence, ingestion_timestamp, and platform_sequence, which nobody knows yet. */
function writeTail(write: AvroWriter, sequence: number, ingestionMicros: number): void {
  write.byte(ONE)
  write.long(sequence)
  write.long(ingestionMicros)
  write.byte(NULL)
}

/** `20140310-` of a trading day; days come in runs. */
function dayTexts(): (tradingDay: number) => Uint8Array {
  let day = Number.NaN
  let text: Uint8Array = new Uint8Array(0)
  return (tradingDay) => {
    if (tradingDay !== day) {
      day = tradingDay
      text = Buffer.from(`${formatDay(tradingDay).replaceAll('-', '')}-`)
      if (text.length !== DAY_BYTES) throw new RangeError(`${formatDay(tradingDay)} is no day of four digits a year`)
    }
    return text
  }
}

const avroEntry = (name: string, value: string): Buffer => Buffer.concat([avroText(name), avroText(value)])

function instrumentOf(kind: 'trades' | 'quotes', venue: Venue, { symbol }: FileSubject): Buffer {
  return Buffer.concat([avroText(symbol), avroText(venue.exchange), symbolOf(kind, 'asset_class', venue.assetClass)])
}

/** An enum's value is its place in the schema. */
function symbolOf(kind: 'trades' | 'quotes', field: string, value: string): Buffer {
  const { fields } = JSON.parse(SCHEMAS[kind]) as { fields: { name: string; type: { symbols?: string[] } }[] }
  const place = fields.find(({ name }) => name === field)?.type.symbols?.indexOf(value) ?? -1
  if (place < 0) throw new RangeError(`${field} has no ${value}`)
  return Buffer.of(place * 2)
}
