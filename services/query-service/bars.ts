/** What of a bar is not a column of its statement: intervals become moments again, and the average is divided exactly. */
import type { Result } from '@k2/lake/duckdb/result.ts'
import { volumeWeighted } from '@k2/market/decimal.ts'
import { cellsOf } from './adapters/cells.ts'
import type { Cells } from './core/answer.ts'
import { type Interval, startOf } from './core/interval.ts'

/** The sum over whole units has 8 decimals, the one over the rest 16. */
export const WHOLE = 100_000_000n

/** Starts of the bars. */
export function startsOf(intervalOf: (row: number) => Interval, result: Result): Cells {
  const [bucket, exchange] = [cellsOf(result, 'bucket'), cellsOf(result, 'exchange')]
  return (row) => startOf(intervalOf(row), exchange(row) as string, Number(bucket(row)))
}

/** Their volume-weighted averages. */
export function averagesOf(result: Result): Cells {
  const names = ['notional_whole', 'notional_rest', 'volume']
  const [whole, rest, volume] = names.map((name) => cellsOf(result, name)) as [Cells, Cells, Cells]
  const number = (cells: Cells, row: number) => BigInt(cells(row) as bigint | number)
  return (row) => {
    const above = whole(row) === 0 ? 0n : number(whole, row) * WHOLE
    return volumeWeighted(above + number(rest, row), number(volume, row)) ?? null
  }
}
