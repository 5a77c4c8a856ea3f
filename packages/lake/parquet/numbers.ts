/**
 * HOT PATH (`npm run bench -- layout`). Columns of whole numbers and truths.
 *
 *   times, longs, ints   DELTA_BINARY_PACKED
 *   decimals             a dictionary where enough repeat, else as above: a price comes back, a time hardly
 *   truths               PLAIN, a bit each
 *
 * What lies 2^51 or further from 0 (ints: 2^30, since their differences have to be ints) is PLAIN: the differences
 * would not be exact in doubles. 22 million units at 10^-8 are beyond it, so a dictionary is tried before.
 */
import type { BooleanColumn, Int32Column, Int64Column } from '@k2/contracts/columns.ts'
import { roomy } from './bytes.ts'
import { type Chunk, type Encoder, present, putNulls } from './chunk.ts'
import { delta } from './delta.ts'
import { hybrid, widthOf } from './hybrid.ts'
import type { FileColumn } from './schema.ts'

/** Values that are not null, as they stand in the file: low and high half each. */
let words = new Int32Array(0)
let doubles = new Float64Array(0)

interface Gathered {
  readonly count: number
  /** Whether all are exact as doubles, and their differences. */
  readonly isNear: boolean
  readonly min: bigint
  readonly max: bigint
}

export class Int64Encoder implements Encoder {
  private readonly halves: Int32Array
  private readonly nulls: Uint8Array | undefined
  private readonly isRequired: boolean
  private readonly isDecimal: boolean

  constructor({ required, type }: FileColumn, { values, nulls }: Int64Column) {
    // V8 moves halves without making a BigInt of each value.
    this.halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
    this.nulls = nulls
    this.isRequired = required
    this.isDecimal = type === 'decimal(18, 8)'
  }

  put(rows: Int32Array, chunk: Chunk): void {
    putNulls(chunk, this.isRequired, this.nulls, rows)
    const gathered = gather64(this.halves, chunk.nullCount > 0 ? present(this.nulls, rows) : rows)
    putNumbers(chunk, gathered, 8, this.isDecimal)
  }
}

export class Int32Encoder implements Encoder {
  private readonly values: Int32Array
  private readonly nulls: Uint8Array | undefined
  private readonly isRequired: boolean

  constructor({ required }: FileColumn, { values, nulls }: Int32Column) {
    this.values = values
    this.nulls = nulls
    this.isRequired = required
  }

  put(rows: Int32Array, chunk: Chunk): void {
    putNulls(chunk, this.isRequired, this.nulls, rows)
    const gathered = gather32(this.values, chunk.nullCount > 0 ? present(this.nulls, rows) : rows)
    putNumbers(chunk, gathered, 4, false)
  }
}

function gather64(halves: Int32Array, rows: Int32Array): Gathered {
  const count = rows.length
  const to = roomy(words, count * 2)
  const numbers = roomy(doubles, count)
  words = to
  doubles = numbers
  let far = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) {
    const at = rows[i]! * 2
    const low = halves[at]!
    const high = halves[at + 1]!
    to[i * 2] = low
    to[i * 2 + 1] = high
    far |= (high + 2 ** 19) >>> 20
    const value = high * 2 ** 32 + (low >>> 0)
    numbers[i] = value
    if (value < min) min = value
    if (value > max) max = value
  }
  if (count === 0) return { count, isNear: true, min: 0n, max: 0n }
  if (far === 0) return { count, isNear: true, min: BigInt(min), max: BigInt(max) }
  return { count, isNear: false, ...exactExtremes(count) }
}

function gather32(values: Int32Array, rows: Int32Array): Gathered {
  const count = rows.length
  const to = roomy(words, count)
  const numbers = roomy(doubles, count)
  words = to
  doubles = numbers
  let min = 2 ** 31
  let max = -(2 ** 31)
  for (let i = 0; i < count; i++) {
    const value = values[rows[i]!]!
    to[i] = value
    numbers[i] = value
    if (value < min) min = value
    if (value > max) max = value
  }
  return { count, isNear: min >= -(2 ** 30) && max <= 2 ** 30, min: BigInt(min), max: BigInt(max) }
}

