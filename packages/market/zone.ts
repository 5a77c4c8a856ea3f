/**
 * Wall clocks of exchanges. Time zone rules are Node's own (Intl, from ICU); this module asks them once an hour of
 * the calendar and remembers.
 *
 *   shape   (zone name, local µs) -> UTC µs and back; `local` counts µs as if the wall clock were UTC
 *   errors  RangeError for a zone that Intl does not know: a bug of ours
 *   source  IANA time zone database
 */
import { DAY_MICROS, dayOf, type Micros } from './instant.ts'

const HOUR_MICROS = 3_600_000_000

interface Rules {
  readonly format: Intl.DateTimeFormat
  /** Offset by hour since the epoch: zones change on the hour or half hour, so both ends of an hour are asked. */
  readonly offsets: Map<number, number>
}

const zones = new Map<string, Rules>()

/** µs to add to UTC to get the zone's wall clock at that moment. */
export function offsetAt(zone: string, utc: Micros): Micros {
  const rules = rulesOf(zone)
  const quarter = Math.floor(utc / (HOUR_MICROS / 4))
  let offset = rules.offsets.get(quarter)
  if (offset === undefined) {
    offset = ask(rules.format, quarter * (HOUR_MICROS / 4))
    if (rules.offsets.size > 100_000) rules.offsets.clear()
    rules.offsets.set(quarter, offset)
  }
  return offset
}

/**
 * UTC of a wall clock time. When clocks go back an hour happens twice: the first is taken. When they go forward an
 * hour does not happen: undefined.
 */
export function toUtc(zone: string, local: Micros): Micros | undefined {
  const before = offsetAt(zone, local - DAY_MICROS)
  const after = offsetAt(zone, local + DAY_MICROS)
  const [first, second] = before > after ? [before, after] : [after, before]
  if (offsetAt(zone, local - first) === first) return local - first
  return offsetAt(zone, local - second) === second ? local - second : undefined
}

/** Days since the epoch by the zone's own calendar: its trading day. */
export const localDay = (zone: string, utc: Micros): number => dayOf(utc + offsetAt(zone, utc))

/** UTC [from, to) of a day of the zone's calendar: 23 to 25 hours. */
export function dayBounds(zone: string, day: number): { from: Micros; to: Micros } {
  return { from: firstUtc(zone, day * DAY_MICROS), to: firstUtc(zone, (day + 1) * DAY_MICROS) }
}

/** UTC at which the wall clock first shows that time; where it is skipped (midnight in Cuba) the first quarter after. */
export function firstUtc(zone: string, local: Micros): Micros {
  for (let minute = 0; ; minute += 15) {
    const utc = toUtc(zone, local + minute * 60_000_000)
    if (utc !== undefined) return utc
  }
}

/** The stretches of [from, to) in which the zone's offset does not change. */
export function stretches(zone: string, from: Micros, to: Micros): { from: Micros; to: Micros; offset: Micros }[] {
  const found: { from: Micros; to: Micros; offset: Micros }[] = []
  let start = from
  while (start < to) {
    const offset = offsetAt(zone, start)
    const end = Math.min(to, nextChange(zone, start, to))
    found.push({ from: start, to: end, offset })
    start = end
  }
  return found
}

/** The first moment after `from`, up to `limit`, at which the offset is another; zones change at most twice a day's walk. */
function nextChange(zone: string, from: Micros, limit: Micros): Micros {
  const offset = offsetAt(zone, from)
  let low = from
  let high = from
  while (offsetAt(zone, high) === offset) {
    if (high >= limit) return limit
    low = high
    high = Math.min(limit, high + 7 * DAY_MICROS)
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(zone, middle) === offset) low = middle
    else high = middle
  }
  return high
}

function rulesOf(zone: string): Rules {
  let rules = zones.get(zone)
  if (!rules) {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    rules = { format, offsets: new Map() }
    zones.set(zone, rules)
  }
  return rules
}

function ask(format: Intl.DateTimeFormat, utc: Micros): Micros {
  const parts = new Map(format.formatToParts(utc / 1000).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type))
  const date = new Date(0)
  date.setUTCFullYear(parts.get('era') === 'BC' ? 1 - part('year') : part('year'), part('month') - 1, part('day'))
  date.setUTCHours(part('hour'), part('minute'), part('second'))
  return date.getTime() * 1000 - Math.floor(utc / SECOND) * SECOND
}

const SECOND = 1_000_000
