/**
 * HOT PATH (`npm run bench -- layout`). Columns of text and ids.
 *
 *   few different   RLE_DICTIONARY: a page of the different ones, each with its length in 4 bytes in front; then indices
 *   else            DELTA_BYTE_ARRAY: how much of the one before it each begins with (DELTA_BINARY_PACKED), how long
 *                   the rest is (the same), the rests: of ids and JSON in sorted order a few bytes each
 *
 *   source  Parquet format, "Encodings", Dictionary Encoding, Delta Strings (DELTA_BYTE_ARRAY = 7, also of fixed length)
 */
import type { DictionaryColumn, TextColumn, Utf8Column, UuidColumn } from '@k2/contracts/columns.ts'
import { Bytes, roomy } from './bytes.ts'
import { type Chunk, type Encoder, present, putNulls } from './chunk.ts'
import { deltaInts } from './delta.ts'
import { putIndices } from './numbers.ts'
import { compare, type Pool } from './pool.ts'
import type { FileColumn } from './schema.ts'

export class UuidEncoder implements Encoder {
  private readonly pool: Pool
  private readonly isRequired: boolean

  constructor({ required }: FileColumn, { bytes }: UuidColumn, pool: Pool) {
    this.pool = pool.ofFixed(bytes, 16)
    this.isRequired = required
  }

  put(rows: Int32Array, chunk: Chunk): void {
    putNulls(chunk, this.isRequired, undefined, rows)
    putDeltas(chunk, this.pool, rows)
  }
}

export class TextColumnEncoder implements Encoder {
  private readonly pool: Pool
  private readonly nulls: Uint8Array | undefined
  private readonly isRequired: boolean

  constructor({ required }: FileColumn, data: TextColumn | Utf8Column, pool: Pool) {
    this.pool = pool.of(data)
    const ends = pool.ends.subarray(0, pool.count)
    this.nulls = pool.hasNull ? Uint8Array.from(ends, (end) => (end < 0 ? 1 : 0)) : undefined
    this.isRequired = required
  }

  put(rows: Int32Array, chunk: Chunk): void {
    putNulls(chunk, this.isRequired, this.nulls, rows)
    putDeltas(chunk, this.pool, chunk.nullCount > 0 ? present(this.nulls, rows) : rows)
  }
}

let entries = new Int32Array(0)

export class DictionaryEncoder implements Encoder {
  private readonly codes: Int32Array
  private readonly nulls: Uint8Array | undefined
  private readonly isRequired: boolean
  private readonly locals: Locals

  constructor({ name, required }: FileColumn, { codes, dictionary }: DictionaryColumn, pool: Pool) {
    pool.ofTexts(dictionary)
    this.codes = codes
    this.nulls = pool.hasNull ? Uint8Array.from(codes, (code) => (dictionary[code] === null ? 1 : 0)) : undefined
    this.isRequired = required
    this.locals = new Locals(name, pool)
  }

  put(rows: Int32Array, chunk: Chunk): void {
    putNulls(chunk, this.isRequired, this.nulls, rows)
    const kept = chunk.nullCount > 0 ? present(this.nulls, rows) : rows
    const { codes } = this
    const picks = roomy(entries, kept.length)
    entries = picks
    for (let i = 0; i < kept.length; i++) picks[i] = codes[kept[i]!]!
    this.locals.put(chunk, picks.subarray(0, kept.length))
  }
}

/** Which entries of a pool a chunk has, and their places in its dictionary. */
export class Locals {
  private readonly name: string
  private readonly pool: Pool
  private readonly placeOf: Int32Array
  private readonly used: Int32Array
  private indices = new Int32Array(0)

  constructor(name: string, pool: Pool) {
    this.name = name
    this.pool = pool
    this.placeOf = new Int32Array(pool.count).fill(-1)
    this.used = new Int32Array(pool.count)
  }

