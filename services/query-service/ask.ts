/**
 * From a question to its answer and proof.
 *
 *   question ─► tail caught up ─► view (head + tail ranges, pinned) ─► cover ─► plan ─► cost ─► worker ─► rows as bytes, meta
 *   cursor ───► tail come there ─┘                                       └─ bounds of the first page
 *   as_of ────► head of that snapshot, no tail ──────────────────────────┘
 *
 * View, cover and plan are of one snapshot, so the answer is exactly the log up to the offsets that its meta names.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { type LocalFiles, overFiles } from '@k2/lake/store/files.ts'
import type { Filter, Plan, PlannedFile } from '@k2/lake/table.ts'
import type { WorkerClient } from '@k2/service/worker.ts'
import type { EngineApi } from './adapters/engine.worker.ts'
import { type Kind, kindOf } from './adapters/sql.ts'
import type { Told } from './adapters/told.ts'
import type { Answer, Meta } from './answers.ts'
import type { AsOfQuestion } from './core/as-of.ts'
import { checkCost, filesAhead, isBounded } from './core/cost.ts'
import { bytesIn, joined, NO_ROW_GROUPS, type Reads, readsOf } from './core/explain.ts'
import { inOrder } from './core/pages.ts'
import type { Range } from './core/params.ts'
import type { DataQuestion } from './core/question.ts'
import { checkWhole, cursorOf, type Held, type Part, type Prepared, prepare, proofOf, release } from './prepare.ts'

export interface AskPorts {
  readonly tables: Readonly<Record<Kind, Held>>
  readonly files: LocalFiles
  readonly worker: WorkerClient<EngineApi>
  /** Of an answer that takes longer it is told what was read. */
  readonly slowMs: number
  /** Of data files that an answer reads; 0: no limit. */
  readonly readBytesMax: number
}

/** As-of joins are of two: as-of.ts. */
type OfOneTable = Exclude<DataQuestion, AsOfQuestion>

/** `result`: of symbols, whose body is still to be written. */
export type AskedAnswer = Answer & Pick<Told, 'result'>

/**
 * Errors: K2Error NOT_READY, OVERLOADED, DEADLINE_EXCEEDED, LAKE_UNAVAILABLE, LAKE_DAMAGED; QUESTION_TOO_LARGE;
 * NOT_FOUND for a snapshot that is not there and a summary without trades; INVALID_CURSOR, CURSOR_EXPIRED.
 */
export async function ask(ports: AskPorts, question: OfOneTable, signal: AbortSignal): Promise<AskedAnswer> {
  const startMs = performance.now()
  const prepared = await prepare([ports.tables[kindOf(question)]], question, signal)
  const preparedMs = performance.now()
  const { asked, parts } = prepared
  const [part] = parts as [Part]
  try {
    const found = await planOf(part, asked.filter, rangesOf(asked))
    const plan = found && 'digest' in asked ? { ...found, files: inOrder(found.files, asked) } : found
    const expected = await expectedOf(ports, asked, part, plan)
    checkCost(asked, expected, ports.readBytesMax)
    const { told, stages } = await overFiles(ports.files, plan?.files ?? [], signal, async (files) => {
      const plannedMs = performance.now()
      const told = await ports.worker.call('ask', asked, readingOf(part, files), signal)
      return { told, stages: stagesOf(told, { startMs, preparedMs, plannedMs }) }
    })
    const gaps = await gapsOf(ports, prepared, signal)
    checkWhole(prepared)
    checkSummary(question, told)
    const reads = await readsFor(
      ports,
      question,
      startMs,
      () => [{ part, filter: asked.filter, plan, fromBars: told.fromBars, expected }],
      signal,
    )
    return { ...told, meta: metaOf(prepared, told, { startMs, stages }, gaps), ...(reads && { reads }) }
  } finally {
    release(prepared)
  }
}

export const readingOf = ({ covered }: Part, files: readonly string[]) => {
  return { files, cuts: covered.cuts, bounds: covered.tail }
}

interface Moments {
  readonly startMs: number
  readonly preparedMs: number
  readonly plannedMs: number
}

/** To now, when the worker has answered. */
export function stagesOf(
  { executeMs, fetchMs, writeMs }: { executeMs: number; fetchMs: number; writeMs: number },
  { startMs, preparedMs, plannedMs }: Moments,
): Meta['stages'] {
  const workerMs = performance.now() - plannedMs - executeMs - fetchMs - writeMs
  return {
    view: preparedMs - startMs,
    plan: plannedMs - preparedMs,
    execute: executeMs,
    fetch: fetchMs,
    write: writeMs,
    worker: workerMs,
  }
}

/** The proof of an answer, and what it took. */
export function metaOf(
  prepared: Prepared,
  { rows, last }: Pick<Told, 'rows' | 'last'>,
  { startMs, stages }: Pick<Meta, 'stages'> & Pick<Moments, 'startMs'>,
  gaps?: number,
): Meta {
  const { limit } = prepared.asked
  return {
    count: Math.min(rows, limit),
    hasMore: rows > limit,
    ...proofOf(prepared.parts),
    nextCursor: cursorOf(prepared, { rows, last }),
    elapsedMs: performance.now() - startMs,
    stages,
    ...(gaps !== undefined && { gaps }),
  }
}

