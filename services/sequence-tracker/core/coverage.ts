/**
 * Whether all numbers of a trading day are there, by the positions that have to do with it.
 *
 *   shape   (position of the day's own stream, or of one without end, the day) -> coverage, undefined where it has no trades of the day
 *   units   days: half open, µs since the epoch
 */
import type { Missing, Position } from '@k2/contracts/records/sequence.ts'
import type { Micros } from '@k2/market/instant.ts'

export interface Coverage {
  readonly isComplete: boolean
  readonly missing: readonly Missing[]
}

/** Numbers that begin again daily begin here: a file's first row, and every venue's first trade. */
const FIRST_OF_DAY = 1n

export function coverageOf(
  position: Position,
  { fromMicros, toMicros }: { readonly fromMicros: Micros; readonly toMicros: Micros },
): Coverage | undefined {
  if (position.lastMicros < fromMicros || position.firstMicros >= toMicros) return undefined
  const missing = position.gaps
    .flatMap(({ open }) => open)
    .filter(({ afterMicros, beforeMicros }) => beforeMicros >= fromMicros && afterMicros < toMicros)
  const { session, first, firstMicros, knownFrom } = position
  const isCut = session !== '' && first > FIRST_OF_DAY
  const front = { from: FIRST_OF_DAY, to: first - 1n, afterMicros: 0, beforeMicros: firstMicros }
  const all = isCut ? [front, ...missing] : missing
  return { isComplete: all.length === 0 && knownFrom === null, missing: all }
}

export const missingCount = (missing: readonly Missing[]): bigint =>
  missing.reduce((sum, { from, to }) => sum + to - from + 1n, 0n)
