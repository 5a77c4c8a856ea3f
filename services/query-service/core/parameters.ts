/** What each question may be given: tables from which REST, gRPC, OpenAPI and the errors are made. */
import { TIMEFRAMES, type Timeframe } from '@k2/market/bar.ts'
import { AS_OF, QUOTE, REFERENCE, TRADE } from './fields.ts'
import {
  CALENDAR,
  CONDITIONS,
  CURSOR,
  EXCHANGE,
  EXPLAIN,
  FILL,
  FORMAT,
  fields,
  LIMIT_MAX,
  limit,
  NAMES_MAX,
  order,
  RANGES,
  SEVERAL,
  SOURCE,
  SYMBOL,
  TIMES,
  TRADED,
} from './parameter-parts.ts'

export const TRADES_PARAMS = {
  ...SYMBOL,
  ...EXCHANGE,
  ...TIMES,
  ...CONDITIONS,
  ...limit('Trades', 100),
  ...order('desc'),
  ...SOURCE,
  ...fields(TRADE),
  ...CURSOR,
  ...EXPLAIN,
  ...FORMAT,
} as const

export const QUERY_TRADES_PARAMS = {
  ...SEVERAL,
  ...TIMES,
  ...RANGES,
  ...TRADED,
  ...limit('Trades', 1000),
  ...order('desc'),
  ...SOURCE,
  ...fields(TRADE),
  ...CURSOR,
  ...EXPLAIN,
  ...FORMAT,
} as const

export const QUERY_QUOTES_PARAMS = {
  ...SEVERAL,
  ...TIMES,
  ...RANGES,
  ...limit('Quotes', 1000),
  ...order('desc'),
  ...SOURCE,
  ...fields(QUOTE),
  ...CURSOR,
  ...EXPLAIN,
  ...FORMAT,
} as const

export const RECENT_PARAMS = {
  symbol: { kind: 'list', max: NAMES_MAX, required: true, doc: 'Symbols' },
  exchange: { kind: 'text', required: true, doc: 'Venue, upper case' },
  window_minutes: { kind: 'integer', min: 1, max: 60, default: 15, doc: 'So many minutes up to now' },
  ...CONDITIONS,
  ...limit('Trades', 1000),
  ...order('desc'),
  ...fields(TRADE),
  ...CURSOR,
  ...EXPLAIN,
  ...FORMAT,
} as const

export const QUOTES_PARAMS = {
  ...SYMBOL,
  ...EXCHANGE,
  ...TIMES,
  ...limit('Quotes', 100),
  ...order('desc'),
  ...SOURCE,
  ...fields(QUOTE),
  ...CURSOR,
  ...EXPLAIN,
  ...FORMAT,
} as const

export const REFERENCE_PARAMS = {
  ...SYMBOL,
  ...EXCHANGE,
  company_id: { kind: 'list', max: NAMES_MAX, doc: 'Ids of companies, as the vendor has them; all when left out' },
  ...limit('Companies', 1000),
  ...SOURCE,
  ...fields(REFERENCE),
  ...CURSOR,
  ...EXPLAIN,
  ...FORMAT,
} as const

/** Behind their timeframe. */
const BARS = {
  symbol: { kind: 'list', max: NAMES_MAX, required: true, doc: 'Symbols' },
  ...EXCHANGE,
  ...TIMES,
  ...CONDITIONS,
  ...CALENDAR,
  ...FILL,
  ...limit('Bars', 1000),
  ...order('asc'),
  ...SOURCE,
  ...CURSOR,
  ...EXPLAIN,
  ...FORMAT,
} as const

const TIMEFRAME_NAMES = Object.keys(TIMEFRAMES) as Timeframe[]

export const OHLCV_PARAMS = {
  timeframe: { kind: 'choice', choices: TIMEFRAME_NAMES, required: true, doc: 'Length of an interval' },
  ...BARS,
} as const

export const OHLCV_BATCH_PARAMS = {
  timeframe: {
    kind: 'choices',
    choices: TIMEFRAME_NAMES,
    required: true,
    doc: 'Lengths of intervals: bars of each, in this order, from one reading of the trades',
  },
  ...BARS,
} as const

export const SUMMARY_PARAMS = {
  symbol: { kind: 'text', required: true, doc: 'Symbol' },
  date: { kind: 'day', required: true, doc: "Trading day, by the venue's own calendar" },
  exchange: { kind: 'text', doc: 'Venue, upper case; needed only where the symbol trades on several' },
  ...CONDITIONS,
  ...SOURCE,
  ...EXPLAIN,
} as const

export const SYMBOLS_PARAMS = {
  ...EXCHANGE,
  ...limit('Symbols', LIMIT_MAX),
  ...SOURCE,
  ...EXPLAIN,
  ...FORMAT,
} as const

export const STATS_PARAMS = { ...FORMAT } as const

export const SNAPSHOTS_PARAMS = {
  table: {
    kind: 'choice',
    choices: ['trades', 'quotes', 'reference'],
    default: 'trades',
    doc: 'Whose',
  },
  ...limit('Snapshots', 10, 100),
  ...FORMAT,
} as const

const METRICS = [
  ...['trade_count', 'volume', 'notional', 'open_price', 'close_price', 'min_price', 'max_price'],
  ...['avg_price', 'vwap', 'twap'],
] as const

export const AGGREGATIONS_PARAMS = {
  ...SEVERAL,
  ...TIMES,
  ...TRADED,
  group_by: {
    kind: 'choices',
    choices: ['symbol', 'exchange', 'side', 'price_level'],
    default: ['symbol', 'exchange'],
    doc: 'What a group has in common, beside its interval',
  },
  interval: {
    kind: 'duration',
    min: '1s',
    max: '31d',
    doc: 'Also by interval of this length, such as 30s, 1m, 5m, 4h or 1d; without it one group for all times',
  },
  ...CALENDAR,
  metric: {
    kind: 'choices',
    choices: METRICS,
    default: ['trade_count', 'volume', 'vwap'],
    doc: 'What is told of a group',
  },
  tick: { kind: 'decimal', doc: 'With price_level: its width. A volume profile is volume by price_level' },
  levels: {
    kind: 'integer',
    min: 1,
    max: 1000,
    doc: 'With price_level, instead of tick: so many levels from the lowest to the highest price of the other groups',
  },
  ...limit('Groups', 1000),
  ...order('asc'),
  ...SOURCE,
  ...CURSOR,
  ...EXPLAIN,
  ...FORMAT,
} as const

export const AS_OF_PARAMS = {
  ...SYMBOL,
  ...EXCHANGE,
  ...TIMES,
  ...CONDITIONS,
  max_age: {
    kind: 'duration',
    min: '0s',
    max: '31d',
    default: '1d',
    doc: 'How old a quote may be at the time of the trade, such as 500ms, 30s, 1h or 1d; it may lie before start_time',
  },
  ...limit('Trades', 1000),
  ...order('desc'),
  source: {
    kind: 'choice',
    choices: ['hybrid', 'lake'],
    doc: 'hybrid: lake and log, up to now (the default, without as_of); lake: what is committed',
  },
  as_of: {
    kind: 'as-of',
    doc: 'As the lake was: a time, and then the last snapshot of each table committed by it. Goes with source=lake only',
  },
  ...fields(AS_OF),
  ...CURSOR,
  ...EXPLAIN,
  ...FORMAT,
} as const
