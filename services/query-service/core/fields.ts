/**
 * What a row of each answer holds, in order: JSON, CSV, gRPC and OpenAPI are all made from these lists.
 *
 *   units   as the tables': decimals 10^-8 (or what their type says), times µs since the epoch; sums may be wider than a table's columns
 */
import { type Column, QUOTES, REFERENCE_DATA, TRADES } from '@k2/contracts/tables.ts'

/** Sums and means are of more digits than a table's columns. */
export type WideType = 'decimal(38, 8)' | 'decimal(38, 9)' | 'decimal(38, 16)'

export interface Field extends Pick<Column, 'name' | 'required' | 'doc'> {
  readonly type: Column['type'] | WideType
}

/** Decimals of a decimal. */
// biome-ignore format: a table reads by its columns
const SCALES: Partial<Record<Field['type'], number>> = {
  'decimal(18, 8)': 8, 'decimal(38, 8)': 8, 'decimal(38, 9)': 9, 'decimal(38, 16)': 16,
}
export const scaleOf = ({ type }: Pick<Field, 'type'>): number | undefined => SCALES[type]
export const isDecimal = (field: Pick<Field, 'type'>): boolean => scaleOf(field) !== undefined

type Row = readonly [name: string, type: Field['type'], required: boolean, doc: string]

const fields = (rows: readonly Row[]): Field[] =>
  rows.map(([name, type, required, doc]) => ({ name, type, required, doc }))

/** Stored as JSON text, answered as the object it is. */
export const isObject = ({ name }: Field): boolean => name === 'vendor_data' || name === 'summary'

/** JSON of an object, whatever another writer of the table has put there: other text is an object's one field. */
export function objectText(cell: string): string {
  try {
    const value: unknown = JSON.parse(cell)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return cell
  } catch {
    // no JSON: below
  }
  return JSON.stringify({ text: cell })
}

export const TRADE: readonly Field[] = TRADES.columns
export const QUOTE: readonly Field[] = QUOTES.columns
export const REFERENCE: readonly Field[] = REFERENCE_DATA.columns

