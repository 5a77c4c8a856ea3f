/** What each question may be given: tables from which REST, gRPC, OpenAPI and the errors are made. */
import { TIMEFRAMES, type Timeframe } from '@k2/market/bar.ts'
import { AS_OF, QUOTE, REFERENCE, TRADE } from './fields.ts'
import {
  ASKED,
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
  names,
  OFFSET,
  page,
  QUERY_LIMIT_MAX,
  SEVERAL,
  SEVERAL_ASKED,
  SOURCE,
  SYMBOL,
  TIMES,
  TRADED,
} from './parameter-parts.ts'

export const TRADES_PARAMS = {
  ...ASKED,
  ...CONDITIONS,
  ...SOURCE,
  ...fields(TRADE),
  gaps: {
    kind: 'flag',
    default: false,
    doc: 'Also how many gaps /v1/gaps finds among all trades of these symbols, venues and times, as meta.gaps',
  },
  ...page('Trades', 100, 'desc'),
} as const

export const QUERY_TRADES_PARAMS = {
  ...SEVERAL_ASKED,
  ...TRADED,
  ...SOURCE,
  ...fields(TRADE),
  ...page('Trades', 1000, 'desc', QUERY_LIMIT_MAX),
  ...OFFSET,
} as const

export const QUERY_QUOTES_PARAMS = {
  ...SEVERAL_ASKED,
  ...SOURCE,
  ...fields(QUOTE),
  ...page('Quotes', 1000, 'desc', QUERY_LIMIT_MAX),
  ...OFFSET,
} as const

const { source: _source, as_of: _asOf, ...OF_ANY_TIME } = QUERY_TRADES_PARAMS

/** Of POST /v1/snapshots/:snapshot_id/query: the snapshot stands for source and as_of. */
export const SNAPSHOT_QUERY_PARAMS = {
  snapshot_id: { kind: 'text', required: true, doc: 'What /v1/snapshots lists, of the same table' },
  data_type: {
    kind: 'choice',
    choices: ['trades', 'quotes'],
    default: 'trades',
    doc: 'What is asked for; quotes have no sides, conditions and bounds',
  },
  ...OF_ANY_TIME,
} as const

export const RECENT_PARAMS = {
  symbol: { kind: 'list', max: NAMES_MAX, required: true, doc: 'Symbols' },
  exchange: { kind: 'text', required: true, doc: 'Venue, upper case' },
  window_minutes: { kind: 'integer', min: 1, max: 60, default: 15, doc: 'So many minutes up to now' },
  ...CONDITIONS,
  ...fields(TRADE),
  ...page('Trades', 1000, 'desc'),
} as const

export const QUOTES_PARAMS = {
  ...ASKED,
  ...SOURCE,
  ...fields(QUOTE),
  ...page('Quotes', 100, 'desc'),
} as const

export const GAPS_PARAMS = {
  ...ASKED,
  ...SOURCE,
  ...page('Gaps', 1000, 'desc'),
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
  ...SOURCE,
  ...page('Bars', 1000, 'asc'),
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

export const DEGRADATION_PARAMS = {} as const

export const SNAPSHOTS_PARAMS = {
  table: {
    kind: 'choice',
    choices: ['trades', 'quotes', 'reference'],
    spellings: { 'market_data.trades': 'trades', 'market_data.quotes': 'quotes' },
    default: 'trades',
    doc: 'Whose',
  },
  ...limit('Snapshots', 10, 100),
  ...FORMAT,
} as const

const METRICS = [
  ...['trade_count', 'volume', 'notional', 'open_price', 'close_price', 'min_price', 'max_price'],
  ...['avg_price', 'vwap', 'twap', 'volume_profile'],
] as const
const METRIC_SETS = { ohlcv: ['open_price', 'max_price', 'min_price', 'close_price', 'volume'] } as const

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
    sets: METRIC_SETS,
    default: ['trade_count', 'volume', 'vwap'],
    doc: 'What is told of a group; volume_profile is volume by price_level, of 10 levels where nothing else is said',
  },
  tick: { kind: 'decimal', doc: 'With price_level: its width. A volume profile is volume by price_level' },
  levels: {
    kind: 'integer',
    min: 1,
    max: 1000,
    doc: 'With price_level, instead of tick: so many levels from the lowest to the highest price of the other groups',
  },
  ...SOURCE,
  ...page('Groups', 1000, 'asc'),
} as const

export const AS_OF_PARAMS = {
  ...ASKED,
  ...CONDITIONS,
  max_age: {
    kind: 'duration',
    min: '0s',
    max: '31d',
    default: '1d',
    doc: 'How old a quote may be at the time of the trade, such as 500ms, 30s, 1h or 1d; it may lie before start_time',
  },
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
  ...page('Trades', 1000, 'desc'),
} as const

/** Of a stream: its rows are of one table. */
const STREAMED = {
  table: {
    kind: 'choice',
    aliases: ['data_type'],
    choices: ['trades', 'quotes'],
    default: 'trades',
    doc: 'What to stream',
  },
  ...SEVERAL,
} as const

const STREAMED_FIELDS = {
  batch_records: {
    kind: 'integer',
    aliases: ['batch_size'],
    min: 1,
    max: LIMIT_MAX,
    default: LIMIT_MAX,
    doc: 'Records in a message: at most so many of history, about so many of what comes',
  },
  fields: {
    kind: 'choices',
    choices: [...new Set([...names(TRADE), ...names(QUOTE)])],
    doc: 'Of each row only these, in this order',
  },
  arrow: {
    kind: 'flag',
    default: false,
    doc: 'Over gRPC: rows as Arrow instead of messages, a stream of IPC in each batch',
  },
  cursor: { kind: 'cursor', doc: 'cursor of the last message taken, with the same question: goes on behind it' },
} as const

export const REPLAY_PARAMS = {
  ...STREAMED,
  ...TIMES,
  ...TRADED,
  ...SOURCE,
  speed: {
    kind: 'decimal',
    doc: 'Times real time: 1 sends records as far apart as they were; as fast as they are taken when left out',
  },
  ...STREAMED_FIELDS,
} as const

export const FOLLOW_PARAMS = {
  ...STREAMED,
  start_time: {
    kind: 'instant',
    doc: 'Also records from here on that are there already, in order of time, before new ones; only new ones when left out',
  },
  ...TRADED,
  ...STREAMED_FIELDS,
} as const
