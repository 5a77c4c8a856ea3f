/**
 * Records of a question in order of time, however many: pages that are windows of time, each over the same offsets as the
 * first, so each record comes once while others load, land and are compacted.
 *
 *   place (offsets, key) ─► view ─► survey: where is anything ─► window ─► files ─► worker ─► batches ─► next place
 *
 * The next page is asked for while this one is sent, and where pages are full the one behind it with it, on the guess that
 * none is cut: one is read while another is written and sent. No more than these three are held.
 */
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import { overFiles } from '@k2/lake/store/files.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { RetryBudget } from '@k2/service/policies.ts'
import { retry } from '@k2/service/retry.ts'
import type { Page } from './adapters/engine.worker.ts'
import type { Batch } from './adapters/told.ts'
import { type AskPorts, planOf, readingOf } from './ask.ts'
import type { Limits } from './core/batches.ts'
import { type Cursor, writeCursor } from './core/cursor.ts'
import type { RecordsQuestion } from './core/question.ts'
import {
  EVER,
  firstWindow,
  isLast,
  nextWindow,
  type Survey,
  together,
  type Window,
  windowAhead,
} from './core/windows.ts'
import type { Ledger } from './ledger.ts'
import type { Turns } from './limit.ts'
import {
  checkWhole,
  goOn,
  type Held,
  narrowed,
  type Part,
  type Prepared,
  type Proof,
  placeOf,
  prepare,
  proofOf,
  release,
  secretOf,
} from './prepare.ts'

export interface StreamPorts extends AskPorts {
  readonly clock: Clock
  readonly random: () => number
  /** Pages take their turn among questions. */
  readonly turn: Turns
  /** Absent where no tracker is asked. */
  readonly ledger: Ledger | undefined
}

export interface HistoryLimits extends Limits {
  /** Of a page, which is sorted and held as a whole. */
  readonly pageRows: number
  /** Not at its own pace: pages are asked for ahead. */
  readonly isAhead: boolean
}

export interface HistoryPage {
  readonly batches: readonly (Batch & { readonly cursor: string })[]
  readonly proof: Proof
}

/** A page and its retries. */
const PAGE_BUDGET: RetryBudget = { attemptsMax: 20, baseDelayMs: 50, delayMsMax: 2_000, totalMsMax: 30_000 }
/** So full are windows meant to be: a fuller one is cut, and what was sorted behind the cut is sorted again. */
const FULL = 0.7

interface Where {
  readonly place: Cursor
  /** Absent before the first page. */
  readonly window?: Window
  /** The page before it had no rows: there may be none for long. */
  readonly isQuiet?: boolean
}

interface Step {
  readonly page: HistoryPage
  readonly next?: Where
}

export async function* history(
  ports: StreamPorts,
  question: RecordsQuestion,
  place: Cursor,
  limits: HistoryLimits,
  signal: AbortSignal,
): AsyncGenerator<HistoryPage, void> {
  const over = new AbortController()
  const until = AbortSignal.any([signal, over.signal])
  const ask = (where: Where): Asked => {
    const needless = new AbortController()
    const isOver = AbortSignal.any([until, needless.signal])
    const answer = patiently(ports, isOver, (patience) => step(ports, question, where, limits, patience))
    // Told when it is waited for.
    answer.catch(() => {})
    return { where, answer, letGo: () => needless.abort(new K2Error('NOT_READY', 'the guess was wrong')) }
  }
  /** The one behind, where it is as wide as this. */
  const askAhead = ({ place, window, isQuiet }: Where): Asked | undefined => {
    const ahead = window && !isQuiet && limits.isAhead ? windowAhead(window) : undefined
    return ahead && ask({ place, window: ahead })
  }
  let ahead: Asked | undefined
  try {
    for (let coming: Asked | undefined = ask({ place }); coming !== undefined; ) {
      const { page, next }: Step = await coming.answer
      const isGuessed: boolean = next !== undefined && !next.isQuiet && beginOf(next) === beginOf(ahead?.where)
      if (!isGuessed) ahead?.letGo()
      coming = isGuessed ? ahead : next && ask(next)
      ahead = coming && askAhead(coming.where)
      yield page
    }
  } finally {
    over.abort()
  }
}

const beginOf = (where: Where | undefined): number | undefined => where?.window?.fromMicros

/** A page that is being asked for. */
interface Asked {
  readonly where: Where
  readonly answer: Promise<Step>
  readonly letGo: () => void
}

