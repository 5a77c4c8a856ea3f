/**
 * The REST side of a venue: market data, what it weighs, and how it refuses.
 *
 *   shape   (request, market, weights, now) -> status, headers, body; no I/O
 *   units   ms on the wire; weights by address
 *   source  Binance spot "Market Data endpoints", "General endpoints", "Limits" and "Error codes" of 2025 and 2026
 */
import { dayTicker } from './day-ticker.ts'
import { type Aggregate, bigText, decimalText, inUnit, type QuoteEvent } from './event.ts'
import { exchangeInfo } from './exchange-info.ts'
import type { History, TrueTrade } from './history.ts'
import type { SymbolFacts } from './symbols.ts'
import type { Rules } from './venues.ts'
import type { Weights } from './weights.ts'

// biome-ignore format: a table reads by its columns
export type Route =
  | 'ping' | 'time' | 'exchangeInfo' | 'trades' | 'historicalTrades' | 'aggTrades'
  | 'ticker/price' | 'ticker/bookTicker' | 'ticker/24hr'

export interface RestRequest {
  readonly path: string
  readonly query: URLSearchParams
  readonly key: string | undefined
  readonly address: string
}

export interface RestReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What REST knows of a market. */
export interface MarketView {
  readonly symbols: readonly SymbolFacts[]
  readonly rules: Rules
  history(symbol: string): History
  quote(symbol: string): QuoteEvent | undefined
}

interface Call {
  readonly view: MarketView
  readonly query: URLSearchParams
  readonly nowMs: number
}

/** A refusal that documents name: HTTP 400 but where it says otherwise. */
class Refused extends Error {
  readonly code: number
  readonly status: number

