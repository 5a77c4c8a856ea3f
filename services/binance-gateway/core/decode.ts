/**
 * Messages of the venue into Avro records, straight from their bytes. HOT PATH (`npm run bench -- gateway`): one message is
 * read into reused places, judged by its id, and only then written; no object a record.
 *
 *   read a message ─► what it is, whose, its id ─► (the caller takes it or not) ─► write
 *
 *   units   ids: as the venue counts; times: µs since the epoch
 *   errors  what cannot be read is a value: 'bad', with code and reason
 */
import { avroText } from '@k2/contracts/records/avrobytes.ts'
import type { Outgoing } from '@k2/contracts/records/outgoing.ts'
import { UUID_CHARS, writeUuid } from '@k2/market/identity.ts'
import { BARE, ESCAPED, FIELDS_MAX, FieldScan, TEXT } from './scan.ts'
import { ROLE, ROLE_NAMES, ROLES, type Role, SHAPES, type ShapeName } from './shapes.ts'
import { enumByte, type Subject, type Subjects, type TradeKind } from './subject.ts'
import { type Decimal, readDecimal, readMicros, readWhole } from './values.ts'
import { ShapeReader, textOf } from './vendor.ts'

/** `reply`, `refusal`: of a control message, by `id` where that is >= 0. `other`: a stream that nobody keeps. `unknown`: of a symbol that was not asked for. */
export type Kind = 'trade' | 'quote' | 'shutdown' | 'reply' | 'refusal' | 'other' | 'unknown' | 'bad'

const NULL = 0
/** The second branch of a union with null, and a block of one item. */
const ONE = 2
const FIXED_BYTES_MAX = 256
const BUY = enumByte('side', 'BUY')[0]!
const SELL = enumByte('side', 'SELL')[0]!
const MAKER = avroText('is_buyer_maker')
const EVENT_TIME = avroText('event_time')
const REFILLED = Buffer.concat([avroText('refilled'), avroText('true')])
const [TRUE, FALSE] = [avroText('true'), avroText('false')]
const LETTER_T = 116

export class Decoder {
  readonly scan = new FieldScan()
  /** Why, where a message is bad. */
  code: 'json' | 'fields' | 'value' = 'json'
  reason = ''
  id = -1
  subject: Subject | undefined
  #micros = -1
  readonly #subjects: Subjects
  readonly #tradeKind: TradeKind
  readonly #readers = new Map(Object.keys(SHAPES).map((name) => [name, new ShapeReader(name as ShapeName)]))
  #reader = this.#readers.get('trade')!
  readonly #places = new Int32Array(ROLES)
  readonly #decimals = Array.from({ length: ROLES }, (): Decimal => ({ top: 0, low: 0 }))
  readonly #vendor = new Int32Array(FIELDS_MAX)
  #vendorCount = 0
  #vendorBytes = 0
  readonly #words = new Uint32Array(4)

  constructor(subjects: Subjects, tradeKind: TradeKind) {
    this.#subjects = subjects
    this.#tradeKind = tradeKind
  }

