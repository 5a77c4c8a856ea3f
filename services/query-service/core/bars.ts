/**
 * Bars: parameters -> question.
 *
 *   shape   (parameters as text, the time now) -> question, or K2Error INVALID_ARGUMENT
 */
import type { Timeframe } from '@k2/market/bar.ts'
import type { Interval } from './interval.ts'
import * as P from './parameters.ts'
import { type Asked, type Common, type Conditions, common, type Paged, paged, type Raw, read } from './question.ts'
import { conditionsOf } from './selection.ts'

export interface OhlcvQuestion extends Asked, Paged {
  readonly kind: 'ohlcv'
  /** Several: bars of each, and every row says of which it is. */
  readonly timeframes: readonly Timeframe[]
  readonly isBatch: boolean
  readonly calendar: Interval['calendar']
  /** Intervals without trades too, up to this moment, or to the last one that any symbol traded in. */
  readonly fill?: { readonly toMicros?: number }
  readonly conditions: Conditions
}

export function ohlcvQuestion(raw: Raw, nowMicros: number): OhlcvQuestion {
  const values = read(P.OHLCV_PARAMS, raw)
  return { ...bars(values, nowMicros), timeframes: [values.timeframe], isBatch: false }
}

export function ohlcvBatchQuestion(raw: Raw, nowMicros: number): OhlcvQuestion {
  const values = read(P.OHLCV_BATCH_PARAMS, raw)
  return { ...bars(values, nowMicros), timeframes: values.timeframe as readonly Timeframe[], isBatch: true }
}

function bars(values: Common & Pick<OhlcvQuestion, 'calendar'> & { readonly fill: boolean }, nowMicros: number) {
  const asked = { ...common(values, nowMicros), ...paged('ohlcv', values) }
  const { toMicros } = asked.filter
  // What has not come yet is not empty.
  const fill = values.fill && { fill: toMicros === undefined ? {} : { toMicros: Math.min(toMicros, nowMicros) } }
  return { kind: 'ohlcv' as const, ...asked, calendar: values.calendar, ...fill, conditions: conditionsOf(values) }
}
