/**
 * Log records -> the columns that a judge needs, and no others. What the sink refuses is refused here, for the same
 * fields are checked: the ledger is to know the records that the lake has.
 *
 *   shape   (batch, schemas by id) -> columns; numbers, times and offsets as halves of 32 bits, low and high
 *   errors  none for any record: what cannot be read is counted, and the sink has its reason
 */
import type { ColumnBatch, Int64Column } from '@k2/contracts/columns.ts'
import { decodeBatch, type LoggedRecords, type Schemas } from '@k2/contracts/records/decode.ts'
import { MARKET_TOPICS, type MarketTopic } from '@k2/contracts/topics.ts'

export interface BatchNumbers {
  readonly topic: string
  readonly partition: number
  readonly rows: number
  readonly symbols: readonly string[]
  readonly symbolCodes: Int32Array
  readonly exchanges: readonly string[]
  readonly exchangeCodes: Int32Array
  /** 1 where a record has no number; absent where all have. */
  readonly nulls?: Uint8Array
  readonly sequences: Int32Array
  readonly times: Int32Array
  readonly offsets: Int32Array
  /** The log's, in ms. */
  readonly logTimes: Float64Array
}

/** Those that may refuse a record, and those that are looked at. */
const NEEDED = [
  ...['message_id', 'symbol', 'exchange', 'timestamp', 'price', 'quantity', 'source_sequence', 'ingestion_timestamp'],
  ...['platform_sequence', 'kafka_topic', 'kafka_partition', 'kafka_offset'],
]

export const TRADE_TOPICS: readonly MarketTopic[] = MARKET_TOPICS.filter(({ kind }) => kind === 'trades')
const LEAN: ReadonlyMap<string, MarketTopic> = new Map(
  TRADE_TOPICS.map((topic) => {
    const columns = topic.table.columns.filter(({ name }) => NEEDED.includes(name))
    return [topic.name, { ...topic, table: { ...topic.table, columns } }]
  }),
)

export function numbersIn(
  batch: LoggedRecords,
  schemas: Schemas,
): { readonly numbers: BatchNumbers; readonly refused: number } {
  const { batch: columns, rejected } = decodeBatch(LEAN.get(batch.topic)!, batch, schemas)
  return { numbers: numbersOf(batch, columns), refused: rejected.length }
}

function numbersOf(batch: LoggedRecords, { rows, columns }: ColumnBatch): BatchNumbers {
  const { topic, partition } = batch
  const [symbols, symbolCodes] = coded(columns.get('symbol')!)
  const [exchanges, exchangeCodes] = coded(columns.get('exchange')!)
  const sequence = columns.get('source_sequence') as Int64Column
  return {
    ...{ topic, partition, rows, symbols, symbolCodes, exchanges, exchangeCodes },
    ...(sequence.nulls && { nulls: sequence.nulls }),
    sequences: halves(sequence),
    times: halves(columns.get('timestamp') as Int64Column),
    offsets: halves(columns.get('kafka_offset') as Int64Column),
    logTimes: logTimesOf(batch, rows, columns.get('kafka_offset') as Int64Column),
  }
}

/** Where records were refused there are fewer rows; both are in the order of their offsets. */
function logTimesOf(batch: LoggedRecords, rows: number, { values }: Int64Column): Float64Array {
  const { from, count, offsetDeltas, timesMs } = batch
  if (rows === count) return timesMs
  const times = new Float64Array(rows)
  let record = 0
  for (let row = 0; row < rows; row++) {
    const delta = Number(values[row]! - from)
    while (offsetDeltas[record]! < delta) record++
    times[row] = timesMs[record]!
  }
  return times
}

const halves = ({ values }: Int64Column): Int32Array =>
  new Int32Array(values.buffer, values.byteOffset, values.length * 2)

/** Columns that mostly differ come without a dictionary: those of batches of a few records. */
function coded(column: NonNullable<ReturnType<ColumnBatch['columns']['get']>>): [readonly string[], Int32Array] {
  if (column.kind === 'dictionary') return [column.dictionary as readonly string[], column.codes]
  if (column.kind !== 'text') throw new Error(`a name came as a column of ${column.kind}`)
  const codes = new Map<string, number>()
  const of = Int32Array.from(column.values, (text) => {
    const code = codes.get(text!) ?? codes.size
    codes.set(text!, code)
    return code
  })
  return [[...codes.keys()], of]
}
