/** What the log holds, read record by record once the process that wrote it is gone. */
import { readFileSync } from 'node:fs'
import type { Log, LogBatch } from '@k2/log/log.ts'
import { decodeAvro, type Schema } from './avro.ts'
import { decimalOf, isoOf, type Seen, seen } from './trade.ts'

export const TOPIC = 'market.equities.trades.asx'
const LETTERS = `k2.dlq.${TOPIC}`
const FRAME_BYTES = 5

const SCHEMA: Schema = JSON.parse(readFileSync(new URL(import.meta.resolve('@k2/contracts/avro/trade.avsc')), 'utf8'))

export interface Logged {
  readonly trades: readonly Seen[]
  /** Records that are no trade. */
  readonly poisoned: readonly { readonly partition: string; readonly offset: bigint }[]
  /** By `topic/partition`, where it is not 0. */
  readonly ends: ReadonlyMap<string, bigint>
}

/** By default a log that only a loader wrote: its registry gives the first schema the id 1. */
export async function readTrades(log: Log, schemaId = 1): Promise<Logged> {
  const trades: Seen[] = []
  const poisoned: { partition: string; offset: bigint }[] = []
  const ends = new Map<string, bigint>()
  for (const range of await log.ranges([TOPIC])) {
    if (range.to > 0n) ends.set(`${TOPIC}/${range.partition}`, range.to)
    for await (const batch of log.readRange(range)) {
      for (const { offset, value } of recordsOf(batch)) {
        const trade = value && tradeOf(value, batch, offset, schemaId)
        if (trade) trades.push(trade)
        else poisoned.push({ partition: `${TOPIC}/${batch.partition}`, offset })
      }
    }
  }
  return { trades, poisoned, ends }
}

export interface Letter {
  readonly key: string
  readonly origin: 'file' | 'log'
  readonly file?: string
  readonly line?: number
  readonly topic?: string
  readonly partition?: number
  readonly offset?: string
  readonly reason: string
  readonly raw_base64: string | null
}

/** The dead letters, each place once. */
export async function readLetters(log: Log): Promise<Map<string, Letter>> {
  const letters = new Map<string, Letter>()
  for (const range of await log.ranges([LETTERS])) {
    for await (const batch of log.readRange(range)) {
      for (const { key, value } of recordsOf(batch)) letters.set(key!, { key, ...JSON.parse(String(value)) })
    }
  }
  return letters
}

export function* recordsOf({ from, count, offsetDeltas, keys, values }: LogBatch) {
  const cut = ({ bytes, starts, ends }: LogBatch['keys'], i: number) =>
    ends[i]! < 0 ? null : Buffer.from(bytes.subarray(starts[i]!, ends[i]!))
  for (let i = 0; i < count; i++) {
    yield { offset: from + BigInt(offsetDeltas[i]!), key: cut(keys, i)?.toString() ?? null, value: cut(values, i) }
  }
}

type Fields = Readonly<Record<string, unknown>> & {
  readonly timestamp: bigint
  readonly price: bigint
  readonly quantity: bigint
  readonly source_sequence: bigint | null
  readonly ingestion_timestamp: bigint
}

function tradeOf(value: Buffer, { topic, partition }: LogBatch, offset: bigint, id: number): Seen | undefined {
  if (value.length < FRAME_BYTES || value[0] !== 0 || value.readInt32BE(1) !== id) return undefined
  let fields: Fields
  try {
    fields = decodeAvro(SCHEMA, value, FRAME_BYTES) as Fields
  } catch {
    return undefined
  }
  const { timestamp, price, quantity, source_sequence, ingestion_timestamp, ...texts } = fields
  const trade = {
    ...(texts as { message_id: string; symbol: string; vendor_data: Record<string, string> | null }),
    timestamp: isoOf(timestamp),
    price: decimalOf(price),
    quantity: decimalOf(quantity),
    source_sequence: source_sequence === null ? null : String(source_sequence),
    ingestion_timestamp: isoOf(ingestion_timestamp),
    platform_sequence: String(offset),
    kafka_topic: topic,
    kafka_partition: partition,
    kafka_offset: String(offset),
  }
  return seen(trade, timestamp)
}
