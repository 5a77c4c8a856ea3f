/**
 * Missing trades, by request: what lies between the last trade that was taken and the venue's last one, after every
 * interruption and for every hole; and, from time to time, what was given up before.
 *
 *   behind(symbol) ─► a moment's grace ─► request from the first missing id ─► taken in order ─► until nothing is missing
 *                                              └─ fails for too long: given up, an open gap, asked for again later
 *
 *   units   ms
 */
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { TradeStream } from './core/stream.ts'
import type { Subject, TradeKind } from './core/subject.ts'
import type { Intake } from './intake.ts'
import type { FeedMetrics } from './metrics.ts'
import { pastTrades, type Rest } from './rest.ts'

export interface RefillParts {
  readonly subjects: readonly Subject[]
  readonly streams: readonly TradeStream[]
  readonly tradeKind: TradeKind
  readonly rest: Rest
  readonly intake: Intake
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: FeedMetrics
  /** The log keeps up: what is asked for can be taken. */
  readonly hasRoom: () => boolean
  /** It has no trade to begin from. */
  readonly unbegun: (subject: Subject) => void
}

export interface RefillLimits {
  /** A trade that is only late is waited for so long. */
  readonly graceMs: number
  /** Without any progress for so long, what is missing becomes a gap. */
  readonly patienceMs: number
  /** An open gap is asked for again after so long, doubling to an hour. */
  readonly gapMs: number
}

interface Want {
  dueMs: number
  /** When it was last nearer to its end. */
  progressMs: number
  pauseMs: number
  mustAsk: boolean
}

/** Open gaps of a symbol. */
interface Gaps {
  dueMs: number
  pauseMs: number
  /** What lies before it has been asked for, this time round. */
  askedTo: number
}

interface Silence {
  /** undefined: nobody can say. */
  readonly tell: (isSilent: boolean | undefined) => void
}

const PAGE = 1_000
const PAUSE_MS = 500
const PAUSE_MS_MAX = 30_000
const GAP_MS_MAX = 3_600_000
const IDLE_MS = 1_000

export class Refill {
  readonly #parts: RefillParts
  readonly #limits: RefillLimits
  readonly #wants = new Map<Subject, Want>()
  readonly #gaps = new Map<Subject, Gaps>()
  readonly #silences = new Map<Subject, Silence>()
  #wake: () => void = () => {}

  constructor(parts: RefillParts, limits: RefillLimits) {
    this.#parts = parts
    this.#limits = limits
  }

  /** Symbols that are not up to date as far as is known. */
  get waiting(): number {
    return this.#wants.size
  }

  /** Trades of it are missing, or may be. */
  behind(subject: Subject): void {
    if (!this.#wants.has(subject)) this.#want(subject, this.#limits.graceMs, false)
  }

  /** After an interruption: it is asked whatever there is, since the next trade may be long in coming. */
  catchUp(subject: Subject): void {
    this.#want(subject, 0, true)
  }

  #want(subject: Subject, inMs: number, mustAsk: boolean): void {
    const nowMs = this.#parts.clock.nowMs()
    this.#wants.set(subject, { dueMs: nowMs + inMs, progressMs: nowMs, pauseMs: PAUSE_MS, mustAsk })
    this.#wake()
  }

  /** It was taken, and lost before it reached the log. */
  lost(subject: Subject, id: number): void {
    const { streams, clock } = this.#parts
    streams[subject.index]!.sent.open({ from: id, to: id + 1 })
    this.#gaps.set(subject, { dueMs: clock.nowMs(), pauseMs: this.#limits.gapMs, askedTo: 0 })
    this.#wake()
  }

