/** The proof of an answer as OpenAPI describes it. */

const OFFSET = { type: 'string', pattern: '^\\d+$' }
const RANGES = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      topic: { type: 'string' },
      partition: { type: 'integer' },
      from: OFFSET,
      to: OFFSET,
      reason: { type: 'string' },
    },
  },
}

const NUMBER = { type: 'integer' }
const PLAN = {
  type: 'object',
  description: 'With explain=true: what was read for the answer',
  properties: {
    files_in_table: { ...NUMBER, description: 'Data files of the snapshot' },
    files: { ...NUMBER, description: 'Those that the question is about' },
    files_from_bars: { ...NUMBER, description: 'Of these, those that kept bars stand for: no row of them is read' },
    bytes: { ...NUMBER, description: 'Their size' },
    bytes_skipped: { ...NUMBER, description: 'Size of the others, so far as their manifests had to be looked into' },
    partitions: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          exchange_date: { type: ['string', 'null'], format: 'date' },
          symbol_bucket: { type: ['integer', 'null'] },
          files: NUMBER,
        },
      },
    },
    row_groups: { ...NUMBER, description: 'Row groups of the files that are read' },
    row_groups_read: { ...NUMBER, description: 'Those whose statistics cannot rule the question out' },
    rows_read: { ...NUMBER, description: 'Rows of those' },
    tail_records: { ...NUMBER, description: 'Offsets of the log behind the lake that are looked through' },
    bytes_expected: { ...NUMBER, description: 'Before anything was read: of the files that it would be read from' },
    bytes_max: { ...NUMBER, description: 'K2_QUERY_BYTES_MAX, which this is held against; 0: no limit' },
  },
}

const SNAPSHOT = { id: OFFSET, committed_at: { type: 'string', format: 'date-time' } }

const LEDGER = {
  type: 'object',
  description:
    'Of trades, where a sequence-tracker is asked: what it knows to be missing among these symbols and times, as it was heard last',
  properties: {
    heard_at: { type: ['string', 'null'], format: 'date-time', description: 'null: never yet' },
    trouble: { type: ['string', 'null'], description: 'Why gaps may be missing here' },
    behind: {
      ...OFFSET,
      description: 'Offsets that the answer covers and the ledger had not judged; not 0: LEDGER_BEHIND, not complete',
    },
    ranges: { ...NUMBER, description: 'Missing ranges' },
    missing: { ...OFFSET, description: 'Numbers in all of them' },
    open: {
      type: 'array',
      description:
        'The newest 100 of them; both numbers are missing. A trade that could not be read when it came stays so, also once it is replayed',
      items: {
        type: 'object',
        properties: {
          symbol: { type: 'string' },
          exchange: { type: 'string' },
          date: { type: ['string', 'null'], format: 'date' },
          from_sequence: OFFSET,
          to_sequence: OFFSET,
          after_timestamp: { type: 'string', format: 'date-time' },
          before_timestamp: { type: 'string', format: 'date-time' },
        },
      },
    },
  },
}

export const META = {
  type: 'object',
  description: 'The proof of an answer: what it covers, and what is known to be missing',
  properties: {
    count: { type: 'integer' },
    has_more: { type: 'boolean', description: 'More matched than the limit let through' },
    next_cursor: { type: ['string', 'null'], description: 'Asks for the rest, as it is now' },
    complete: { type: 'boolean' },
    reasons: { type: 'array', items: { type: 'string' }, description: 'Why it is not complete' },
    snapshot: {
      type: ['object', 'null'],
      description: 'What was read of the lake; null where nothing was, or several tables were',
      properties: SNAPSHOT,
    },
    snapshots: {
      type: 'array',
      items: { type: 'object', properties: { table: { type: 'string' }, ...SNAPSHOT } },
      description: 'Where several tables were read: what of each',
    },
    offsets: {
      type: 'object',
      additionalProperties: OFFSET,
      description: 'By topic/partition: the first offset that the answer does not cover',
    },
    from: {
      type: 'object',
      additionalProperties: OFFSET,
      description: 'Of an answer from the tail alone, by topic/partition: the first offset that it covers',
    },
    deferred: RANGES,
    rejected: RANGES,
    gaps: { ...NUMBER, description: 'With gaps=true: how many gaps there are in what was asked for' },
    ledger: LEDGER,
    plan: PLAN,
    elapsed_ms: { type: 'number' },
  },
}
