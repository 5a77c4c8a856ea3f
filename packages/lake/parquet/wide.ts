/**
 * HOT PATH (`npm run bench -- formats`). Columns of 128 bits, which answers' sums are of: PLAIN, each with its highest byte first, as
 * Parquet wants decimals in bytes.
 */
import type { WideColumn } from '@k2/contracts/columns.ts'
import { type Chunk, type Encoder, present, putNulls } from './chunk.ts'
import type { FileColumn } from './schema.ts'

const BYTES = 16

export class WideEncoder implements Encoder {
  private readonly bytes: Uint8Array
  private readonly nulls: Uint8Array | undefined
  private readonly isRequired: boolean

  constructor({ required }: FileColumn, { words, nulls }: WideColumn) {
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
    this.nulls = nulls
    this.isRequired = required
  }

  put(rows: Int32Array, chunk: Chunk): void {
    putNulls(chunk, this.isRequired, this.nulls, rows)
    const kept = chunk.nullCount > 0 ? present(this.nulls, rows) : rows
    const { bytes } = this
    const { body } = chunk
    body.reserve(kept.length * BYTES)
    for (let i = 0; i < kept.length; i++) {
      const last = kept[i]! * BYTES + BYTES - 1
      for (let k = 0; k < BYTES; k++) body.buffer[body.at++] = bytes[last - k]!
    }
  }
}
