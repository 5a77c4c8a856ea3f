/**
 * The questions: one definition each, for REST and gRPC alike. Times are half open: start_time is in, end_time is not.
 *
 *   shape   (parameters as text, the time now) -> question, or K2Error INVALID_ARGUMENT with all faults
 *   units   µs since the epoch, UTC
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Filter } from '@k2/lake/table.ts'
import { TIMEFRAMES, type Timeframe } from '@k2/market/bar.ts'
import { type ParamFault, readParams, type Values } from './params.ts'

export const LIMIT_MAX = 10_000
const SYMBOLS_MAX = 100
const MINUTE_MICROS = 60_000_000

export type Source = 'hybrid' | 'lake' | 'tail'
export type Order = 'asc' | 'desc'

const TIMES = {
  start_time: { kind: 'instant', doc: 'From here on, inclusive: ISO 8601, UTC unless it says otherwise' },
  end_time: { kind: 'instant', doc: 'Up to here, exclusive' },
  window_minutes: { kind: 'integer', min: 1, max: 1440, doc: 'Instead of the times: so many minutes up to now' },
} as const

const SOURCE = {
  source: {
    kind: 'choice',
    choices: ['hybrid', 'lake', 'tail'],
    default: 'hybrid',
    doc: 'hybrid: lake and log, up to now; lake: what is committed; tail: what is not yet',
  },
} as const

export const TRADES_PARAMS = {
  symbol: { kind: 'list', max: SYMBOLS_MAX, doc: 'Symbols, with commas between them; all when left out' },
  exchange: { kind: 'text', doc: 'Venue, upper case; all when left out' },
  ...TIMES,
  limit: { kind: 'integer', min: 1, max: LIMIT_MAX, default: 100, doc: 'Trades in the answer, at most' },
  order: { kind: 'choice', choices: ['asc', 'desc'], default: 'desc', doc: 'asc: oldest first; desc: newest first' },
  ...SOURCE,
} as const

export const OHLCV_PARAMS = {
  timeframe: {
    kind: 'choice',
    choices: Object.keys(TIMEFRAMES) as Timeframe[],
    required: true,
    doc: 'Length of an interval',
  },
  symbol: { kind: 'list', max: SYMBOLS_MAX, required: true, doc: 'Symbols, with commas between them' },
  exchange: { kind: 'text', doc: 'Venue, upper case; all when left out' },
  ...TIMES,
  limit: { kind: 'integer', min: 1, max: LIMIT_MAX, default: 1000, doc: 'Bars in the answer, at most' },
  order: { kind: 'choice', choices: ['asc', 'desc'], default: 'asc', doc: 'asc: oldest first; desc: newest first' },
  ...SOURCE,
} as const

interface Question {
  readonly filter: Filter
  readonly limit: number
  readonly order: Order
  readonly source: Source
}

export interface TradesQuestion extends Question {
  readonly kind: 'trades'
}

export interface OhlcvQuestion extends Question {
  readonly kind: 'ohlcv'
  readonly timeframe: Timeframe
}

type Raw = Readonly<Record<string, string | undefined>>

export function tradesQuestion(raw: Raw, nowMicros: number): TradesQuestion {
  const values = readParams(TRADES_PARAMS, raw)
  if (isFaults(values)) throw invalid(values)
  return {
    kind: 'trades',
    filter: filterOf(values, nowMicros),
    limit: values.limit,
    order: values.order,
    source: values.source,
  }
}

export function ohlcvQuestion(raw: Raw, nowMicros: number): OhlcvQuestion {
  const values = readParams(OHLCV_PARAMS, raw)
  if (isFaults(values)) throw invalid(values)
  const { timeframe, limit, order, source } = values
  return { kind: 'ohlcv', timeframe, filter: filterOf(values, nowMicros), limit, order, source }
}

const isFaults = (values: object): values is readonly ParamFault[] => Array.isArray(values)

function invalid(faults: readonly ParamFault[]): K2Error {
  return new K2Error('INVALID_ARGUMENT', `${faults.map(({ name, reason }) => `${name} ${reason}`).join('; ')}.`)
}

function filterOf(
  values: Pick<Values<typeof TRADES_PARAMS>, 'symbol' | 'exchange' | keyof typeof TIMES>,
  nowMicros: number,
): Filter {
  const { symbol, exchange, start_time, end_time, window_minutes } = values
  if (window_minutes !== undefined && (start_time !== undefined || end_time !== undefined)) {
    throw invalid([{ name: 'window_minutes', reason: 'stands instead of start_time and end_time, not beside them' }])
  }
  const from = window_minutes === undefined ? start_time : nowMicros - window_minutes * MINUTE_MICROS
  if (from !== undefined && end_time !== undefined && from >= end_time) {
    throw invalid([{ name: 'end_time', reason: 'must lie behind start_time' }])
  }
  return {
    ...(symbol !== undefined && { symbols: symbol }),
    ...(exchange !== undefined && { exchanges: [exchange] }),
    ...(from !== undefined && { fromMicros: from }),
    ...(end_time !== undefined && { toMicros: end_time }),
  }
}
