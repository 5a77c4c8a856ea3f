/**
 * HOT PATH. A batch as a relation: a table function whose chunks are written from the batch's arrays as a statement
 * asks for them, so that no table stands in between.
 *
 * DuckDB calls back into the thread that opened the engine. Were that thread to wait for DuckDB in the meantime, both
 * would wait for ever: so these statements run over a connection of their own, engine.copying, that no call that holds
 * the thread (an appender's) needs.
 */
import { BIGINT, type DuckDBDataChunk, DuckDBTableFunction } from '@duckdb/node-api'
import type { TableSpec } from '@k2/contracts/tables.ts'
import type { Engine } from './engine.ts'
import { CHUNK_ROWS, type ChunkWriter, duckdbType } from './vectors.ts'

interface Feed {
  readonly spec: TableSpec
  readonly write: ChunkWriter
  readonly rows: Int32Array
  error?: unknown
}

/** The feeds that statements of an engine may name, by ticket. */
const feedsOf = new WeakMap<Engine, Map<bigint, Feed>>()
let tickets = 0n

/**
 * Runs `work` with SQL text that stands after FROM and gives these rows of a batch, in this order.
 * @throws what `work` throws, or what went wrong in writing a chunk
 */
export async function feeding<T>(
  engine: Engine,
  { spec, write, rows }: { spec: TableSpec; write: ChunkWriter; rows: Int32Array },
  work: (from: string) => Promise<T>,
): Promise<T> {
  const feeds = feedsOf.get(engine) ?? register(engine)
  const ticket = ++tickets
  const feed: Feed = { spec, write, rows }
  feeds.set(ticket, feed)
  try {
    return await work(`k2_rows(${ticket})`)
  } catch (error) {
    throw feed.error ?? error
  } finally {
    feeds.delete(ticket)
  }
}

interface Place {
  at: number
}

function register(engine: Engine): Map<bigint, Feed> {
  const feeds = new Map<bigint, Feed>()
  feedsOf.set(engine, feeds)
  engine.copying.registerTableFunction(
    DuckDBTableFunction.create({
      name: 'k2_rows',
      parameterTypes: [BIGINT],
      bindFunction: (bind) => {
        const feed = feeds.get(bind.getParameter(0) as bigint)
        if (feed === undefined) return bind.setError('this feed has ended')
        for (const { name, type } of feed.spec.columns) bind.addResultColumn(name, duckdbType(type))
        bind.setCardinality(feed.rows.length, true)
        bind.setBindData(feed)
      },
      initFunction: (init) => {
        // One thread: the rows come in their order, and one JavaScript thread writes them anyway.
        init.setMaxThreads(1)
        init.setInitData({ at: 0 } satisfies Place)
      },
      mainFunction: (info, chunk) => {
        const feed = info.bindData as Feed
        try {
          next(feed, info.initData as Place, chunk)
        } catch (error) {
          feed.error = error
          info.setError(String(error))
        }
      },
    }),
  )
  return feeds
}

function next({ rows, write }: Feed, place: Place, chunk: DuckDBDataChunk): void {
  const picks = rows.subarray(place.at, place.at + CHUNK_ROWS)
  place.at += picks.length
  if (picks.length === 0) chunk.rowCount = 0
  else write(chunk, picks)
}
