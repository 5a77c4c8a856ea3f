/**
 * What questions over trades and quotes should answer, worked out a second time from the records themselves: plain loops
 * over whole numbers, and no code of the query-service or of packages/market.
 *
 *   units   10^-8 for prices and quantities; µs since the epoch, as bigint
 */
import type { Quote } from '@k2/market/quote.ts'
import type { Trade } from '@k2/market/trade.ts'
import { decimalOf, isoOf } from './trade.ts'

/** A record, and where the log has it. */
export type Placed<Of> = Of & { readonly topic: string; readonly partition: number; readonly offset: bigint }

export type Row = Readonly<Record<string, string | number | null | readonly string[]>>

export interface Selection {
  readonly symbols?: readonly string[]
  readonly exchanges?: readonly string[]
  readonly ranges?: readonly (readonly [from: bigint, to: bigint])[]
  readonly sides?: readonly string[]
  readonly included?: readonly string[]
  readonly excluded?: readonly string[]
  readonly minPrice?: bigint
  readonly maxPrice?: bigint
  readonly minQuantity?: bigint
  readonly maxQuantity?: bigint
}

type AnyRecord = Placed<Trade> | Placed<Quote>
const microsOf = ({ timestampMicros }: AnyRecord): bigint => BigInt(timestampMicros)

/** Those selected, in SPEC's order. */
export function selected<Of extends AnyRecord>(records: readonly Of[], by: Selection): Of[] {
  const { symbols, exchanges, ranges, sides, included, excluded, minPrice, maxPrice, minQuantity, maxQuantity } = by
  const chosen = records.filter((record) => {
    const at = microsOf(record)
    if (symbols && !symbols.includes(record.symbol)) return false
    if (exchanges && !exchanges.includes(record.exchange)) return false
    if (ranges && !ranges.some(([from, to]) => at >= from && at < to)) return false
    if (!('price' in record)) return true
    if (sides && !sides.includes(record.side)) return false
    if (included && !record.tradeConditions.some((code) => included.includes(code))) return false
    if (excluded && record.tradeConditions.some((code) => excluded.includes(code))) return false
    if (minPrice !== undefined && record.price < minPrice) return false
    if (maxPrice !== undefined && record.price > maxPrice) return false
    if (minQuantity !== undefined && record.quantity < minQuantity) return false
    return maxQuantity === undefined || record.quantity <= maxQuantity
  })
  return chosen.sort(before)
}

export function before(a: AnyRecord, b: AnyRecord): number {
  return (
    sign(microsOf(a) - microsOf(b)) ||
    sign((a.sourceSequence ?? -1n) - (b.sourceSequence ?? -1n)) ||
    text(a.topic, b.topic) ||
    a.partition - b.partition ||
    sign(a.offset - b.offset)
  )
}

const sign = (n: bigint): number => (n < 0n ? -1 : n > 0n ? 1 : 0)
const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** To the nearest whole, half to even. */
export function rounded(dividend: bigint, divisor: bigint): bigint {
  if (divisor < 0n) return rounded(-dividend, -divisor)
  let below = dividend / divisor
  if (below * divisor > dividend) below--
  const twice = (dividend - below * divisor) * 2n
  return twice > divisor || (twice === divisor && below % 2n !== 0n) ? below + 1n : below
}

const ZONES: Readonly<Record<string, string>> = { ASX: 'Australia/Sydney' }
const HOUR = 3_600_000_000n
const formats = new Map<string, Intl.DateTimeFormat>()

/** The wall clock of a venue, as µs as if it were UTC. */
function wallClock(exchange: string, at: bigint): bigint {
  const timeZone = ZONES[exchange]
  if (timeZone === undefined) return at
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  formats.set(timeZone, format)
  const second = at >= 0n || at % 1_000_000n === 0n ? at / 1_000_000n : at / 1_000_000n - 1n
  const shown = Date.parse(`${format.format(Number(second) * 1000).replace(' ', 'T')}Z`)
  return BigInt(shown) * 1000n + (at - second * 1_000_000n)
}