/** Rare: doubles do not tell such values apart. */
function exactExtremes(count: number): { min: bigint; max: bigint } {
  const values = new BigInt64Array(words.buffer, 0, count)
  let min = values[0]!
  let max = min
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}

function putNumbers(chunk: Chunk, { count, isNear, min, max }: Gathered, bytes: 4 | 8, mayRepeat: boolean): void {
  if (count === 0) return
  chunk.min = min
  chunk.max = max
  if (mayRepeat && putDictionary(chunk, count)) return
  if (isNear && chunk.layout.isDelta) {
    chunk.encoding = 'delta'
    delta(chunk.body, doubles, count)
  } else chunk.body.put(new Uint8Array(words.buffer, 0, count * bytes))
}

/** By hash, open addressing: place in the dictionary + 1. */
let slots = new Int32Array(0)
let indices = new Int32Array(0)
/** The different values, as `words`. */
let different = new Int32Array(0)

/** False where too few repeat for a dictionary to be worth its page. */
function putDictionary(chunk: Chunk, count: number): boolean {
  const most = Math.max(16, count >> 1)
  different = roomy(different, most * 2)
  const found = number(count, most)
  if (found === undefined) return false
  chunk.dictionary.put(new Uint8Array(different.buffer, 0, found * 8))
  putIndices(chunk, indices, count, found)
  return true
}

/** How many are different; undefined where they are more than `most`. */
function number(count: number, most: number): number | undefined {
  const size = 2 ** widthOf(most * 2)
  slots = roomy(slots, size)
  indices = roomy(indices, count)
  const [table, values, places, known] = [slots, words, indices, different]
  table.fill(0, 0, size)
  let found = 0
  for (let i = 0; i < count; i++) {
    const low = values[i * 2]!
    const high = values[i * 2 + 1]!
    let slot = hashOf(low, high) & (size - 1)
    let place = table[slot]! - 1
    while (place >= 0 && (known[place * 2] !== low || known[place * 2 + 1] !== high)) {
      slot = (slot + 1) & (size - 1)
      place = table[slot]! - 1
    }
    if (place < 0) {
      if (found === most) return undefined
      place = found++
      known[place * 2] = low
      known[place * 2 + 1] = high
      table[slot] = found
    }
    places[i] = place
  }
  return found
}

function hashOf(low: number, high: number): number {
  let hash = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0xc2b2ae35)
  return hash ^ (hash >>> 13)
}

/** The page of indices of a dictionary of `different` values: their width in a byte, then the hybrid. */
export function putIndices(chunk: Chunk, codes: Int32Array, count: number, different: number): void {
  chunk.encoding = 'dictionary'
  chunk.dictionaryCount = different
  const width = Math.max(1, widthOf(different - 1))
  chunk.body.byte(width)
  hybrid(chunk.body, codes, count, width)
}

export class BooleanEncoder implements Encoder {
  private readonly values: Uint8Array
  private readonly nulls: Uint8Array | undefined
  private readonly isRequired: boolean

  constructor({ required }: FileColumn, { values, nulls }: BooleanColumn) {
    this.values = values
    this.nulls = nulls
    this.isRequired = required
  }

  put(rows: Int32Array, chunk: Chunk): void {
    putNulls(chunk, this.isRequired, this.nulls, rows)
    const kept = chunk.nullCount > 0 ? present(this.nulls, rows) : rows
    const { body } = chunk
    const bytes = (kept.length + 7) >> 3
    body.reserve(bytes)
    const from = body.at
    body.buffer.fill(0, from, from + bytes)
    let trues = 0
    for (let i = 0; i < kept.length; i++) {
      const value = this.values[kept[i]!]!
      trues += value
      body.buffer[from + (i >> 3)]! |= value << (i & 7)
    }
    body.at += bytes
    if (kept.length === 0) return
    chunk.min = trues === kept.length ? 1n : 0n
    chunk.max = trues > 0 ? 1n : 0n
  }
}
