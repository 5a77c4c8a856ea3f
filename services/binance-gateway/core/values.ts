/**
 * Numbers out of their digits, exactly. HOT PATH.
 *
 *   units   decimals: 10^-8, as top × 10^9 + low, as AvroWriter takes them; instants: µs since the epoch
 *   errors  a fault is a value: false, or -1
 */
const [ZERO, NINE, DOT] = [48, 57, 46]
const SCALE = 8
/** DECIMAL(18,8) has ten digits before the point. */
const WHOLE_MAX = 10_000_000_000
/** Below it a time of the venue is in ms, above in µs: ms of the year 5138, µs of 1973. */
const MICROS_FROM = 100_000_000_000_000

export interface Decimal {
  top: number
  low: number
}

/** Price or quantity: digits, with or without a point. What is finer than 10^-8 must be zeros. */
export function readDecimal(bytes: Uint8Array, start: number, end: number, into: Decimal): boolean {
  let whole = 0
  let at = start
  for (; at < end && bytes[at] !== DOT; at++) {
    const digit = bytes[at]! - ZERO
    if (digit < 0 || digit > 9) return false
    whole = whole * 10 + digit
    if (whole >= WHOLE_MAX) return false
  }
  // A point needs a digit on one side of it.
  if (at === start && end - at < 2) return false
  let fraction = 0
  let places = 0
  for (at++; at < end; at++) {
    const digit = bytes[at]! - ZERO
    if (digit < 0 || digit > 9) return false
    if (places < SCALE) {
      fraction = fraction * 10 + digit
      places++
    } else if (digit > 0) return false
  }
  for (; places < SCALE; places++) fraction *= 10
  into.top = Math.floor(whole / 10)
  into.low = (whole % 10) * 100_000_000 + fraction
  return true
}

/** A whole number of 0 or more, as far as a double is exact; -1 where it is none. */
export function readWhole(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > 16) return -1
  let value = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte < ZERO || byte > NINE) return -1
    value = value * 10 + (byte - ZERO)
  }
  return Number.isSafeInteger(value) ? value : -1
}

/** A time of the venue, in ms or in µs: -1 where it is none. */
export function readMicros(bytes: Uint8Array, start: number, end: number): number {
  const value = readWhole(bytes, start, end)
  if (value < 0) return -1
  return value < MICROS_FROM ? value * 1_000 : value
}