  /** Asks whether the venue has traded it since. */
  ask(subject: Subject, tell: Silence['tell']): void {
    this.#silences.set(subject, { tell })
    this.catchUp(subject)
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, subjects, streams } = this.#parts
    while (!signal.aborted) {
      const nowMs = clock.nowMs()
      for (const subject of subjects) this.#watchGaps(subject, streams[subject.index]!, nowMs)
      const wanted = this.#parts.hasRoom() ? earliest(this.#wants) : undefined
      const gap = this.#parts.hasRoom() ? earliest(this.#gaps) : undefined
      if (wanted && wanted[1].dueMs <= nowMs) await this.#fill(wanted[0], wanted[1], signal)
      else if (gap && gap[1].dueMs <= nowMs) await this.#retry(gap[0], gap[1], signal)
      else
        await this.#idle(Math.min(IDLE_MS, ...[wanted, gap].map((one) => (one?.[1].dueMs ?? Infinity) - nowMs)), signal)
    }
  }

  async #idle(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    const stop = AbortSignal.any([signal, woken.signal])
    await this.#parts.clock.sleep(Math.max(1, ms), stop).catch(() => {})
  }

  async #fill(subject: Subject, want: Want, signal: AbortSignal): Promise<void> {
    const { streams, clock } = this.#parts
    const stream = streams[subject.index]!
    const from = stream.sent.next
    if (from < 0 && this.#silences.has(subject)) this.#parts.unbegun(subject)
    // Nothing has come yet: there is no id to begin from.
    if (from < 0 || !(want.mustAsk || stream.isBehind)) return this.#done(subject, false)
    const count = await this.#page(subject, from, PAGE, true, signal)
    const nowMs = clock.nowMs()
    if (this.#wants.get(subject) !== want) return
    if (count === undefined) return this.#failed(subject, stream, want, nowMs)
    want.mustAsk = false
    if (this.#silences.has(subject)) this.#silence(subject, count > 0)
    if (stream.sent.next > from) {
      want.progressMs = nowMs
      want.pauseMs = PAUSE_MS
    }
    if (count >= PAGE) want.dueMs = nowMs
    else if (!stream.isBehind) this.#done(subject, count > 0)
    else this.#failed(subject, stream, want, nowMs)
  }

  /** A page that did not come, or one that lacks what the stream has shown: again, and given up in the end. */
  #failed(subject: Subject, stream: TradeStream, want: Want, nowMs: number): void {
    if (this.#silences.has(subject)) this.#silence(subject, undefined)
    want.dueMs = nowMs + want.pauseMs
    want.pauseMs = Math.min(want.pauseMs * 2, PAUSE_MS_MAX)
    if (nowMs - want.progressMs < this.#limits.patienceMs) return
    if (stream.heldCount > 0) this.#giveUp(subject, stream)
    want.progressMs = nowMs
  }

  #giveUp(subject: Subject, stream: TradeStream): void {
    const { rest, logger, intake } = this.#parts
    const gap = stream.giveUp()!
    const { symbol } = subject
    const why = rest.trouble ?? 'the venue does not show them'
    logger.error({ symbol, ...gap, why }, 'trades are missing: a gap is open, and asked for again later')
    intake.release(subject)
    // It is asked for soon, however rarely older ones are by now.
    this.#gaps.delete(subject)
    if (!stream.isBehind) this.#done(subject, false)
  }

  #done(subject: Subject, hasFilled: boolean): void {
    this.#wants.delete(subject)
    // Nobody can say: there is no trade to begin from.
    if (this.#silences.has(subject)) this.#silence(subject, false)
    if (hasFilled) this.#parts.logger.info({ symbol: subject.symbol }, 'missing trades are filled')
  }

  #silence(subject: Subject, isSilent: boolean | undefined): void {
    this.#silences.get(subject)!.tell(isSilent)
    this.#silences.delete(subject)
  }

  /** How many trades there were; undefined where there was no answer. */
  async #page(
    subject: Subject,
    from: number,
    limit: number,
    isNext: boolean,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { rest, tradeKind, intake, streams, metrics } = this.#parts
    const { kind, path } = pastTrades(tradeKind, subject.symbol, { from, limit }, rest.hidesPast)
    const { bytes, refused } = await rest.ask(kind, path, signal)
    if (bytes === undefined) {
      metrics.requestsFailed.add()
      if (refused !== undefined) this.#parts.logger.error({ symbol: subject.symbol, why: refused }, 'request refused')
      return undefined
    }
    metrics.requestsAnswered.add()
    const stream = streams[subject.index]!
    // The venue lists all that it has from there on: what its list passes over, it has not.
    let wanted = 0
    const skip = (id: number) => {
      if (id >= from) wanted++
      while (isNext && stream.sent.next < id) {
        const held = stream.firstHeld()
        stream.skipTo(held >= 0 && held < id ? held : id)
        intake.release(subject)
      }
    }
    const count = intake.answer(bytes, subject, kind, skip)
    if (count < 0) return undefined
    return kind === 'trades' ? wanted : count
  }

  #watchGaps(subject: Subject, stream: TradeStream, nowMs: number): void {
    const isOpen = stream.sent.gaps.length > 0
    if (!isOpen) this.#gaps.delete(subject)
    else if (!this.#gaps.has(subject)) {
      this.#gaps.set(subject, { dueMs: nowMs + this.#limits.gapMs, pauseMs: this.#limits.gapMs, askedTo: 0 })
    }
  }

  /**
   * A page of what was given up; between two of them newer holes have their turn. A round that still lacks something makes the
   * next one rarer, and no answer does not.
   */
  async #retry(subject: Subject, due: Gaps, signal: AbortSignal): Promise<void> {
    const { streams, clock } = this.#parts
    const gap = streams[subject.index]!.sent.gaps.find(({ to }) => to > due.askedTo)
    if (gap === undefined) {
      due.askedTo = 0
      due.pauseMs = Math.min(due.pauseMs * 2, GAP_MS_MAX)
      due.dueMs = clock.nowMs() + due.pauseMs
      return
    }
    const from = Math.max(gap.from, due.askedTo)
    const limit = Math.min(PAGE, gap.to - from)
    const count = await this.#page(subject, from, limit, false, signal)
    if (count === undefined) due.dueMs = clock.nowMs() + this.#limits.gapMs / 4
    else due.askedTo = from + limit
  }
}

function earliest<T extends { readonly dueMs: number }>(wants: ReadonlyMap<Subject, T>): [Subject, T] | undefined {
  let first: [Subject, T] | undefined
  for (const one of wants) if (first === undefined || one[1].dueMs < first[1].dueMs) first = one
  return first
}
