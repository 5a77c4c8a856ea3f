/**
 * What the log holds of a feed's trades: found at the start, kept while appends are acknowledged, noted now and then, so that
 * the next start reads only what is behind the note.
 *
 *   log(positions), then log(trades) behind them ─► ledgers ◄─ acknowledged ids
 *
 * The note is only a shortcut: it stands for offsets, and whatever lies behind these is read again. Holes among what is read are
 * gaps, whether or not anybody noted them.
 */
import { GATEWAY_POSITIONS, type MarketTopic } from '@k2/contracts/topics.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import type { Identity } from '@k2/market/identity.ts'
import type { Logger } from '@k2/service/logger.ts'
import { Ledger, type LedgerState } from './core/ledger.ts'
import { decodePosition, encodePosition, type Position, positionKey } from './core/position.ts'
import type { IdRange } from './core/ranges.ts'
import type { Subject, Subjects, TradeKind } from './core/subject.ts'
import { readBack } from './readback.ts'

export interface StandingParts {
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly topic: MarketTopic
  readonly exchange: string
  readonly tradeKind: TradeKind
  readonly subjects: Subjects
  readonly logger: Logger
  /** More gaps are open than are kept: that one is not asked for any more. */
  readonly forgot: (subject: Subject, gap: IdRange) => void
}

export class Standing {
  /** By the subject's index. */
  readonly ledgers: readonly Ledger[]
  /** By partition: behind what the ledgers know. */
  readonly ends: ReadonlyMap<number, bigint>
  readonly #parts: StandingParts
  readonly #noted = new Map<Subject, string>()

  private constructor(parts: StandingParts, ledgers: readonly Ledger[], ends: ReadonlyMap<number, bigint>) {
    this.#parts = parts
    this.ledgers = ledgers
    this.ends = ends
  }

  static async found(parts: StandingParts, signal: AbortSignal): Promise<Standing> {
    const { log, subjects, topic } = parts
    const notes = new Map((await log.latest(GATEWAY_POSITIONS)).map(({ key, value }) => [key, decodePosition(value)]))
    const logEnds = new Map((await log.ranges([topic.name])).map(({ partition, to }) => [partition, to]))
    const positions = subjects.all.map((subject) => {
      const note = notes.get(keyOf(parts, subject.symbol))
      return note && isOfLog(note, subject, parts, logEnds.get(partitionAt(topic, subject)) ?? 0n) ? note : undefined
    })
    const ledgers = subjects.all.map((subject, i) => new Ledger(positions[i], (gap) => parts.forgot(subject, gap)))
    const from = new Map<number, bigint>()
    for (const [i, subject] of subjects.all.entries()) {
      const partition = partitionAt(topic, subject)
      const offset = positions[i]?.offset ?? 0n
      const known = from.get(partition)
      if (known === undefined || offset < known) from.set(partition, offset)
    }
    const bySymbol = new Map(subjects.all.map((subject) => [subject.symbol, subject]))
    const found = (symbol: string, id: number, offset: bigint) => {
      const { index } = bySymbol.get(symbol)!
      if (offset >= (positions[index]?.offset ?? 0n)) ledgers[index]!.take(id)
    }
    const identityOf = (symbol: string): Identity | undefined => bySymbol.get(symbol)?.tradeIds
    return new Standing(parts, ledgers, await readBack(parts, topic, from, identityOf, found, signal))
  }

  /** Of the trades that are to come. */
  states(): LedgerState[] {
    return this.ledgers.map(({ state }) => state)
  }

  landed(subject: Subject, id: number): void {
    this.ledgers[subject.index]!.take(id)
  }

  isLanded(subject: Subject, id: number): boolean {
    return this.ledgers[subject.index]!.judge(id) === 'repeat'
  }

  /** Notes what has changed; `ends` are those of the lane, behind all that it has acknowledged. */
  async note(ends: ReadonlyMap<number, bigint>): Promise<void> {
    const { log, subjects, topic } = this.#parts
    const changed = subjects.all.flatMap((subject) => {
      const state = this.ledgers[subject.index]!.state
      const said = JSON.stringify(state)
      if (this.#noted.get(subject) === said) return []
      const position: Position = { ...state, offset: ends.get(partitionAt(topic, subject)) ?? 0n }
      return [{ subject, said, value: encodePosition(position) }]
    })
    if (changed.length === 0) return
    const records = changed.map(({ subject: { symbol }, value }) => ({ key: keyOf(this.#parts, symbol), value }))
    await log.append(GATEWAY_POSITIONS, records)
    for (const { subject, said } of changed) this.#noted.set(subject, said)
  }
}

/** A note of more than the log holds is another log's, or the log was cut: what the log holds is all that counts. */
function isOfLog({ offset }: Position, { symbol }: Subject, { logger, topic }: StandingParts, end: bigint): boolean {
  if (offset <= end) return true
  logger.error(
    { symbol, topic: topic.name, noted: String(offset), end: String(end) },
    'the note of where the feed stands lies beyond the log’s end: it is dropped, and the log is read from its start',
  )
  return false
}

const keyOf = ({ exchange, tradeKind }: StandingParts, symbol: string): string =>
  positionKey(exchange, tradeKind, symbol)

const partitionAt = (topic: MarketTopic, { bytes }: Subject): number => partitionOf(bytes, topic.partitions)
