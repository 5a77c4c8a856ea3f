/**
 * Intervals of time, numbered one after the other. Those of up to an hour are of UTC, whatever the calendar: a wall clock
 * that is set back shows an hour twice. Longer ones follow the venue's wall clock, unless UTC is asked for, and are an
 * hour longer or shorter where it is set.
 *
 *   shape   (interval, venue) -> zone; (interval, venue, number) <-> µs since the epoch
 */
import { venue } from '@k2/market/instrument.ts'
import { firstUtc, offsetAt } from '@k2/market/zone.ts'

export interface Interval {
  readonly micros: number
  readonly calendar: 'exchange' | 'utc'
}

const HOUR_MICROS = 3_600_000_000
/** More than any zone is away from UTC. */
const AWAY_MICROS = 16 * HOUR_MICROS

export const isLocal = ({ micros, calendar }: Interval): boolean => calendar === 'exchange' && micros > HOUR_MICROS

const zoneOf = (exchange: string): string => venue(exchange)?.zone ?? 'UTC'

/** When it begins. */
export function startOf(interval: Interval, exchange: string, number: number): number {
  const at = number * interval.micros
  return isLocal(interval) ? firstUtc(zoneOf(exchange), at) : at
}

/** The one that a moment is in. */
export function numberAt(interval: Interval, exchange: string, micros: number): number {
  const local = isLocal(interval) ? micros + offsetAt(zoneOf(exchange), micros) : micros
  return Math.floor(local / interval.micros)
}

/** Times that no interval of this number lies outside of, whatever its venue. */
export function spanOf(interval: Interval, number: number): { fromMicros: number; toMicros: number } {
  const away = isLocal(interval) ? AWAY_MICROS : 0
  return { fromMicros: number * interval.micros - away, toMicros: (number + 1) * interval.micros + away }
}
