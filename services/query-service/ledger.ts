/**
 * The ledger of gaps as this service hears it, for the proof of every answer about trades.
 *
 *   trackers ─► open gaps and offsets, every 2 s ─► kept here ─► what touches a question, without a call
 *
 * The trackers of a fleet all know the same, so one is asked, and the next one where it does not answer. What was heard
 * last stays, with its time; while nobody answers each answer says so.
 *
 *   limits  RANGES_MAX ranges are kept, a call has a deadline; hearing takes at most a twentieth of the time
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { GetCoverageRequest__Output as CoverageAsked } from '@k2/contracts/gen/k2/v1/GetCoverageRequest.ts'
import type { GetCoverageResponse__Output as CoverageReply } from '@k2/contracts/gen/k2/v1/GetCoverageResponse.ts'
import type { ListSequenceGapsRequest__Output as GapsAsked } from '@k2/contracts/gen/k2/v1/ListSequenceGapsRequest.ts'
import type { ListSequenceGapsResponse__Output as GapsReply } from '@k2/contracts/gen/k2/v1/ListSequenceGapsResponse.ts'
import type { SequenceGap__Output } from '@k2/contracts/gen/k2/v1/SequenceGap.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import type { Filter, TopicPartition } from '@k2/lake/table.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { Meta } from './answers.ts'
import { behindIn, type Heard, heardOf, type LedgerTold, type OpenRange, toldOf } from './core/ledger.ts'
import type { DataQuestion, Question } from './core/question.ts'

const HEAR_MS = 2_000
/** Of its time, for hearing. */
const HEAR_SHARE = 0.05
const DEADLINE_MS = 2_000
const PAGE = 1_000
const RANGES_MAX = 20_000
/** A tracker that starts, or deals anew, is not heard for so long as a rule: nobody has to look. */
const QUIET_MS = 10_000
/** Numbers that no record has, also those that nobody looks after any more. */
const OPEN = ['GAP_STATUS_OPEN', 'GAP_STATUS_PARTLY_FILLED', 'GAP_STATUS_GIVEN_UP'] as const

/** A sequence-tracker, wherever it runs. Its calls reject with a K2Error. */
export interface Tracker {
  readonly address: string
  gaps(request: GapsAsked, signal: AbortSignal): Promise<GapsReply>
  coverage(request: CoverageAsked, signal: AbortSignal): Promise<CoverageReply>
  close(): void
}

export interface LedgerPorts {
  /** Not empty. */
  readonly trackers: readonly Tracker[]
  readonly clock: Clock
  readonly logger: Logger
}

type Offsets = ReadonlyMap<TopicPartition, bigint>

export class Ledger {
  private readonly ports: LedgerPorts
  /** Which of them is asked. */
  private turn = 0
  private heard: Heard | undefined
  private trouble: string | null = 'no sequence-tracker has answered yet.'
  private readonly sinceMs: number
  private warned: string | undefined

  constructor(ports: LedgerPorts) {
    this.ports = ports
    this.sinceMs = ports.clock.nowMs()
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, trackers } = this.ports
    try {
      while (!signal.aborted) {
        const startMs = clock.nowMs()
        await this.hear(signal)
        const tookMs = clock.nowMs() - startMs
        await clock.sleep(Math.max(HEAR_MS, tookMs / HEAR_SHARE), signal).catch(() => {})
      }
    } finally {
      for (const tracker of trackers) tracker.close()
    }
  }

  /** Of whoever answers. Errors: NOT_READY where nobody does, and what else a tracker says. */
  async ask<T>(question: (tracker: Tracker, signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { trackers } = this.ports
    for (let tries = 1; ; tries++) {
      const tracker = trackers[this.turn % trackers.length]!
      try {
        return await question(tracker, AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]))
      } catch (error) {
        signal.throwIfAborted()
        const away = awayOf(error, tracker.address)
        if (away === undefined) throw error
        this.turn++
        if (tries >= trackers.length) throw away
      }
    }
  }

  about(question: DataQuestion, offsets: Offsets): LedgerTold {
    const times = 'conditions' in question ? question.conditions.ranges : undefined
    const { filter } = question
    return toldOf(this.heard, { filter, times }, touched(offsets, filter), this.trouble)
  }

  /** Whether it has not judged all records in front of these, of what is asked. */
  isBehind(offsets: Offsets, filter: Filter = {}): boolean {
    return behindIn(this.heard?.offsets, touched(offsets, filter)) > 0n
  }

  private async hear(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.ports
    try {
      const { ranges, offsets, isWhole } = await this.read(signal)
      this.heard = heardOf(ranges, offsets, clock.nowMs())
      if (this.warned !== undefined) logger.info('the ledger of gaps is heard')
      this.warned = undefined
      this.trouble = isWhole ? null : `the ledger has more than the ${RANGES_MAX} ranges that are kept here.`
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof K2Error)) throw error
      const isLong = clock.nowMs() - (this.heard?.atMs ?? this.sinceMs) >= QUIET_MS
      if (isLong && this.warned !== error.message) {
        logger.warn({ code: error.code }, `the ledger of gaps is not heard: ${error.message}`)
        this.warned = error.message
      }
      this.trouble = error.message
    }
  }

  /** Offsets are those of the first page: what opened since may be missing. */
  private async read(signal: AbortSignal) {
    const ranges: OpenRange[] = []
    let first: Offsets | undefined
    for (let cursor = ''; ; ) {
      const { gaps, meta } = await this.ask((tracker, deadline) => tracker.gaps(pageAt(cursor), deadline), signal)
      for (const gap of gaps) ranges.push(...rangesOf(gap))
      first ??= offsetsIn(meta?.offsets)
      cursor = meta?.nextCursor ?? ''
      const isWhole = ranges.length <= RANGES_MAX
      if (cursor === '' || !isWhole)
        return { offsets: first, isWhole: isWhole && cursor === '', ranges: ranges.slice(0, RANGES_MAX) }
    }
  }
}

