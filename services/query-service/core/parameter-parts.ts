/** What the parameters of several questions have in common. */
import type { Field } from './fields.ts'

export const LIMIT_MAX = 10_000
/** Rows before a page are ordered and thrown away. */
const OFFSET_MAX = 100_000
/** Of what is read by programs, a day of a symbol at once. A message of gRPC holds about 40,000 whole rows. */
export const QUERY_LIMIT_MAX = 100_000
export const NAMES_MAX = 100

export const names = (fields: readonly Field[]): readonly string[] => fields.map(({ name }) => name)

export const SYMBOL = { symbol: { kind: 'list', max: NAMES_MAX, doc: 'Symbols; all when left out' } } as const
export const EXCHANGE = { exchange: { kind: 'text', doc: 'Venue, upper case; all when left out' } } as const

export const TIMES = {
  start_time: { kind: 'instant', aliases: ['start'], doc: 'From here on, inclusive; UTC unless it says otherwise' },
  end_time: { kind: 'instant', aliases: ['end'], doc: 'Up to here, exclusive' },
  window_minutes: { kind: 'integer', min: 1, max: 1440, doc: 'Instead of the times: so many minutes up to now' },
} as const

/** Of one venue or all. */
export const ASKED = { ...SYMBOL, ...EXCHANGE, ...TIMES } as const

/** Without a default here: as_of must know whether it was given. */
export const SOURCE = {
  source: {
    kind: 'choice',
    choices: ['hybrid', 'lake', 'tail'],
    doc: 'hybrid: lake and log, up to now (the default, without as_of); lake: what is committed; tail: what is not yet',
  },
  as_of: {
    kind: 'as-of',
    doc: 'As the lake was: a snapshot id, or a time, and then the last snapshot committed by it. Goes with source=lake only',
  },
} as const

export const CONDITIONS = {
  trade_conditions: { kind: 'list', max: NAMES_MAX, doc: 'Only trades with one of these condition codes' },
  exclude_trade_conditions: { kind: 'list', max: NAMES_MAX, doc: 'No trades with one of these: off-market prints' },
} as const

export const FORMAT = {
  format: {
    kind: 'choice',
    choices: ['json', 'csv', 'ndjson', 'arrow', 'parquet'],
    default: 'json',
    doc: 'How rows are written',
  },
} as const

export const EXPLAIN = {
  explain: {
    kind: 'flag',
    default: false,
    doc: 'Also what is read for the answer, as meta.plan: files, partitions, row groups',
  },
} as const

export const limit = <const Default extends number>(what: string, fallback: Default, max = LIMIT_MAX) =>
  ({ limit: { kind: 'integer', min: 1, max, default: fallback, doc: `${what} in the answer, at most` } }) as const

export const order = <const Default extends 'asc' | 'desc'>(fallback: Default) =>
  ({
    order: {
      kind: 'choice',
      choices: ['asc', 'desc'],
      default: fallback,
      doc: 'asc: oldest first; desc: newest first',
    },
  }) as const

export const fields = (of: readonly Field[]) =>
  ({ fields: { kind: 'choices', choices: names(of), doc: 'Of each row only these, in this order' } }) as const

export const CURSOR = {
  cursor: { kind: 'cursor', doc: 'next_cursor of the page before, with the same question' },
} as const

/** Of an answer in pages: how many rows, in which order, how written. */
export const page = <const Order extends 'asc' | 'desc'>(what: string, rows: number, from: Order, max = LIMIT_MAX) =>
  ({ ...limit(what, rows, max), ...order(from), ...CURSOR, ...EXPLAIN, ...FORMAT }) as const

export const OFFSET = {
  offset: {
    kind: 'integer',
    min: 0,
    max: OFFSET_MAX,
    doc: 'So many rows of the answer are left out first, counted anew for each page: what comes meanwhile moves them. cursor goes on exactly, and is cheaper',
  },
} as const

export const CALENDAR = {
  calendar: {
    kind: 'choice',
    choices: ['exchange', 'utc'],
    default: 'exchange',
    doc: "Whose midnight intervals of more than an hour count from: the venue's own, or UTC",
  },
} as const

export const FILL = {
  fill: {
    kind: 'flag',
    default: false,
    doc: "Also intervals without trades, from a symbol's first one to end_time: all four prices the last close, volume 0",
  },
} as const

/** For several symbols, venues and times at once. */
export const SEVERAL = {
  symbol: { kind: 'list', max: NAMES_MAX, doc: 'Symbols; all when left out' },
  exchange: { kind: 'list', max: NAMES_MAX, doc: 'Venues, upper case; all when left out' },
} as const

export const RANGES = {
  range: {
    kind: 'ranges',
    max: NAMES_MAX,
    doc: 'Instead of the times: several, each START/END, such as 2014-03-10T00:00Z/2014-03-10T01:00Z; the end is exclusive',
  },
} as const

/** Of several symbols, venues and times. */
export const SEVERAL_ASKED = { ...SEVERAL, ...TIMES, ...RANGES } as const

export const TRADED = {
  side: { kind: 'choices', choices: ['BUY', 'SELL', 'SELL_SHORT', 'UNKNOWN'], doc: 'Aggressors; all when left out' },
  min_price: { kind: 'decimal', doc: 'Prices from here on, inclusive' },
  max_price: { kind: 'decimal', doc: 'Prices up to here, inclusive' },
  min_quantity: { kind: 'decimal', doc: 'Quantities from here on, inclusive' },
  max_quantity: { kind: 'decimal', doc: 'Quantities up to here, inclusive' },
  ...CONDITIONS,
} as const
