/**
 * HOT PATH (`npm run bench -- dedup`). The message ids of a batch, four words each, without decoding its records: the id is
 * a record's first field in every schema of ours. A writer whose schema has it elsewhere is read by avsc; what names no
 * schema, or holds no UUID there, has no id: it cannot land either (decode.ts).
 *
 *   shape   pure
 */

import { resolverOf } from '@k2/contracts/records/avro.ts'
import { decodeByAvsc, type LoggedRecords, Refusal, type Schemas } from '@k2/contracts/records/decode.ts'
import type { MarketTopic } from '@k2/contracts/topics.ts'

export const WORDS = 4
const HEADER_BYTES = 5
const TEXT_BYTES = 36
/** Avro's length in front of it: one byte, zigzag. */
const LENGTH_BYTE = 2 * TEXT_BYTES
const DASH = 45
const NO_DIGIT = 255
const HEX = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase())
  return byte < 128 && digit >= 0 ? digit : NO_DIGIT
})
/** Where in the text each word's eight digits begin; the second and the third have a dash in their midst. */
const STARTS = [0, 9, 19, 28] as const

export interface Ids {
  /** The i-th id is words[4 i .. 4 i + 3], the front first. */
  readonly words: Uint32Array
  /** 1 where the record has one. */
  readonly has: Uint8Array
}

type IdOf = (bytes: Uint8Array, start: number, end: number, words: Uint32Array, to: number) => boolean

export class IdReader {
  private readonly topic: MarketTopic
  private readonly schemas: Schemas
  private readonly ways = new Map<number, IdOf>()

  constructor(topic: MarketTopic, schemas: Schemas) {
    this.topic = topic
    this.schemas = schemas
  }

  read({ count, values }: Pick<LoggedRecords, 'count' | 'values'>): Ids {
    const { bytes, starts, ends } = values
    const words = new Uint32Array(count * WORDS)
    const has = new Uint8Array(count)
    let recent = -1
    let way: IdOf = none
    for (let i = 0; i < count; i++) {
      const start = starts[i]!
      const end = ends[i]!
      if (end - start < HEADER_BYTES || bytes[start] !== 0) continue
      const id = (bytes[start + 1]! << 24) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 8) | bytes[start + 4]!
      if (id !== recent) {
        way = this.wayOf(id)
        recent = id
      }
      if (way(bytes, start, end, words, i * WORDS)) has[i] = 1
    }
    return { words, has }
  }

  private wayOf(id: number): IdOf {
    const known = this.ways.get(id)
    if (known !== undefined) return known
    const entry = this.schemas.get(id)
    const way = entry === undefined || 'reason' in entry ? none : wayFor(this.topic, entry.schema)
    this.ways.set(id, way)
    return way
  }
}

/** As it is written with a logical type, and without. */
type Text = string | { readonly type?: unknown }

function wayFor({ kind }: MarketTopic, schema: string): IdOf {
  const first = (JSON.parse(schema) as { fields?: { name: string; type: Text }[] }).fields?.[0]
  if (
    first?.name === 'message_id' &&
    [first.type, typeof first.type === 'object' && first.type.type].includes('string')
  )
    return inFront
  try {
    const resolver = resolverOf(kind, schema)
    return (bytes, start, end, words, to) => {
      const record = decodeByAvsc(kind, bytes, start, end, resolver)
      if (record instanceof Refusal) return false
      const text = Buffer.from(record.message_id as string, 'latin1')
      return text.length === TEXT_BYTES && wordsOf(text, 0, words, to)
    }
  } catch {
    // A writer that today's schema cannot read: its records are refused, and the sink says why.
    return none
  }
}

const none: IdOf = () => false

const inFront: IdOf = (bytes, start, end, words, to) => {
  const at = start + HEADER_BYTES
  if (bytes[at] !== LENGTH_BYTE || end - at <= TEXT_BYTES) return false
  return wordsOf(bytes, at + 1, words, to)
}

/** Of the text that stands there; false where it is no UUID. */
export function wordsOf(bytes: Uint8Array, at: number, words: Uint32Array, to: number): boolean {
  let faults = (bytes[at + 8]! ^ DASH) | (bytes[at + 13]! ^ DASH) | (bytes[at + 18]! ^ DASH) | (bytes[at + 23]! ^ DASH)
  for (let word = 0; word < WORDS; word++) {
    let value = 0
    let from = at + STARTS[word]!
    for (let digit = 0; digit < 8; digit++, from++) {
      if (digit === 4 && (word === 1 || word === 2)) from++
      const nibble = HEX[bytes[from]!]!
      faults |= nibble & 0xf0
      value = (value << 4) | nibble
    }
    words[to + word] = value
  }
  return faults === 0
}

/** 32 bits of a hash of the id that begins at `at`. */
export type Mix = (words: Uint32Array, at: number, seed: number) => number

/** MurmurHash3: ids of ours differ in few bits. */
export const mix: Mix = (words, at, seed) => {
  let hash = seed
  for (let i = 0; i < WORDS; i++) {
    let word = Math.imul(words[at + i]!, 0xcc9e2d51)
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593)
    hash ^= word
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
