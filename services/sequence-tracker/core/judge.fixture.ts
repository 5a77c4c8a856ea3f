/** Records for a judge, without a log: columns out of plain rows. */
import type { Position } from '@k2/contracts/records/sequence.ts'
import { WaitingShelf } from '../shelf.ts'
import { Judge, OUTCOMES, type Outcome } from './judge.ts'
import type { BatchNumbers } from './numbers.ts'

export interface Seen {
  readonly symbol: string
  readonly exchange: string
  /** null: it has none. */
  readonly number: bigint | null
  readonly micros: number
  readonly offset: number
}

export function numbersOf(rows: readonly Seen[], topic = 't', partition = 0): BatchNumbers {
  const symbols = [...new Set(rows.map(({ symbol }) => symbol))]
  const exchanges = [...new Set(rows.map(({ exchange }) => exchange))]
  const halves = (values: readonly bigint[]) => new Int32Array(BigInt64Array.from(values).buffer)
  return {
    ...{ topic, partition, rows: rows.length, symbols, exchanges },
    symbolCodes: Int32Array.from(rows, ({ symbol }) => symbols.indexOf(symbol)),
    exchangeCodes: Int32Array.from(rows, ({ exchange }) => exchanges.indexOf(exchange)),
    nulls: Uint8Array.from(rows, ({ number }) => (number === null ? 1 : 0)),
    sequences: halves(rows.map(({ number }) => number ?? 0n)),
    times: halves(rows.map(({ micros }) => BigInt(micros))),
    offsets: halves(rows.map(({ offset }) => BigInt(offset))),
    logTimes: Float64Array.from(rows, ({ offset }) => offset),
  }
}

/** A judge of so many streams over a shelf that keeps all that leave, and what it says of each record. */
export function judging(streamsMax = 10_000, stored: (key: string) => Position | undefined = () => undefined) {
  const shelf = new WaitingShelf(stored)
  const judge = new Judge(streamsMax, shelf)
  function outcomeOf(seen: Seen): Outcome {
    judge.counts.fill(0)
    judge.judge(numbersOf([seen]))
    return OUTCOMES[judge.counts.indexOf(1)]!
  }
  /** Where each stream stands, in memory or not. */
  function positions(): Position[] {
    const { streams } = judge
    return [...shelf.take(), ...[...streams.each()].map((row) => streams.position(row))]
  }
  return { judge, outcomeOf, positions }
}
