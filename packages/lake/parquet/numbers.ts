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
import type { Column } from '@k2/contracts/tables.ts'
import { roomy } from './bytes.ts'
import { type Chunk, type Encode, present, putNulls } from './chunk.ts'
import { delta } from './delta.ts'
import { hybrid, widthOf } from './hybrid.ts'

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

export function int64s({ required, type }: Column, { values, nulls }: Int64Column): Encode {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  const isDecimal = type === 'decimal(18, 8)'
  return (rows, chunk) => {
    putNulls(chunk, required, nulls, rows)
    const gathered = gather64(halves, chunk.nullCount > 0 ? present(nulls, rows) : rows)
    putNumbers(chunk, gathered, 8, isDecimal)
  }
}

export function int32s({ required }: Column, { values, nulls }: Int32Column): Encode {
  return (rows, chunk) => {
    putNulls(chunk, required, nulls, rows)
    const gathered = gather32(values, chunk.nullCount > 0 ? present(nulls, rows) : rows)
    putNumbers(chunk, gathered, 4, false)
  }
}

function gather64(halves: Int32Array, rows: Int32Array): Gathered {
  const count = rows.length
  words = roomy(words, count * 2)
  doubles = roomy(doubles, count)
  let far = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) {
    const at = rows[i]! * 2
    const low = halves[at]!
    const high = halves[at + 1]!
    words[i * 2] = low
    words[i * 2 + 1] = high
    far |= (high + 2 ** 19) >>> 20
    const value = high * 2 ** 32 + (low >>> 0)
    doubles[i] = value
    if (value < min) min = value
    if (value > max) max = value
  }
  if (far === 0) return { count, isNear: true, min: count && BigInt(min), max: count && BigInt(max) } as Gathered
  return { count, isNear: false, ...exactExtremes(count) }
}

function gather32(values: Int32Array, rows: Int32Array): Gathered {
  const count = rows.length
  words = roomy(words, count)
  doubles = roomy(doubles, count)
  let min = 2 ** 31
  let max = -(2 ** 31)
  for (let i = 0; i < count; i++) {
    const value = values[rows[i]!]!
    words[i] = value
    doubles[i] = value
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

let slots = new Int32Array(0)
let indices = new Int32Array(0)

/** False where too few repeat for a dictionary to be worth its page. */
function putDictionary(chunk: Chunk, count: number): boolean {
  const most = Math.max(16, count >> 1)
  const size = 2 ** widthOf(most * 2)
  slots = roomy(slots, size)
  slots.fill(0, 0, size)
  indices = roomy(indices, count)
  const { dictionary } = chunk
  let different = 0
  for (let i = 0; i < count; i++) {
    const low = words[i * 2]!
    const high = words[i * 2 + 1]!
    let slot = hashOf(low, high) & (size - 1)
    for (;;) {
      const known = slots[slot]! - 1
      if (known < 0) {
        if (different === most) {
          dictionary.clear()
          return false
        }
        dictionary.int32(low)
        dictionary.int32(high)
        slots[slot] = ++different
        indices[i] = different - 1
        break
      }
      const { buffer } = dictionary
      const at = known * 8
      if (isAt(buffer, at, low) && isAt(buffer, at + 4, high)) {
        indices[i] = known
        break
      }
      slot = (slot + 1) & (size - 1)
    }
  }
  putIndices(chunk, indices, count, different)
  return true
}

const isAt = (buffer: Uint8Array, at: number, word: number): boolean =>
  (buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24)) === word

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

export function booleans({ required }: Column, { values, nulls }: BooleanColumn): Encode {
  return (rows, chunk) => {
    putNulls(chunk, required, nulls, rows)
    const kept = chunk.nullCount > 0 ? present(nulls, rows) : rows
    const { body } = chunk
    const bytes = (kept.length + 7) >> 3
    body.reserve(bytes)
    const from = body.at
    body.buffer.fill(0, from, from + bytes)
    let trues = 0
    for (let i = 0; i < kept.length; i++) {
      const value = values[kept[i]!]!
      trues += value
      body.buffer[from + (i >> 3)]! |= value << (i & 7)
    }
    body.at += bytes
    if (kept.length === 0) return
    chunk.min = trues === kept.length ? 1n : 0n
    chunk.max = trues > 0 ? 1n : 0n
  }
}
