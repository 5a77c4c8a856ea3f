/**
 * What becomes of a message: a trade in its place, a quote at once, a letter for what cannot be read. HOT PATH.
 *
 *   message ─► decode ─► trade: next? ─► lane of trades            too early: held, and asked for
 *                          └──► quote: newer? ─► lane of quotes     the log is slow, or the level defers it: only the last of a symbol
 */
import { createHash } from 'node:crypto'
import { encodeLetter, type FeedLetter, letterKey } from '@k2/contracts/records/dead-letter.ts'
import { Outgoing } from '@k2/contracts/records/outgoing.ts'
import type { NewRecord } from '@k2/log/log.ts'
import type { Clock } from '@k2/service/clock.ts'
import { Decoder } from './core/decode.ts'
import type { Step, TradeStream } from './core/stream.ts'
import type { Subject, Subjects, TradeKind } from './core/subject.ts'
import type { Lane } from './lane.ts'
import type { FeedMetrics } from './metrics.ts'

export interface IntakeParts {
  readonly subjects: Subjects
  readonly tradeKind: TradeKind
  /** By the subject's index. */
  readonly streams: readonly TradeStream[]
  readonly trades: Lane
  readonly quotes: Lane
  readonly clock: Clock
  readonly metrics: FeedMetrics
  /** A trade came too early: what lies before it is missing. */
  readonly behind: (subject: Subject) => void
  /** A trade whose id cannot be believed unasked. */
  readonly doubted: (subject: Subject, trade: Doubted) => void
  readonly quoteBytesMax: number
}

/** What a connection must know of a message. */
export type Heard = 'market' | 'shutdown' | 'reply' | 'refusal'

/** As it came, for a letter should the venue not know it. */
export interface Doubted {
  readonly id: number
  readonly raw: Uint8Array
  readonly feed: string
  readonly micros: number
}

/** Letters that wait; beyond it they are only counted, for a feed of garbage has nothing to tell but that. */
const LETTERS_MAX = 1_000
const NO_FRAME = new Uint8Array(0)

export class Intake {
  /** When a trade of each symbol last came, and when a quote, by its index. */
  readonly tradeMicros: Float64Array
  readonly quoteMicros: Float64Array
  /** When one came that was new, and when one that had come before. */
  readonly freshMicros: Float64Array
  readonly repeatMicros: Float64Array
  letters: NewRecord[] = []
  /** The id of the control message that was answered last; -1 where the answer names none. */
  replyTo = -1
  unreadable = 0
  readonly #parts: IntakeParts
  readonly #decoder: Decoder
  readonly #past: Decoder
  readonly #held = new Outgoing(NO_FRAME)
  /** The last update id of each symbol's quotes. */
  readonly #quoteIds: Float64Array
  readonly #latest = new Map<Subject, { readonly id: number; readonly record: Uint8Array; readonly micros: number }>()
  /** 1 for symbols whose quotes are thinned out, by their index. */
  readonly #thinned: Uint8Array
  #tradeCount = 0
  #quoteCount = 0
  #otherCount = 0

  constructor(parts: IntakeParts) {
    const { subjects, tradeKind } = parts
    this.#parts = parts
    this.#decoder = new Decoder(subjects, tradeKind)
    this.#past = new Decoder(subjects, tradeKind)
    this.tradeMicros = new Float64Array(subjects.all.length)
    this.quoteMicros = new Float64Array(subjects.all.length)
    this.freshMicros = new Float64Array(subjects.all.length)
    this.repeatMicros = new Float64Array(subjects.all.length)
    this.#quoteIds = new Float64Array(subjects.all.length).fill(-1)
    this.#thinned = new Uint8Array(subjects.all.length)
  }

  /** One message of a socket; says what the connection must know of it. */
  message(bytes: Uint8Array, feed: string): Heard | undefined {
    const micros = this.#parts.clock.nowMicros()
    const decoder = this.#decoder
    const kind = decoder.message(bytes)
    if (kind === 'trade') {
      this.#tradeCount++
      this.tradeMicros[decoder.subject!.index] = micros
      this.#live(decoder, micros, bytes, feed)
      return 'market'
    }
    if (kind === 'quote') {
      this.#quoteCount++
      this.quoteMicros[decoder.subject!.index] = micros
      this.#quote(decoder, micros)
      return 'market'
    }
    this.#otherCount++
    if (kind === 'bad') this.refuse(decoder, bytes, feed, micros)
    if (kind === 'reply' || kind === 'refusal') this.replyTo = decoder.id
    return kind === 'shutdown' || kind === 'reply' || kind === 'refusal' ? kind : undefined
  }

  heardMicros(index: number): number {
    return Math.max(this.tradeMicros[index]!, this.quoteMicros[index]!)
  }

  /** Of any symbol. */
  lastMicros(): number {
    return this.tradeMicros.reduce((last, _, index) => Math.max(last, this.heardMicros(index)), 0)
  }

