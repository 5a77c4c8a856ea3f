/**
 * Questions as SQL over one relation: the lake's planned files and the tail's segments within their bounds. What is
 * written into the text are our own names, paths, numbers, and plain words; what else comes from a caller is bound.
 * Nearly all questions are so without parameters, and are planned once instead of twice.
 */
import { QUOTES, REFERENCE_DATA, type TableSpec, TRADES } from '@k2/contracts/tables.ts'
import type { Param } from '@k2/lake/duckdb/engine.ts'
import { scanSql } from '@k2/lake/duckdb/read.ts'
import { plainSql, quoteName } from '@k2/lake/duckdb/sql.ts'
import type { TopicPartition } from '@k2/lake/table.ts'
import { formatDecimal } from '@k2/market/decimal.ts'
import type { Bound } from '../core/cover.ts'
import type { Key } from '../core/cursor.ts'
import { KEY, type PagedQuestion, type Place, placesOf } from '../core/pages.ts'
import type {
  Conditions,
  DataQuestion,
  Order,
  RecordsQuestion,
  ReferenceQuestion,
  SymbolsQuestion,
} from '../core/question.ts'

/** What an answer is read from. */
export interface Reading {
  /** Locations of the lake's data files. */
  readonly files: readonly string[]
  /** What to take of the lake, in partitions of which it is not all. */
  readonly cuts: readonly Bound[]
  /** What to take of the tail. */
  readonly bounds: readonly Bound[]
}

export interface Statement {
  readonly sql: string
  readonly params: readonly Param[]
  /** The same for numbers that overflow the first: it costs more. */
  readonly wide?: string
}

/** Which table a question is about. */
export type Kind = 'trades' | 'quotes' | 'reference'

export const SPECS: Readonly<Record<Kind, TableSpec>> = { trades: TRADES, quotes: QUOTES, reference: REFERENCE_DATA }

// biome-ignore format: a table reads by its columns
const KIND_OF: Readonly<Record<Exclude<DataQuestion['kind'], 'symbols'>, Kind>> = {
  trades: 'trades', ohlcv: 'trades', summary: 'trades', aggregations: 'trades', quotes: 'quotes', reference: 'reference',
}
export const kindOf = (question: DataQuestion): Kind =>
  question.kind === 'symbols' ? question.of : KIND_OF[question.kind]

export function recordsSql(question: RecordsQuestion, reading: Reading, segments: readonly string[]): Statement {
  const { sql: where, params } = whereOf(question)
  // The key is asked for also where its columns are not: the next page begins behind it.
  const columns = columnsWith(question.fields, KEY)
  const read = columnsWith(columns, ['symbol', 'exchange', ...lookedAt(question.conditions)])
  return {
    sql: `SELECT ${list(columns)} FROM ${relation(question.kind, reading, segments, read)} ${where} ${pageSql(question)}`,
    params,
  }
}

/** One row more than is asked for tells whether there are more. */
export const pageSql = (question: PagedQuestion): string =>
  `ORDER BY ${orderSql(placesOf(question), question.order)} LIMIT ${question.limit + 1}`

/** Of each company and symbol the last record: a symbol keeps to one partition, so its offsets tell the order. */
export function referenceSql(question: ReferenceQuestion, reading: Reading, segments: readonly string[]): Statement {
  const { sql: where, params } = whereOf(question)
  const whose = ['symbol', 'company_id', 'exchange']
  // The place of the last one is asked for also where its columns are not.
  const columns = columnsWith(question.fields, whose)
  const read = columnsWith(columns, ['kafka_offset'])
  return {
    sql: `SELECT ${list(columns)} FROM ${relation('reference', reading, segments, read)} ${where}
      QUALIFY row_number() OVER (PARTITION BY ${list(whose)} ORDER BY kafka_offset DESC) = 1
      ${pageSql(question)}`,
    params,
  }
}

export function symbolsSql(question: SymbolsQuestion, reading: Reading, segments: readonly string[]): Statement {
  const { sql: where, params } = whereOf(question)
  // Reference data has no event time.
  const isTimed = SPECS[question.of].dayOf !== null
  const times = ['min', 'max'].map((of) => (isTimed ? `${of}(timestamp)` : 'NULL::TIMESTAMPTZ'))
  const read = ['symbol', 'exchange', ...(isTimed ? ['timestamp'] : [])]
  return {
    sql: `SELECT symbol, exchange, count(*) AS records, ${times[0]} AS first_timestamp, ${times[1]} AS last_timestamp
      FROM ${relation(question.of, reading, segments, read)} ${where}
      GROUP BY symbol, exchange ORDER BY exchange, symbol LIMIT ${question.limit + 1}`,
    params,
  }
}

export function relation(
  kind: Kind,
  { files, cuts, bounds }: Reading,
  segments: readonly string[],
  columns: readonly string[],
): string {
  const where = cuts.length === 0 ? '' : ` WHERE ${cuts.map(cutSql).join(' AND ')}`
  const parts = [`SELECT ${list(columns)} FROM ${scanSql(SPECS[kind], files)}${where}`]
  if (bounds.length > 0)
    for (const segment of segments)
      parts.push(`SELECT ${list(columns)} FROM ${segment} WHERE (${bounds.map(boundSql).join(' OR ')})`)
  return `(${parts.join(' UNION ALL ')})`
}

