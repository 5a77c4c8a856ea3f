/**
 * Questions as SQL over one relation: the lake's planned files and the tail's segments within their bounds. What is
 * written into the text are our own names, paths, numbers, and plain words; what else comes from a caller is bound.
 * Nearly all questions are so without parameters, and are planned once instead of twice.
 */
import { QUOTES, REFERENCE_DATA, type TableSpec, TRADES } from '@k2/contracts/tables.ts'
import type { Param } from '@k2/lake/duckdb/engine.ts'
import { scanSql } from '@k2/lake/duckdb/read.ts'
import { quoteName } from '@k2/lake/duckdb/sql.ts'
import type { TopicPartition } from '@k2/lake/table.ts'
import type { Bound } from '../core/cover.ts'
import { KEY, type PagedQuestion, placesOf } from '../core/pages.ts'
import type { DataQuestion, RecordsQuestion, ReferenceQuestion, SymbolsQuestion } from '../core/question.ts'
import { binder, filterSql, lookedAt, orderSql, whereOf } from './where-sql.ts'

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
  /** Of the files those that kept bars stand for. */
  readonly fromBars?: readonly string[]
}

/** Which table a question is about. */
export type Kind = 'trades' | 'quotes' | 'reference'

export const SPECS: Readonly<Record<Kind, TableSpec>> = { trades: TRADES, quotes: QUOTES, reference: REFERENCE_DATA }

// biome-ignore format: a table reads by its columns
const KIND_OF: Readonly<Record<Exclude<DataQuestion['kind'], 'symbols'>, Kind>> = {
  trades: 'trades', ohlcv: 'trades', summary: 'trades', aggregations: 'trades', asof: 'trades', gaps: 'trades', quotes: 'quotes', reference: 'reference',
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

/** What the tail holds for a question: from when, to when, and how many. */
export function tailSpanSql({ kind, filter }: RecordsQuestion, bounds: readonly Bound[], segments: readonly string[]) {
  const params: Param[] = []
  const tests = filterSql(filter, binder(params))
  const held = relation(kind, { files: [], cuts: [], bounds }, segments, ['timestamp', 'symbol', 'exchange'])
  const span = 'epoch_us(min(timestamp)) AS first_micros, epoch_us(max(timestamp)) AS last_micros'
  const where = tests.length === 0 ? '' : `WHERE ${tests.join(' AND ')}`
  return { sql: `SELECT ${span}, count(*) AS held FROM ${held} ${where}`, params }
}

/** One row more than is asked for tells whether there are more. */
export const pageSql = (question: PagedQuestion): string =>
  `ORDER BY ${orderSql(placesOf(question), question.order)} LIMIT ${question.limit + 1} OFFSET ${question.offset ?? 0}`

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

export const columnsWith = (columns: readonly string[], more: readonly string[]): string[] => [
  ...new Set([...columns, ...more]),
]
