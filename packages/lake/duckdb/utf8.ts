/**
 * HOT PATH (`npm run bench -- query`). Texts and lists of text of an answer as the bytes that Arrow and Parquet want: UTF-8
 * in one buffer with offsets into it, without a string a row. See headers.ts for how they lie in a vector.
 *
 *   limits  2^31 bytes a column: offsets are of 32 bits
 */
import type { DuckDBListVector, DuckDBVector } from '@duckdb/node-api'
import type { Utf8Column, Utf8ListColumn } from '@k2/contracts/columns.ts'
import { headersOf, INLINE_BYTES } from './headers.ts'
import { type RawVector, rawOf, readBytes, readValidity, readWords } from './memory.ts'

const BYTES_MAX = 2 ** 31 - 1

/** A vector's headers, 4 numbers each, and which of its values are not null. */
interface Vector {
  readonly raw: RawVector
  readonly headers: Int32Array
  readonly valid: Uint8Array | null
}

/** Long texts that lie one behind the other in the heap: those among the values from `first` on. */
interface Run {
  first: number
  bytes: number
  end: number
}

export class Utf8Texts {
  rows = 0
  private bytes = new Uint8Array(1 << 14)
  private at = 0
  private offsets = new Int32Array(1 << 10)
  private nulls = new Uint8Array(1 << 10)
  private hasNull = false

  take(vector: DuckDBVector): void {
    this.takeSome(vectorOf(vector), 0, vector.itemCount)
  }

  /** Values `from` up to `to`. */
  takeSome(vector: Vector, from: number, to: number): void {
    const { headers, valid } = vector
    const inside = new Uint8Array(headers.buffer, headers.byteOffset, headers.byteLength)
    this.reserve(to - from)
    const first = this.rows - from
    const run: Run = { first: -1, bytes: 0, end: -1 }
    for (let i = from; i < to; i++) {
      const length = isNull(valid, i) ? 0 : headers[i * 4]!
      this.room(length)
      if (isNull(valid, i)) {
        this.nulls[first + i] = 1
        this.hasNull = true
      } else if (length > INLINE_BYTES) this.goOn(run, vector, i, first)
      else for (let k = 0, at = this.at; k < length; k++, at++) this.bytes[at] = inside[i * 16 + 4 + k]!
      this.at += length
      this.offsets[first + i + 1] = this.at
    }
    this.fetch(run, vector, to, first)
    this.rows += to - from
  }

  column(): Utf8Column {
    const { rows, at, hasNull } = this
    const nulls = hasNull ? { nulls: this.nulls.subarray(0, rows) } : {}
    return { kind: 'utf8', bytes: this.bytes.subarray(0, at), offsets: this.offsets.subarray(0, rows + 1), ...nulls }
  }

  private goOn(run: Run, vector: Vector, i: number, first: number): void {
    const { headers } = vector
    const length = headers[i * 4]!
    const place = (headers[i * 4 + 2]! >>> 0) + headers[i * 4 + 3]! * 2 ** 32
    if (place !== run.end) {
      this.fetch(run, vector, i, first)
      run.first = i
      run.bytes = 0
      run.end = place
    }
    run.bytes += length
    run.end += length
  }

  /** Copies the run's texts to where they belong; they end before value `to`. */
  private fetch(run: Run, { raw, headers, valid }: Vector, to: number, first: number): void {
    if (run.first < 0) return
    const at = run.first * 4
    const bytes = readBytes(Int32Array.of(run.bytes, 0, headers[at + 2]!, headers[at + 3]!), raw)
    for (let i = run.first, from = 0; i < to; i++) {
      const length = isNull(valid, i) ? 0 : headers[i * 4]!
      if (length <= INLINE_BYTES) continue
      this.bytes.set(bytes.subarray(from, from + length), this.offsets[first + i]!)
      from += length
    }
  }

  private reserve(rows: number): void {
    const length = this.rows + rows + 1
    if (length <= this.offsets.length) return
    const [offsets, nulls] = [this.offsets, this.nulls]
    this.offsets = new Int32Array(Math.max(length, offsets.length * 2))
    this.nulls = new Uint8Array(this.offsets.length)
    this.offsets.set(offsets)
    this.nulls.set(nulls)
  }

  private room(bytes: number): void {
    const length = this.at + bytes
    if (length <= this.bytes.length) return
    if (length > BYTES_MAX) throw new Error(`a column of more than ${BYTES_MAX} bytes of text`)
    const smaller = this.bytes
    this.bytes = new Uint8Array(Math.max(length, smaller.length * 2))
    this.bytes.set(smaller)
  }
}

export class Utf8Lists {
  private readonly elements = new Utf8Texts()
  private readonly offsets: number[] = [0]
  private readonly nulls: number[] = []

  take(vector: DuckDBListVector): void {
    const rows = vector.itemCount
    // Entries are an offset and a length, of 64 bits each; what there is in memory fits into 32.
    const words = readWords(rawOf(vector), rows * 2)
    const entries = new Int32Array(words.buffer, words.byteOffset, rows * 4)
    const valid = bitsOf(rawOf(vector), rows)
    const child = vectorOf(vector.childVector)
    // Lists mostly lie one behind the other: then all of them are one stretch of the child.
    let [from, to] = [0, 0]
    let end = this.offsets.at(-1)!
    for (let i = 0; i < rows; i++) {
      const hasNone = isNull(valid, i)
      const [offset, length] = hasNone ? [to, 0] : [entries[i * 4]!, entries[i * 4 + 2]!]
      if (length > 0 && offset !== to) {
        this.elements.takeSome(child, from, to)
        from = offset
        to = offset
      }
      to += length
      end += length
      this.offsets.push(end)
      this.nulls.push(hasNone ? 1 : 0)
    }
    this.elements.takeSome(child, from, to)
  }

  column(): Utf8ListColumn {
    const nulls = this.nulls.includes(1) ? { nulls: Uint8Array.from(this.nulls) } : {}
    return { kind: 'utf8-list', offsets: Int32Array.from(this.offsets), elements: this.elements.column(), ...nulls }
  }
}

function vectorOf(vector: DuckDBVector): Vector {
  const raw = rawOf(vector)
  return { raw, headers: headersOf(raw, vector.itemCount), valid: bitsOf(raw, vector.itemCount) }
}

function bitsOf(raw: RawVector, rows: number): Uint8Array | null {
  const words = readValidity(raw, rows)
  return words === null ? null : new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
}

const isNull = (valid: Uint8Array | null, i: number): boolean =>
  valid !== null && ((valid[i >> 3]! >> (i & 7)) & 1) === 0
