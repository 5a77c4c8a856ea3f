/**
 * What the log holds of a feed behind given offsets: the numbers of its records, which their ids carry. So nothing is sent that
 * is there already, after a crash and after an append whose answer was lost.
 *
 *   errors  those of the log and the registry
 */
import { decodeBatch } from '@k2/contracts/records/decode.ts'
import type { MarketTopic } from '@k2/contracts/topics.ts'
import type { Log, OffsetRange, SchemaRegistry } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import type { Identity } from '@k2/market/identity.ts'

export interface ReadBackPorts {
  readonly log: Log
  readonly registry: SchemaRegistry
}

/** Told each record, in its partition's order. */
export type Found = (symbol: string, id: number, offset: bigint) => void

/**
 * `from`: by partition; one that is not named is not read. Answers where it has read to, by partition. Records of other
 * numbering (aggregated trades beside trades) are passed over: their ids begin otherwise.
 */
export async function readBack(
  ports: ReadBackPorts,
  topic: MarketTopic,
  from: ReadonlyMap<number, bigint>,
  identityOf: (symbol: string) => Identity | undefined,
  found: Found,
  signal: AbortSignal,
): Promise<Map<number, bigint>> {
  const ends = new Map<number, bigint>()
  for (const range of await ports.log.ranges([topic.name])) {
    const wanted = from.get(range.partition)
    if (wanted === undefined) continue
    ends.set(range.partition, range.to)
    const begin = wanted > range.from ? wanted : range.from
    if (begin < range.to) await readRange(ports, topic, { ...range, from: begin }, identityOf, found, signal)
  }
  return ends
}

/** The same, of one range. */
export async function readRange(
  { log, registry }: ReadBackPorts,
  topic: MarketTopic,
  range: OffsetRange,
  identityOf: (symbol: string) => Identity | undefined,
  found: Found,
  signal: AbortSignal,
): Promise<void> {
  for await (const batch of log.readRange(range, { signal })) {
    const { columns, rows } = decodeBatch(topic, batch, await schemasOf(registry, [batch])).batch
    const [ids, symbols, offsets] = ['message_id', 'symbol', 'kafka_offset'].map((name) => columns.get(name))
    if (ids?.kind !== 'uuid' || offsets?.kind !== 'int64') throw new Error('a decoded batch has its table’s columns')
    for (let row = 0; row < rows; row++) {
      const symbol =
        symbols?.kind === 'dictionary'
          ? symbols.dictionary[symbols.codes[row]!]
          : symbols?.kind === 'text'
            ? symbols.values[row]
            : null
      const identity = symbol ? identityOf(symbol) : undefined
      const id = identity === undefined ? -1 : numberIn(ids.bytes, row * 16, identity)
      if (id >= 0) found(symbol!, id, offsets.values[row]!)
    }
  }
}

const words = new Uint32Array(4)

/** The number that a message_id of that identity carries; -1 where it is another's. */
function numberIn(bytes: Uint8Array, at: number, identity: Identity): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 16)
  const number = (view.getUint32(8) & 0x3fff_ffff) * 2 ** 32 + view.getUint32(12)
  if (!Number.isSafeInteger(number)) return -1
  identity.numberedWords(number, words)
  return words.every((word, i) => word === view.getUint32(i * 4)) ? number : -1
}