  /** One message of a socket. */
  message(bytes: Uint8Array): Kind {
    const { scan } = this
    if (!scan.message(bytes)) return this.#bad('json', scan.fault)
    const name = this.#nameOf()
    if (name === undefined) return this.#reply() ?? 'other'
    if (name === 'shutdown') return name
    if (!this.#fields(name)) return 'bad'
    const at = this.#places[ROLE.symbol]!
    if (at < 0) return this.#bad('fields', 'it has no symbol')
    this.subject = this.#subjects.at(bytes, scan.starts[at]!, scan.ends[at]!)
    if (this.subject === undefined) return 'unknown'
    return name === 'quote' ? 'quote' : 'trade'
  }

  /** The trade of a list, as requests are answered, that begins at `at`: where it ends, or -1 where the list does. */
  element(bytes: Uint8Array, at: number, subject: Subject): { readonly end: number; readonly kind: Kind } {
    const end = this.scan.element(bytes, at)
    if (end < 0) return { end, kind: this.scan.fault === '' ? 'other' : this.#bad('json', this.scan.fault) }
    this.subject = subject
    const isRead = this.#fields(this.#tradeKind === 'trade' ? 'pastTrade' : 'pastAggTrade')
    return { end, kind: isRead ? 'trade' : 'bad' }
  }

  /** The trade that was read last, as a framed record. */
  writeTrade(out: Outgoing, receivedMicros: number, isRefilled: boolean): void {
    const { scan, subject } = this
    const { bytes, starts, ends } = scan
    const write = out.reserve(FIXED_BYTES_MAX + subject!.instrument.length + this.#vendorBytes)
    subject!.tradeIds.numberedWords(this.id, this.#words)
    write.byte(UUID_CHARS * 2)
    writeUuid(write.bytes, write.at, this.#words)
    write.at += UUID_CHARS
    const id = this.#places[ROLE.id]!
    write.text(bytes, starts[id]!, ends[id]!)
    write.copy(subject!.instrument)
    write.long(this.#micros)
    for (const role of [ROLE.price, ROLE.quantity]) {
      write.decimal(this.#decimals[role]!.top, this.#decimals[role]!.low)
    }
    write.copy(subject!.currencyBytes)
    const isMaker = bytes[starts[this.#places[ROLE.maker]!]!] === LETTER_T
    // The aggressor is who did not make the price.
    write.byte(isMaker ? SELL : BUY)
    write.byte(0)
    write.byte(ONE)
    write.long(this.id)
    write.long(receivedMicros)
    write.byte(NULL)
    const eventTime = this.#places[ROLE.eventTime]!
    write.byte(ONE)
    write.long(1 + this.#vendorCount + (eventTime < 0 ? 0 : 1) + (isRefilled ? 1 : 0))
    write.copy(MAKER)
    write.copy(isMaker ? TRUE : FALSE)
    this.#writeVendor(write)
    if (isRefilled) write.copy(REFILLED)
    // Last, since it is what differs most: neighbours share their beginning.
    if (eventTime >= 0) write.entry(EVENT_TIME, bytes, starts[eventTime]!, ends[eventTime]!)
    write.byte(0)
    out.written(write.at)
  }

  /** The quote that was read last; its time is when it was received, where the venue sends none. */
  writeQuote(out: Outgoing, receivedMicros: number): void {
    const { scan, subject } = this
    const { bytes, starts, ends } = scan
    const write = out.reserve(FIXED_BYTES_MAX + subject!.instrument.length + this.#vendorBytes)
    subject!.quoteIds.numberedWords(this.id, this.#words)
    write.byte(UUID_CHARS * 2)
    writeUuid(write.bytes, write.at, this.#words)
    write.at += UUID_CHARS
    const id = this.#places[ROLE.id]!
    write.text(bytes, starts[id]!, ends[id]!)
    write.copy(subject!.instrument)
    write.long(this.#micros < 0 ? receivedMicros : this.#micros)
    this.#writeSide(write, ROLE.bidPrice, ROLE.bidQuantity)
    this.#writeSide(write, ROLE.askPrice, ROLE.askQuantity)
    write.copy(subject!.currencyBytes)
    // An update id skips, and counts nothing: it is no sequence.
    write.byte(NULL)
    write.long(receivedMicros)
    write.byte(NULL)
    const eventTime = this.#places[ROLE.eventTime]!
    const count = this.#vendorCount + (eventTime < 0 ? 0 : 1)
    if (count === 0) write.byte(NULL)
    else {
      write.byte(ONE)
      write.long(count)
      this.#writeVendor(write)
      if (eventTime >= 0) write.entry(EVENT_TIME, bytes, starts[eventTime]!, ends[eventTime]!)
      write.byte(0)
    }
    out.written(write.at)
  }

  #writeSide(write: ReturnType<Outgoing['reserve']>, price: Role, quantity: Role): void {
    const ofQuantity = this.#decimals[quantity]!
    // Nothing for sale is no order.
    const isNone = ofQuantity.top === 0 && ofQuantity.low === 0
    for (const value of [this.#decimals[price]!, ofQuantity]) {
      write.byte(isNone ? NULL : ONE)
      if (!isNone) write.decimal(value.top, value.low)
    }
  }

  #writeVendor(write: ReturnType<Outgoing['reserve']>): void {
    const { bytes, starts, ends, kinds, keyStarts, keyEnds } = this.scan
    for (let i = 0; i < this.#vendorCount; i++) {
      const at = this.#vendor[i]!
      const name = this.#reader.vendorName(bytes, keyStarts[at]!, keyEnds[at]!)
      if (kinds[at] === ESCAPED) {
        const text = avroText(unescaped(bytes, starts[at]! - 1, ends[at]! + 1))
        write.copy(name)
        write.copy(text)
      } else write.entry(name, bytes, starts[at]!, ends[at]!)
    }
  }

  /** Which kind of message: by its event, and a book ticker, which has none, by its fields. */
  #nameOf(): ShapeName | 'shutdown' | undefined {
    const { scan } = this
    const event = this.#find(101)
    if (event < 0) return this.#find(117) >= 0 && this.#find(65) >= 0 ? 'quote' : undefined
    const length = scan.ends[event]! - scan.starts[event]!
    if (length === 5 && this.#tradeKind === 'trade' && this.#says(event, 'trade')) return 'trade'
    if (length === 8 && this.#tradeKind === 'aggTrade' && this.#says(event, 'aggTrade')) return 'aggTrade'
    if (length === 10 && this.#says(event, 'bookTicker')) return 'quote'
    return length === 14 && this.#says(event, 'serverShutdown') ? 'shutdown' : undefined
  }

  #reply(): 'reply' | 'refusal' | undefined {
    const { bytes, count, keyStarts, keyEnds, starts, ends } = this.scan
    let kind: 'reply' | 'refusal' | undefined
    this.id = -1
    for (let at = 0; at < count; at++) {
      const key = textOf(bytes, keyStarts[at]!, keyEnds[at]!)
      if (key === 'result') kind ??= 'reply'
      // Of both forms that the venue documents: {code, msg, id} and {error: {code, msg}, id}.
      else if (key === 'code' || key === 'error') kind = 'refusal'
      else if (key === 'id') this.id = readWhole(bytes, starts[at]!, ends[at]!)
    }
    return kind
  }

  /** A field whose name is that one letter. */
  #find(letter: number): number {
    const { scan } = this
    for (let at = 0; at < scan.count; at++) {
      if (scan.keyEnds[at]! - scan.keyStarts[at]! === 1 && scan.bytes[scan.keyStarts[at]!] === letter) return at
    }
    return -1
  }

  #says(at: number, text: string): boolean {
    const start = this.scan.starts[at]!
    for (let i = 0; i < text.length; i++) if (this.scan.bytes[start + i] !== text.charCodeAt(i)) return false
    return true
  }

  #fields(name: ShapeName): boolean {
    const { scan } = this
    const reader = this.#readers.get(name)!
    this.#reader = reader
    this.#places.fill(-1)
    this.#vendorCount = 0
    this.#vendorBytes = 0
    for (let at = 0; at < scan.count; at++) {
      const role = reader.role(scan.bytes, scan.keyStarts[at]!, scan.keyEnds[at]!)
      if (role >= 0) this.#places[role] = at
      else {
        this.#vendor[this.#vendorCount++] = at
        this.#vendorBytes += 64 + 3 * (scan.ends[at]! - scan.starts[at]! + scan.keyEnds[at]! - scan.keyStarts[at]!)
      }
    }
    for (const role of reader.needs) if (this.#places[role]! < 0) return this.#lacks(role)
    return this.#values()
  }

  #values(): boolean {
    const { bytes, starts, ends, kinds } = this.scan
    const idAt = this.#places[ROLE.id]!
    this.id = readWhole(bytes, starts[idAt]!, ends[idAt]!)
    if (this.id < 0) return this.#no(ROLE.id, 'no whole number')
    const timeAt = this.#places[ROLE.time]!
    this.#micros = timeAt < 0 ? -1 : readMicros(bytes, starts[timeAt]!, ends[timeAt]!)
    if (timeAt >= 0 && this.#micros < 0) return this.#no(ROLE.time, 'no time')
    const eventAt = this.#places[ROLE.eventTime]!
    if (eventAt >= 0 && readWhole(bytes, starts[eventAt]!, ends[eventAt]!) < 0)
      return this.#no(ROLE.eventTime, 'no time')
    for (const role of this.#reader.decimals) {
      const at = this.#places[role]!
      const isText = kinds[at] === TEXT || kinds[at] === BARE
      if (!isText || !readDecimal(bytes, starts[at]!, ends[at]!, this.#decimals[role]!))
        return this.#no(role, 'no decimal number that DECIMAL(18,8) holds')
    }
    const makerAt = this.#places[ROLE.maker]!
    if (makerAt < 0) return true
    return this.#says(makerAt, 'true') || this.#says(makerAt, 'false') || this.#no(ROLE.maker, 'not true or false')
  }

  #lacks(role: Role): false {
    this.#bad('fields', `it has no ${ROLE_NAMES[role]}`)
    return false
  }

  #no(role: Role, what: string): false {
    const at = this.#places[role]!
    const text = textOf(
      this.scan.bytes,
      this.scan.starts[at]!,
      Math.min(this.scan.ends[at]!, this.scan.starts[at]! + 40),
    )
    this.#bad('value', `its ${ROLE_NAMES[role]} "${text}" is ${what}`)
    return false
  }

  #bad(code: Decoder['code'], reason: string): 'bad' {
    this.code = code
    this.reason = reason
    return 'bad'
  }
}

function unescaped(bytes: Uint8Array, start: number, end: number): string {
  const raw = Buffer.from(bytes.subarray(start, end)).toString()
  try {
    return JSON.parse(raw)
  } catch {
    return raw
  }
}
