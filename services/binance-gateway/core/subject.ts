/** A symbol of a venue, and what all its records have alike, laid out once as Avro has it. */
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { avroText } from '@k2/contracts/records/avrobytes.ts'
import { type Identity, identity, type RecordType } from '@k2/market/identity.ts'

export type TradeKind = Extract<RecordType, 'trade' | 'aggTrade'>

export interface Listing {
  readonly symbol: string
  /** The asset that its prices count. */
  readonly currency: string
}

export interface Subject extends Listing {
  /** Its place among the feed's symbols. */
  readonly index: number
  readonly bytes: Uint8Array
  /** symbol, exchange, asset_class. */
  readonly instrument: Uint8Array
  readonly currencyBytes: Uint8Array
  readonly tradeIds: Identity
  readonly quoteIds: Identity
}

export const ASSET_CLASS = 'crypto'

export function subjectOf(exchange: string, kind: TradeKind, { symbol, currency }: Listing, index: number): Subject {
  return {
    symbol,
    currency,
    index,
    bytes: Buffer.from(symbol),
    instrument: Buffer.concat([avroText(symbol), avroText(exchange), enumByte('asset_class', ASSET_CLASS)]),
    currencyBytes: avroText(currency),
    tradeIds: identity(exchange, kind, symbol),
    quoteIds: identity(exchange, 'quote', symbol),
  }
}

/** An enum's value is its place in the schema. */
export function enumByte(field: string, value: string): Buffer {
  const { fields } = JSON.parse(SCHEMAS.trades) as { fields: { name: string; type: { symbols?: string[] } }[] }
  const place = fields.find(({ name }) => name === field)?.type.symbols?.indexOf(value) ?? -1
  if (place < 0) throw new RangeError(`${field} has no ${value}`)
  return Buffer.of(place * 2)
}

/** Finds the subject of a symbol's bytes. */
export class Subjects {
  readonly all: readonly Subject[]
  readonly #byHash = new Map<number, Subject[]>()
  #last: Subject | undefined

  constructor(all: readonly Subject[]) {
    this.all = all
    for (const subject of all) {
      const hash = hashOf(subject.bytes, 0, subject.bytes.length)
      this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), subject])
    }
  }

  at(bytes: Uint8Array, start: number, end: number): Subject | undefined {
    // Messages of a symbol come in runs.
    if (this.#last && isSame(this.#last.bytes, bytes, start, end)) return this.#last
    const found = this.#byHash.get(hashOf(bytes, start, end))?.find((one) => isSame(one.bytes, bytes, start, end))
    if (found) this.#last = found
    return found
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  return hash
}

function isSame(own: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (own.length !== end - start) return false
  for (let i = 0; i < own.length; i++) if (own[i] !== bytes[start + i]) return false
  return true
}
