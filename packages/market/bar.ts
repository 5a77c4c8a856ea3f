/** OHLCV bars: the intervals there are, and where an interval begins. */
import { DAY_MICROS, type Micros, SECOND_MICROS } from './instant.ts'

export interface Bar {
  readonly symbol: string
  readonly exchange: string
  /** Start of the interval; a day begins at the venue's own midnight. */
  readonly startMicros: Micros
  readonly open: bigint
  readonly high: bigint
  readonly low: bigint
  readonly close: bigint
  readonly volume: bigint
  readonly tradeCount: bigint
  readonly vwap: bigint | null
}

// biome-ignore format: a table reads by its columns
export const TIMEFRAMES = {
  '1s':  SECOND_MICROS,
  '1m':  60 * SECOND_MICROS,
  '5m':  300 * SECOND_MICROS,
  '15m': 900 * SECOND_MICROS,
  '30m': 1800 * SECOND_MICROS,
  '1h':  3600 * SECOND_MICROS,
  '4h':  4 * 3600 * SECOND_MICROS,
  '1d':  DAY_MICROS,
} as const

export type Timeframe = keyof typeof TIMEFRAMES
