/**
 * From a question to its answer and proof.
 *
 *   question ─► tail caught up ─► view (head + tail ranges, pinned) ─► cover ─► plan ─► worker (DuckDB) ─► rows as bytes, meta
 *   cursor ───► tail come there ─┘                                       └─ bounds of the first page
 *   as_of ────► head of that snapshot, no tail ──────────────────────────┘
 *
 * View, cover and plan are of one snapshot, so the answer is exactly the log up to the offsets that its meta names.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { type LocalFiles, overFiles } from '@k2/lake/store/files.ts'
import { type Head, type Plan, type Table, topicPartition } from '@k2/lake/table.ts'
import type { WorkerClient } from '@k2/service/worker.ts'
import type { EngineApi } from './adapters/engine.worker.ts'
import { type Kind, kindOf } from './adapters/sql.ts'
import type { Told } from './adapters/told.ts'
import type { Answer, Meta } from './answers.ts'
import { type Cover, cover, coverPage, type TailState } from './core/cover.ts'
import { behind, type Cursor, holesIdOf, readCursor, writeCursor } from './core/cursor.ts'
import { NO_ROW_GROUPS, type Reads, readsOf } from './core/explain.ts'
import type { AsOf } from './core/params.ts'
import type { DataQuestion, RecordsQuestion } from './core/question.ts'
import type { Tail, View } from './tail.ts'

/** A table, and what the log holds behind it. */
export interface Held {
  readonly table: Table
  readonly tail: Tail
}

export interface AskPorts {
  readonly tables: Readonly<Record<Kind, Held>>
  readonly files: LocalFiles
  readonly worker: WorkerClient<EngineApi>
}

/** `result`: of symbols, whose body is still to be written. */
export type AskedAnswer = Answer & Pick<Told, 'result'>

/**
 * Errors: K2Error NOT_READY, OVERLOADED, DEADLINE_EXCEEDED, LAKE_UNAVAILABLE, LAKE_DAMAGED; NOT_FOUND for a snapshot
 * that is not there and a summary without trades; INVALID_CURSOR, CURSOR_EXPIRED.
 */
export async function ask(ports: AskPorts, question: DataQuestion, signal: AbortSignal): Promise<AskedAnswer> {
  const startMs = performance.now()
  const held = ports.tables[kindOf(question)]
  const prepared = await prepare(held, question, signal)
  const preparedMs = performance.now()
  const { asked, covered, head, view } = prepared
  try {
    const hasLake = covered.lake && head.snapshotId !== null
    const plan = hasLake ? await held.table.plan(asked.filter, head.snapshotId!) : undefined
    const { told, stages } = await overFiles(ports.files, plan?.files ?? [], signal, async (files) => {
      const plannedMs = performance.now()
      const reading = { files, cuts: covered.cuts, bounds: covered.tail }
      const told = await ports.worker.call('ask', asked, reading, signal)
      const { executeMs, fetchMs, writeMs } = told
      const workerMs = performance.now() - plannedMs - executeMs - fetchMs - writeMs
      const stages = {
        view: preparedMs - startMs,
        plan: plannedMs - preparedMs,
        execute: executeMs,
        fetch: fetchMs,
        write: writeMs,
        worker: workerMs,
      }
      return { told, stages }
    })
    if (covered.tail.length > 0 && view?.isWhole() === false) throw notReady()
    checkSummary(question, told)
    const reads = question.explain ? await explained(ports, prepared, plan, signal) : undefined
    const nextCursor = cursorOf(prepared, told)
    const meta = {
      ...metaOf(head, covered, question, told),
      nextCursor,
      elapsedMs: performance.now() - startMs,
      stages,
      ...(reads && { reads }),
    }
    return { ...told, meta }
  } finally {
    view?.release()
  }
}

async function explained(
  ports: AskPorts,
  { asked, covered }: Prepared,
  plan: Plan | undefined,
  signal: AbortSignal,
): Promise<Reads> {
  const groups = await overFiles(ports.files, plan?.files ?? [], signal, async (files) =>
    files.length === 0 ? NO_ROW_GROUPS : ports.worker.call('rowGroups', asked.filter, files, signal),
  )
  return readsOf(plan, groups, covered.tail)
}

interface Prepared {
  /** The question, narrowed to what a cursor leaves of it. */
  readonly asked: DataQuestion
  readonly covered: Cover
  readonly head: Head
  /** Where the question itself begins, whatever a cursor leaves of it. */
  readonly fromMicros: number | null
  readonly view?: View
}

