/** The gRPC door: k2.v1.QueryService. A request becomes the text that REST would have sent, so both mean the same. */
import type { GetOhlcvRequest__Output } from '@k2/contracts/gen/k2/v1/GetOhlcvRequest.ts'
import type { GetTradesRequest__Output } from '@k2/contracts/gen/k2/v1/GetTradesRequest.ts'
import type { Meta as MetaMessage } from '@k2/contracts/gen/k2/v1/Meta.ts'
import type { QueryServiceDefinition } from '@k2/contracts/gen/k2/v1/QueryService.ts'
import type { Trade as TradeMessage } from '@k2/contracts/gen/k2/v1/Trade.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import type { Result } from '@k2/lake/duckdb/result.ts'
import { formatDecimal } from '@k2/market/decimal.ts'
import { type RpcService, rpcService } from '@k2/service/rpc.ts'
import { cellsOf } from './adapters/cells.ts'
import type { Meta } from './ask.ts'
import { barsOf } from './bars.ts'
import { ohlcvQuestion, tradesQuestion } from './core/question.ts'
import type { Doors } from './rest.ts'

export const QUERY_SERVICE = 'k2.v1.QueryService'

export function queryRpc({ clock, answer }: Doors): RpcService {
  return rpcService<QueryServiceDefinition>(QUERY_SERVICE, {
    async GetTrades(request, { signal }) {
      const question = tradesQuestion(textsOf(request), clock.nowMicros())
      const { result, meta } = await answer(question, signal)
      return { trades: tradesOf(result, meta.count), meta: metaMessage(meta) }
    },
    async GetOhlcv(request, { signal }) {
      const question = ohlcvQuestion(
        { ...textsOf(request), timeframe: request.timeframe || undefined },
        clock.nowMicros(),
      )
      const { result, meta } = await answer(question, signal)
      const bars = barsOf(question, result).map((bar) => ({
        symbol: bar.symbol,
        exchange: bar.exchange,
        timestampMicros: String(bar.startMicros),
        open: formatDecimal(bar.open),
        high: formatDecimal(bar.high),
        low: formatDecimal(bar.low),
        close: formatDecimal(bar.close),
        volume: formatDecimal(bar.volume),
        tradeCount: String(bar.tradeCount),
        vwap: bar.vwap === null ? '' : formatDecimal(bar.vwap),
      }))
      return { bars, meta: metaMessage(meta) }
    },
  })
}

const ORDERS = { ORDER_UNSPECIFIED: undefined, ORDER_ASC: 'asc', ORDER_DESC: 'desc' } as const
const SOURCES = {
  SOURCE_UNSPECIFIED: undefined,
  SOURCE_HYBRID: 'hybrid',
  SOURCE_LAKE: 'lake',
  SOURCE_TAIL: 'tail',
} as const

/** A field that is at its default is one that was not given. */
function textsOf(request: GetTradesRequest__Output | GetOhlcvRequest__Output) {
  return {
    symbol: request.symbols.join(',') || undefined,
    exchange: request.exchange || undefined,
    start_time: request.startTime || undefined,
    end_time: request.endTime || undefined,
    window_minutes: request.windowMinutes === 0 ? undefined : String(request.windowMinutes),
    limit: request.limit === 0 ? undefined : String(request.limit),
    // A number that no enum has comes as that number: it is refused as text like any other.
    order: request.order in ORDERS ? ORDERS[request.order] : String(request.order),
    source: request.source in SOURCES ? SOURCES[request.source] : String(request.source),
  }
}

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

function tradesOf(result: Result, count: number): TradeMessage[] {
  const columns = TRADES.columns.map(({ name, type }) => {
    const cells = cellsOf(result, name)
    if (type === 'timestamptz') return { field: `${camel(name)}Micros`, read: (row: number) => String(cells(row)) }
    if (type === 'decimal(18, 8)')
      return { field: camel(name), read: (row: number) => formatDecimal(cells(row) as bigint) }
    if (name === 'vendor_data')
      return { field: camel(name), read: (row: number) => JSON.parse((cells(row) as string | null) ?? '{}') }
    if (type === 'long') return { field: camel(name), read: (row: number) => cells(row)?.toString() }
    return { field: camel(name), read: (row: number) => cells(row) }
  })
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(columns.map(({ field, read }) => [field, read(row)])),
  )
}

function metaMessage({ count, hasMore, complete, reasons, snapshot, offsets, holes, elapsedMs }: Meta): MetaMessage {
  return {
    count,
    hasMore,
    complete,
    reasons: [...reasons],
    ...(snapshot && { snapshotId: String(snapshot.id), committedAtMicros: String(snapshot.committedAtMs * 1000) }),
    offsets: Object.fromEntries([...offsets].map(([partition, offset]) => [partition, String(offset)])),
    holes: holes.map(({ topic, partition, from, to, reason }) => ({
      topic,
      partition,
      from: String(from),
      to: String(to),
      reason,
    })),
    elapsedMs,
  }
}