  constructor(code: number, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

// biome-ignore format: a table reads by its columns
const ROUTES: Readonly<Record<Route, { readonly takes: readonly string[]; readonly answer: (call: Call) => unknown }>> = {
  ping:                { takes: [],                                                  answer: () => ({}) },
  time:                { takes: [],                                                  answer: ({ nowMs }) => ({ serverTime: nowMs }) },
  exchangeInfo:        { takes: ['symbol', 'symbols', 'permissions', 'showPermissionSets', 'symbolStatus'], answer: info },
  trades:              { takes: ['symbol', 'limit'],                                 answer: trades },
  historicalTrades:    { takes: ['symbol', 'limit', 'fromId'],                       answer: trades },
  aggTrades:           { takes: ['symbol', 'limit', 'fromId', 'startTime', 'endTime'], answer: aggregates },
  'ticker/price':      { takes: ['symbol', 'symbols', 'symbolStatus'],               answer: (call) => tickers(call, price) },
  'ticker/bookTicker': { takes: ['symbol', 'symbols', 'symbolStatus'],               answer: (call) => tickers(call, best) },
  'ticker/24hr':       { takes: ['symbol', 'symbols', 'type', 'symbolStatus'],       answer: (call) => tickers(call, day) },
}
const PREFIX = '/api/v3/'
const LIMIT = { default: 500, max: 1_000 }

export function answerRest(request: RestRequest, view: MarketView, weights: Weights, nowMs: number): RestReply {
  const route = request.path.slice(PREFIX.length) as Route
  if (!request.path.startsWith(PREFIX) || !Object.hasOwn(ROUTES, route)) return { status: 404, headers: {}, body: '' }
  const weight = weightOf(route, request.query, view)
  const { headers, refusal } = weights.charge(request.address, weight, nowMs)
  if (refusal) return { ...refusal, headers: json(headers) }
  try {
    if (view.rules.keyed.includes(route) && !request.key) throw new Refused(-2014, 'API-key format invalid.', 401)
    refuseOthers(request.query, ROUTES[route].takes)
    const answer = ROUTES[route].answer({ view, query: request.query, nowMs })
    return { status: 200, headers: json(headers), body: JSON.stringify(answer) }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return {
      status: error.status,
      headers: json(headers),
      body: JSON.stringify({ code: error.code, msg: error.message }),
    }
  }
}

const json = (headers: Readonly<Record<string, string>>) => ({
  ...headers,
  'content-type': 'application/json;charset=UTF-8',
})

export function weightOf(route: Route, query: URLSearchParams, { rules, symbols }: MarketView): number {
  const many = query.has('symbols') ? (listed(query.get('symbols'))?.length ?? 1) : symbols.length
  if (!route.startsWith('ticker/') || query.has('symbol')) return rules.weights[route]
  if (route !== 'ticker/24hr') return rules.manyWeight
  if (!query.has('symbols')) return rules.dayWeights[2]
  return rules.dayWeights[many <= 20 ? 0 : many <= 100 ? 1 : 2]
}

function refuseOthers(query: URLSearchParams, takes: readonly string[]): void {
  const names = [...query.keys()]
  const known = names.filter((name) => takes.includes(name))
  if (known.length < names.length) {
    throw new Refused(
      -1104,
      `Not all sent parameters were read; read '${known.length}' parameter(s) but was sent '${names.length}'.`,
    )
  }
  if (new Set(names).size < names.length) throw new Refused(-1101, 'Duplicate values for a parameter detected.')
}

function trades({ view, query }: Call): unknown[] {
  const history = historyOf(view, query)
  const limit = limitOf(query)
  const fromId = numberOf(query, 'fromId')
  const from = fromId === undefined ? Math.max(history.first, history.end - limit) : history.at('ids', fromId)
  const found: unknown[] = []
  for (let position = from; position < history.end && found.length < limit; position++) {
    const trade = history.trade(position)
    if (!trade.isLost) found.push(tradeOf(trade, history, position))
  }
  return found
}

function tradeOf(trade: TrueTrade, history: History, position: number) {
  const notional = BigInt(history.value('prices', position)) * BigInt(history.value('quantities', position))
  return {
    id: trade.id,
    price: trade.price,
    qty: trade.quantity,
    quoteQty: bigText(notional / 100_000_000n),
    time: inUnit(trade.timeMicros, 'MILLISECOND'),
    isBuyerMaker: trade.isBuyerMaker,
    isBestMatch: true,
  }
}

function aggregates({ view, query }: Call): unknown[] {
  const history = historyOf(view, query)
  const limit = limitOf(query)
  const [fromId, startMs, endMs] = ['fromId', 'startTime', 'endTime'].map((name) => numberOf(query, name))
  if (fromId !== undefined && (startMs !== undefined || endMs !== undefined)) {
    throw new Refused(-1128, 'Combination of optional parameters invalid.')
  }
  const end = endMs === undefined ? history.end : history.at('times', (endMs + 1) * 1_000)
  const from = fromOf(history, end, { fromId, startMs, limit })
  const found: unknown[] = []
  for (let position = from; position < end && found.length < limit; ) {
    const aggregate = history.aggregate(position)
    const next = history.at('aggregates', aggregate.id + 1)
    if (!anyLost(history, position, next)) found.push(aggregateOf(aggregate))
    position = next
  }
  return found
}

function anyLost(history: History, from: number, to: number): boolean {
  for (let position = from; position < to; position++) if (history.isLost(position)) return true
  return false
}

interface From {
  readonly fromId: number | undefined
  readonly startMs: number | undefined
  readonly limit: number
}

function fromOf(history: History, end: number, { fromId, startMs, limit }: From): number {
  if (fromId !== undefined) return history.at('aggregates', fromId)
  if (startMs !== undefined) return history.at('times', startMs * 1_000)
  if (end === history.first) return end
  return history.at('aggregates', history.value('aggregates', end - 1) - limit + 1)
}

const aggregateOf = (aggregate: Aggregate) => ({
  a: aggregate.id,
  p: decimalText(aggregate.price),
  q: decimalText(aggregate.quantity),
  f: aggregate.firstId,
  l: aggregate.lastId,
  T: inUnit(aggregate.timeMicros, 'MILLISECOND'),
  m: aggregate.isBuyerMaker,
  M: true,
})

function info({ view, query, nowMs }: Call): unknown {
  if (query.has('symbol') && query.has('symbols'))
    throw new Refused(-1128, 'Combination of optional parameters invalid.')
  return exchangeInfo(chosen(view, query) ?? view.symbols, view.rules, nowMs)
}

function tickers(
  { view, query, nowMs }: Call,
  one: (view: MarketView, symbol: string, nowMs: number) => unknown,
): unknown {
  const symbols = (chosen(view, query) ?? view.symbols).map(({ symbol }) => symbol)
  return query.has('symbol') ? one(view, symbols[0]!, nowMs) : symbols.map((symbol) => one(view, symbol, nowMs))
}

function price(view: MarketView, symbol: string): unknown {
  const history = view.history(symbol)
  return { symbol, price: history.end > history.first ? history.trade(history.end - 1).price : decimalText(0) }
}

function best(view: MarketView, symbol: string): unknown {
  const { bidPrice = 0, bidQuantity = 0, askPrice = 0, askQuantity = 0 } = view.quote(symbol) ?? {}
  return {
    symbol,
    bidPrice: decimalText(bidPrice),
    bidQty: decimalText(bidQuantity),
    askPrice: decimalText(askPrice),
    askQty: decimalText(askQuantity),
  }
}

const day = (view: MarketView, symbol: string, nowMs: number): unknown =>
  dayTicker(symbol, view.history(symbol), view.quote(symbol), nowMs)

/** The symbols that are named; undefined where none are. */
function chosen(view: MarketView, query: URLSearchParams): readonly SymbolFacts[] | undefined {
  const names = query.has('symbol') ? [query.get('symbol')!] : query.has('symbols') ? listed(query.get('symbols')) : []
  if (names === undefined)
    throw new Refused(-1100, "Illegal characters found in parameter 'symbols'; legal range is '[\"A-Z0-9\", …]'.")
  return names.length === 0 ? undefined : names.map((name) => symbolOf(view, name))
}

function listed(text: string | null): string[] | undefined {
  const found = /^\["[^"]+"(?:,"[^"]+")*\]$/.exec(text ?? '')
  return found ? (JSON.parse(found[0]) as string[]) : undefined
}

function historyOf(view: MarketView, query: URLSearchParams): History {
  const symbol = query.get('symbol')
  if (!symbol) throw new Refused(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.")
  return view.history(symbolOf(view, symbol).symbol)
}

function symbolOf(view: MarketView, name: string): SymbolFacts {
  const facts = view.symbols.find(({ symbol }) => symbol === name)
  if (facts === undefined) throw new Refused(-1121, 'Invalid symbol.')
  return facts
}

function limitOf(query: URLSearchParams): number {
  const limit = numberOf(query, 'limit') ?? LIMIT.default
  if (limit < 1) throw new Refused(-1130, "Data sent for parameter 'limit' is not valid.")
  return Math.min(limit, LIMIT.max)
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (text === '') throw new Refused(-1105, `Parameter '${name}' was empty.`)
  if (!/^\d{1,20}$/.test(text)) {
    throw new Refused(-1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`)
  }
  return Number(text)
}