  /** An answer to a request for past trades. `at` is told each before it is taken. Answers how many there were; -1: it cannot be read. */
  answer(bytes: Uint8Array, subject: Subject, feed: string, at: (id: number) => void): number {
    const micros = this.#parts.clock.nowMicros()
    for (let place = 0, count = 0; ; count++) {
      const { end, kind } = this.#past.element(bytes, place, subject)
      if (end < 0) {
        if (kind !== 'bad') return count
        this.refuse(this.#past, bytes, feed, micros)
        return -1
      }
      if (kind === 'bad') this.refuse(this.#past, bytes.subarray(place, end), feed, micros)
      else if (this.#parts.streams[subject.index]!.doubts(this.#past.id))
        this.#doubt(this.#past, bytes.subarray(place, end), feed, micros)
      else {
        at(this.#past.id)
        this.#trade(this.#past, micros, true)
      }
      place = end
    }
  }

  /** The last trade of an answer; -1: it has none, undefined: it cannot be read. */
  lastId(bytes: Uint8Array, subject: Subject, feed: string): number | undefined {
    for (let place = 0, id = -1; ; id = this.#past.id) {
      const { end, kind } = this.#past.element(bytes, place, subject)
      if (kind === 'bad') {
        this.refuse(this.#past, bytes, feed, this.#parts.clock.nowMicros())
        return undefined
      }
      if (end < 0) return id
      place = end
    }
  }

  /** What was held and may go now. */
  release(subject: Subject): void {
    const { trades, clock } = this.#parts
    const stream = this.#parts.streams[subject.index]!
    for (let next = stream.release(); next !== undefined; next = stream.release()) {
      trades.out(subject).add(next.record)
      trades.wrote(subject, next.id, clock.nowMicros())
    }
  }

  /** From here on, of a symbol that is deferred, only the last quote goes out at each flush. */
  thin(isDeferred: (subject: Subject) => boolean): void {
    for (const subject of this.#parts.subjects.all) this.#thinned[subject.index] = isDeferred(subject) ? 1 : 0
  }

  /** Quotes that stood back. */
  flushQuotes(): void {
    const { quotes } = this.#parts
    if (this.#latest.size === 0 || this.#isCrowded()) return
    for (const [subject, { id, record, micros }] of this.#latest) {
      quotes.out(subject).add(record)
      quotes.wrote(subject, id, micros)
    }
    this.#latest.clear()
  }

  count(): void {
    const { metrics } = this.#parts
    metrics.trades.add(this.#tradeCount)
    metrics.quotes.add(this.#quoteCount)
    metrics.others.add(this.#otherCount)
    this.#tradeCount = this.#quoteCount = this.#otherCount = 0
  }

  #live(decoder: Decoder, micros: number, bytes: Uint8Array, feed: string): void {
    const { index } = decoder.subject!
    const stream = this.#parts.streams[index]!
    const step = this.#trade(decoder, micros, false)
    if (step === 'doubt') this.#doubt(decoder, bytes, feed, micros)
    else if (step === 'repeat') {
      this.repeatMicros[index] = micros
      const reason = `its trade id ${decoder.id} is below those that are recorded, and so is the venue’s latest`
      if (stream.isSetBack) this.refuse({ code: 'value', reason }, bytes, feed, micros)
    } else {
      this.freshMicros[index] = micros
      stream.isSetBack = false
    }
  }

  #doubt({ subject, id }: Decoder, bytes: Uint8Array, feed: string, micros: number): void {
    this.#parts.doubted(subject!, { id, raw: new Uint8Array(bytes), feed, micros })
  }

  #trade(decoder: Decoder, micros: number, isAsked: boolean): Step {
    const { streams, trades, metrics } = this.#parts
    const subject = decoder.subject!
    const { id } = decoder
    const stream = streams[subject.index]!
    const step = stream.offer(id)
    if (step === 'emit') {
      const isFilled = stream.sent.take(id) === 'filled'
      if (isAsked) metrics.refilled.add()
      decoder.writeTrade(trades.out(subject), micros, isAsked || isFilled)
      trades.wrote(subject, id, micros)
      if (stream.heldCount > 0) this.release(subject)
    } else if (step === 'repeat') metrics.repeated.add()
    else if (step !== 'doubt') {
      if (step === 'hold') {
        decoder.writeTrade(this.#held, micros, isAsked)
        stream.hold(id, new Uint8Array(this.#held.take()[0]!.value))
      }
      this.#parts.behind(subject)
    }
    return step
  }

  #quote(decoder: Decoder, micros: number): void {
    const { quotes, metrics } = this.#parts
    const subject = decoder.subject!
    const { id } = decoder
    if (id <= this.#quoteIds[subject.index]!) return
    this.#quoteIds[subject.index] = id
    const isWaiting = this.#latest.size > 0 && this.#latest.has(subject)
    if (this.#thinned[subject.index] === 1 || isWaiting || this.#isCrowded()) {
      decoder.writeQuote(this.#held, micros)
      if (isWaiting) metrics.conflated.add()
      this.#latest.set(subject, { id, record: new Uint8Array(this.#held.take()[0]!.value), micros })
      return
    }
    decoder.writeQuote(quotes.out(subject), micros)
    quotes.wrote(subject, id, micros)
  }

  /** The log is slow: quotes give way first. */
  #isCrowded(): boolean {
    const { trades, quotes, quoteBytesMax } = this.#parts
    return quotes.bytes > quoteBytesMax || trades.spooledBytes > 0 || trades.isFull
  }

  /** A letter, for what is not recorded. */
  refuse(
    { code, reason }: Pick<Decoder, 'code' | 'reason'>,
    raw: Uint8Array,
    feed: string,
    receivedMicros: number,
  ): void {
    this.#parts.metrics.failed('message')
    this.unreadable++
    if (this.letters.length >= LETTERS_MAX) return
    const digest = createHash('sha256').update(raw).digest('hex').slice(0, 32)
    const letter: FeedLetter = { origin: 'feed', feed, digest, receivedMicros, code, reason, raw }
    this.letters.push({ key: letterKey(letter), value: encodeLetter(letter) })
  }
}
