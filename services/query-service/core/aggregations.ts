/**
 * Aggregations: what trades sum up to, by group. Parameters -> question; the measures are told in fields.ts.
 *
 *   shape   (parameters as text, the time now) -> question, or K2Error INVALID_ARGUMENT
 */
import { type Interval, isLocal } from './interval.ts'
import { AGGREGATIONS_PARAMS } from './parameters.ts'
import { invalid } from './params.ts'
import { type Asked, type Conditions, common, type Paged, paged, type Raw, read } from './question.ts'
import { conditionsOf } from './selection.ts'

export type Metric = (typeof AGGREGATIONS_PARAMS.metric.choices)[number]

export interface AggregationsQuestion extends Asked, Paged {
  readonly kind: 'aggregations'
  readonly groupBy: readonly string[]
  readonly metrics: readonly string[]
  readonly interval?: Interval
  /** Price levels of so many 10^-8 each, or so many of a width that holds all prices of a group. */
  readonly levels?: { readonly tick: bigint } | { readonly count: number }
  readonly conditions: Conditions
}

export function aggregationsQuestion(raw: Raw, nowMicros: number): AggregationsQuestion {
  const values = profiled(read(AGGREGATIONS_PARAMS, raw))
  const { group_by: groupBy, metric: metrics, interval: micros, calendar } = values
  const asked = { ...common(values, nowMicros), ...paged('aggregations', values) }
  const interval = micros === undefined ? undefined : { micros, calendar }
  if (interval && isLocal(interval) && !groupBy.includes('exchange') && asked.filter.exchanges?.length !== 1)
    throw invalid([
      {
        name: 'interval',
        reason:
          "of more than an hour follows a venue's clock: name one exchange, group by exchange, or ask for calendar=utc",
      },
    ])
  const levels = levelsOf(values)
  return {
    kind: 'aggregations',
    ...asked,
    groupBy,
    metrics,
    ...(interval && { interval }),
    ...(levels && { levels }),
    conditions: conditionsOf(values),
  }
}

const PROFILE_LEVELS = 10
const BESIDE_PROFILE = ['volume_profile', 'volume', 'notional', 'trade_count']

/** A volume profile in the words that it is short for. */
function profiled<V extends LevelValues & { readonly metric: readonly string[] }>(values: V): V {
  const { metric, group_by, tick, levels } = values
  if (!metric.includes('volume_profile')) return values
  // A price of a level is not the price of the interval that is meant where both are asked for.
  const other = metric.find((name) => !BESIDE_PROFILE.includes(name))
  if (other !== undefined)
    throw invalid([
      { name: 'metric', reason: `names volume_profile, which has a row a price level, beside ${other}: ask apart` },
    ])
  const sums = metric.filter((name) => name !== 'volume_profile')
  return {
    ...values,
    metric: [...new Set([...sums, 'volume'])],
    group_by: [...new Set([...group_by, 'price_level'])],
    ...(tick === undefined && levels === undefined && { levels: PROFILE_LEVELS }),
  }
}

interface LevelValues {
  readonly group_by: readonly string[]
  readonly tick?: bigint | undefined
  readonly levels?: number | undefined
}

function levelsOf({ group_by, tick, levels: count }: LevelValues): AggregationsQuestion['levels'] {
  const isAsked = group_by.includes('price_level')
  const given = [tick, count].filter((value) => value !== undefined).length
  if (isAsked && given !== 1)
    throw invalid([
      { name: 'group_by', reason: 'names price_level, which needs one of tick, its width, and levels, their number' },
    ])
  if (!isAsked && given > 0)
    throw invalid([
      { name: tick === undefined ? 'levels' : 'tick', reason: 'is of price_level: name that in group_by' },
    ])
  if (tick !== undefined && tick <= 0n) throw invalid([{ name: 'tick', reason: 'must be more than 0' }])
  if (tick !== undefined) return { tick }
  return count === undefined ? undefined : { count }
}
