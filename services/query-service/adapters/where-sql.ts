/** What of a relation's rows a question is about, and in which order: tests and orders of SQL. */
import type { Param } from '@k2/lake/duckdb/engine.ts'
import { plainSql } from '@k2/lake/duckdb/sql.ts'
import type { Filter } from '@k2/lake/table.ts'
import { formatDecimal } from '@k2/market/decimal.ts'
import type { Key } from '../core/cursor.ts'
import { type Place, placesOf } from '../core/pages.ts'
import type { Conditions, DataQuestion, Order, RecordsQuestion, ReferenceQuestion } from '../core/question.ts'

export interface Where {
  readonly sql: string
  readonly params: Param[]
  /** Binds one more value. */
  readonly bind: (param: Param) => string
}

export function whereOf(question: DataQuestion): Where {
  const params: Param[] = []
  const bind = binder(params)
  const tests = filterSql(question.filter, bind)
  const time = (micros: number): string => bind({ micros: BigInt(micros) })
  if ('companyIds' in question && question.companyIds) tests.push(oneOf('company_id', question.companyIds, bind))
  if ('conditions' in question) {
    const { include, exclude, sides, ranges } = question.conditions
    if (include) tests.push(`list_has_any(trade_conditions, ${bind(include)})`)
    if (exclude) tests.push(`NOT list_has_any(trade_conditions, ${bind(exclude)})`)
    if (sides) tests.push(oneOf('side', sides, bind))
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

/** Puts a value into the text, or among the parameters. */
export const binder =
  (params: Param[]): Where['bind'] =>
  (param) =>
    plainSql(param) ?? `$${params.push(param)}`

/** Symbols, venues and times. */
export function filterSql({ symbols, exchanges, fromMicros, toMicros }: Filter, bind: Where['bind']): string[] {
  const time = (micros: number): string => bind({ micros: BigInt(micros) })
  return [
    ...(symbols ? [oneOf('symbol', symbols, bind)] : []),
    ...(exchanges ? [oneOf('exchange', exchanges, bind)] : []),
    ...(fromMicros === undefined ? [] : [`timestamp >= ${time(fromMicros)}`]),
    ...(toMicros === undefined ? [] : [`timestamp < ${time(toMicros)}`]),
  ]
}

/** A list of values prunes row groups, where list_contains would read them all. */
const oneOf = (column: string, values: readonly string[], bind: Where['bind']): string =>
  values.length === 0 ? 'false' : `${column} IN (${values.map(bind).join(', ')})`

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
  // Where DuckDB has to think of nulls, a tenth more CPU goes into a minute's page.
  const isSure = ({ kind, mayLack }: Place) => kind === 'time' && !mayLack
  return places.map((place) => `${place.column} ${order}${isSure(place) ? '' : ` ${nulls}`}`).join(', ')
}

/** What is missing, as a number: less than any. */
export const LEAST = '(-9223372036854775808)::BIGINT'

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
