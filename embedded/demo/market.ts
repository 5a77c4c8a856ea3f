/**
 * The market of a drill: symbols of each priority, each in a partition of its own, so that offsets tell how many records of
 * whom are where. Every trade is numbered by symbol, and its id follows from that.
 */
import { type Kind, SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import type { RecordOf } from '@k2/contracts/records/records.ts'
import { MARKET_TOPICS, type MarketTopic } from '@k2/contracts/topics.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { Log, NewRecord, SchemaRegistry } from '@k2/log/log.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import { identity } from '@k2/market/identity.ts'
import { DEFAULT_TIERS, type Priority } from '@k2/shedding/priority.ts'

export interface Stock {
  readonly symbol: string
  readonly priority: Priority
  readonly topic: MarketTopic
  readonly partition: number
}

export interface Market {
  readonly stocks: readonly Stock[]
  /** Records of it that the log has. */
  sent(stock: Stock): number
  /** So many more of each symbol's trades, and a hundredth of it of its reference data. */
  send(each: number): Promise<void>
}

const EXCHANGE = 'ASX'
const topicOf = (kind: Kind): MarketTopic =>
  MARKET_TOPICS.find((topic) => topic.exchange === EXCHANGE && topic.kind === kind)!
export const TRADES = topicOf('trades')
export const REFERENCE = topicOf('reference')

const { critical, high } = DEFAULT_TIERS.ASX!
const UNTIERED = Array.from({ length: 26 }, (_, i) => `Z${String.fromCharCode(65 + i)}Z`)
/** How many symbols of whom. */
const PICKED: readonly [Priority, readonly string[], number][] = [
  ['CRITICAL', critical, 2],
  ['HIGH', high, 2],
  ['NORMAL', UNTIERED, 4],
]
const APPENDED_MAX = 2_000
const TRADES_PER_REFERENCE = 100

export function stocksOf(): Stock[] {
  const taken = new Set<number>()
  const trades = PICKED.flatMap(([priority, candidates, count]) => {
    const picked: Stock[] = []
    for (const symbol of candidates) {
      const partition = partitionOf(Buffer.from(symbol), TRADES.partitions)
      if (picked.length === count || taken.has(partition)) continue
      taken.add(partition)
      picked.push({ symbol, priority, topic: TRADES, partition })
    }
    return picked
  })
  return [
    ...trades,
    ...trades.map(({ symbol, partition }): Stock => ({ symbol, priority: 'LOW', topic: REFERENCE, partition })),
  ]
}

/** The id of a symbol's trade of that number, from 1 on. */
export function tradeIdOf(symbol: string): (number: number) => string {
  const ids = identity(EXCHANGE, 'trade', symbol)
  return (number) => ids.numbered(BigInt(number))
}

export async function openMarket(log: Log, registry: SchemaRegistry, nowMicros: () => number): Promise<Market> {
  const schemaOf = (topic: MarketTopic) => registry.register(`${topic.name}-value`, SCHEMAS[topic.kind])
  const schemas = new Map([
    [TRADES, await schemaOf(TRADES)],
    [REFERENCE, await schemaOf(REFERENCE)],
  ])
  const stocks = stocksOf()
  const counts = new Map<Stock, number>()

  function record<K extends Kind>(stock: Stock, kind: K, of: RecordOf[K]): NewRecord {
    const value = encodeRecord(kind, of, FRAME_BYTES)
    writeFrame(value, 0, schemas.get(stock.topic)!)
    return { key: stock.symbol, value }
  }

  function make(stock: Stock, number: number): NewRecord {
    return stock.topic === TRADES
      ? record(stock, 'trades', tradeOf(stock.symbol, number, nowMicros()))
      : record(stock, 'reference', referenceOf(stock.symbol, number, nowMicros()))
  }

  async function append(stock: Stock, many: number): Promise<void> {
    for (let left = many; left > 0; ) {
      const count = Math.min(left, APPENDED_MAX)
      const from = counts.get(stock) ?? 0
      await log.append(
        stock.topic.name,
        Array.from({ length: count }, (_, i) => make(stock, from + i + 1)),
      )
      counts.set(stock, from + count)
      left -= count
    }
  }

  return {
    stocks,
    sent: (stock) => counts.get(stock) ?? 0,
    async send(each) {
      for (const stock of stocks)
        await append(stock, stock.topic === TRADES ? each : Math.ceil(each / TRADES_PER_REFERENCE))
    },
  }
}

const PRICE = 100_000_000n

function tradeOf(symbol: string, number: number, micros: number): RecordOf['trades'] {
  return {
    ...{ messageId: tradeIdOf(symbol)(number), tradeId: `d${number}`, symbol, exchange: EXCHANGE },
    ...{ assetClass: 'equities', timestampMicros: micros, price: 25n * PRICE + BigInt(number % 100) * 1_000_000n },
    ...{ quantity: PRICE * BigInt(1 + (number % 500)), currency: 'AUD', side: 'UNKNOWN', tradeConditions: [] },
    ...{ sourceSequence: BigInt(number), ingestionMicros: micros, vendorData: null },
  }
}

function referenceOf(symbol: string, number: number, micros: number): RecordOf['reference'] {
  return {
    ...{ messageId: identity(EXCHANGE, 'reference', symbol).numbered(BigInt(number)), companyId: `D-${symbol}` },
    ...{ symbol, exchange: EXCHANGE, assetClass: 'equities', companyName: `${symbol} of the drill`, isin: null },
    ...{ currency: 'AUD', listingMicros: null, delistingMicros: null, isActive: true, ingestionMicros: micros },
    vendorData: null,
  }
}
