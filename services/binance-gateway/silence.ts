/**
 * Symbols that are silent here: whether the venue trades them, the venue says. Each stream of a symbol is judged for itself, since
 * quotes may come where trades have ceased to.
 *
 *   neither comes       ─► asked, less and less often while the venue is quiet too
 *   quotes alone        ─► asked alike; a thin market is often so, and keeps its long pause
 *   trades alone        ─► trades move quotes: that stream is dead
 *   trades, none new    ─► the venue's latest is asked for: its ids may have begun anew
 *
 *   units   ms
 */
import type { Logger } from '@k2/service/logger.ts'
import type { Subject } from './core/subject.ts'
import type { Running } from './prepare.ts'

const QUIET_MS_MAX = 600_000
const REPEATS_MS = 60_000

type Kind = 'symbol' | 'trades' | 'quotes' | 'repeats'

interface Look {
  atMs: number
  pauseMs: number
  readonly heardMicros: number
}

export type SilenceParts = Pick<
  Running,
  'subjects' | 'intake' | 'lineOf' | 'refill' | 'latest' | 'trades' | 'silent' | 'streams'
>

export class Silence {
  readonly #parts: SilenceParts
  readonly #logger: Logger
  readonly #staleMs: number
  /** When each is looked at again. */
  readonly #looks: Readonly<Record<Kind, Map<Subject, Look>>> = {
    symbol: new Map(),
    trades: new Map(),
    quotes: new Map(),
    repeats: new Map(),
  }

  constructor(parts: SilenceParts, logger: Logger, staleMs: number) {
    this.#parts = parts
    this.#logger = logger
    this.#staleMs = staleMs
  }

  /** Symbols that are received. */
  live(): Subject[] {
    const { subjects, lineOf, silent, streams } = this.#parts
    return subjects.all.filter(
      (subject) => lineOf(subject).isUp && !silent.has(subject) && !streams[subject.index]!.isSetBack,
    )
  }

  /** Called every second. */
  look(nowMs: number): void {
    const { subjects, lineOf, trades } = this.#parts
    if (trades.isFull) return
    for (const subject of subjects.all) if (lineOf(subject).isUp) this.#lookAt(subject, nowMs)
  }

  #lookAt(subject: Subject, nowMs: number): void {
    const { intake, silent, lineOf, latest } = this.#parts
    const { index } = subject
    const sinceMs = (micros: number) => nowMs - micros / 1_000
    const [tradeMicros, quoteMicros] = [intake.tradeMicros[index]!, intake.quoteMicros[index]!]
    const quotedMs = Math.max(quoteMicros / 1_000, lineOf(subject).openedMs ?? nowMs)
    const areQuotesDead = quoteMicros > 0 && tradeMicros / 1_000 - quotedMs >= this.#staleMs
    if (sinceMs(intake.heardMicros(index)) >= this.#staleMs) this.#ask('symbol', subject, nowMs)
    else if (sinceMs(tradeMicros) >= this.#staleMs) this.#ask('trades', subject, nowMs)
    else if (!areQuotesDead) silent.delete(subject)
    else if (this.#isDue('quotes', subject, nowMs))
      this.#tell(subject, 'no quote of a symbol comes, though its trades do')
    const { freshMicros, repeatMicros } = intake
    const onlyRepeats = repeatMicros[index]! > freshMicros[index]! && sinceMs(freshMicros[index]!) >= this.#staleMs
    if (onlyRepeats && this.#isDue('repeats', subject, nowMs)) latest.ask(subject)
  }

  #ask(kind: 'symbol' | 'trades', subject: Subject, nowMs: number): void {
    if (!this.#isDue(kind, subject, nowMs)) return
    const { intake, refill, silent } = this.#parts
    const heard = intake.tradeMicros[subject.index]
    refill.ask(subject, (isSilent) => {
      if (intake.tradeMicros[subject.index] !== heard) return
      // Where nobody can say and nothing comes it counts as silent; where quotes come the line is none that is dead.
      if (isSilent === undefined && kind === 'trades') return
      if (isSilent === false) return void silent.delete(subject)
      // Of the next time nothing is known yet: a market that is traded is no thin one.
      const look = this.#looks.trades.get(subject)
      if (look) look.pauseMs = this.#staleMs
      this.#tell(subject, 'a symbol is silent while the venue trades it')
    })
  }

  /** With each time that it is due the next is rarer; it begins again where the symbol was heard of, or had no need of it for long. */
  #isDue(kind: Kind, subject: Subject, nowMs: number): boolean {
    const looks = this.#looks[kind]
    const heardMicros = kind === 'symbol' ? this.#parts.intake.heardMicros(subject.index) : 0
    const last = looks.get(subject)
    if (last && last.atMs > nowMs && last.heardMicros === heardMicros) return false
    const isOver = last === undefined || last.heardMicros !== heardMicros || nowMs - last.atMs > QUIET_MS_MAX
    const pauseMs = isOver ? (kind === 'repeats' ? REPEATS_MS : this.#staleMs) : last.pauseMs
    looks.set(subject, { atMs: nowMs + pauseMs, pauseMs: Math.min(pauseMs * 2, QUIET_MS_MAX), heardMicros })
    return true
  }

  #tell(subject: Subject, why: string): void {
    const { silent, lineOf } = this.#parts
    silent.add(subject)
    this.#logger.warn({ symbol: subject.symbol }, `${why}: a new connection`)
    lineOf(subject).silent()
  }
}
