/**
 * Trade ids that cannot be taken as they come: the venue's latest trade decides.
 *
 *   far above what is recorded ─► near the latest: what lies between is asked for    else: a letter
 *   only repeats, for long     ─► the latest is below them: the venue's ids began anew, which is said
 *   no trade ever              ─► the feed begins behind the latest, so that silence can be known from then on
 *
 *   units   ms
 */
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { TradeStream } from './core/stream.ts'
import type { Subject, TradeKind } from './core/subject.ts'
import type { Doubted, Intake } from './intake.ts'
import type { Refill } from './refill.ts'
import { pastTrades, type Rest } from './rest.ts'

export interface LatestParts {
  readonly streams: readonly TradeStream[]
  readonly tradeKind: TradeKind
  readonly rest: Rest
  readonly intake: Intake
  readonly refill: Pick<Refill, 'catchUp'>
  readonly clock: Clock
  readonly logger: Logger
}

interface Question {
  dueMs: number
  pauseMs: number
  doubted: Doubted[]
}

const PAUSE_MS = 500
const PAUSE_MS_MAX = 30_000
const IDLE_MS = 1_000
/** Of a symbol, that wait for the answer; beyond it they are passed over: those that are true are asked for. */
const DOUBTED_MAX = 100

export class Latest {
  readonly #parts: LatestParts
  readonly #questions = new Map<Subject, Question>()
  /** The venue had no trade of it when it was asked. */
  readonly #untraded = new Set<Subject>()
  #wake: () => void = () => {}

  constructor(parts: LatestParts) {
    this.#parts = parts
  }

  doubt(subject: Subject, trade: Doubted): void {
    const { doubted } = this.ask(subject)
    if (doubted.length < DOUBTED_MAX) doubted.push(trade)
  }

  ask(subject: Subject): Question {
    const asked = this.#questions.get(subject)
    if (asked) return asked
    const question = { dueMs: this.#parts.clock.nowMs(), pauseMs: PAUSE_MS, doubted: [] }
    this.#questions.set(subject, question)
    this.#wake()
    return question
  }

  /** What it is asked about is not recorded until the answer has come. */
  isDoubtful(subject: Subject): boolean {
    return (this.#questions.get(subject)?.doubted.length ?? 0) > 0
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    while (!signal.aborted) {
      const due = [...this.#questions].find(([, { dueMs }]) => dueMs <= clock.nowMs())
      if (due) await this.#settle(...due, signal)
      else await this.#idle(signal)
    }
  }

  async #idle(signal: AbortSignal): Promise<void> {
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    await this.#parts.clock.sleep(IDLE_MS, AbortSignal.any([signal, woken.signal])).catch(() => {})
  }

  async #settle(subject: Subject, question: Question, signal: AbortSignal): Promise<void> {
    const { streams, clock } = this.#parts
    const stream = streams[subject.index]!
    const { next } = stream.sent
    const wasUntraded = this.#untraded.has(subject) && question.doubted.length === 0
    const id = await this.#idOf(subject, wasUntraded ? 0 : undefined, signal)
    if (id === undefined) {
      question.dueMs = clock.nowMs() + question.pauseMs
      question.pauseMs = Math.min(question.pauseMs * 2, PAUSE_MS_MAX)
      return
    }
    this.#questions.delete(subject)
    stream.shown = id
    this.#judge(subject, stream, question.doubted, id)
    if (stream.sent.next < 0) this.#begin(subject, stream, wasUntraded ? id : id + 1)
    // The answer may be a moment behind the stream: only of one that has nothing new for long does it say more.
    else if (question.doubted.length === 0) this.#compare(subject, stream, next, id)
  }

  /** The latest one; the first one from there, where `from` is given. -1: there is none; undefined: there was no answer. */
  async #idOf(subject: Subject, from: number | undefined, signal: AbortSignal): Promise<number | undefined> {
    const { rest, tradeKind, intake } = this.#parts
    const { kind, path } = pastTrades(tradeKind, subject.symbol, { from, limit: 1 }, rest.hidesPast)
    const { bytes } = await rest.ask(kind, path, signal)
    return bytes && intake.lastId(bytes, subject, kind)
  }

  #judge(subject: Subject, stream: TradeStream, doubted: readonly Doubted[], latest: number): void {
    const { intake, refill, logger } = this.#parts
    const { symbol } = subject
    const [first] = doubted
    if (first === undefined) return
    const wrong = doubted.filter(({ id }) => stream.doubts(id))
    for (const { id, raw, feed, micros } of wrong) {
      const reason = `its trade id ${id} is far above the venue’s latest, ${latest}`
      intake.refuse({ code: 'value', reason }, raw, feed, micros)
    }
    if (wrong.length > 0)
      logger.error(
        { symbol, id: wrong[0]!.id, latest },
        'trades have ids that the venue does not know: they are letters',
      )
    const believed = doubted.filter((trade) => !wrong.includes(trade)).map(({ id }) => id)
    if (believed.length === 0) return
    stream.begin(Math.min(...believed))
    refill.catchUp(subject)
  }

  #begin(subject: Subject, stream: TradeStream, id: number): void {
    if (id < 1 && !this.#untraded.has(subject)) return void this.#untraded.add(subject)
    if (id < 0) return
    this.#untraded.delete(subject)
    stream.begin(id)
    this.#parts.refill.catchUp(subject)
  }

  #compare(subject: Subject, stream: TradeStream, next: number, latest: number): void {
    // It has moved on meanwhile: the answer is of before.
    if (stream.sent.next !== next) return
    const isSetBack = latest + 1 < next
    const { symbol } = subject
    if (isSetBack && !stream.isSetBack)
      this.#parts.logger.error(
        { symbol, latest, recorded: next - 1 },
        'the venue’s trade ids are lower than those recorded: its trades are letters, since their ids would be taken for recorded ones',
      )
    stream.isSetBack = isSetBack
  }
}
