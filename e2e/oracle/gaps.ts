/** Numbers that are missing, worked out from the trades: see asked.ts. */
import type { Trade } from '@k2/market/trade.ts'
import { intervalOf, type Placed, type Row } from './asked.ts'
import { isoOf } from './trade.ts'

const DAY = { width: 86_400_000_000n, calendar: 'exchange' } as const
/** Venues whose numbers begin again every trading day. */
const DAILY = ['ASX']

/** By the time behind the gap, then symbol, venue and number. */
export function gapsOf(trades: readonly Placed<Trade>[]): Row[] {
  const at = ({ timestampMicros }: Trade) => BigInt(timestampMicros)
  const numbered = trades.filter(({ sourceSequence }) => sourceSequence !== null && sourceSequence >= 0n)
  const streams = new Map<string, Trade[]>()
  for (const trade of numbered) {
    const day = DAILY.includes(trade.exchange) ? isoOf(intervalOf(DAY, trade.exchange, at(trade)) * DAY.width) : ''
    const key = [trade.symbol, trade.exchange, day.slice(0, 10)].join(' ')
    streams.set(key, [...(streams.get(key) ?? []), trade])
  }
  const found: { readonly behind: Trade; readonly row: Row }[] = []
  for (const [key, stream] of streams) {
    const [symbol, exchange, date] = key.split(' ') as [string, string, string]
    const times = new Map<bigint, bigint[]>()
    for (const trade of stream)
      times.set(trade.sourceSequence!, [...(times.get(trade.sourceSequence!) ?? []), at(trade)])
    const numbers = [...times.keys()].sort((a, b) => (a < b ? -1 : 1))
    for (const [i, before] of numbers.entries()) {
      const after = numbers[i - 1]
      if (after === undefined || before - after === 1n) continue
      // Of a number that came twice the time that is nearer to the gap.
      const [left, right] = [times.get(after)!, times.get(before)!].map((of) => of.sort((a, b) => (a < b ? -1 : 1)))
      const [leftAt, rightAt] = [left!.at(-1)!, right![0]!]
      const row = {
        ...{ symbol, exchange, date: date === '' ? null : date },
        after_sequence: String(after),
        before_sequence: String(before),
        missing: String(before - after - 1n),
        after_timestamp: isoOf(leftAt),
        before_timestamp: isoOf(rightAt),
      }
      found.push({ behind: { ...stream[0]!, timestampMicros: Number(rightAt), sourceSequence: before }, row })
    }
  }
  const compare = <T>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0)
  found.sort(
    ({ behind: a }, { behind: b }) =>
      compare(a.timestampMicros, b.timestampMicros) ||
      compare(a.symbol, b.symbol) ||
      compare(a.exchange, b.exchange) ||
      compare(a.sourceSequence!, b.sourceSequence!),
  )
  return found.map(({ row }) => row)
}
