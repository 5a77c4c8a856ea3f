/**
 * Gaps: numbers of a venue that no record has. The records of the question are judged, by venue, symbol and, where its
 * numbers begin again every day, trading day, in the order of their numbers: what came twice or late is no gap.
 *
 *   shape   (parameters as text, the time now) -> question, or K2Error INVALID_ARGUMENT
 */
import { GAPS_PARAMS } from './parameters.ts'
import { type Asked, common, type Paged, paged, type Raw, read } from './question.ts'

export interface GapsQuestion extends Asked, Paged {
  readonly kind: 'gaps'
}

export function gapsQuestion(raw: Raw, nowMicros: number): GapsQuestion {
  const values = read(GAPS_PARAMS, raw)
  return { kind: 'gaps', ...common(values, nowMicros), ...paged('gaps', values) }
}
