/**
 * Which records a question is about: what prunes files, and what else is tested.
 *
 *   shape   (values of parameters, the time now) -> Filter, Conditions; or K2Error INVALID_ARGUMENT
 */
import type { Filter } from '@k2/lake/table.ts'
import { invalid, type Range } from './params.ts'
import type { Common, Conditions } from './question.ts'

const MINUTE_MICROS = 60_000_000

export function conditionsOf(values: Partial<Common>): Conditions {
  const { trade_conditions: include, exclude_trade_conditions: exclude, side: sides, range: ranges } = values
  const { min_price, max_price, min_quantity, max_quantity } = values
  return {
    ...(include && { include }),
    ...(exclude && { exclude }),
    ...(sides && { sides }),
    ...(ranges && { ranges }),
    ...bounds('price', min_price, max_price, ['minPrice', 'maxPrice']),
    ...bounds('quantity', min_quantity, max_quantity, ['minQuantity', 'maxQuantity']),
  }
}

function bounds(
  of: string,
  min: bigint | undefined,
  max: bigint | undefined,
  [least, most]: readonly [keyof Conditions, keyof Conditions],
) {
  if (min !== undefined && max !== undefined && min > max)
    throw invalid([{ name: `max_${of}`, reason: `must not lie below min_${of}` }])
  return { ...(min !== undefined && { [least]: min }), ...(max !== undefined && { [most]: max }) }
}

export function filterOf(values: Common, nowMicros: number): Filter {
  const { symbol, exchange, start_time, end_time, window_minutes, range } = values
  if (range !== undefined && (start_time ?? end_time ?? window_minutes) !== undefined)
    throw invalid([{ name: 'range', reason: 'stands instead of start_time, end_time and window_minutes' }])
  if (window_minutes !== undefined && (start_time !== undefined || end_time !== undefined)) {
    throw invalid([{ name: 'window_minutes', reason: 'stands instead of start_time and end_time, not beside them' }])
  }
  const from = window_minutes === undefined ? start_time : nowMicros - window_minutes * MINUTE_MICROS
  if (from !== undefined && end_time !== undefined && from >= end_time) {
    throw invalid([{ name: 'end_time', reason: 'must lie behind start_time' }])
  }
  return {
    ...(symbol !== undefined && { symbols: symbol }),
    ...(exchange !== undefined && { exchanges: [exchange].flat() }),
    ...(from !== undefined && { fromMicros: from }),
    ...(end_time !== undefined && { toMicros: end_time }),
    ...(range !== undefined && spanned(range)),
  }
}

const spanned = (ranges: readonly Range[]): Range => {
  const ends = (of: keyof Range) => ranges.map((range) => range[of])
  return { fromMicros: Math.min(...ends('fromMicros')), toMicros: Math.max(...ends('toMicros')) }
}
