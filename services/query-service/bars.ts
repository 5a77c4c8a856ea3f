/** Rows of the bars' statement as bars: intervals become moments again, and the average is divided exactly. */
import type { Result } from '@k2/lake/duckdb/result.ts'
import type { Bar } from '@k2/market/bar.ts'
import { volumeWeighted } from '@k2/market/decimal.ts'
import { cellsOf } from './adapters/cells.ts'
import { type Interval, startOf } from './core/interval.ts'

/** The sum over whole units has 8 decimals, the one over the rest 16. */
export const WHOLE = 100_000_000n

// biome-ignore format: a list reads by its line
const NAMES = [
  'symbol', 'exchange', 'bucket', 'open', 'high', 'low', 'close', 'volume', 'notional_whole', 'notional_rest',
  'trade_count',
] as const
type Name = (typeof NAMES)[number]

export function barsOf(intervalOf: (row: number) => Interval, result: Result): Bar[] {
  const cells = Object.fromEntries(NAMES.map((name) => [name, cellsOf(result, name)])) as Record<
    Name,
    ReturnType<typeof cellsOf>
  >
  return Array.from({ length: result.rows }, (_, row) => {
    const exchange = cells.exchange(row) as string
    const bucket = Number(cells.bucket(row))
    const number = (name: Name) => BigInt(cells[name](row) as bigint)
    return {
      symbol: cells.symbol(row) as string,
      exchange,
      startMicros: startOf(intervalOf(row), exchange, bucket),
      open: number('open'),
      high: number('high'),
      low: number('low'),
      close: number('close'),
      volume: number('volume'),
      tradeCount: number('trade_count'),
      vwap: volumeWeighted(number('notional_whole') * WHOLE + number('notional_rest'), number('volume')) ?? null,
    }
  })
}