async function prepare({ table, tail }: Held, question: DataQuestion, signal: AbortSignal): Promise<Prepared> {
  if ('cursor' in question && question.cursor !== undefined) return goOn(tail, question, question.cursor, signal)
  const fromMicros = question.filter.fromMicros ?? null
  if (question.asOf !== undefined) {
    const { head } = await table.plan({ symbols: [] }, await snapshotAt(table, question.asOf))
    return { asked: question, head, fromMicros, covered: cover(head.progress, NO_TAIL, 'lake', question.filter) }
  }
  const isCaughtUp = question.source === 'lake' || (await tail.caughtUp(signal))
  const view = tail.view(isCaughtUp)
  const covered = cover(progressOf(view), view.tail, question.source, question.filter)
  return { asked: question, covered, head: view.head, fromMicros, view }
}

const NO_TAIL: TailState = { ranges: new Map(), limited: false, unreadable: false }

/** The rest of an answer, within the bounds of its first page. */
async function goOn(tail: Tail, question: RecordsQuestion, text: string, signal: AbortSignal): Promise<Prepared> {
  const cursor = readCursor(text, question.digest, tail.standing().tableUuid)
  await tail.reached(cursor.to, signal)
  const view = tail.view()
  try {
    const covered = coverPage(progressOf(view), view.tail, cursor, question.filter)
    if (covered === undefined) throw notReady()
    if (holesIdOf(covered.holes) !== cursor.holesId)
      throw new K2Error(
        'CURSOR_EXPIRED',
        'Records below the offsets of this cursor were deferred, or filled in, since its first page. Ask again from the start.',
      )
    return { asked: narrowed(question, cursor), covered, head: view.head, fromMicros: cursor.fromMicros, view }
  } catch (error) {
    view.release()
    throw error
  }
}

function narrowed(question: RecordsQuestion, { key, fromMicros }: Cursor): RecordsQuestion {
  const filter = fromMicros === null ? question.filter : { ...question.filter, fromMicros }
  return { ...question, filter: behind(filter, key, question.order), after: key }
}

/** The id of what as_of names. Of a time: the last snapshot of the head's own history that was committed by then. */
async function snapshotAt(table: Table, asOf: AsOf): Promise<bigint> {
  if ('snapshotId' in asOf) return asOf.snapshotId
  const [{ snapshotId }, snapshots] = [await table.head(), await table.snapshots()]
  const byId = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]))
  for (let at = snapshotId; at !== null; ) {
    const snapshot = byId.get(at)
    if (snapshot === undefined) break
    if (snapshot.committedAtMs * 1000 <= asOf.micros) return snapshot.id
    at = snapshot.parentId
  }
  throw new K2Error(
    'NOT_FOUND',
    'No snapshot that is still kept was committed by then. /v1/snapshots lists those kept.',
  )
}

/** What the snapshot says, and what the tail found that it cannot hold. */
function progressOf({ head: { progress }, rejected }: View) {
  const known = rejected.filter(
    (hole) => hole.from >= (progress.offsets.get(topicPartition(hole.topic, hole.partition)) ?? 0n),
  )
  return { ...progress, holes: [...progress.holes, ...known] }
}

const notReady = (): K2Error =>
  new K2Error('NOT_READY', 'The log is being read anew and has not come far enough. Ask again in a moment.')

/** A day without trades has no summary; one of several venues would be chosen in silence. */
function checkSummary(question: DataQuestion, { rows, venues }: Told): void {
  if (question.kind !== 'summary') return
  const symbol = question.filter.symbols?.[0] ?? ''
  if (rows === 0) throw new K2Error('NOT_FOUND', `${symbol} has no trades on that trading day.`)
  if (rows === 1) return
  throw new K2Error('INVALID_ARGUMENT', `${symbol} traded on ${venues.join(', ')}: say which exchange.`)
}

function cursorOf({ asked, covered, head, fromMicros }: Prepared, { last }: Told): string | null {
  if (!('digest' in asked) || last === null) return null
  const { from, offsets: to, holes } = covered
  const cursor = { digest: asked.digest, from, to, holesId: holesIdOf(holes), fromMicros, key: last }
  return writeCursor(cursor, head.tableUuid)
}

function metaOf(
  head: Head,
  covered: Cover,
  { limit }: DataQuestion,
  { rows }: Told,
): Omit<Meta, 'nextCursor' | 'elapsedMs' | 'stages'> {
  const { snapshotId, committedAtMs } = head
  const isLake = covered.lake && snapshotId !== null
  if (isLake && committedAtMs === null) throw new K2Error('LAKE_DAMAGED', 'The snapshot has no time.')
  return {
    count: Math.min(rows, limit),
    hasMore: rows > limit,
    complete: covered.complete,
    reasons: covered.reasons,
    snapshot: isLake ? { id: snapshotId, committedAtMs: committedAtMs! } : null,
    offsets: covered.offsets,
    holes: covered.holes,
  }
}
