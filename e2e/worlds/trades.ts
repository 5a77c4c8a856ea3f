/** Records put into the log by hand, past the loader: good trades, and what no table can take. */
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { Log, NewRecord, SchemaRegistry } from '@k2/log/log.ts'
import { TOPIC } from '../oracle/log.ts'

const DAY_MICROS = Date.parse('2014-03-10T00:00:00Z') * 1000

/** Makes the `number`-th trade of a symbol, counting from 1. */
export type MakeTrade = (symbol: string, number: number) => NewRecord & { readonly value: Buffer }

export async function tradeMaker(registry: SchemaRegistry): Promise<MakeTrade> {
  const schemaId = await registry.register(`${TOPIC}-value`, SCHEMAS.trades)
  return (symbol, number) => {
    const value = encodeRecord('trades', tradeOf(symbol, number), FRAME_BYTES)
    writeFrame(value, 0, schemaId)
    return { key: symbol, value }
  }
}

function tradeOf(symbol: string, number: number) {
  const hex = Buffer.from(symbol.padEnd(8)).toString('hex')
  return {
    messageId: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8000-${String(number).padStart(12, '0')}`,
    tradeId: `20140310-${number}`,
    symbol,
    exchange: 'ASX',
    assetClass: 'equities',
    timestampMicros: DAY_MICROS + number * 1000,
    price: 100_000_000n + BigInt(number),
    quantity: 100_000_000n * BigInt(number),
    currency: 'AUD',
    side: 'UNKNOWN',
    tradeConditions: [],
    sourceSequence: BigInt(number),
    ingestionMicros: DAY_MICROS,
    vendorData: null,
  } as const
}

/** Appends trades [from, to) of each symbol. */
export async function appendTrades(
  log: Log,
  make: MakeTrade,
  symbols: readonly string[],
  from: number,
  to: number,
): Promise<void> {
  for (const symbol of symbols) {
    const records = Array.from({ length: to - from }, (_, i) => make(symbol, from + i))
    await log.append(TOPIC, records)
  }
}
