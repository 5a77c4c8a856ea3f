/**
 * What becomes of a message: a trade in its place, a quote at once, a letter for what cannot be read. HOT PATH.
 *
 *   message ─► decode ─► trade: next? ─► lane of trades            too early: held, and asked for
 *                          └──► quote: newer? ─► lane of quotes     the log is slow: only the last of a symbol
 */
import { createHash } from 'node:crypto'
import { encodeLetter, type FeedLetter, letterKey } from '@k2/contracts/records/dead-letter.ts'
import { Outgoing } from '@k2/contracts/records/outgoing.ts'
import type { NewRecord } from '@k2/log/log.ts'
import type { Clock } from '@k2/service/clock.ts'
import { Decoder } from './core/decode.ts'
import type { TradeStream } from './core/stream.ts'
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
  readonly quoteBytesMax: number
}

/** Letters that wait; beyond it they are only counted, for a feed of garbage has nothing to tell but that. */
const LETTERS_MAX = 1_000
const NO_FRAME = new Uint8Array(0)

export class Intake {
  /** When each symbol was last heard of, by its index. */
  readonly heardMicros: Float64Array
  letters: NewRecord[] = []
  unreadable = 0
  readonly #parts: IntakeParts
  readonly #decoder: Decoder
  readonly #past: Decoder
  readonly #held = new Outgoing(NO_FRAME)
  /** The last update id of each symbol's quotes. */
  readonly #quoteIds: Float64Array
  readonly #latest = new Map<Subject, { readonly id: number; readonly record: Uint8Array; readonly micros: number }>()
  #tradeCount = 0
  #quoteCount = 0
  #otherCount = 0

  constructor(parts: IntakeParts) {
    const { subjects, tradeKind } = parts
    this.#parts = parts
    this.#decoder = new Decoder(subjects, tradeKind)
    this.#past = new Decoder(subjects, tradeKind)
    this.heardMicros = new Float64Array(subjects.all.length)
    this.#quoteIds = new Float64Array(subjects.all.length).fill(-1)
  }

  /** One message of a socket; says what the connection must know of it. */
  message(bytes: Uint8Array, feed: string): 'market' | 'shutdown' | 'reply' | undefined {
    const micros = this.#parts.clock.nowMicros()
    const decoder = this.#decoder
    const kind = decoder.message(bytes)
    if (kind === 'trade') {
      this.#tradeCount++
      this.heardMicros[decoder.subject!.index] = micros
      this.#trade(decoder, micros, false)
      return 'market'
    }
    if (kind === 'quote') {
      this.#quoteCount++
      this.heardMicros[decoder.subject!.index] = micros
      this.#quote(decoder, micros)
      return 'market'
    }
    this.#otherCount++
    if (kind === 'bad') this.#refuse(decoder, bytes, feed, micros)
    return kind === 'shutdown' || kind === 'reply' ? kind : undefined
  }

  /** An answer to a request for past trades. `at` is told each before it is taken. Answers how many there were; -1: it cannot be read. */
  answer(bytes: Uint8Array, subject: Subject, feed: string, at: (id: number) => void): number {
    const micros = this.#parts.clock.nowMicros()
    for (let place = 0, count = 0; ; count++) {
      const { end, kind } = this.#past.element(bytes, place, subject)
      if (end < 0) {
        if (kind !== 'bad') return count
        this.#refuse(this.#past, bytes, feed, micros)
        return -1
      }
      if (kind === 'bad') this.#refuse(this.#past, bytes.subarray(place, end), feed, micros)
      else {
        at(this.#past.id)
        this.#trade(this.#past, micros, true)
      }
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

  /** Quotes that stood back while the log was slow. */
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

  #trade(decoder: Decoder, micros: number, isAsked: boolean): void {
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
    else {
      if (step === 'hold') {
        decoder.writeTrade(this.#held, micros, isAsked)
        stream.hold(id, new Uint8Array(this.#held.take()[0]!.value))
      }
      this.#parts.behind(subject)
    }
  }

  #quote(decoder: Decoder, micros: number): void {
    const { quotes, metrics } = this.#parts
    const subject = decoder.subject!
    const { id } = decoder
    if (id <= this.#quoteIds[subject.index]!) return
    this.#quoteIds[subject.index] = id
    if (this.#isCrowded() || this.#latest.size > 0) {
      decoder.writeQuote(this.#held, micros)
      if (this.#latest.has(subject)) metrics.conflated.add()
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

  #refuse({ code, reason }: Decoder, raw: Uint8Array, feed: string, receivedMicros: number): void {
    this.#parts.metrics.failed('message')
    this.unreadable++
    if (this.letters.length >= LETTERS_MAX) return
    const digest = createHash('sha256').update(raw).digest('hex').slice(0, 32)
    const letter: FeedLetter = { origin: 'feed', feed, digest, receivedMicros, code, reason, raw }
    this.letters.push({ key: letterKey(letter), value: encodeLetter(letter) })
  }
}
