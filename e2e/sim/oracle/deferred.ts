/**
 * What a table says was passed over, read from its holes and their policies by code of the judge's own.
 *
 *   shape   (holes, texts of policies) -> by partition and offset the records that are deferred
 *   errors  Fault for a hole whose policy is not there, or is another one
 */
import { createHash } from 'node:crypto'
import { Fault } from './content.ts'
import type { HoleRead } from './table.ts'

export interface Keyed {
  readonly offset: bigint
  readonly key: Uint8Array
}

/** Whether a symbol of trades is passed over: its tier is not among the words behind `keep`. */
function isPassedOver(text: string, exchange: string, symbol: string): boolean {
  const lines = text.split('\n').map((line) => line.split(' '))
  const kept = lines.find(([word]) => word === 'keep')!
  const tier = lines.find(([, of, ...symbols]) => of === exchange && symbols.includes(symbol))?.[0] ?? 'NORMAL'
  return !kept.includes(tier)
}

export function deferredPlaces(
  holes: readonly HoleRead[],
  policies: ReadonlyMap<string, string>,
  recordsOf: (partition: string) => readonly Keyed[],
): Set<string> {
  const places = new Set<string>()
  for (const { partition, from, to, reason, policy } of holes) {
    if (reason !== 'deferred') continue
    const text = policies.get(policy)
    if (text === undefined) throw new Fault(`nobody knows policy ${policy}, which a hole of ${partition} names`)
    if (!createHash('sha256').update(text).digest('hex').startsWith(policy) || policy === '')
      throw new Fault(`policy ${policy} has the text of another one`)
    const exchange = partition.slice(0, partition.lastIndexOf('/')).split('.').at(-1)!.toUpperCase()
    for (const { offset, key } of recordsOf(partition)) {
      if (offset < from || offset >= to || !isPassedOver(text, exchange, Buffer.from(key).toString())) continue
      const place = `${partition}@${offset}`
      if (places.has(place)) throw new Fault(`two holes say that ${place} is deferred`)
      places.add(place)
    }
  }
  return places
}