/** Partition by partition, what to take of the tail. Topics are of contracts/topics, the rest are numbers. */
const boundSql = ({ partition, from, to }: Bound): string =>
  `(${partitionSql(partition)} AND kafka_offset >= ${from} AND kafka_offset < ${to})`

/** Nothing of this partition outside its bounds; others are let through. */
const cutSql = ({ partition, from, to }: Bound): string =>
  `NOT (${partitionSql(partition)} AND (kafka_offset < ${from} OR kafka_offset >= ${to}))`

function partitionSql(partition: TopicPartition): string {
  const at = partition.lastIndexOf('/')
  return `kafka_topic = '${partition.slice(0, at)}' AND kafka_partition = ${Number(partition.slice(at + 1))}`
}

const list = (columns: readonly string[]): string => columns.map(quoteName).join(', ')

const columnsWith = (columns: readonly string[], more: readonly string[]): string[] => [
  ...new Set([...columns, ...more]),
]

export interface Where {
  readonly sql: string
  readonly params: Param[]
  /** Binds one more value. */
  readonly bind: (param: Param) => string
}

export function whereOf(question: DataQuestion): Where {
  const { symbols, exchanges, fromMicros, toMicros } = question.filter
  const tests: string[] = []
  const params: Param[] = []
  const bind = (param: Param): string => plainSql(param) ?? `$${params.push(param)}`
  const time = (micros: number): string => bind({ micros: BigInt(micros) })
  // A list of values prunes row groups, where list_contains would read them all.
  const oneOf = (column: string, values: readonly string[]) => `${column} IN (${values.map(bind).join(', ')})`
  if (symbols) tests.push(oneOf('symbol', symbols))
  if (exchanges) tests.push(oneOf('exchange', exchanges))
  if (fromMicros !== undefined) tests.push(`timestamp >= ${time(fromMicros)}`)
  if (toMicros !== undefined) tests.push(`timestamp < ${time(toMicros)}`)
  if ('companyIds' in question && question.companyIds) tests.push(oneOf('company_id', question.companyIds))
  if ('conditions' in question) {
    const { include, exclude, sides, ranges } = question.conditions
    if (include) tests.push(`list_has_any(trade_conditions, ${bind(include)})`)
    if (exclude) tests.push(`NOT list_has_any(trade_conditions, ${bind(exclude)})`)
    if (sides) tests.push(oneOf('side', sides))
    if (ranges) {
      const within = ranges.map((of) => `timestamp >= ${time(of.fromMicros)} AND timestamp < ${time(of.toMicros)}`)
      tests.push(`(${within.join(' OR ')})`)
    }
    tests.push(...boundsSql(question.conditions))
  }
  // Rows that are made of records have their order behind them.
  if (isOfRecords(question) && question.after)
    tests.push(afterSql(placesOf(question), question.after, question.order, bind))
  return { sql: tests.length === 0 ? '' : `WHERE ${tests.join(' AND ')}`, params, bind }
}

const isOfRecords = (question: DataQuestion): question is RecordsQuestion | ReferenceQuestion =>
  question.kind === 'trades' || question.kind === 'quotes' || question.kind === 'reference'

/** Prices and quantities within their bounds. */
function boundsSql({ minPrice, maxPrice, minQuantity, maxQuantity }: Conditions): string[] {
  // biome-ignore format: a table reads by its columns
  const bounds: [column: string, is: string, bound: bigint | undefined][] = [
    ['price',    '>=', minPrice],
    ['price',    '<=', maxPrice],
    ['quantity', '>=', minQuantity],
    ['quantity', '<=', maxQuantity],
  ]
  return bounds
    .filter(([, , bound]) => bound !== undefined)
    .map(([column, is, bound]) => `${column} ${is} (${formatDecimal(bound!)})::DECIMAL(18, 8)`)
}

/** Columns that the conditions look at. */
export function lookedAt({ include, exclude, sides, ...bounds }: Conditions): string[] {
  const { minPrice, maxPrice, minQuantity, maxQuantity } = bounds
  return [
    ...(include || exclude ? ['trade_conditions'] : []),
    ...(sides ? ['side'] : []),
    ...(minPrice !== undefined || maxPrice !== undefined ? ['price'] : []),
    ...(minQuantity !== undefined || maxQuantity !== undefined ? ['quantity'] : []),
  ]
}

export function orderSql(places: readonly Place[], order: Order): string {
  const nulls = order === 'asc' ? 'NULLS FIRST' : 'NULLS LAST'
  return places.map(({ column }) => `${column} ${order} ${nulls}`).join(', ')
}

const LEAST = '(-9223372036854775808)::BIGINT'

/** The same order as a comparison of rows, in which what is missing is less than any. */
export function afterSql(places: readonly Place[], key: Key, order: Order, bind: Where['bind']): string {
  const mine = places.map(({ column, kind, mayLack }) => {
    const value = kind === 'number' ? `${column}::BIGINT` : column
    return mayLack ? `coalesce(${value}, ${LEAST})` : value
  })
  const theirs = places.map(({ kind }, i) => {
    const text = key[i] ?? null
    if (text === null) return LEAST
    if (kind === 'text') return bind(text)
    return bind(kind === 'time' ? { micros: BigInt(text) } : BigInt(text))
  })
  return `(${mine.join(', ')}) ${order === 'asc' ? '>' : '<'} (${theirs.join(', ')})`
}
