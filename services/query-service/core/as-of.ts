/**
 * Trades with the quote in force: the last one of the same symbol and venue at or before the trade's timestamp, in SPEC's
 * order, if it is not too old. One of the same instant counts: venues' clocks are too coarse to tell which came first.
 *
 *   shape   (parameters as text, the time now) -> question; (question, times of its trades) -> which quotes to read
 */
import type { Filter } from '@k2/lake/table.ts'
import { AS_OF } from './fields.ts'
import { AS_OF_PARAMS } from './parameters.ts'
import { invalid } from './params.ts'
import { type Asked, type Conditions, common, names, type Paged, paged, type Raw, read } from './question.ts'
import { conditionsOf } from './selection.ts'

export interface AsOfQuestion extends Asked, Paged {
  readonly kind: 'asof'
  readonly fields: readonly string[]
  readonly maxAgeMicros: number
  readonly conditions: Conditions
}

export function asOfQuestion(raw: Raw, nowMicros: number): AsOfQuestion {
  const values = read(AS_OF_PARAMS, raw)
  const asked = { ...common(values, nowMicros), ...paged('asof', values) }
  if (asked.asOf !== undefined && 'snapshotId' in asked.asOf)
    throw invalid([{ name: 'as_of', reason: 'is a time here: a snapshot is of one table, and this is of two' }])
  const { fields = names(AS_OF), max_age: maxAgeMicros } = values
  return { kind: 'asof', ...asked, fields, maxAgeMicros, conditions: conditionsOf(values) }
}

/** What a page of trades is of. */
export interface Span {
  readonly fromMicros: number
  /** Its last one. */
  readonly lastMicros: number
  readonly symbols: readonly string[]
}

/**
 * Of a question that says its symbols and a time no longer than quotes may be old: then at most twice the quotes are read,
 * and its trades need not be looked for first.
 */
export function spanSaid({ filter, maxAgeMicros }: AsOfQuestion): Span | undefined {
  const { symbols, fromMicros, toMicros } = filter
  if (symbols === undefined || fromMicros === undefined || toMicros === undefined) return undefined
  return toMicros - fromMicros > maxAgeMicros ? undefined : { fromMicros, lastMicros: toMicros - 1, symbols }
}

/** The same page, looked for where it is known to lie. */
export const within = (question: AsOfQuestion, { fromMicros, lastMicros }: Span): AsOfQuestion => ({
  ...question,
  filter: { ...question.filter, fromMicros, toMicros: lastMicros + 1 },
})

/** Quotes that may be in force at one of those trades; none where there are no trades. */
export function quotesFor({ filter, maxAgeMicros }: AsOfQuestion, span: Span | undefined): Filter {
  if (span === undefined) return { symbols: [] }
  const { exchanges } = filter
  return {
    symbols: span.symbols,
    ...(exchanges && { exchanges }),
    fromMicros: span.fromMicros - maxAgeMicros,
    toMicros: span.lastMicros + 1,
  }
}
