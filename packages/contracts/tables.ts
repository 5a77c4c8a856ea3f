/**
 * The tables of the lake: columns with their Iceberg field ids, partition spec and sort order. A field id is for
 * ever: a new column takes the next free one, a dropped column's is not used again.
 *
 *   source  Iceberg spec v2, "Schemas and data types", "Partition transforms", "Sort orders"
 */

export const NAMESPACE = 'market_data'
export const BUCKETS = 16
/** Pairs of day and bucket that one commit may touch: each makes a file. */
export const PARTITIONS_PER_COMMIT_MAX = 64

export type ColumnType =
  | 'string'
  | 'uuid'
  | 'timestamptz'
  | 'decimal(18, 8)'
  | 'long'
  | 'int'
  | 'boolean'
  | 'list<string>'

export interface Column {
  readonly id: number
  readonly name: string
  readonly type: ColumnType
  readonly required: boolean
  readonly doc: string
  /** Field id of a list's element. */
  readonly elementId?: number
}

export interface TableSpec {
  readonly name: 'trades_v2' | 'quotes_v2' | 'reference_data_v2'
  readonly columns: readonly Column[]
  /** Column whose UTC day is the partition field exchange_date; null where the table has none. */
  readonly dayOf: string | null
  /** Column whose bucket[16] is the partition field symbol_bucket. */
  readonly bucketOf: string
  /** Ascending, nulls first. */
  readonly sortedBy: readonly string[]
}

type Row = readonly [name: string, type: ColumnType, required: boolean, doc: string]

/** Numbers columns from 1 in order; list elements are numbered from 1000, clear of every later column. */
function columns(rows: readonly Row[]): Column[] {
  let element = 1000
  return rows.map(([name, type, required, doc], index) =>
    type === 'list<string>'
      ? { id: index + 1, name, type, required, doc, elementId: element++ }
      : { id: index + 1, name, type, required, doc },
  )
}

// biome-ignore format: a table reads by its columns
const IN_FRONT: readonly Row[] = [
  ['message_id',          'uuid',           true,  'Deterministic UUID of the record (market/identity)'],
]
// biome-ignore format: a table reads by its columns
const WHOSE: readonly Row[] = [
  ['symbol',              'string',         true,  'Instrument, as its venue writes it'],
  ['exchange',            'string',         true,  'Venue, upper case'],
  ['asset_class',         'string',         true,  'equities, crypto, futures or options'],
]
// biome-ignore format: a table reads by its columns
const FROM_THE_LOG: readonly Row[] = [
  ['kafka_topic',         'string',         true,  'Topic that the record was landed from'],
  ['kafka_partition',     'int',            true,  'Partition of that topic'],
  ['kafka_offset',        'long',           true,  'Offset in that partition'],
]
// biome-ignore format: a table reads by its columns
const INGESTED: readonly Row[] = [
  ['ingestion_timestamp', 'timestamptz',    true,  'When K2 took the record in, UTC'],
  ['platform_sequence',   'long',           true,  'The platform\'s own order: the kafka_offset'],
  ['vendor_data',         'string',         false, 'Fields of the venue\'s own, as JSON text'],
  ...FROM_THE_LOG,
]

const SORTED_BY = ['symbol', 'timestamp', 'source_sequence', 'kafka_topic', 'kafka_partition', 'kafka_offset']

// biome-ignore format: a table reads by its columns
export const TRADES: TableSpec = {
  name: 'trades_v2', dayOf: 'timestamp', bucketOf: 'symbol', sortedBy: SORTED_BY,
  columns: columns([
    ...IN_FRONT,
    ['trade_id',            'string',         true,  'The venue\'s own id, or the trading day and number of a file\'s row'],
    ...WHOSE,
    ['timestamp',           'timestamptz',    true,  'When the venue says the trade was made, UTC'],
    ['price',               'decimal(18, 8)', true,  'Price of one unit, in currency'],
    ['quantity',            'decimal(18, 8)', true,  'Units traded'],
    ['currency',            'string',         true,  'Currency of the price'],
    ['side',                'string',         true,  'Aggressor: BUY, SELL, SELL_SHORT or UNKNOWN'],
    ['trade_conditions',    'list<string>',   true,  'The venue\'s condition codes'],
    ['source_sequence',     'long',           false, 'The source\'s own number of the record'],
    ...INGESTED,
  ]),
}

// biome-ignore format: a table reads by its columns
export const QUOTES: TableSpec = {
  name: 'quotes_v2', dayOf: 'timestamp', bucketOf: 'symbol', sortedBy: SORTED_BY,
  columns: columns([
    ...IN_FRONT,
    ['quote_id',            'string',         true,  'The venue\'s own id, or the trading day and number of a file\'s row'],
    ...WHOSE,
    ['timestamp',           'timestamptz',    true,  'When the venue says the quote stood, UTC'],
    ['bid_price',           'decimal(18, 8)', false, 'Best bid, in currency; null without one'],
    ['bid_quantity',        'decimal(18, 8)', false, 'Units at the best bid'],
    ['ask_price',           'decimal(18, 8)', false, 'Best ask, in currency; null without one'],
    ['ask_quantity',        'decimal(18, 8)', false, 'Units at the best ask'],
    ['currency',            'string',         true,  'Currency of the prices'],
    ['source_sequence',     'long',           false, 'The source\'s own number of the record'],
    ...INGESTED,
  ]),
}

// biome-ignore format: a table reads by its columns
export const REFERENCE_DATA: TableSpec = {
  name: 'reference_data_v2', dayOf: null, bucketOf: 'symbol',
  sortedBy: ['symbol', 'kafka_topic', 'kafka_partition', 'kafka_offset'],
  columns: columns([
    ...IN_FRONT,
    ['company_id',          'string',         true,  'The vendor\'s id of the company'],
    ...WHOSE,
    ['company_name',        'string',         true,  'Full name'],
    ['isin',                'string',         false, 'ISO 6166 number'],
    ['currency',            'string',         false, 'Currency it trades in'],
    ['listing_date',        'timestamptz',    false, 'First day listed: its midnight, UTC'],
    ['delisting_date',      'timestamptz',    false, 'Last day listed: its midnight, UTC'],
    ['is_active',           'boolean',        true,  'Still listed'],
    ...INGESTED,
  ]),
}

export const TABLES: readonly TableSpec[] = [TRADES, QUOTES, REFERENCE_DATA]
