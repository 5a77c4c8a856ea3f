/**
 * HOT PATH (`npm run bench -- lake`). Columns of ids, text and lists of text, read: ../texts.ts and ../lists.ts say how they
 * are encoded. A text column comes back as it mostly stood: a dictionary, or bytes.
 */
import type { ColumnData, Slices, TextColumn } from '@k2/contracts/columns.ts'
import type { Column } from '@k2/contracts/tables.ts'
import { Bytes, roomy } from '../bytes.ts'
import { ENCODINGS } from '../chunk.ts'
import { Cursor, NotOurs } from './cursor.ts'
import { undeltaBytes, unhybrid } from './encodings.ts'
import { levels, type Reader, readIndices, readLevels } from './numbers.ts'
import type { ReadChunk } from './pages.ts'

let ends = new Int32Array(0)

/** The chunk's values behind what is in `to`; where each ends is in `ends`. */
function readBytes({ body, encoding }: ReadChunk, to: Bytes, count: number): void {
  if (encoding !== ENCODINGS.deltaByteArray) throw new NotOurs('bytes in another encoding')
  ends = roomy(ends, count)
  undeltaBytes(body, to, ends, count)
}

const ID_BYTES = 16

export class UuidReader implements Reader {
  private readonly pool = new Bytes()

  begin(rows: number): void {
    this.pool.clear()
    this.pool.reserve(rows * ID_BYTES)
  }

  take(chunk: ReadChunk, at: number, rows: number): void {
    readBytes(chunk, this.pool, rows)
    for (let i = 0; i < rows; i++) if (ends[i] !== (at + i + 1) * ID_BYTES) throw new NotOurs('an id of another length')
  }

  finish(): ColumnData {
    return { kind: 'uuid', bytes: this.pool.taken() }
  }
}

/** Different values, by number. */
class Different<T> {
  readonly values: T[] = []
  private readonly numbers = new Map<unknown, number>()

  /** @param key tells values apart */
  number(value: T, key: unknown): number {
    const known = this.numbers.get(key)
    if (known !== undefined) return known
    this.numbers.set(key, this.values.length)
    return this.values.push(value) - 1
  }
}

function dictionaryOf({ dictionary, dictionaryCount }: ReadChunk): string[] {
  const from = new Cursor(dictionary)
  return Array.from({ length: dictionaryCount }, () => from.take(from.int32()).toString())
}

/** Of rows whose text stands in the pool. */
const POOLED = -1

export class TextReader implements Reader {
  private readonly isRequired: boolean
  private rows = 0
  private pooled = 0
  private codes = new Int32Array(0)
  private different = new Different<string | null>()
  private readonly pool = new Bytes()
  private starts = new Int32Array(0)
  private stops = new Int32Array(0)

  constructor({ required }: Column) {
    this.isRequired = required
  }

  begin(rows: number): void {
    this.rows = rows
    this.pooled = 0
    this.codes = roomy(this.codes, rows)
    this.different = new Different()
    this.pool.clear()
  }

  take(chunk: ReadChunk, at: number, rows: number): void {
    const present = readLevels(chunk, rows, this.isRequired)
    if (present > 0 && chunk.encoding !== ENCODINGS.dictionary) this.takeBytes(chunk, at, rows, present)
    else this.takeCodes(chunk, at, rows, present)
  }

  private takeCodes(chunk: ReadChunk, at: number, rows: number, present: number): void {
    const { codes } = this
    const numbers = present === 0 ? [] : dictionaryOf(chunk).map((text) => this.different.number(text, text))
    const picks = present === 0 ? codes : readIndices(chunk, present)
    const none = present < rows ? this.different.number(null, null) : 0
    for (let i = 0, k = 0; i < rows; i++) {
      codes[at + i] = present < rows && levels[i] === 0 ? none : numbers[picks[k++]!]!
    }
  }

  private takeBytes(chunk: ReadChunk, at: number, rows: number, present: number): void {
    this.pooled += rows
    this.codes.fill(POOLED, at, at + rows)
    this.starts = roomy(this.starts, this.rows)
    this.stops = roomy(this.stops, this.rows)
    const { starts, stops } = this
    let start = this.pool.at
    readBytes(chunk, this.pool, present)
    for (let i = 0, k = 0; i < rows; i++) {
      starts[at + i] = start
      if (present < rows && levels[i] === 0) stops[at + i] = -1
      else {
        start = ends[k++]!
        stops[at + i] = start
      }
    }
  }

