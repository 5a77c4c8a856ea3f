/** Moments of records as numbers of intervals, by each venue's own calendar: core/interval.ts in SQL. */
import type { Filter } from '@k2/lake/table.ts'
import { VENUES, type Venue } from '@k2/market/instrument.ts'
import { dayBounds, stretches } from '@k2/market/zone.ts'
import { type Interval, isLocal } from '../core/interval.ts'

/** Times of a day by each venue's own calendar. */
export function daySql(day: number): string {
  const zones = Map.groupBy(VENUES, ({ zone }) => zone)
  const names = (venues: readonly Venue[]) => venues.map(({ exchange }) => `'${exchange}'`).join(', ')
  const within = (zone: string) => {
    const { from, to } = dayBounds(zone, day)
    return `timestamp >= make_timestamptz(${from}) AND timestamp < make_timestamptz(${to})`
  }
  const tests = [...zones].map(([zone, venues]) => `exchange IN (${names(venues)}) AND ${within(zone)}`)
  return `(${[...tests, `exchange NOT IN (${names(VENUES)}) AND ${within('UTC')}`].join(' OR ')})`
}

/** Number of the interval that a record falls in. */
export function bucketSql(interval: Interval, filter: Filter): string {
  const micros = 'epoch_us(timestamp)'
  const local = isLocal(interval)
    ? `(${micros} + ${byVenue(({ zone }) => offsetSql(zone, micros, filter), '0')})`
    : micros
  return `(${floorSql(local, interval.micros)} // ${interval.micros})`
}

/** What is of each venue, and of those that are not known. */
export const byVenue = (of: (venue: Venue) => string, other: string): string =>
  `CASE exchange ${VENUES.map((venue) => `WHEN '${venue.exchange}' THEN ${of(venue)}`).join(' ')} ELSE ${other} END`

/** Towards the past also before the epoch, where // would go towards 0. */
export const floorSql = (value: string, width: number | bigint | string): string =>
  `(${value} - ((${value} % ${width}) + ${width}) % ${width})`

const changes = new Map<string, ReturnType<typeof stretches>>()
const FIRST_YEAR = Date.UTC(1969, 0) * 1000
const LAST_YEAR = Date.UTC(2102, 0) * 1000

/**
 * The zone's offset at a moment, its changes within the question's times written out: of 1969 to 2101, which files may
 * hold, and the outermost ones beyond.
 */
function offsetSql(zone: string, micros: string, { fromMicros, toMicros }: Filter): string {
  const all = changes.get(zone) ?? stretches(zone, FIRST_YEAR, LAST_YEAR)
  changes.set(zone, all)
  const last = all.at(-1)!
  const asked = all.filter(({ from, to }) => from < (toMicros ?? LAST_YEAR) && to > (fromMicros ?? FIRST_YEAR))
  const some = asked.length === 0 ? [(toMicros ?? LAST_YEAR) <= FIRST_YEAR ? all[0]! : last] : asked
  return chosenSql(some, micros)
}

/** Halved again and again: a row of tests would be 261 of them for a record, where a question names no times. */
function chosenSql(some: ReturnType<typeof stretches>, micros: string): string {
  const half = some.length >> 1
  if (half === 0) return String(some[0]!.offset)
  const [before, behind] = [some.slice(0, half), some.slice(half)]
  return `CASE WHEN ${micros} < ${before.at(-1)!.to} THEN ${chosenSql(before, micros)} ELSE ${chosenSql(behind, micros)} END`
}
