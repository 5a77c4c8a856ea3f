/**
 * The thread that answers: DuckDB over the lake's files and over the tail, which it keeps as tables in memory,
 * apart for each table of the lake; pages of records of our own files without it (own-pages.ts).
 *
 * The tail is cut into segments, tables of some thousand rows: what has landed is let go of by dropping whole
 * segments, since DuckDB gives no memory back for deleted rows. A segment may so hold rows that the lake has too; the
 * bounds of each question keep them out.
 */
import { workerData } from 'node:worker_threads'
import { codeOf } from '@k2/contracts/codes.ts'
import { decodeBatch, type LoggedRecords, type Rejected, type Schemas } from '@k2/contracts/records/decode.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import { type Asking, type EngineSettings, openEngine } from '@k2/lake/duckdb/engine.ts'
import { createTable, fill } from '@k2/lake/duckdb/fill.ts'
import type { Result } from '@k2/lake/duckdb/result.ts'
import { type Filter, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import { serveWorker, transfer } from '@k2/service/worker.ts'
import type { AsOfQuestion, Span } from '../core/as-of.ts'
import type { Limits } from '../core/batches.ts'
import type { Bound } from '../core/cover.ts'
import type { RowGroups } from '../core/explain.ts'
import type { DataQuestion, RecordsQuestion } from '../core/question.ts'
import type { Survey } from '../core/windows.ts'
import { asOfSql, type Sides, spanSql } from './as-of-sql.ts'
import { cellsOf } from './cells.ts'
import { gapCountSql } from './gaps-sql.ts'
import { rowGroupsSql } from './groups-sql.ts'
import { KeptBars } from './kept-bars.ts'
import { keptBytes, type Micros, microsWith, OwnPages } from './own-pages.ts'
import { type Kind, kindOf, type Reading, SPECS, type Statement, tailSpanSql } from './sql.ts'
import { fromBars, type OfOneTable, statementOf } from './statements.ts'
import { type Batch, batchesOf, type Told, toldOf } from './told.ts'
import { isColumnar } from './written.ts'

const SEGMENT_ROWS = 20_000

interface Segment {
  readonly name: string
  rows: number
  /** By partition: behind its last record here. */
  readonly to: Map<TopicPartition, bigint>
  micros?: Micros | undefined
}

export interface TailBatch extends LoggedRecords {
  readonly to: bigint
}

export interface WorkerSettings extends EngineSettings {
  /** For bars that are kept (kept-bars.ts). */
  readonly barsMb: number
}

const settings = workerData as WorkerSettings
const engine = await openEngine(settings)
const ownPages = new OwnPages(engine, settings.readableFolders, keptBytes(settings.memoryMb))
/** By table. */
const tails: Record<Kind, Segment[]> = { trades: [], quotes: [], reference: [] }
let lastSegment = 0
/** One write after the other: a fill and a drop share the engine's own connection. */
let writing: Promise<unknown> = Promise.resolve()

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = writing.then(work)
  writing = turn.catch(() => {})
  return turn
}

async function openSegment(kind: Kind): Promise<Segment> {
  const segments = tails[kind]
  const current = segments.at(-1)
  if (current && current.rows < SEGMENT_ROWS) return current
  const segment: Segment = { name: `tail_${kind}_${++lastSegment}`, rows: 0, to: new Map() }
  await createTable(engine, segment.name, SPECS[kind])
  segments.push(segment)
  return segment
}

const tailRows = (kind: Kind): number => tails[kind].reduce((sum, { rows }) => sum + rows, 0)

/** Questions that are being answered. */
const asking = new Set<Promise<unknown>>()

/** How long each part of an answer took. */
export interface StageMs {
  readonly executeMs: number
  readonly fetchMs: number
  readonly writeMs: number
}

export interface OfBars {
  /** Files that were not read: kept bars stood for them. */
  readonly fromBars?: readonly string[]
}

export interface Page {
  /** It may be one more than the question's limit, and the batches then lack it. */
  readonly rows: number
  readonly batches: readonly Batch[]
}

