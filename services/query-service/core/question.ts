/**
 * Parameters as text -> question: one reading for REST and gRPC alike. Times are half open: start_time is in, end_time
 * is not.
 *
 *   shape   (parameters as text, the time now) -> question, or K2Error INVALID_ARGUMENT with all faults
 *   units   µs since the epoch, UTC
 */
import type { Filter } from '@k2/lake/table.ts'
import { VENUES } from '@k2/market/instrument.ts'
import { dayBounds } from '@k2/market/zone.ts'
import type { AggregationsQuestion } from './aggregations.ts'
import type { AsOfQuestion } from './as-of.ts'
import type { OhlcvQuestion } from './bars.ts'
import { digestOf, type Key } from './cursor.ts'
import { QUOTE, REFERENCE, TRADE } from './fields.ts'
import type { GapsQuestion } from './gaps.ts'
import type { CoverageQuestion, LedgerQuestion } from './ledger-questions.ts'
import * as P from './parameters.ts'
import { type AsOf, invalid, type Params, type Range, readParams, type Values } from './params.ts'
import { conditionsOf, filterOf } from './selection.ts'
import type { WireShape } from './wire.ts'

/** Venues that one symbol may trade on. */
const VENUES_MAX = 100

export type Source = 'hybrid' | 'lake' | 'tail'
export type Order = 'asc' | 'desc'
export type Format = 'json' | 'csv' | 'ndjson' | 'arrow' | 'parquet'

/** How an answer's rows are written: in a format, or as messages of a gRPC reply. */
export interface Written {
  readonly format: Format
  readonly wire?: WireShape
}

/** What of the records a question is about, beyond what prunes files. */
export interface Conditions {
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly sides?: readonly string[]
  /** In one of these; the filter spans them all. */
  readonly ranges?: readonly Range[]
  /** Inclusive, 10^-8. */
  readonly minPrice?: bigint
  readonly maxPrice?: bigint
  readonly minQuantity?: bigint
  readonly maxQuantity?: bigint
}

export interface Asked extends Written {
  readonly filter: Filter
  readonly limit: number
  readonly order: Order
  readonly source: Source
  readonly asOf?: AsOf
  /** What is read for it is told too. */
  readonly explain: boolean
}

/** Answered page by page. */
export interface Paged {
  /** What a cursor must be of to go on with this question. */
  readonly digest: string
  readonly cursor?: string
  /** Only rows behind this one: what the cursor says. */
  readonly after?: Key
  /** Rows that are left out first. */
  readonly offset?: number
}

/** Records as they are, in SPEC's order. */
export interface RecordsQuestion extends Asked, Paged {
  readonly kind: 'trades' | 'quotes'
  readonly fields: readonly string[]
  readonly conditions: Conditions
  /** As the log has them: by topic, partition and offset. */
  readonly inLogOrder?: true
  /** Of all trades that the filter lets through. */
  readonly countsGaps?: true
}

export interface ReferenceQuestion extends Asked, Paged {
  readonly kind: 'reference'
  readonly fields: readonly string[]
  readonly companyIds?: readonly string[]
}

export interface SummaryQuestion extends Asked {
  readonly kind: 'summary'
  /** Days since the epoch, by each venue's own calendar. */
  readonly day: number
  readonly conditions: Conditions
}

export interface SymbolsQuestion extends Asked {
  readonly kind: 'symbols'
  /** Whose: each table is asked, one by one. */
  readonly of: 'trades' | 'quotes' | 'reference'
}

/** Of the records themselves: DuckDB answers. */
export type DataQuestion =
  | RecordsQuestion
  | ReferenceQuestion
  | OhlcvQuestion
  | SummaryQuestion
  | SymbolsQuestion
  | AggregationsQuestion
  | AsOfQuestion
  | GapsQuestion

export interface StatsQuestion extends Written {
  readonly kind: 'stats'
  readonly source: 'hybrid'
}

export interface SnapshotsQuestion extends Written {
  readonly kind: 'snapshots'
  readonly source: 'lake'
  readonly table: 'trades' | 'quotes' | 'reference'
  readonly limit: number
}

/** Of the platform, not of records. */
export interface DegradationQuestion extends Written {
  readonly kind: 'degradation'
  readonly source: 'tail'
}

export type Question =
  | DataQuestion
  | LedgerQuestion
  | CoverageQuestion
  | StatsQuestion
  | SnapshotsQuestion
  | DegradationQuestion

export type Raw = Readonly<Record<string, string | undefined>>

export function tradesQuestion(raw: Raw, nowMicros: number): RecordsQuestion {
  return records('trades', read(P.TRADES_PARAMS, raw), names(TRADE), nowMicros)
}

export function recentQuestion(raw: Raw, nowMicros: number): RecordsQuestion {
  return records('trades', read(P.RECENT_PARAMS, raw), names(TRADE), nowMicros)
}

export function quotesQuestion(raw: Raw, nowMicros: number): RecordsQuestion {
  return records('quotes', read(P.QUOTES_PARAMS, raw), names(QUOTE), nowMicros)
}

export function queryTradesQuestion(raw: Raw, nowMicros: number): RecordsQuestion {
  return records('trades', read(P.QUERY_TRADES_PARAMS, raw), names(TRADE), nowMicros)
}

export function queryQuotesQuestion(raw: Raw, nowMicros: number): RecordsQuestion {
  return records('quotes', read(P.QUERY_QUOTES_PARAMS, raw), names(QUOTE), nowMicros)
}

