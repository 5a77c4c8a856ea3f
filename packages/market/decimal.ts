/**
 * Exact decimals: a price or a quantity is an integer count of 10^-8 units, never a float.
 *
 *   shape   text <-> bigint, or number where a double is exact; no state
 *   units   unscaled: the number times 10^8; at most 18 digits, as DECIMAL(18,8)
 *   errors  a fault is a value (bad data is not an exception)
 */

export const SCALE = 8
const ONE = 10 ** SCALE
/** The largest that DECIMAL(18,8) holds; its smallest is the same below 0. */
export const UNSCALED_MAX = 999_999_999_999_999_999n

export type DecimalFault = 'not a decimal number' | 'more than 8 decimals' | 'beyond DECIMAL(18,8)'

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/

/** `"36.667"` -> 3666700000n. Zeros behind the eighth decimal are no fault; an exponent is. */
export function parseDecimal(text: string): bigint | DecimalFault {
  const match = DECIMAL.exec(text)
  const whole = match?.[2] ?? ''
  const fraction = match?.[3] ?? ''
  if (!match || whole.length + fraction.length === 0) return 'not a decimal number'
  const kept = fraction.slice(0, SCALE)
  if (/[1-9]/.test(fraction.slice(SCALE))) return 'more than 8 decimals'
  const digits = (whole + kept.padEnd(SCALE, '0')).replace(/^0+(?=\d)/, '')
  if (digits.length > 18) return 'beyond DECIMAL(18,8)'
  const unscaled = BigInt(digits)
  return match[1] === '-' ? -unscaled : unscaled
}

/** Without exponent or trailing zeros: 3666700000n -> `"36.667"`. */
export const formatDecimal = (unscaled: bigint | number): string =>
  typeof unscaled === 'number' ? formatSafe(unscaled) : formatScaled(unscaled, SCALE)

/** The same for a product or a mean, of more decimals than are stored. */
export function formatScaled(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : ''
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString()
  if (digits.length <= scale) {
    const fraction = trimZeros(digits.padStart(scale, '0'))
    return fraction === '' ? '0' : `${sign}0.${fraction}`
  }
  const fraction = trimZeros(digits.slice(-scale))
  const whole = digits.slice(0, -scale)
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`
}

/** What a double holds exactly, without a BigInt. */
function formatSafe(unscaled: number): string {
  const size = Math.abs(unscaled)
  let rest = size % ONE
  // Taken off first: a quotient could be rounded up.
  const whole = `${unscaled < 0 ? '-' : ''}${(size - rest) / ONE}`
  if (rest === 0) return whole
  let digits = SCALE
  for (; rest % 10 === 0; digits--) rest /= 10
  return `${whole}.${String(rest).padStart(digits, '0')}`
}

function trimZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 48) end--
  return digits.slice(0, end)
}

/**
 * Sum of price × quantity over sum of quantity, to 8 decimals, half to even.
 *
 *   units   notional: 10^-16, volume: 10^-8, answer: 10^-8; undefined for a volume of 0
 */
export function volumeWeighted(notional: bigint, volume: bigint): bigint | undefined {
  return volume === 0n ? undefined : divideHalfEven(notional, volume)
}

/** Quotient to the nearest integer, half to even, for any signs. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  const rest = dividend - quotient * divisor
  const doubled = abs(rest) * 2n
  const size = abs(divisor)
  if (doubled < size || (doubled === size && quotient % 2n === 0n)) return quotient
  return quotient + (dividend < 0n === divisor < 0n ? 1n : -1n)
}

const abs = (value: bigint): bigint => (value < 0n ? -value : value)
