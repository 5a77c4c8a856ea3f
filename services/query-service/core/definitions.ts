/** The questions there are: each one's routes at both doors, its parameters, and what its answer's rows hold. */
import { aggregationsQuestion } from './aggregations.ts'
import { asOfQuestion } from './as-of.ts'
import { ohlcvBatchQuestion, ohlcvQuestion } from './bars.ts'
import type { Field } from './fields.ts'
import * as F from './fields.ts'
import { gapsQuestion } from './gaps.ts'
import { COVERAGE_PARAMS, coverageQuestion, LEDGER_PARAMS, ledgerQuestion } from './ledger-questions.ts'
import * as P from './parameters.ts'
import type { Params } from './params.ts'
import * as Q from './question.ts'

export type Method = 'GET' | 'POST'

export interface Definition {
  /** Of files that hold the answer. */
  readonly name: string
  /** Parameters that stand in it are behind a colon. */
  readonly path: string
  /** GET alone where it is absent. A POST has the parameters in its body. */
  readonly methods?: readonly Method[]
  readonly rpc: string
  /** Field of the gRPC reply that has the rows, or the row. */
  readonly reply: string
  readonly doc: string
  readonly params: Params
  readonly row: readonly Field[]
  /** The answer is one row, not a list. */
  readonly isSingle?: true
  /** How long a client may keep an answer; not at all where it is absent. */
  readonly cacheSeconds?: number
  readonly read: (raw: Q.Raw, nowMicros: number) => Q.Question
}

