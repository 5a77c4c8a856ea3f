/** Records as the log has them, and the feed that puts them there: what streams and pages are held against. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Trade } from '@k2/market/trade.ts'
import type { Asking } from './asking.ts'
import { quoteOf, tradeOf } from './market.ts'

export const SYMBOLS = ['KTA', 'KTB', 'KNF', 'KTC']

export interface Placed {
  readonly id: string
  readonly symbol: string
  readonly conditions: readonly string[]
  readonly key: readonly [micros: number, sequence: bigint, topic: string, partition: number, offset: bigint]
}

export type PlacedRecords = Record<'trades' | 'quotes', Placed[]>

export const nothingPlaced = (): PlacedRecords => ({ trades: [], quotes: [] })

/** Some records of one symbol. */
export async function place(world: Asking, placed: PlacedRecords, random: () => number, most = 12): Promise<void> {
  const symbol = SYMBOLS[Math.floor(random() * SYMBOLS.length)]!
  const kind = random() < 0.6 ? 'trades' : 'quotes'
  const records = Array.from({ length: 1 + Math.floor(random() * most) }, () =>
    kind === 'trades' ? tradeOf(symbol, random) : quoteOf(symbol, random),
  )
  const { partition, from } = await world.append(kind, records as never[])
  const slash = partition.lastIndexOf('/')
  const [topic, number] = [partition.slice(0, slash), Number(partition.slice(slash + 1))]
  for (const [i, { messageId: id, timestampMicros, sourceSequence, ...record }] of records.entries()) {
    const { tradeConditions: conditions = [] } = record as Partial<Trade>
    const key = [timestampMicros, sourceSequence ?? -1n, topic, number, from + BigInt(i)] as const
    placed[kind].push({ id, symbol, conditions, key })
  }
}

/** Fast at first, for pages to be of; then slower than they are read. */
export async function feed(
  world: Asking,
  placed: PlacedRecords,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await place(world, placed, random)
    await sleep(placed.trades.length < 500 ? 1 : 40)
  }
}

/** SPEC's order of records. */
export function compare(a: Placed['key'], b: Placed['key']): number {
  const at = a.findIndex((part, i) => part !== b[i])
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1
}

export const inOrderOfTime = (records: readonly Placed[]): Placed[] => records.toSorted((a, b) => compare(a.key, b.key))

/** Those below the offsets. */
export const coveredBy = (records: readonly Placed[], offsets: Readonly<Record<string, string>>): Placed[] =>
  records.filter(({ key: [, , topic, number, offset] }) => offset < BigInt(offsets[`${topic}/${number}`] ?? 0))

export const idsOf = (records: readonly Placed[]): string[] => records.map(({ id }) => id)

/** Each once; those that came live in the log's order, symbol by symbol. */
export function checkOnce(ids: readonly string[], liveFrom: number, wanted: readonly Placed[], told: string): void {
  const byId = new Map(wanted.map((one) => [one.id, one]))
  assert.equal(new Set(ids).size, ids.length, `${told}: some came twice`)
  assert.deepEqual(new Set(ids), new Set(byId.keys()), `${told}: not all came, or others did`)
  const live = ids.slice(liveFrom).map((id) => byId.get(id)!)
  for (const [symbol, of] of Map.groupBy(live, (one) => one.symbol)) {
    const offsets = of.map(({ key }) => key[4])
    assert.deepEqual(
      offsets,
      offsets.toSorted((a, b) => (a < b ? -1 : 1)),
      `${told}: ${symbol} is not in the log's order`,
    )
  }
}