/** What may pass within its time is tried again. */
export const patiently = <T>(
  { clock, random, turn }: StreamPorts,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> =>
  retry((_, late) => turn(() => work(late), late), { ...PAGE_BUDGET, isAnew: true, clock, random, signal })

async function step(
  ports: StreamPorts,
  question: RecordsQuestion,
  where: Where,
  limits: HistoryLimits,
  signal: AbortSignal,
): Promise<Step> {
  const prepared = await again(ports.tables[question.kind], question, where.place, signal)
  const { asked, parts } = prepared
  const [part] = parts as [Part]
  const wanted = limits.pageRows * FULL
  try {
    const window = await windowOf(ports, part, asked, where, wanted, signal)
    if (window === undefined) return { page: { batches: [], proof: proofOf(parts) } }
    const page = await askBatches(ports, part, inWindow(asked, window, limits.pageRows), limits, signal)
    checkWhole(prepared)
    const secret = secretOf(parts.map(({ head }) => head))
    const batches = page.batches.map((batch) => ({
      ...batch,
      cursor: writeCursor({ ...where.place, key: batch.last }, secret),
    }))
    const last = batches.at(-1)
    const rows = Math.min(page.rows, limits.pageRows)
    const next = nextWindow(window, rows, page.rows > rows ? last?.lastMicros : undefined, wanted)
    const place = { ...where.place, key: last?.last ?? where.place.key }
    return {
      page: { batches, proof: proofOf(parts) },
      ...(next && { next: { place, window: next, isQuiet: rows === 0 } }),
    }
  } finally {
    release(prepared)
  }
}

/** undefined: nothing is left. */
async function windowOf(
  ports: StreamPorts,
  part: Part,
  asked: RecordsQuestion,
  where: Where,
  wanted: number,
  signal: AbortSignal,
): Promise<Window | undefined> {
  if (where.window !== undefined && !where.isQuiet) return where.window
  const { fromMicros = EVER.fromMicros, toMicros = EVER.toMicros } = asked.filter
  const begin = Math.max(fromMicros, where.window?.fromMicros ?? fromMicros)
  const found = await survey(ports, part, { ...asked, filter: { ...asked.filter, ...since(begin) } }, signal)
  if (found === undefined) return undefined
  const clipped = {
    ...found,
    fromMicros: Math.max(begin, found.fromMicros),
    toMicros: Math.min(toMicros, found.toMicros),
  }
  if (clipped.fromMicros >= clipped.toMicros) return undefined
  // What files hold at most says little of one symbol: what pages found says more.
  return where.window ? { ...where.window, fromMicros: clipped.fromMicros } : firstWindow(clipped, wanted)
}

const since = (fromMicros: number) => (fromMicros > EVER.fromMicros ? { fromMicros } : {})

async function survey(
  { worker }: StreamPorts,
  part: Part,
  asked: RecordsQuestion,
  signal: AbortSignal,
): Promise<Survey | undefined> {
  const plan = await planOf(part, asked.filter, undefined)
  const files = (plan?.files ?? []).map(({ rows, micros }) => ({
    rows,
    fromMicros: micros?.lower ?? EVER.fromMicros,
    toMicros: micros?.upper === undefined ? EVER.toMicros : micros.upper + 1,
  }))
  const { tail } = part.covered
  return together([...files, ...(tail.length === 0 ? [] : [await worker.call('tailSpan', asked, tail, signal)])])
}

function inWindow(asked: RecordsQuestion, window: Window, limit: number): RecordsQuestion {
  const { fromMicros, widthMicros } = window
  const filter = {
    ...asked.filter,
    ...since(fromMicros),
    ...(!isLast(window) && { toMicros: fromMicros + widthMicros }),
  }
  const { after, ...rest } = asked
  // A window behind the last row needs no look at the key.
  const isBehind = after !== undefined && fromMicros > Number(after[0])
  return { ...rest, filter, limit, ...(after && !isBehind && { after }) }
}

/** The answer that the place is of: of a snapshot that is still kept, itself; else the log up to its offsets. */
async function again(
  held: Held,
  question: RecordsQuestion,
  place: Cursor,
  signal: AbortSignal,
): Promise<Prepared<RecordsQuestion>> {
  if (question.asOf === undefined) return goOn([held], question, place, signal)
  try {
    const prepared = await prepare([held], question, signal)
    const secret = ''
    const isSame = writeCursor(placeOf(prepared, place.digest), secret) === writeCursor({ ...place, key: null }, secret)
    if (isSame) return { ...prepared, asked: narrowed(question, place) }
    release(prepared)
  } catch (error) {
    if (codeOf(error) !== 'NOT_FOUND') throw error
  }
  return goOn([held], question, place, signal)
}

export async function askBatches(
  { files, worker }: StreamPorts,
  part: Part,
  asked: RecordsQuestion,
  limits: Limits,
  signal: AbortSignal,
): Promise<Page> {
  const plan = await planOf(part, asked.filter, asked.conditions.ranges)
  return overFiles(files, plan?.files ?? [], signal, (paths) =>
    worker.call('batches', asked, readingOf(part, paths), limits, signal),
  )
}