export const offsetsIn = (told: Readonly<Record<string, string>> = {}): Offsets =>
  new Map(Object.entries(told).map(([partition, offset]) => [partition as TopicPartition, BigInt(offset)]))

/** Of partitions that records of the question's symbols go to: a symbol is its records' key. */
function touched(offsets: Offsets, { symbols = [] }: Filter): Offsets {
  if (symbols.length === 0) return offsets
  const keys = symbols.map((symbol) => Buffer.from(symbol))
  const partitionsOf = new Map<number, Set<number>>()
  const among = (count: number): Set<number> => {
    const known = partitionsOf.get(count) ?? new Set(keys.map((key) => partitionOf(key, count)))
    partitionsOf.set(count, known)
    return known
  }
  return new Map(
    [...offsets].filter(([name]) => {
      const at = name.lastIndexOf('/')
      const topic = marketTopic(name.slice(0, at))
      return topic === undefined || among(topic.partitions).has(Number(name.slice(at + 1)))
    }),
  )
}

const pageAt = (cursor: string): GapsAsked => {
  return { symbols: [], exchange: '', date: '', statuses: [...OPEN], limit: PAGE, cursor }
}

function rangesOf({ symbol, exchange, date, open }: SequenceGap__Output): OpenRange[] {
  return open.map((range) => ({
    ...{ symbol, exchange, date: date || null },
    from: BigInt(range.fromSequence),
    to: BigInt(range.toSequence),
    afterMicros: Number(range.afterTimestampMicros),
    beforeMicros: Number(range.beforeTimestampMicros),
  }))
}

/** undefined: it has answered, and refuses. */
function awayOf(error: unknown, address: string): K2Error | undefined {
  const isLate = error instanceof DOMException && error.name === 'TimeoutError'
  if (!isLate && !(error instanceof K2Error && error.retry === 'later')) return undefined
  const why = isLate ? `no answer within ${DEADLINE_MS} ms.` : (error as K2Error).message
  return new K2Error('NOT_READY', `The sequence-tracker at ${address} does not tell of gaps: ${why}`, {}, error)
}

const OF_TRADES: readonly Question['kind'][] = ['trades', 'ohlcv', 'summary', 'aggregations', 'asof', 'gaps']
const isOfTrades = (question: Question): question is DataQuestion => OF_TRADES.includes(question.kind)

/** Why an answer up to these offsets is not complete: also where the ledger has not judged all of them. */
export function reasonsWith(
  ledger: Ledger | undefined,
  { kind, filter }: Pick<Question, 'kind'> & { readonly filter?: Filter },
  reasons: readonly string[],
  offsets: Offsets,
): readonly string[] {
  if (ledger === undefined || !OF_TRADES.includes(kind) || !ledger.isBehind(offsets, filter)) return reasons
  return [...reasons, 'LEDGER_BEHIND'].sort()
}

/** The proof with what the ledger tells of it; as it is where no tracker is asked. */
export function withLedger(ledger: Ledger | undefined, question: Question, meta: Meta): Meta {
  if (ledger === undefined || !isOfTrades(question)) return meta
  const reasons = reasonsWith(ledger, question, meta.reasons, meta.offsets)
  return { ...meta, complete: reasons.length === 0, reasons, ledger: ledger.about(question, meta.offsets) }
}
