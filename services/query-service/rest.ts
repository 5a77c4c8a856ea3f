/** The REST door: /v1 routes, their parameters from the questions' own tables, answers as JSON. */
import { K2Error } from '@k2/contracts/codes.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import type { Bar } from '@k2/market/bar.ts'
import { formatDecimal } from '@k2/market/decimal.ts'
import { formatInstant } from '@k2/market/instant.ts'
import type { Clock } from '@k2/service/clock.ts'
import { type HttpApp, requestSignal } from '@k2/service/http.ts'
import { cellsOf } from './adapters/cells.ts'
import type { Answer, Meta, Question } from './ask.ts'
import { barsOf } from './bars.ts'
import { rowWriter } from './core/answer.ts'
import { ohlcvQuestion, tradesQuestion } from './core/question.ts'

export interface Doors {
  readonly clock: Clock
  readonly answer: <Q extends Question>(question: Q, signal: AbortSignal) => Promise<Answer>
}

export function restRoutes(app: HttpApp, { clock, answer }: Doors): void {
  app.get('/v1/trades', async (request, reply) => {
    const question = tradesQuestion(textsOf(request), clock.nowMicros())
    const { result, meta } = await answer(question, requestSignal(request))
    const write = rowWriter(TRADES.columns.map((column) => ({ column, cells: cellsOf(result, column.name) })))
    const rows = Array.from({ length: meta.count }, (_, row) => write(row))
    return reply.type('application/json').header('cache-control', 'private, max-age=0').send(body(rows, meta))
  })
  app.get('/v1/ohlcv/:timeframe', async (request, reply) => {
    const { timeframe } = request.params as { timeframe: string }
    const question = ohlcvQuestion({ ...textsOf(request), timeframe }, clock.nowMicros())
    const { result, meta } = await answer(question, requestSignal(request))
    const rows = barsOf(question, result).map((bar) => JSON.stringify(barJson(bar)))
    return reply.type('application/json').header('cache-control', 'private, max-age=0').send(body(rows, meta))
  })
}

/** Query parameters as text; one that is given twice is a fault, for one of the two would be ignored. */
function textsOf(request: { readonly query: unknown }): Record<string, string> {
  // Without a prototype, so that no name is one that every object has.
  const texts: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(request.query as Record<string, string | string[]>)) {
    if (Array.isArray(value))
      throw new K2Error('INVALID_ARGUMENT', `${name} is given ${value.length} times. Give it once; lists have commas.`)
    texts[name] = value
  }
  return texts
}

const body = (rows: readonly string[], meta: Meta): string =>
  `{"data":[${rows.join(',')}],"meta":${JSON.stringify(metaJson(meta))}}`

function metaJson(meta: Meta) {
  const { snapshot, holes } = meta
  const ranges = holes.map(({ topic, partition, from, to, reason }) => ({
    topic,
    partition,
    from: String(from),
    to: String(to),
    reason,
  }))
  return {
    count: meta.count,
    has_more: meta.hasMore,
    complete: meta.complete,
    reasons: meta.reasons,
    snapshot: snapshot && { id: String(snapshot.id), committed_at: formatInstant(snapshot.committedAtMs * 1000) },
    offsets: Object.fromEntries(
      [...meta.offsets].sort(byPartition).map(([partition, offset]) => [partition, String(offset)]),
    ),
    deferred: ranges.filter(({ reason }) => reason === 'deferred'),
    rejected: ranges.filter(({ reason }) => reason === 'rejected'),
    elapsed_ms: Math.round(meta.elapsedMs * 1000) / 1000,
  }
}

const names = new Intl.Collator('en', { numeric: true })
const byPartition = ([a]: [string, unknown], [b]: [string, unknown]): number => names.compare(a, b)

function barJson(bar: Bar) {
  return {
    symbol: bar.symbol,
    exchange: bar.exchange,
    timestamp: formatInstant(bar.startMicros),
    open: formatDecimal(bar.open),
    high: formatDecimal(bar.high),
    low: formatDecimal(bar.low),
    close: formatDecimal(bar.close),
    volume: formatDecimal(bar.volume),
    trade_count: String(bar.tradeCount),
    vwap: bar.vwap === null ? null : formatDecimal(bar.vwap),
  }
}