// biome-ignore format: a table reads by its columns
const WHOSE: readonly Row[] = [
  ['symbol',           'string',         true,  'Instrument, as its venue writes it'],
  ['exchange',         'string',         true,  'Venue, upper case'],
]
// biome-ignore format: a table reads by its columns
const TRADED: readonly Row[] = [
  ['volume',           'decimal(38, 8)', true,  'Units traded'],
  ['trade_count',      'long',           true,  'Trades'],
  ['vwap',             'decimal(18, 8)', false, 'Volume-weighted average price to 8 decimals, half to even; null where the volume is 0'],
]
// biome-ignore format: a table reads by its columns
export const BAR = fields([
  ...WHOSE,
  ['timestamp',        'timestamptz',    true,  'Start of the interval, by the calendar asked for'],
  ['open',             'decimal(18, 8)', true,  'Price of the first trade'],
  ['high',             'decimal(18, 8)', true,  'Highest price'],
  ['low',              'decimal(18, 8)', true,  'Lowest price'],
  ['close',            'decimal(18, 8)', true,  'Price of the last trade'],
  ...TRADED,
])
// biome-ignore format: a table reads by its columns
export const BATCH_BAR = [
  ...fields([['timeframe', 'string', true, 'Length of the interval']]),
  ...BAR,
]
/** A trade with the quote in force, of which nothing is told where there is none. */
// biome-ignore format: a table reads by its columns
export const AS_OF: readonly Field[] = [
  ...TRADE,
  ...fields([
    ['quote_id',         'string',         false, 'Id of the quote in force; null where there is none'],
    ['quote_timestamp',  'timestamptz',    false, 'When the venue says that quote stood'],
    ['bid_price',        'decimal(18, 8)', false, 'Its best bid'],
    ['bid_quantity',     'decimal(18, 8)', false, 'Units bid for'],
    ['ask_price',        'decimal(18, 8)', false, 'Its best ask'],
    ['ask_quantity',     'decimal(18, 8)', false, 'Units asked for'],
    ['spread',           'decimal(38, 8)', false, 'ask_price - bid_price; null where a side is'],
    ['mid_price',        'decimal(38, 9)', false, 'Half of ask_price + bid_price: an exact decimal of up to 9 decimals'],
    ['effective_spread', 'decimal(38, 8)', false, 'Twice the distance of the price from mid_price, exact'],
  ]),
]
// biome-ignore format: a table reads by its columns
export const AGGREGATION = fields([
  ['symbol',           'string',         false, 'Instrument; with group_by'],
  ['exchange',         'string',         false, 'Venue; with group_by'],
  ['timestamp',        'timestamptz',    false, 'Start of the interval; with interval'],
  ['side',             'string',         false, 'Aggressor; with group_by'],
  ['price_level',      'decimal(38, 8)', false, 'Lowest price of the level; with group_by'],
  ['price_level_end',  'decimal(38, 8)', false, 'Lowest price above the level'],
  ['trade_count',      'long',           false, 'Trades'],
  ['volume',           'decimal(38, 8)', false, 'Units traded'],
  ['notional',         'decimal(38, 16)', false, 'Sum of price × quantity: an exact decimal of up to 16 decimals'],
  ['open_price',       'decimal(18, 8)', false, 'Price of the first trade'],
  ['close_price',      'decimal(18, 8)', false, 'Price of the last trade'],
  ['min_price',        'decimal(18, 8)', false, 'Lowest price'],
  ['max_price',        'decimal(18, 8)', false, 'Highest price'],
  ['avg_price',        'decimal(18, 8)', false, 'Mean of the prices to 8 decimals, half to even'],
  ['vwap',             'decimal(18, 8)', false, 'Volume-weighted average price to 8 decimals, half to even; null where the volume is 0'],
  ['twap',             'decimal(18, 8)', false, 'Time-weighted average price to 8 decimals, half to even: each price until the next trade, the last to the end of interval or end_time'],
])
// biome-ignore format: a table reads by its columns
export const GAP = fields([
  ...WHOSE,
  ['date',             'string',         false, 'Trading day, where the venue\'s numbers begin again with it; else null'],
  ['after_sequence',   'long',           true,  'Number of the record before the gap'],
  ['before_sequence',  'long',           true,  'Number of the record behind it'],
  ['missing',          'long',           true,  'How many numbers lie between them'],
  ['after_timestamp',  'timestamptz',    true,  'Event time of the record before the gap'],
  ['before_timestamp', 'timestamptz',    true,  'Event time of the record behind it'],
])
// biome-ignore format: a table reads by its columns
export const LEDGER_GAP = fields([
  ...WHOSE,
  ['date',             'string',         false, 'Trading day, where the venue\'s numbers begin again with it; else null'],
  ['status',           'string',         true,  'open, partly_filled, filled, or given_up: the stream had more than are looked after'],
  ['from_sequence',    'long',           true,  'First number that was missing'],
  ['to_sequence',      'long',           true,  'Last number that was missing'],
  ['missing',          'long',           true,  'Numbers that are missing still'],
  ['open',             'list<string>',   true,  'Their ranges, FROM-TO'],
  ['filled',           'list<string>',   true,  'Ranges that came after all, FROM-TO'],
  ['filled_by_offset', 'list<string>',   true,  'Of each the offset of its first record, in the gap\'s partition'],
  ['filled_timestamp', 'list<string>',   true,  'Of each the event time of its first record'],
  ['filled_more',      'int',            true,  'Ranges that came after all and are not listed'],
  ['topic',            'string',         true,  'Of the record that showed the gap'],
  ['partition',        'int',            true,  'Its partition'],
  ['offset',           'long',           true,  'Its offset'],
  ['timestamp',        'timestamptz',    true,  'Its event time'],
])
// biome-ignore format: a table reads by its columns
export const COVERAGE = fields([
  ...WHOSE,
  ['date',             'string',         true,  'Trading day, by the venue\'s own calendar'],
  ['complete',         'boolean',        true,  'No number of the day is known to be missing, from the first that was seen on'],
  ['missing',          'long',           true,  'Numbers that are missing'],
  ['open',             'list<string>',   true,  'Their ranges, FROM-TO; in front of the first too, where numbers begin at 1 every day'],
  ['first_sequence',   'long',           true,  'First number of the stream'],
  ['last_sequence',    'long',           true,  'Its last number'],
  ['first_timestamp',  'timestamptz',    true,  'Event time of its first record'],
  ['last_timestamp',   'timestamptz',    true,  'Event time of its last record'],
  ['known_from',       'long',           false, 'Below it gaps were given up, and are not in this answer'],
])
// biome-ignore format: a table reads by its columns
export const SUMMARY = fields([
  ...WHOSE,
  ['date',             'string',         true,  'Trading day, by the venue\'s own calendar'],
  ['open_price',       'decimal(18, 8)', true,  'Price of the first trade'],
  ['high_price',       'decimal(18, 8)', true,  'Highest price'],
  ['low_price',        'decimal(18, 8)', true,  'Lowest price'],
  ['close_price',      'decimal(18, 8)', true,  'Price of the last trade'],
  ...TRADED,
])
// biome-ignore format: a table reads by its columns
export const OF_TABLE = fields([
  ...WHOSE,
  ['records',          'long',           true,  'Records of it in one table'],
  ['first_timestamp',  'timestamptz',    false, 'Event time of the first'],
  ['last_timestamp',   'timestamptz',    false, 'Event time of the last'],
])
// biome-ignore format: a table reads by its columns
export const LISTED = fields([
  ...WHOSE,
  ['kinds',            'list<string>',   true,  'What there is of it: trades, quotes, reference'],
  ['trade_count',      'long',           true,  'Trades there are'],
  ['quote_count',      'long',           true,  'Quotes there are'],
  ['first_timestamp',  'timestamptz',    false, 'Event time of the first trade or quote; null without any'],
  ['last_timestamp',   'timestamptz',    false, 'Event time of the last'],
])
// biome-ignore format: a table reads by its columns
export const STATS = fields([
  ['table',            'string',         true,  'Name of the table'],
  ['rows',             'long',           false, 'Rows in the lake'],
  ['files',            'long',           false, 'Data files that hold them'],
  ['bytes',            'long',           false, 'Size of these files'],
  ['snapshots',        'long',           false, 'Snapshots kept'],
  ['snapshot_id',      'long',           false, 'The newest one; null where nothing has been committed'],
  ['committed_at',     'timestamptz',    false, 'When it was committed'],
  ['tail_rows',        'long',           false, 'Rows held from the log, for answers up to now'],
  ['lag_records',      'long',           false, 'Offsets of the log that the lake has not decided on yet'],
  ['deferred_records', 'long',           false, 'Offsets passed over until there is room'],
  ['rejected_records', 'long',           false, 'Offsets of records that no table can take'],
  ['error',            'string',         false, 'Why the figures are missing, where they are'],
])
// biome-ignore format: a table reads by its columns
export const SNAPSHOT = fields([
  ['table',            'string',         true,  'Name of the table'],
  ['snapshot_id',      'long',           true,  'Its id: what as_of takes'],
  ['parent_id',        'long',           false, 'The one before; null for the first'],
  ['committed_at',     'timestamptz',    true,  'When it was committed'],
  ['operation',        'string',         true,  'append, replace, overwrite or delete'],
  ['summary',          'string',         true,  'What Iceberg and the writer say of it: counts, and k2.offsets'],
])
// biome-ignore format: a table reads by its columns
export const DEGRADATION = fields([
  ['level',            'int',            true,  'In force: 0 to 4'],
  ['name',             'string',         true,  'NORMAL, SOFT, GRACEFUL, AGGRESSIVE or CIRCUIT_BREAK'],
  ['since',            'timestamptz',    false, 'Since when; null where nobody has said a level yet'],
  ['cause',            'string',         true,  'Which signal led to it, or who has set it and why'],
  ['by_signals',       'string',         true,  'Name of the level that the signals alone have led to'],
  ['set_until',        'timestamptz',    false, 'Until when somebody has set it'],
  ['lag_records',      'long',           false, 'Lag of the worst consumer group'],
  ['lag_of',           'string',         false, 'That group'],
  ['heap_share',       'decimal(18, 8)', false, 'Memory of the worst service, as a share of its limit'],
  ['heap_of',          'string',         false, 'That service'],
  ['heard_at',         'timestamptz',    false, 'When the degradation-controller last gave a sign of life'],
  ['trouble',          'string',         false, 'Why this may be an old level, where it may'],
  ['alerts',           'list<string>',   true,  'What somebody should look at: lag that does not fall, deferred records that the log is about to let go of'],
])

/** Distinct ones are few: a venue's flags and codes. */
const REMEMBERED_MAX = 4_096

/** The same, remembering what it has seen. */
export function objectTexts(): typeof objectText {
  const seen = new Map<string, string>()
  return (cell) => {
    const known = seen.get(cell)
    if (known !== undefined) return known
    const text = objectText(cell)
    if (seen.size >= REMEMBERED_MAX) seen.clear()
    seen.set(cell, text)
    return text
  }
}
