/** Records put into the log by hand, past the loader: good trades, and what no table can take. */
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { numberedTrade } from '@k2/contracts/records/trade.fixture.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { Log, NewRecord, SchemaRegistry } from '@k2/log/log.ts'
import { TOPIC } from '../oracle/log.ts'

/** Makes the `number`-th trade of a symbol, counting from 1. */
export type MakeTrade = (symbol: string, number: number) => NewRecord & { readonly value: Buffer }

export async function tradeMaker(registry: SchemaRegistry): Promise<MakeTrade> {
  const schemaId = await registry.register(`${TOPIC}-value`, SCHEMAS.trades)
  return (symbol, number) => {
    const value = encodeRecord('trades', numberedTrade(symbol, number), FRAME_BYTES)
    writeFrame(value, 0, schemaId)
    return { key: symbol, value }
  }
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
