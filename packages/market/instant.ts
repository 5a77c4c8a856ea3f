/**
 * Instants: microseconds since the epoch, UTC, in a number (exact until the year 2255).
 *
 *   shape   text <-> number; no clock
 *   errors  undefined for text that is no instant
 */

export type Micros = number

export const SECOND_MICROS = 1_000_000
export const DAY_MICROS = 86_400 * SECOND_MICROS
const EARLIEST = -62_135_596_800 * SECOND_MICROS // 0001-01-01
const LATEST = 9_007_199_254_740_991 // 2255-06-05, the last exact one

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/

/**
 * ISO 8601 to µs. A date alone is its midnight; without a zone it is UTC. Digits behind the microsecond must be 0,
 * for an instant is never rounded.
 */
export function parseInstant(text: string): Micros | undefined {
  const match = ISO.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match
  const digits = fraction.padEnd(9, '0')
  if (digits.slice(6) !== '000') return undefined
  const seconds = secondsOf(+year!, +month!, +day!, +hour, +minute, +second)
  if (seconds === undefined) return undefined
  const offset = offsetSeconds(zone)
  if (offset === undefined) return undefined
  const micros = (seconds - offset) * SECOND_MICROS + Number(digits.slice(0, 6))
  return micros < EARLIEST || micros > LATEST ? undefined : micros
}

/** Seconds since the epoch of a date and time of day, undefined where there is no such date or time. */
export function secondsOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second
}

function offsetSeconds(zone: string): number | undefined {
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(-2))
  if (hours > 18 || minutes > 59) return undefined
  return (zone[0] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60)
}

/** `2014-03-09T20:57:14.754000Z`, always with six decimals. */
export function formatInstant(micros: Micros): string {
  const minute = Math.floor(micros / MINUTE_MICROS)
  if (minute !== shown.minute) shown = { minute, text: new Date(minute * 60_000).toISOString().slice(0, -7) }
  const rest = micros - minute * MINUTE_MICROS
  const second = Math.floor(rest / SECOND_MICROS)
  return `${shown.text}${second < 10 ? '0' : ''}${second}.${String(SECOND_MICROS + (rest % SECOND_MICROS)).slice(1)}Z`
}

const MINUTE_MICROS = 60 * SECOND_MICROS
/** Times of an answer are near one another, and a Date costs more than the rest: so the last minute is kept as text. */
let shown = { minute: Number.NaN, text: '' }

/** Days since the epoch, UTC: the partition value exchange_date. */
export const dayOf = (micros: Micros): number => Math.floor(micros / DAY_MICROS)

/** `2014-03-09` of a day number. */
export const formatDay = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10)