  put(chunk: Chunk, picks: Int32Array): void {
    const different = this.number(picks)
    const isWorthwhile = different <= Math.max(16, picks.length >> 1)
    for (let place = 0; place < different; place++) this.placeOf[this.used[place]!] = -1
    if (picks.length === 0) return
    if (isWorthwhile) this.putDictionary(chunk, picks.length, different)
    else putDeltas(chunk, this.pool, picks)
  }

  private number(picks: Int32Array): number {
    const { placeOf, used } = this
    this.indices = roomy(this.indices, picks.length)
    const { indices } = this
    let different = 0
    for (let i = 0; i < picks.length; i++) {
      const entry = picks[i]!
      let place = placeOf[entry]
      if (place === undefined) return outside(this.name, entry, this.pool.count)
      if (place < 0) {
        place = different++
        placeOf[entry] = place
        used[place] = entry
      }
      indices[i] = place
    }
    return different
  }

  private putDictionary(chunk: Chunk, count: number, different: number): void {
    const { pool, used } = this
    let min = used[0]!
    let max = min
    for (let place = 0; place < different; place++) {
      const entry = used[place]!
      const start = pool.starts[entry]!
      const end = pool.ends[entry]!
      chunk.dictionary.int32(end - start)
      chunk.dictionary.copy(pool.bytes, start, end)
      if (compare(pool, entry, min) < 0) min = entry
      if (compare(pool, entry, max) > 0) max = entry
    }
    chunk.min = pool.valueOf(min)
    chunk.max = pool.valueOf(max)
    putIndices(chunk, this.indices, count, different)
  }
}

export function outside(name: string, code: number, count: number): never {
  throw new Error(`${name}: code ${code} lies outside a dictionary of ${count}`)
}

let prefixes = new Int32Array(0)
let suffixes = new Int32Array(0)
const rests = new Bytes()

/** The entries as DELTA_BYTE_ARRAY. In sorted order an entry is compared with the one before it, and with no other. */
export function putDeltas(chunk: Chunk, pool: Pool, picks: Int32Array): void {
  const count = picks.length
  if (count === 0) return
  const { bytes, starts, ends } = pool
  const shares = roomy(prefixes, count)
  const lengths = roomy(suffixes, count)
  prefixes = shares
  suffixes = lengths
  rests.clear()
  let last = picks[0]!
  let min = last
  let max = last
  for (let i = 0; i < count; i++) {
    const entry = picks[i]!
    const start = starts[entry]!
    const length = ends[entry]! - start
    const lastStart = starts[last]!
    const lastLength = i === 0 ? 0 : ends[last]! - lastStart
    const shared = Math.min(length, lastLength)
    let prefix = 0
    while (prefix < shared && bytes[start + prefix] === bytes[lastStart + prefix]) prefix++
    shares[i] = prefix
    lengths[i] = length - prefix
    rests.copy(bytes, start + prefix, start + length)
    const order = prefix < shared ? bytes[start + prefix]! - bytes[lastStart + prefix]! : length - lastLength
    if (order > 0 && (last === max || compare(pool, entry, max) > 0)) max = entry
    else if (order < 0 && (last === min || compare(pool, entry, min) < 0)) min = entry
    last = entry
  }
  chunk.min = pool.valueOf(min)
  chunk.max = pool.valueOf(max)
  if (chunk.layout.isDelta) {
    chunk.encoding = 'deltaByteArray'
    deltaInts(chunk.body, shares, count)
    deltaInts(chunk.body, lengths, count)
    chunk.body.put(rests.taken())
  } else putPlain(chunk, pool, picks)
}

function putPlain(chunk: Chunk, { bytes, starts, ends, isFixed }: Pool, picks: Int32Array): void {
  for (let i = 0; i < picks.length; i++) {
    const start = starts[picks[i]!]!
    const end = ends[picks[i]!]!
    if (!isFixed) chunk.body.int32(end - start)
    chunk.body.copy(bytes, start, end)
  }
}