/** Beside so many statements there is a thread of libuv's left. */
const BUSY = 3
const kept = new KeptBars({
  engine,
  inTurn,
  drop: (name) => dropLater([name]),
  async room() {
    while (asking.size >= BUSY) await Promise.race(asking).catch(() => {})
  },
  bytesMax: settings.barsMb * 2 ** 20,
  nowMs: () => performance.now(),
})

type Timed = Omit<StageMs, 'writeMs'> & OfBars & { readonly result: Result }

async function answered(statement: Statement, asked: Omit<Asking, 'executed'>): Promise<Timed> {
  const startMs = performance.now()
  let executedMs = startMs
  const executed = () => {
    executedMs = performance.now()
  }
  const answer = queried(statement, { ...asked, executed })
  asking.add(answer)
  try {
    const result = await answer
    const { fromBars } = statement
    const fetchMs = performance.now() - executedMs
    return { result, executeMs: executedMs - startMs, fetchMs, ...(fromBars && { fromBars }) }
  } finally {
    asking.delete(answer)
  }
}

async function queried({ sql, wide, params }: Statement, asked: Asking): Promise<Result> {
  if (wide === undefined) return engine.query(sql, params, asked)
  try {
    return await engine.query(sql, params, { ...asked, isFirst: true })
  } catch (error) {
    if (codeOf(error) !== 'INTERNAL') throw error
    return engine.query(wide, params, asked)
  }
}

/**
 * Out of sight of new questions at once; their tables go when those have ended that were asked before and may name
 * them. Nobody waits for that: an append must not stand behind a long question.
 */
function letGo(kind: Kind, gone: readonly Segment[]): void {
  tails[kind] = tails[kind].filter((segment) => !gone.includes(segment))
  dropLater(gone.map(({ name }) => name))
}

function dropLater(tables: readonly string[]): void {
  const drop = async () => {
    for (const name of tables) await engine.run(`DROP TABLE ${name}`)
  }
  // Fails only where the engine is closing, and then the tables are gone anyway.
  if (tables.length > 0)
    void Promise.allSettled(asking)
      .then(() => inTurn(drop))
      .catch(() => {})
}

const statementFor = (question: OfOneTable, reading: Reading): Statement =>
  statementOf(
    question,
    reading,
    tails[kindOf(question)].map(({ name }) => name),
    kept,
  )

/** Of records without DuckDB, where that can be. */
async function read(question: OfOneTable, reading: Reading, signal: AbortSignal): Promise<Timed> {
  const startMs = performance.now()
  if (question.kind === 'trades' || question.kind === 'quotes') {
    const times = tails[question.kind].map(({ micros }) => micros)
    const result = await ownPages.page(question, reading, times, signal)
    if (result !== undefined) return { result, executeMs: performance.now() - startMs, fetchMs: 0 }
  }
  const asked = { files: reading.files, signal, isUtf8: isColumnar(question) }
  return answered(statementFor(question, reading), asked)
}

const sidesOf = (kind: Kind, reading: Reading): Sides => {
  return { reading, segments: tails[kind].map(({ name }) => name) }
}

async function tell(question: DataQuestion, answer: Promise<Timed>): Promise<Told & StageMs & OfBars> {
  const { result, ...of } = await answer
  const startMs = performance.now()
  const told = await toldOf(question, result)
  const writeMs = performance.now() - startMs
  return transfer({ ...told, ...of, writeMs }, [told.body.buffer])
}