// biome-ignore format: a table reads by its columns
export const DEFINITIONS: readonly Definition[] = [
  { name: 'trades',    path: '/v1/trades',                rpc: 'GetTrades',       reply: 'trades',    params: P.TRADES_PARAMS,    row: F.TRADE,     read: Q.tradesQuestion,    cacheSeconds: 5,
    doc: 'Trades of symbols over a range.' },
  { name: 'trades',    path: '/v1/trades/recent',         rpc: 'GetRecentTrades', reply: 'trades',    params: P.RECENT_PARAMS,    row: F.TRADE,     read: Q.recentQuestion,    cacheSeconds: 5,
    doc: 'Trades of the last minutes, those not committed yet included.' },
  { name: 'quotes',    path: '/v1/quotes',                rpc: 'GetQuotes',       reply: 'quotes',    params: P.QUOTES_PARAMS,    row: F.QUOTE,     read: Q.quotesQuestion,    cacheSeconds: 5,
    doc: 'Best bids and asks of symbols over a range.' },
  { name: 'trades',    path: '/v1/trades/query',          rpc: 'QueryTrades',     reply: 'trades',    params: P.QUERY_TRADES_PARAMS, row: F.TRADE,  read: Q.queryTradesQuestion, methods: ['POST'],
    doc: 'Trades of several symbols, venues, ranges and sides, within bounds of price and quantity.' },
  { name: 'quotes',    path: '/v1/quotes/query',          rpc: 'QueryQuotes',     reply: 'quotes',    params: P.QUERY_QUOTES_PARAMS, row: F.QUOTE,  read: Q.queryQuotesQuestion, methods: ['POST'],
    doc: 'Quotes of several symbols, venues and ranges.' },
  { name: 'reference', path: '/v1/reference',             rpc: 'GetReference',    reply: 'companies', params: P.REFERENCE_PARAMS, row: F.REFERENCE, read: Q.referenceQuestion,
    doc: 'What was last said of each company and symbol.' },
  { name: 'ohlcv',     path: '/v1/ohlcv/:timeframe',      rpc: 'GetOhlcv',        reply: 'bars',      params: P.OHLCV_PARAMS,     row: F.BAR,       read: ohlcvQuestion,
    doc: 'Open, high, low, close and volume of intervals, by symbol and venue.' },
  { name: 'bars',      path: '/v1/ohlcv/batch',           rpc: 'GetOhlcvBatch',   reply: 'bars',      params: P.OHLCV_BATCH_PARAMS, row: F.BATCH_BAR, read: ohlcvBatchQuestion, methods: ['POST'],
    doc: 'Bars of several timeframes at once, from one reading and with one proof.' },
  { name: 'aggregations', path: '/v1/aggregations',       rpc: 'GetAggregations', reply: 'groups',    params: P.AGGREGATIONS_PARAMS, row: F.AGGREGATION, read: aggregationsQuestion, methods: ['POST'],
    doc: 'What trades sum up to by symbol, venue, side, price level and interval: counts, volumes, averages.' },
  { name: 'asof',      path: '/v1/asof',                  rpc: 'GetAsOf',         reply: 'trades',    params: P.AS_OF_PARAMS,     row: F.AS_OF,     read: asOfQuestion,        methods: ['GET', 'POST'],
    doc: 'Trades, each with the quote in force: the last one at or before it; spread, mid price and effective spread.' },
  { name: 'gaps',      path: '/v1/gaps',                  rpc: 'ListGaps',        reply: 'gaps',      params: P.GAPS_PARAMS,      row: F.GAP,       read: gapsQuestion,
    doc: 'Numbers that are missing among the trades of a symbol and venue, as their own numbers tell.' },
  { name: 'ledger',    path: '/v1/gaps/ledger',           rpc: 'ListLedgerGaps',  reply: 'gaps',      params: LEDGER_PARAMS,      row: F.LEDGER_GAP, read: ledgerQuestion,
    doc: "Gaps by the sequence-tracker's ledger: what is missing, what was and came after all, and which records brought it." },
  { name: 'coverage',  path: '/v1/gaps/coverage',         rpc: 'GetGapCoverage',  reply: 'coverage',  params: COVERAGE_PARAMS,    row: F.COVERAGE,  read: coverageQuestion,    isSingle: true,
    doc: "Whether all numbers of a symbol's trading day are there, by the same ledger; NOT_FOUND where there are none of it." },
  { name: 'summary',   path: '/v1/summary/:symbol/:date', rpc: 'GetSummary',      reply: 'summary',   params: P.SUMMARY_PARAMS,   row: F.SUMMARY,   read: Q.summaryQuestion,   cacheSeconds: 60, isSingle: true,
    doc: 'One trading day of a symbol; NOT_FOUND where it has no trades.' },
  { name: 'symbols',   path: '/v1/symbols',               rpc: 'ListSymbols',     reply: 'symbols',   params: P.SYMBOLS_PARAMS,   row: F.LISTED,    read: Q.symbolsQuestion,   cacheSeconds: 300,
    doc: 'Symbols that have trades, quotes or reference data, by venue.' },
  { name: 'stats',     path: '/v1/stats',                 rpc: 'GetStats',        reply: 'tables',    params: P.STATS_PARAMS,     row: F.STATS,     read: Q.statsQuestion,     cacheSeconds: 30,
    doc: 'What each table holds, and how far behind the log it is.' },
  { name: 'snapshots', path: '/v1/snapshots',             rpc: 'ListSnapshots',   reply: 'snapshots', params: P.SNAPSHOTS_PARAMS, row: F.SNAPSHOT,  read: Q.snapshotsQuestion, cacheSeconds: 10,
    doc: 'Snapshots of a table, newest first: what as_of may name.' },
  { name: 'degradation', path: '/v1/degradation',         rpc: 'GetDegradation',  reply: 'degradation', params: P.DEGRADATION_PARAMS, row: F.DEGRADATION, read: Q.degradationQuestion, isSingle: true,
    doc: 'The level of degradation in force, and why: from GRACEFUL on some records are deferred, and some questions refused.' },
]

export const methodsOf = ({ methods = ['GET'] }: Pick<Definition, 'methods'>): readonly Method[] => methods

/** Names of the parameters that stand in a path. */
export const inPath = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!)
