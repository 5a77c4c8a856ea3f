/** Trades for benches: of 50 symbols over two days, ids and numbers as the loader makes them, the same at every run. */
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import type { MarketTopic } from '@k2/contracts/topics.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { Log, NewRecord, SchemaRegistry } from '@k2/log/log.ts'
import { type Identity, identity } from '@k2/market/identity.ts'
import { DAY_MICROS } from '@k2/market/instant.ts'
import type { Trade } from '@k2/market/trade.ts'

const SYMBOLS = 50
const START_MICROS = 1_394_398_800_000_000
const APPEND_ROWS = 5_000

/** Gives the next so many records of a run of `rows` trades. */
export type MakeTrades = (count: number) => NewRecord[]

export async function tradeRecords(registry: SchemaRegistry, topic: MarketTopic, rows: number): Promise<MakeTrades> {
  const id = await registry.register(`${topic.name}-value`, SCHEMAS.trades)
  const below = dice()
  let made = 0
  return (count) =>
    Array.from({ length: count }, () => {
      const trade = tradeOf(topic, made++, rows, below)
      const value = encodeRecord('trades', trade, FRAME_BYTES)
      writeFrame(value, 0, id)
      return { key: trade.symbol, value }
    })
}

/** Appends so many, in the portions of a loader; gives how long a framed one is, on average. */
export async function appendTrades(log: Log, topic: MarketTopic, make: MakeTrades, rows: number): Promise<number> {
  let bytes = 0
  for (let from = 0; from < rows; from += APPEND_ROWS) {
    const records = make(Math.min(APPEND_ROWS, rows - from))
    bytes += records.reduce((sum, { value }) => sum + value!.length, 0)
    await log.append(topic.name, records)
  }
  return bytes / rows
}

/** The measure that a share of all reaches at most; each stands for so many. */
export function percentile(measures: readonly (readonly [measure: number, weight: number])[], share: number): number {
  const sorted = measures.toSorted(([a], [b]) => a - b)
  let left = sorted.reduce((sum, [, weight]) => sum + weight, 0) * share
  for (const [measure, weight] of sorted) {
    left -= weight
    if (left <= 0) return measure
  }
  return sorted.at(-1)?.[0] ?? Number.NaN
}

function dice(): (limit: number) => number {
  let state = 1
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state % limit
  }
}

const ids = new Map<string, Identity>()

function idsOf(exchange: string, symbol: string): Identity {
  const known = ids.get(exchange + symbol) ?? identity(exchange, 'trade', symbol)
  ids.set(exchange + symbol, known)
  return known
}

function tradeOf(
  { exchange, assetClass }: MarketTopic,
  i: number,
  rows: number,
  below: (limit: number) => number,
): Trade {
  const symbol = `S${String(below(SYMBOLS)).padStart(2, '0')}`
  const timestampMicros = START_MICROS + Math.floor((i / rows) * 2 * DAY_MICROS)
  return {
    messageId: idsOf(exchange, symbol).numbered(BigInt(i)),
    tradeId: `201403${10 + Math.floor((2 * i) / rows)}-${i}`,
    symbol,
    exchange,
    assetClass,
    timestampMicros,
    price: BigInt(3_600_000_000 + below(10_000) * 10_000),
    quantity: BigInt(1 + below(5_000)) * 100_000_000n,
    currency: 'AUD',
    side: 'UNKNOWN',
    tradeConditions: below(4) === 0 ? ['XT', 'P'] : [],
    sourceSequence: BigInt(i),
    ingestionMicros: 1_795_000_000_000_000 + i,
    vendorData: { company_id: String(7_000 + Number(symbol.slice(1))), venue: 'T' },
  }
}