const api = {
  /** Adds what follows in a partition; answers the rows held and the records that no table can take. */
  append: (batch: TailBatch, schemas: Schemas): Promise<{ rows: number; rejected: readonly Rejected[] }> =>
    inTurn(async () => {
      const topic = marketTopic(batch.topic)!
      const { batch: columns, rejected } = decodeBatch(topic, batch, schemas)
      const segment = await openSegment(topic.kind)
      await fill(engine, segment.name, topic.table, columns)
      segment.rows += columns.rows
      segment.micros = microsWith(segment.micros, columns)
      segment.to.set(topicPartition(batch.topic, batch.partition), batch.to)
      return { rows: tailRows(topic.kind), rejected }
    }),

  /** Lets go of a table's segments whose records all lie below the offsets; answers the rows held. */
  drop: (kind: Kind, landed: ReadonlyMap<TopicPartition, bigint>): Promise<number> =>
    inTurn(async () => {
      const isLanded = ({ to }: Segment) =>
        [...to].every(([partition, offset]) => (landed.get(partition) ?? -1n) >= offset)
      letGo(kind, tails[kind].filter(isLanded))
      return tailRows(kind)
    }),

  /** Forgets a table's tail: it is read anew. */
  clear: (kind: Kind): Promise<void> =>
    inTurn(async () => {
      letGo(kind, tails[kind])
    }),

  /** Rows leave this thread as bytes, which are moved: their columns would be copied. */
  ask: (question: OfOneTable, reading: Reading, signal: AbortSignal): Promise<Told & StageMs & OfBars> =>
    tell(question, read(question, reading, signal)),

  /** A page of records in batches, each a body of its own. */
  async batches(question: RecordsQuestion, reading: Reading, limits: Limits, signal: AbortSignal): Promise<Page> {
    const { result } = await read(question, reading, signal)
    const batches = await batchesOf(question, result, limits)
    return transfer(
      { rows: result.rows, batches },
      batches.map(({ body }) => body.buffer),
    )
  },

  /** Where the tail's records of a question lie. */
  async tailSpan(question: RecordsQuestion, bounds: readonly Bound[], signal: AbortSignal): Promise<Survey> {
    const segments = tails[kindOf(question)].map(({ name }) => name)
    const { result } = await answered(tailSpanSql(question, bounds, segments), { signal })
    const [from, last, rows] = ['first_micros', 'last_micros', 'held'].map((name) => Number(cellsOf(result, name)(0)))
    return { fromMicros: from!, toMicros: last! + 1, rows: rows! }
  },

  /** Of the page of trades that an as-of join is about; undefined where it has none. */
  async span(question: AsOfQuestion, reading: Reading, signal: AbortSignal): Promise<Span | undefined> {
    const { result } = await answered(spanSql(question, sidesOf('trades', reading)), { files: reading.files, signal })
    const [from, last, symbols] = ['first_micros', 'last_micros', 'symbols'].map((name) => cellsOf(result, name)(0))
    if (from === null) return undefined
    return { fromMicros: Number(from), lastMicros: Number(last), symbols: symbols as readonly string[] }
  },

  /** The filter is of quotes. */
  asOf: (
    question: AsOfQuestion,
    trades: Reading,
    quotes: Reading,
    filter: Filter,
    signal: AbortSignal,
  ): Promise<Told & StageMs> => {
    const statement = asOfSql(question, sidesOf('trades', trades), sidesOf('quotes', quotes), filter)
    const files = [...trades.files, ...quotes.files]
    return tell(question, answered(statement, { files, signal, isUtf8: isColumnar(question) }))
  },

  /** How many gaps there are among the trades of a filter. */
  async gaps(filter: Filter, reading: Reading, signal: AbortSignal): Promise<number> {
    const statement = gapCountSql(filter, reading, sidesOf('trades', reading).segments)
    const { result } = await answered(statement, { files: reading.files, signal })
    return Number(cellsOf(result, 'gaps')(0))
  },

  /** Which of the files kept bars stand for now. */
  fromBars: async (question: OfOneTable, reading: Reading) => fromBars(question, reading, kept),

  /** What of the files a scan with this filter passes over by their statistics. */
  async rowGroups(filter: Filter, files: readonly string[], signal: AbortSignal): Promise<RowGroups> {
    const { sql, params } = rowGroupsSql(filter, files)
    const result = await engine.query(sql, params, { signal, files })
    const number = (name: string) => Number(cellsOf(result, name)(0))
    return { all: number('all'), read: number('read'), rows: number('rows') }
  },

  /** Bars are kept of more files, or, while that is paused, of no more. */
  async pauseKeeping(isPaused: boolean): Promise<void> {
    kept.pause(isPaused)
  },

  /** What is kept for the next question. */
  held: async () => ({ ...ownPages.held(), ...engine.held(), ...kept.held() }),

  close: (): Promise<void> => engine.close(),
}

export type EngineApi = typeof api

serveWorker(api)