/** The files that an answer will read, so far as that can be told before. */
export async function expectedOf(
  { files, worker, readBytesMax }: AskPorts,
  asked: DataQuestion,
  part: Part,
  plan: Plan | undefined,
): Promise<readonly PlannedFile[]> {
  const planned = plan?.files ?? []
  const ahead = new Set(filesAhead(asked, planned))
  const here = new Map(planned.map((file) => [file, files.here(file)]))
  // What is not here is fetched as a whole, whatever is read of it.
  const read = planned.filter((file) => ahead.has(file) || here.get(file) === undefined)
  const isBeyond = isBounded(asked) && readBytesMax > 0 && bytesIn(read) > readBytesMax
  if (asked.kind !== 'ohlcv' && asked.kind !== 'summary') return read
  if (!isBeyond && !asked.explain) return read
  const paths = read.flatMap((file) => here.get(file) ?? [])
  const fromBars = new Set(await worker.call('fromBars', asked, readingOf(part, paths)))
  return read.filter((file) => !fromBars.has(here.get(file) ?? ''))
}

const rangesOf = (question: DataQuestion): readonly Range[] | undefined =>
  'conditions' in question ? question.conditions.ranges : undefined

/** Files of the part's snapshot that filter, ranges and offsets may touch; undefined: the lake is not read. */
export async function planOf(
  { held: { table }, head: { snapshotId }, covered }: Part,
  filter: Filter,
  ranges: readonly Range[] | undefined,
): Promise<Plan | undefined> {
  if (!covered.lake || snapshotId === null) return undefined
  if (covered.from !== null) return table.plan({ ...filter, offsets: spansOf(covered) }, snapshotId)
  const { fromMicros, toMicros } = filter
  // A cursor may have left some of them behind.
  const left = ranges?.map((range) => ({
    fromMicros: Math.max(range.fromMicros, fromMicros ?? range.fromMicros),
    toMicros: Math.min(range.toMicros, toMicros ?? range.toMicros),
  }))
  const times = left?.filter((range) => range.fromMicros < range.toMicros) ?? []
  if (times.length < 2) return table.plan({ ...filter, ...times[0] }, snapshotId)
  const plans = await Promise.all(times.map((range) => table.plan({ ...filter, ...range }, snapshotId)))
  const [first] = plans as [Plan]
  const files = [...new Map(plans.flatMap((plan) => plan.files).map((file) => [file.path, file])).values()]
  const all = first.files.length + first.skipped.files
  const bytes = Math.max(0, bytesIn(first.files) + first.skipped.bytes - bytesIn(files))
  return { ...first, files, skipped: { ...first.skipped, files: all - files.length, bytes } }
}

const spansOf = ({ from, offsets }: Part['covered']) =>
  [...offsets].map(([partition, to]) => ({ partition, from: from?.get(partition) ?? 0n, to }))

/** What was read of one table, where the question asks for it, or its answer took long. */
export async function readsFor(
  ports: AskPorts,
  { explain }: DataQuestion,
  startMs: number,
  of: () => readonly Looked[],
  signal: AbortSignal,
): Promise<Reads | undefined> {
  if (explain) {
    const reads = joined(await Promise.all(of().map((one) => explained(ports, one, signal))))
    const bytes = of().reduce((sum, { expected }) => sum + bytesIn(expected), 0)
    return { ...reads, cost: { bytes, bytesMax: ports.readBytesMax } }
  }
  if (performance.now() - startMs < ports.slowMs) return undefined
  const isLittle = of().every(({ plan }) => (plan?.files.length ?? 0) <= SLOW_FOOTERS_MAX)
  const reads = of().map((one) =>
    isLittle ? explained(ports, one, signal) : readsOf(one.plan, null, one.part.covered.tail, one.fromBars?.length),
  )
  // Nobody asked for it: it must not fail the answer.
  return Promise.all(reads).then(joined, () => undefined)
}

/** Footers of data files that are read again for a slow answer's line: about half a millisecond each. */
const SLOW_FOOTERS_MAX = 64

export interface Looked {
  readonly part: Part
  readonly filter: Filter
  readonly plan: Plan | undefined
  /** Files that kept bars stood for. */
  readonly fromBars?: readonly string[] | undefined
  readonly expected: readonly PlannedFile[]
}

async function explained({ files, worker }: AskPorts, { part, filter, plan, fromBars }: Looked, signal: AbortSignal) {
  const groups = await overFiles(files, plan?.files ?? [], signal, async (paths) => {
    const read = fromBars === undefined ? paths : paths.filter((path) => !fromBars.includes(path))
    return read.length === 0 ? NO_ROW_GROUPS : worker.call('rowGroups', filter, read, signal)
  })
  return readsOf(plan, groups, part.covered.tail, fromBars?.length)
}

/** Where it is asked for: of the whole question, whichever page this is. */
async function gapsOf(
  { files, worker }: AskPorts,
  { asked, whole, parts: [part] }: Prepared<OfOneTable>,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (!('countsGaps' in asked)) return undefined
  const plan = await planOf(part!, whole, undefined)
  return overFiles(files, plan?.files ?? [], signal, (paths) =>
    worker.call('gaps', whole, readingOf(part!, paths), signal),
  )
}

/** A day without trades has no summary; one of several venues would be chosen in silence. */
function checkSummary(question: DataQuestion, { rows, venues }: Told): void {
  if (question.kind !== 'summary') return
  const symbol = question.filter.symbols?.[0] ?? ''
  if (rows === 0) throw new K2Error('NOT_FOUND', `${symbol} has no trades on that trading day.`)
  if (rows === 1) return
  throw new K2Error('INVALID_ARGUMENT', `${symbol} traded on ${venues.join(', ')}: say which exchange.`)
}
