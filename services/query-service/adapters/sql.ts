/**
 * Questions as SQL over one relation: the lake's planned files and the tail's segments within their bounds. What comes
 * from a caller is bound; what is written into the text are our own names, paths, and numbers.
 */
import { TRADES } from '@k2/contracts/tables.ts'
import type { Param } from '@k2/lake/duckdb/engine.ts'
import { scanSql } from '@k2/lake/duckdb/read.ts'
import type { Filter, TopicPartition } from '@k2/lake/table.ts'
import { TIMEFRAMES, type Timeframe } from '@k2/market/bar.ts'
import { VENUES } from '@k2/market/instrument.ts'
import { stretches } from '@k2/market/zone.ts'
import type { Bound } from '../core/cover.ts'
import type { OhlcvQuestion, Order, TradesQuestion } from '../core/question.ts'

/** What an answer is read from. */
export interface Reading {
  /** Locations of the lake's data files. */
  readonly files: readonly string[]
  readonly bounds: readonly Bound[]
}

export interface Statement {
  readonly sql: string
  readonly params: readonly Param[]
}

const COLUMNS = TRADES.columns.map(({ name }) => name)
const KEY = ['timestamp', 'source_sequence', 'kafka_topic', 'kafka_partition', 'kafka_offset']

export function tradesSql(question: TradesQuestion, reading: Reading, segments: readonly string[]): Statement {
  const { where, params } = filterSql(question.filter)
  return {
    // One more than is asked for tells whether there are more.
    sql: `SELECT ${COLUMNS.join(', ')} FROM ${relation(reading, segments, COLUMNS)} ${where} ORDER BY ${orderSql(question.order)} LIMIT ${question.limit + 1}`,
    params,
  }
}

/**
 * Price × quantity in two sums, over the whole units and over the rest: 170 of the largest legal trades would overflow
 * one sum of 128 bits. A factor of 19 digits makes the product 128 bits wide, where two of 18 are multiplied in 64.
 */
const NOTIONAL = `sum(price::DECIMAL(19, 8) * floor(quantity)) AS notional_whole,
      sum(price::DECIMAL(19, 8) * (quantity - floor(quantity))) AS notional_rest`

export function ohlcvSql(question: OhlcvQuestion, reading: Reading, segments: readonly string[]): Statement {
  const { where, params } = filterSql(question.filter)
  const columns = ['symbol', 'exchange', 'price', 'quantity', ...KEY]
  const key = orderSql('asc')
  return {
    sql: `SELECT symbol, exchange, ${bucketSql(question.timeframe)} AS bucket,
      first(price ORDER BY ${key}) AS open, max(price) AS high, min(price) AS low, last(price ORDER BY ${key}) AS close,
      sum(quantity) AS volume, ${NOTIONAL}, count(*) AS trade_count
      FROM ${relation(reading, segments, columns)} ${where}
      GROUP BY symbol, exchange, bucket ORDER BY bucket ${question.order}, symbol, exchange LIMIT ${question.limit + 1}`,
    params,
  }
}

function relation({ files, bounds }: Reading, segments: readonly string[], columns: readonly string[]): string {
  const list = columns.join(', ')
  const parts = [`SELECT ${list} FROM ${scanSql(TRADES, files)}`]
  if (bounds.length > 0)
    for (const segment of segments) parts.push(`SELECT ${list} FROM ${segment} WHERE ${boundsSql(bounds)}`)
  return `(${parts.join(' UNION ALL ')})`
}

/** Partition by partition, what to take of the tail. Topics are of contracts/topics, the rest are numbers. */
function boundsSql(bounds: readonly Bound[]): string {
  const tests = bounds.map(({ partition, from, to }) => {
    const [topic, number] = parts(partition)
    return `(kafka_topic = '${topic}' AND kafka_partition = ${number} AND kafka_offset >= ${from} AND kafka_offset < ${to})`
  })
  return `(${tests.join(' OR ')})`
}

function parts(partition: TopicPartition): [topic: string, number: number] {
  const at = partition.lastIndexOf('/')
  return [partition.slice(0, at), Number(partition.slice(at + 1))]
}

function filterSql({ symbols, exchanges, fromMicros, toMicros }: Filter): { where: string; params: Param[] } {
  const tests: string[] = []
  const params: Param[] = []
  const bind = (param: Param): string => `$${params.push(param)}`
  // A list of values prunes row groups, where list_contains would read them all.
  const oneOf = (column: string, values: readonly string[]) => `${column} IN (${values.map(bind).join(', ')})`
  if (symbols) tests.push(oneOf('symbol', symbols))
  if (exchanges) tests.push(oneOf('exchange', exchanges))
  if (fromMicros !== undefined) tests.push(`timestamp >= ${bind({ micros: BigInt(fromMicros) })}`)
  if (toMicros !== undefined) tests.push(`timestamp < ${bind({ micros: BigInt(toMicros) })}`)
  return { where: tests.length === 0 ? '' : `WHERE ${tests.join(' AND ')}`, params }
}

/** SPEC's order of records; a missing source_sequence comes before all others. */
function orderSql(order: Order): string {
  const nulls = order === 'asc' ? 'NULLS FIRST' : 'NULLS LAST'
  return KEY.map((column) => `${column} ${order} ${nulls}`).join(', ')
}

/** µs at which a record's interval begins; of days the number, by the venue's own calendar. */
function bucketSql(timeframe: Timeframe): string {
  const micros = 'epoch_us(timestamp)'
  const width = TIMEFRAMES[timeframe]
  if (timeframe !== '1d') return floorSql(micros, width)
  const cases = VENUES.map(({ exchange, zone }) => `WHEN '${exchange}' THEN ${offsetSql(zone, micros)}`)
  return `${floorSql(`(${micros} + CASE exchange ${cases.join(' ')} ELSE 0 END)`, width)} // ${width}`
}

/** Towards the past also before the epoch, where // would go towards 0. */
const floorSql = (value: string, width: number): string => `(${value} - ((${value} % ${width}) + ${width}) % ${width})`

const offsets = new Map<string, string>()
const FIRST_YEAR = Date.UTC(1969, 0) * 1000
const LAST_YEAR = Date.UTC(2102, 0) * 1000

/** The zone's offset at a moment, its changes written out: 1969 to 2101, which files may hold, and the outermost ones beyond. */
function offsetSql(zone: string, micros: string): string {
  let sql = offsets.get(zone)
  if (sql === undefined) {
    const changes = stretches(zone, FIRST_YEAR, LAST_YEAR)
    const cases = changes.slice(0, -1).map(({ to, offset }) => `WHEN ${micros} < ${to} THEN ${offset}`)
    const last = changes.at(-1)!.offset
    sql = cases.length === 0 ? String(last) : `CASE ${cases.join(' ')} ELSE ${last} END`
    offsets.set(zone, sql)
  }
  return sql
}
