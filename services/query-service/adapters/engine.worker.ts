/**
 * The thread that answers: DuckDB over the lake's files and over the tail, which it keeps as tables in memory.
 *
 * The tail is cut into segments, tables of some thousand rows: what has landed is let go of by dropping whole
 * segments, since DuckDB gives no memory back for deleted rows. A segment may so hold rows that the lake has too; the
 * bounds of each question keep them out.
 */
import { workerData } from 'node:worker_threads'
import { decodeBatch, type LoggedRecords, type Rejected, type Schemas } from '@k2/contracts/records/decode.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import { type EngineSettings, openEngine } from '@k2/lake/duckdb/engine.ts'
import { createTable, fill } from '@k2/lake/duckdb/fill.ts'
import type { Result } from '@k2/lake/duckdb/result.ts'
import { type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import { serveWorker } from '@k2/service/worker.ts'
import type { OhlcvQuestion, TradesQuestion } from '../core/question.ts'
import { ohlcvSql, type Reading, type Statement, tradesSql } from './sql.ts'

const SEGMENT_ROWS = 20_000

interface Segment {
  readonly name: string
  rows: number
  /** By partition: behind its last record here. */
  readonly to: Map<TopicPartition, bigint>
}

export interface TailBatch extends LoggedRecords {
  readonly to: bigint
}

const engine = await openEngine(workerData as EngineSettings)
const segments: Segment[] = []
let lastSegment = 0
/** One write after the other: a fill and a drop share the engine's own connection. */
let writing: Promise<unknown> = Promise.resolve()

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = writing.then(work)
  writing = turn.catch(() => {})
  return turn
}

async function openSegment(): Promise<Segment> {
  const current = segments.at(-1)
  if (current && current.rows < SEGMENT_ROWS) return current
  const segment: Segment = { name: `tail_${++lastSegment}`, rows: 0, to: new Map() }
  await createTable(engine, segment.name, TRADES)
  segments.push(segment)
  return segment
}

const tailRows = (): number => segments.reduce((sum, { rows }) => sum + rows, 0)

/** Questions that are being answered. */
const asking = new Set<Promise<unknown>>()

async function ask({ sql, params }: Statement, { files }: Reading, signal: AbortSignal): Promise<Result> {
  const answer = engine.query(sql, params, { signal, files })
  asking.add(answer)
  try {
    return await answer
  } finally {
    asking.delete(answer)
  }
}

/**
 * Out of sight of new questions at once; their tables go when those have ended that were asked before and may name
 * them. Nobody waits for that: an append must not stand behind a long question.
 */
function letGo(gone: readonly Segment[]): void {
  for (const segment of gone) segments.splice(segments.indexOf(segment), 1)
  const drop = async () => {
    for (const { name } of gone) await engine.run(`DROP TABLE ${name}`)
  }
  // Fails only where the engine is closing, and then the tables are gone anyway.
  if (gone.length > 0)
    void Promise.allSettled(asking)
      .then(() => inTurn(drop))
      .catch(() => {})
}

const api = {
  /** Adds what follows in a partition; answers the rows held and the records that no table can take. */
  append: (batch: TailBatch, schemas: Schemas): Promise<{ rows: number; rejected: readonly Rejected[] }> =>
    inTurn(async () => {
      const { batch: columns, rejected } = decodeBatch(marketTopic(batch.topic)!, batch, schemas)
      const segment = await openSegment()
      await fill(engine, segment.name, TRADES, columns)
      segment.rows += columns.rows
      segment.to.set(topicPartition(batch.topic, batch.partition), batch.to)
      return { rows: tailRows(), rejected }
    }),

  /** Lets go of segments whose records all lie below the offsets; answers the rows held. */
  drop: (landed: ReadonlyMap<TopicPartition, bigint>): Promise<number> =>
    inTurn(async () => {
      const isLanded = ({ to }: Segment) =>
        [...to].every(([partition, offset]) => (landed.get(partition) ?? -1n) >= offset)
      letGo(segments.filter(isLanded))
      return tailRows()
    }),

  /** Forgets the tail: it is read anew. */
  clear: (): Promise<void> =>
    inTurn(async () => {
      letGo([...segments])
    }),

  trades: (question: TradesQuestion, reading: Reading, signal: AbortSignal): Promise<Result> =>
    ask(
      tradesSql(
        question,
        reading,
        segments.map(({ name }) => name),
      ),
      reading,
      signal,
    ),

  ohlcv: (question: OhlcvQuestion, reading: Reading, signal: AbortSignal): Promise<Result> =>
    ask(
      ohlcvSql(
        question,
        reading,
        segments.map(({ name }) => name),
      ),
      reading,
      signal,
    ),

  close: (): Promise<void> => engine.close(),
}

export type EngineApi = typeof api

serveWorker(api)
