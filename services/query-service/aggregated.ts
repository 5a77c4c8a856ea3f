/** Rows of the aggregations' statement as what was asked for: intervals become moments, sums are divided exactly. */
import type { Result } from '@k2/lake/duckdb/result.ts'
import { divideHalfEven, volumeWeighted } from '@k2/market/decimal.ts'
import { cellsOf } from './adapters/cells.ts'
import type { Row } from './answers.ts'
import { WHOLE } from './bars.ts'
import type { AggregationsQuestion } from './core/aggregations.ts'
import type { Cells } from './core/answer.ts'
import { AGGREGATION, type Field } from './core/fields.ts'
import { startOf } from './core/interval.ts'

/** The fields that were asked for, and rows of them. */
export function aggregated(
  question: AggregationsQuestion,
  result: Result,
): { readonly fields: readonly Field[]; readonly rows: readonly Row[] } {
  const { groupBy, metrics, interval, filter } = question
  const isAsked = (name: string): boolean => {
    if (name === 'timestamp') return interval !== undefined
    return groupBy.includes(name === 'price_level_end' ? 'price_level' : name) || metrics.includes(name)
  }
  const fields = AGGREGATION.filter(({ name }) => isAsked(name))
  const columns = new Map<string, Cells>()
  const cell = (name: string, row: number) => {
    const cells = columns.get(name) ?? cellsOf(result, name)
    columns.set(name, cells)
    return cells(row)
  }
  const rows = Array.from({ length: result.rows }, (_, row): Row => {
    // Whose clock its intervals follow; of none where they are of UTC.
    const exchange = groupBy.includes('exchange') ? String(cell('exchange', row)) : (filter.exchanges?.[0] ?? '')
    const number = (name: string) => BigInt(cell(name, row) as bigint | number)
    return fields.map(({ name }) =>
      TEXTS.includes(name) ? cell(name, row) : measureOf(question, name, number, exchange),
    )
  })
  return { fields, rows }
}

const TEXTS = ['symbol', 'exchange', 'side']

function measureOf(
  question: AggregationsQuestion,
  name: string,
  number: (name: string) => bigint,
  exchange: string,
): Row[number] {
  switch (name) {
    case 'timestamp':
      return BigInt(startOf(question.interval!, exchange, Number(number('bucket'))))
    case 'price_level_end':
      return number('price_level') + number('level_width')
    case 'notional':
      return notionalOf(number)
    case 'vwap':
      return volumeWeighted(notionalOf(number), number('volume')) ?? null
    case 'avg_price':
      return divideHalfEven(number('price_sum'), number('trade_count'))
    case 'twap':
      return timeWeighted(question, number, exchange)
    default:
      return number(name)
  }
}

const notionalOf = (number: (name: string) => bigint): bigint =>
  number('notional_whole') * WHOLE + number('notional_rest')

/** Each price for as long as it held, the last one to the end of what was asked for, where that has one. */
function timeWeighted(
  { interval, filter }: AggregationsQuestion,
  number: (name: string) => bigint,
  exchange: string,
): bigint {
  const [first, last, close] = [number('first_micros'), number('last_micros'), number('close_price')]
  const ends = [
    ...(interval ? [startOf(interval, exchange, Number(number('bucket')) + 1)] : []),
    ...(filter.toMicros === undefined ? [] : [filter.toMicros]),
  ]
  const end = ends.length === 0 ? last : BigInt(Math.min(...ends))
  return end === first ? close : divideHalfEven(number('held_sum') + close * (end - last), end - first)
}
