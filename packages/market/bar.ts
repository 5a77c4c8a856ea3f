/** OHLCV bars: the intervals there are. */
import { DAY_MICROS, SECOND_MICROS } from './instant.ts'

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
