/**
 * From a question to its answer and proof.
 *
 *   question ─► tail caught up ─► view (head + tail ranges, pinned) ─► cover ─► plan ─► worker (DuckDB) ─► columns, meta
 *
 * View, cover and plan are of one snapshot, so the answer is exactly the log up to the offsets that its meta names.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Result } from '@k2/lake/duckdb/result.ts'
import { type Hole, type Table, topicPartition } from '@k2/lake/table.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { WorkerClient } from '@k2/service/worker.ts'
import type { EngineApi } from './adapters/engine.worker.ts'
import type { Reading } from './adapters/sql.ts'
import { type Cover, cover } from './core/cover.ts'
import type { OhlcvQuestion, TradesQuestion } from './core/question.ts'
import type { Tail, View } from './tail.ts'

export interface AskPorts {
  readonly table: Table
  readonly tail: Tail
  readonly worker: WorkerClient<EngineApi>
  readonly clock: Clock
}

export interface Meta {
  readonly count: number
  readonly hasMore: boolean
  readonly complete: boolean
  readonly reasons: readonly string[]
  readonly snapshot: { readonly id: bigint; readonly committedAtMs: number } | null
  readonly offsets: ReadonlyMap<string, bigint>
  readonly holes: readonly Hole[]
  readonly elapsedMs: number
}

export interface Answer {
  readonly result: Result
  readonly meta: Meta
}

export type Question = TradesQuestion | OhlcvQuestion

/** Errors: K2Error NOT_READY, OVERLOADED, DEADLINE_EXCEEDED, LAKE_UNAVAILABLE, LAKE_DAMAGED. */
export async function ask(ports: AskPorts, question: Question, signal: AbortSignal): Promise<Answer> {
  const startMs = performance.now()
  if (question.source !== 'lake') await ports.tail.caughtUp(signal)
  const view = ports.tail.view()
  try {
    const covered = cover(progressOf(view), view.tail, question.source, question.filter)
    const reading: Reading = { files: await filesOf(ports.table, view, covered, question), bounds: covered.tail }
    const result = await run(ports.worker, question, reading, signal)
    return { result, meta: metaOf(view, covered, question, result, performance.now() - startMs) }
  } finally {
    view.release()
  }
}

/** What the snapshot says, and what the tail found that it cannot hold. */
function progressOf({ head: { progress }, rejected }: View) {
  const known = rejected.filter(
    (hole) => hole.from >= (progress.offsets.get(topicPartition(hole.topic, hole.partition)) ?? 0n),
  )
  return { ...progress, holes: [...progress.holes, ...known] }
}

async function filesOf(table: Table, { head }: View, covered: Cover, question: Question): Promise<string[]> {
  if (!covered.lake || head.snapshotId === null) return []
  const plan = await table.plan(question.filter, head.snapshotId)
  return plan.files.map(({ path }) => path)
}

function run(
  worker: WorkerClient<EngineApi>,
  question: Question,
  reading: Reading,
  signal: AbortSignal,
): Promise<Result> {
  return question.kind === 'trades'
    ? worker.call('trades', question, reading, signal)
    : worker.call('ohlcv', question, reading, signal)
}

function metaOf({ head }: View, covered: Cover, question: Question, { rows }: Result, elapsedMs: number): Meta {
  if (covered.lake && head.snapshotId !== null && head.committedAtMs === null)
    throw new K2Error('LAKE_DAMAGED', 'The newest snapshot has no time.')
  return {
    count: Math.min(rows, question.limit),
    hasMore: rows > question.limit,
    complete: covered.complete,
    reasons: covered.reasons,
    snapshot:
      covered.lake && head.snapshotId !== null ? { id: head.snapshotId, committedAtMs: head.committedAtMs! } : null,
    offsets: covered.offsets,
    holes: covered.holes,
    elapsedMs,
  }
}