  finish(): ColumnData {
    if (this.pooled * 2 > this.rows) return this.asBytes()
    if (this.pooled > 0) this.codeAll()
    return { kind: 'dictionary', codes: this.codes.subarray(0, this.rows), dictionary: this.different.values }
  }

  /** Few of many stood as bytes. */
  private codeAll(): void {
    for (let row = 0; row < this.rows; row++) {
      if (this.codes[row] !== POOLED) continue
      const text = textAt(this.pool.buffer, this.starts[row]!, this.stops[row]!)
      this.codes[row] = this.different.number(text, text)
    }
  }

  private asBytes(): TextColumn {
    const { pool, codes, rows } = this
    const places = this.different.values.map((text) => {
      const start = pool.at
      if (text !== null) pool.put(Buffer.from(text))
      return { start, end: text === null ? -1 : pool.at }
    })
    const starts = this.starts.subarray(0, rows)
    const stops = this.stops.subarray(0, rows)
    for (let row = 0; places.length > 0 && row < rows; row++) {
      const place = places[codes[row]!]
      if (place === undefined) continue
      starts[row] = place.start
      stops[row] = place.end
    }
    return new PooledTexts({ bytes: pool.buffer, starts, ends: stops })
  }
}

class PooledTexts implements TextColumn {
  readonly kind = 'text'
  readonly slices: Slices
  private made: readonly (string | null)[] | undefined

  constructor(slices: Slices) {
    this.slices = slices
  }

  get values(): readonly (string | null)[] {
    const { bytes, starts, ends } = this.slices
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.made ??= Array.from(ends, (end, row) => textAt(all, starts[row]!, end))
    return this.made
  }
}

const textAt = (bytes: Buffer, start: number, end: number): string | null =>
  end < 0 ? null : bytes.toString('utf8', start, end)

let repetitions = new Int32Array(0)
let definitions = new Int32Array(0)

export class ListReader implements Reader {
  private readonly isRequired: boolean
  private rows = 0
  private codes = new Int32Array(0)
  private different = new Different<readonly string[] | null>()

  constructor({ required }: Column) {
    this.isRequired = required
  }

  begin(rows: number): void {
    this.rows = rows
    this.codes = roomy(this.codes, rows)
    this.different = new Different()
  }

  take(chunk: ReadChunk, at: number, rows: number): void {
    const { count } = chunk
    const most = this.isRequired ? 1 : 2
    repetitions = readNested(chunk, 1, repetitions)
    definitions = readNested(chunk, most, definitions)
    let found = 0
    for (let i = 0; i < count; i++) if (definitions[i] === most) found++
    const { texts, picks } = elementsOf(chunk, found)
    const single: number[] = []
    const none: number[] = []
    let row = at
    for (let i = 0, k = 0, end = 1; i < count; i = end++, row++) {
      while (end < count && repetitions[end] === 1) end++
      const from = k
      if (definitions[i] === most) k += end - i
      if (k - from === 1) {
        const pick = picks[from]!
        single[pick] ??= this.numberOf([texts[pick]!])
        this.codes[row] = single[pick]
      } else if (k > from) this.codes[row] = this.numberOf(Array.from(picks.subarray(from, k), (pick) => texts[pick]!))
      else {
        const isNull = Number(definitions[i] !== most - 1)
        none[isNull] ??= this.numberOf(isNull === 1 ? null : [])
        this.codes[row] = none[isNull]
      }
    }
    if (row !== at + rows) throw new NotOurs('lists of another count than rows')
  }

  private numberOf(list: readonly string[] | null): number {
    return this.different.number(list, JSON.stringify(list))
  }

  finish(): ColumnData {
    const dictionary = this.different.values as readonly (readonly string[])[]
    return { kind: 'list', codes: this.codes.subarray(0, this.rows), dictionary }
  }
}

function readNested({ body, count }: ReadChunk, width: number, into: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const levels = roomy(into, count)
  body.pass(4)
  unhybrid(body, width, levels, count)
  return levels
}

const scratch = new Bytes()

/** So many elements as picks of texts. */
function elementsOf(chunk: ReadChunk, count: number): { texts: (string | null)[]; picks: Int32Array } {
  if (count === 0) return { texts: [], picks: new Int32Array(0) }
  if (chunk.encoding === ENCODINGS.dictionary) return { texts: dictionaryOf(chunk), picks: readIndices(chunk, count) }
  scratch.clear()
  readBytes(chunk, scratch, count)
  const texts = Array.from({ length: count }, (_, i) => textAt(scratch.buffer, i === 0 ? 0 : ends[i - 1]!, ends[i]!))
  return { texts, picks: Int32Array.from(texts, (_, i) => i) }
}
