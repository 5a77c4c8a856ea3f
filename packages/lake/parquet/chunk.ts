/**
 * HOT PATH (`npm run bench -- layout`). What one column of one row group is encoded into, before it is compressed.
 *
 *   body   repetition levels (lists) · definition levels (what may be null) · values: a data page, version 1
 *
 * Levels have their length in 4 bytes in front, then the hybrid (hybrid.ts).
 *
 *   source  Parquet format, "Data Pages", "Nested Encoding"
 */
import { Bytes, roomy } from './bytes.ts'
import { hybrid } from './hybrid.ts'

export const ENCODINGS = {
  plain: 0,
  rle: 3,
  delta: 5,
  deltaByteArray: 7,
  dictionary: 8,
} as const
export type Encoding = keyof typeof ENCODINGS

export interface Layout {
  /** Of zstd. */
  readonly level: number
  /** Without: PLAIN where a dictionary is not worth it, which every reader knows. */
  readonly isDelta: boolean
}
export const LAYOUT: Layout = { level: 3, isDelta: true }

/** Of a column's values: whole numbers and truths as bigint, ids and texts as their bytes. */
export type Extreme = bigint | Uint8Array

export class Chunk {
  layout = LAYOUT
  readonly body = new Bytes()
  readonly dictionary = new Bytes()
  dictionaryCount = 0
  encoding: Encoding = 'plain'
  /** With nulls; of a list, its elements, and one for a list that is empty or null. */
  valueCount = 0
  nullCount = 0
  /** Rows without a value; of a list, without a list. */
  missing = 0
  min: Extreme | undefined
  max: Extreme | undefined

  clear(): void {
    this.body.clear()
    this.dictionary.clear()
    this.dictionaryCount = 0
    this.encoding = 'plain'
    this.valueCount = 0
    this.nullCount = 0
    this.missing = 0
    this.min = undefined
    this.max = undefined
  }
}

/** A column of a batch. Classes, not closures: V8 learns a closure's loops anew in each commit that makes one. */
export interface Encoder {
  /** Puts rows of the batch into an empty chunk. */
  put(rows: Int32Array, chunk: Chunk): void
}

export function putLevels(body: Bytes, levels: Int32Array, count: number, width: number): void {
  body.int32(0)
  const from = body.at
  hybrid(body, levels, count, width)
  body.buffer.writeInt32LE(body.at - from, from - 4)
}

let levels = new Int32Array(0)

/**
 * Definition levels of a column that is no list: none where it must have a value.
 * @param nulls by row of the batch
 */
export function putNulls(chunk: Chunk, isRequired: boolean, nulls: Uint8Array | undefined, rows: Int32Array): void {
  const count = rows.length
  chunk.valueCount = count
  if (nulls !== undefined) {
    levels = roomy(levels, count)
    let present = 0
    for (let i = 0; i < count; i++) {
      const level = nulls[rows[i]!]! ^ 1
      levels[i] = level
      present += level
    }
    chunk.nullCount = count - present
    chunk.missing = chunk.nullCount
  }
  if (isRequired) return
  if (chunk.nullCount === 0) levels = roomy(levels, count).fill(1, 0, count)
  putLevels(chunk.body, levels, count, 1)
}

/** The rows that are not null, in a place that the next call takes again. */
export function present(nulls: Uint8Array | undefined, rows: Int32Array): Int32Array {
  if (nulls === undefined) return rows
  kept = roomy(kept, rows.length)
  let count = 0
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    if (nulls[row] === 0) kept[count++] = row
  }
  return kept.subarray(0, count)
}

let kept = new Int32Array(0)
