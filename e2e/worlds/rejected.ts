/** A log with trades that the sink cannot land, of which some can be read as soon as the registry has their schema. */
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import type { Log, NewRecord, SchemaRegistry } from '@k2/log/log.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import { TOPIC } from '../oracle/log.ts'
import { tradeMaker } from './trades.ts'

export const SYMBOL = 'KTA'
export const PARTITION = partitionOf(Buffer.from(SYMBOL), 30)

/** What becomes of the trade of that number, counting from 1. */
export type Fate = 'good' | 'later' | 'damaged'

/** Appends them; the registry must be new, and know nothing of `later` ones before `learn`. */
export async function appendFates(
  log: Log,
  registry: SchemaRegistry,
  fates: readonly Fate[],
  first = 1,
): Promise<void> {
  const make = await tradeMaker(registry)
  const records = fates.map((fate, i): NewRecord => {
    const { key, value } = make(SYMBOL, first + i)
    if (fate === 'damaged') return { key, value: value.subarray(0, value.length - 3) }
    if (fate === 'later') value.writeInt32BE(value.readInt32BE(1) + 1, 1)
    return { key, value }
  })
  await log.append(TOPIC, records)
}

export async function learn(registry: SchemaRegistry): Promise<void> {
  await registry.register('later-value', JSON.stringify({ ...JSON.parse(SCHEMAS.trades), doc: 'A later one.' }))
}