export interface Cut {
  readonly width: bigint
  readonly calendar: 'exchange' | 'utc'
}

const isWall = ({ width, calendar }: Cut): boolean => calendar === 'exchange' && width > HOUR

/** The number of a moment's interval. */
export function intervalOf(cut: Cut, exchange: string, at: bigint): bigint {
  const shown = isWall(cut) ? wallClock(exchange, at) : at
  const number = shown / cut.width
  return number * cut.width > shown ? number - 1n : number
}

/** The first moment of an interval: looked for quarter by quarter. */
export function beginOf(cut: Cut, exchange: string, number: bigint): bigint {
  const shown = number * cut.width
  if (!isWall(cut)) return shown
  let at = shown - 15n * HOUR
  while (wallClock(exchange, at) < shown) at += HOUR / 4n
  return at
}

export interface BarsAsked extends Cut {
  /** Up to here, or to the last interval of all. */
  readonly fill?: { readonly to?: bigint }
}

interface Interval {
  readonly number: bigint
  readonly trades: readonly Placed<Trade>[]
}

/** In order of intervals, then symbol, then venue. */
export function barsOf(trades: readonly Placed<Trade>[], asked: BarsAsked): Row[] {
  const series = Map.groupBy(trades, ({ symbol, exchange }) => `${symbol} ${exchange}`)
  const numberOf = (trade: Placed<Trade>) => intervalOf(asked, trade.exchange, microsOf(trade))
  const newest = trades.map(numberOf).reduce((max, number) => (number > max ? number : max), -(2n ** 62n))
  const rows: [number: bigint, row: Row][] = []
  for (const of of series.values()) {
    const { symbol, exchange } = of[0]!
    const intervals: Interval[] = [...Map.groupBy(of, numberOf)].map(([number, trades]) => ({ number, trades }))
    intervals.sort((a, b) => sign(a.number - b.number))
    const last = intervals.at(-1)!.number
    const end = asked.fill && (asked.fill.to === undefined ? newest : intervalOf(asked, exchange, asked.fill.to - 1n))
    let close = ''
    for (const [i, interval] of intervals.entries()) {
      const bar = barOf(interval.trades)
      close = String(bar.close)
      const shown = { symbol, exchange, timestamp: isoOf(beginOf(asked, exchange, interval.number)) }
      rows.push([interval.number, { ...shown, ...bar }])
      if (end === undefined) continue
      const next = intervals[i + 1]?.number ?? (end > last ? end : last) + 1n
      for (let number = interval.number + 1n; number < next; number++) {
        const at = isoOf(beginOf(asked, exchange, number))
        const prices = { open: close, high: close, low: close, close }
        rows.push([number, { symbol, exchange, timestamp: at, ...prices, volume: '0', trade_count: '0', vwap: null }])
      }
    }
  }
  const name = (row: Row, of: string) => String(row[of])
  rows.sort(
    ([a, one], [b, two]) =>
      sign(a - b) ||
      text(name(one, 'symbol'), name(two, 'symbol')) ||
      text(name(one, 'exchange'), name(two, 'exchange')),
  )
  return rows.map(([, row]) => row)
}

/** Of trades in order. */
function barOf(trades: readonly Placed<Trade>[]): Row {
  const prices = trades.map(({ price }) => price)
  const volume = trades.reduce((sum, { quantity }) => sum + quantity, 0n)
  const notional = trades.reduce((sum, { price, quantity }) => sum + price * quantity, 0n)
  return {
    open: decimalOf(prices[0]!),
    high: decimalOf(most(prices)),
    low: decimalOf(-most(prices.map((price) => -price))),
    close: decimalOf(prices.at(-1)!),
    volume: decimalOf(volume),
    trade_count: String(trades.length),
    vwap: volume === 0n ? null : decimalOf(rounded(notional, volume)),
  }
}

export const most = (values: readonly bigint[]): bigint => values.reduce((max, value) => (value > max ? value : max))
