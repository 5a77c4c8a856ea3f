/** Answers from the sequence-tracker's ledger, asked when the question comes. */
import { K2Error } from '@k2/contracts/codes.ts'
import type { GapStatus__Output as Status } from '@k2/contracts/gen/k2/v1/GapStatus.ts'
import type { Meta__Output as TrackerMeta } from '@k2/contracts/gen/k2/v1/Meta.ts'
import type { MissingNumbers__Output as Missing } from '@k2/contracts/gen/k2/v1/MissingNumbers.ts'
import type { SequenceGap__Output as Gap } from '@k2/contracts/gen/k2/v1/SequenceGap.ts'
import { formatInstant } from '@k2/market/instant.ts'
import { rowsIn } from './adapters/written.ts'
import { type Answer, columnsFrom, type Row } from './answers.ts'
import { COVERAGE, type Field, LEDGER_GAP } from './core/fields.ts'
import type { CoverageQuestion, LedgerQuestion } from './core/ledger-questions.ts'
import type { Written } from './core/question.ts'
import { type Ledger, offsetsIn } from './ledger.ts'

/** Errors: NOT_FOUND where none is asked, NOT_READY where none answers, and what the tracker refuses. */
export async function ledgerGaps(
  ledger: Ledger | undefined,
  question: LedgerQuestion,
  signal: AbortSignal,
): Promise<Answer> {
  const startMs = performance.now()
  const { symbols, exchange, date, limit, cursor } = question
  const statuses = question.statuses.map((status) => `GAP_STATUS_${status.toUpperCase()}` as Status)
  const request = { symbols: [...symbols], exchange, date, statuses, limit, cursor }
  const { gaps, meta } = await asked(ledger).ask((tracker, deadline) => tracker.gaps(request, deadline), signal)
  return answerOf(question, LEDGER_GAP, gaps.map(gapRow), meta, startMs)
}

/** Errors: those of gaps; NOT_FOUND where the symbol has no numbered trade of the day. */
export async function coverage(
  ledger: Ledger | undefined,
  question: CoverageQuestion,
  signal: AbortSignal,
): Promise<Answer> {
  const startMs = performance.now()
  const { symbol, exchange, date } = question
  const request = { symbol, exchange, date }
  const { coverage, meta } = await asked(ledger).ask((tracker, deadline) => tracker.coverage(request, deadline), signal)
  if (coverage === null) throw new K2Error('NOT_FOUND', `The sequence-tracker tells nothing of ${symbol} of ${date}.`)
  const row: Row = [
    ...[coverage.symbol, coverage.exchange, coverage.date, coverage.complete],
    ...[missingIn(coverage.missing), coverage.missing.map(rangeText)],
    ...[BigInt(coverage.firstSequence), BigInt(coverage.lastSequence)],
    ...[BigInt(coverage.firstTimestampMicros), BigInt(coverage.lastTimestampMicros)],
    coverage.knownFrom === undefined ? null : BigInt(coverage.knownFrom),
  ]
  return answerOf(question, COVERAGE, [row], meta, startMs)
}

function asked(ledger: Ledger | undefined): Ledger {
  if (ledger !== undefined) return ledger
  throw new K2Error('NOT_FOUND', 'No sequence-tracker is asked here: K2_SEQUENCE_ADDRESSES says where some are.')
}

const gapRow = (gap: Gap): Row => [
  ...[gap.symbol, gap.exchange, gap.date || null, gap.status.slice('GAP_STATUS_'.length).toLowerCase()],
  ...[BigInt(gap.fromSequence), BigInt(gap.toSequence), BigInt(gap.missing), gap.open.map(rangeText)],
  gap.fills.map(rangeText),
  gap.fills.map(({ offset }) => offset),
  gap.fills.map(({ timestampMicros }) => formatInstant(Number(timestampMicros))),
  ...[gap.fillsMore, gap.topic, gap.partition, BigInt(gap.offset), BigInt(gap.timestampMicros)],
]

type Numbers = Pick<Missing, 'fromSequence' | 'toSequence'>

const rangeText = ({ fromSequence, toSequence }: Numbers): string => `${fromSequence}-${toSequence}`

const missingIn = (ranges: readonly Numbers[]): bigint =>
  ranges.reduce((sum, { fromSequence, toSequence }) => sum + BigInt(toSequence) - BigInt(fromSequence) + 1n, 0n)

/** Of all that has been judged by now, so its offsets are the tracker's. */
async function answerOf(
  written: Written,
  fields: readonly Field[],
  rows: readonly Row[],
  told: TrackerMeta | null,
  startMs: number,
): Promise<Answer> {
  const count = rows.length
  const meta = {
    count,
    hasMore: told?.hasMore ?? false,
    nextCursor: told?.nextCursor || null,
    complete: told?.complete ?? false,
    reasons: told?.reasons ?? [],
    ...{ snapshot: null, offsets: offsetsIn(told?.offsets), holes: [], stages: {} },
  }
  const body = await rowsIn(written, columnsFrom(fields, rows), count)
  return { body, meta: { ...meta, elapsedMs: performance.now() - startMs } }
}