export function referenceQuestion(raw: Raw, nowMicros: number): ReferenceQuestion {
  const values = { ...read(P.REFERENCE_PARAMS, raw), order: 'asc' } as const
  const { fields = names(REFERENCE), company_id: companyIds } = values
  const asked = { ...common(values, nowMicros), ...paged('reference', values) }
  return { kind: 'reference', ...asked, fields, ...(companyIds && { companyIds }) }
}

export function summaryQuestion(raw: Raw, nowMicros: number): SummaryQuestion {
  const { date: day, symbol, ...values } = read(P.SUMMARY_PARAMS, raw)
  const zones = VENUES.filter(({ exchange }) => (values.exchange ?? exchange) === exchange).map(({ zone }) => zone)
  const bounds = [...zones, ...(values.exchange === undefined || zones.length === 0 ? ['UTC'] : [])].map((zone) =>
    dayBounds(zone, day),
  )
  const start_time = Math.min(...bounds.map(({ from }) => from))
  const end_time = Math.max(...bounds.map(({ to }) => to))
  const rest = { symbol: [symbol], start_time, end_time, limit: VENUES_MAX, order: 'asc', format: 'json' } as const
  return { kind: 'summary', ...common({ ...values, ...rest }, nowMicros), day, conditions: conditionsOf(values) }
}

export function symbolsQuestion(raw: Raw, nowMicros: number): SymbolsQuestion {
  const asked = common({ ...read(P.SYMBOLS_PARAMS, raw), order: 'asc' }, nowMicros)
  if (asked.asOf !== undefined && 'snapshotId' in asked.asOf)
    throw invalid([{ name: 'as_of', reason: 'is a time here: a snapshot is of one table, and symbols are of all' }])
  return { kind: 'symbols', of: 'trades', ...asked }
}

export function statsQuestion(raw: Raw): StatsQuestion {
  return { kind: 'stats', source: 'hybrid', ...read(P.STATS_PARAMS, raw) }
}

export function snapshotsQuestion(raw: Raw): SnapshotsQuestion {
  return { kind: 'snapshots', source: 'lake', ...read(P.SNAPSHOTS_PARAMS, raw) }
}

export function degradationQuestion(raw: Raw): DegradationQuestion {
  return { kind: 'degradation', source: 'tail', ...read(P.DEGRADATION_PARAMS, raw), format: 'json' }
}

export const names = (fields: readonly { readonly name: string }[]): readonly string[] => fields.map(({ name }) => name)

export function read<const Table extends Params>(params: Table, raw: Raw): Values<Table> {
  const values = readParams(params, raw)
  if (Array.isArray(values)) throw invalid(values)
  return values as Values<Table>
}

/** What questions have in common, where they have it. */
export interface Common {
  readonly symbol?: readonly string[] | undefined
  readonly exchange?: string | readonly string[] | undefined
  readonly start_time?: number | undefined
  readonly end_time?: number | undefined
  readonly window_minutes?: number | undefined
  readonly trade_conditions?: readonly string[] | undefined
  readonly exclude_trade_conditions?: readonly string[] | undefined
  readonly range?: readonly Range[] | undefined
  readonly side?: readonly string[] | undefined
  readonly min_price?: bigint | undefined
  readonly max_price?: bigint | undefined
  readonly min_quantity?: bigint | undefined
  readonly max_quantity?: bigint | undefined
  readonly limit: number
  readonly order: Order
  readonly format: Format
  readonly explain: boolean
  readonly source?: Source | undefined
  readonly as_of?: AsOf | undefined
  readonly fields?: readonly string[] | undefined
  readonly cursor?: string | undefined
  readonly offset?: number | undefined
  readonly gaps?: boolean
}

export function records(
  kind: 'trades' | 'quotes',
  values: Common,
  all: readonly string[],
  nowMicros: number,
  whose: string = kind,
): RecordsQuestion {
  const asked = { ...common(values, nowMicros), ...paged(whose, values) }
  const { fields = all, gaps } = values
  return { kind, ...asked, fields, conditions: conditionsOf(values), ...(gaps && { countsGaps: true }) }
}

/** What its digest lacks may differ between pages: how many rows, how they are written, what is told of them. */
export function paged(
  kind: string,
  { limit, fields, format, explain, gaps, cursor, offset = 0, ...asked }: Common,
): Paged {
  if (cursor !== undefined && offset > 0)
    throw invalid([
      { name: 'offset', reason: 'counts from the first row, and cursor goes on where the page before ended' },
    ])
  const text = JSON.stringify([kind, asked], (_, value) => (typeof value === 'bigint' ? String(value) : value))
  return { digest: digestOf(text), ...(cursor !== undefined && { cursor }), ...(offset > 0 && { offset }) }
}

export function common(values: Common, nowMicros: number): Asked {
  const { limit, order, format, explain, gaps, as_of: asOf } = values
  if ((explain || gaps) && (format === 'csv' || format === 'ndjson')) {
    const name = explain ? 'explain' : 'gaps'
    throw invalid([{ name, reason: `tells what it has to tell in meta, and format=${format} has none` }])
  }
  const asked = { filter: filterOf(values, nowMicros), limit, order, format, explain }
  if (asOf === undefined) return { ...asked, source: values.source ?? 'hybrid' }
  if (values.source === 'hybrid' || values.source === 'tail')
    throw invalid([{ name: 'as_of', reason: `asks for the lake as it was, and source=${values.source} for more` }])
  return { ...asked, source: 'lake', asOf }
}
