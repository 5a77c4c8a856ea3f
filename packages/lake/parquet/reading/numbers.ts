/**
 * HOT PATH (`npm run bench -- lake`). Columns of whole numbers and truths, read: ../numbers.ts says how they are encoded.
 * Arrays are kept from one batch to the next.
 */
import type { ColumnData } from '@k2/contracts/columns.ts'
import type { Column } from '@k2/contracts/tables.ts'
import { roomy } from '../bytes.ts'
import { ENCODINGS } from '../chunk.ts'
import { NotOurs } from './cursor.ts'
import { undelta, unhybrid } from './encodings.ts'
import type { ReadChunk } from './pages.ts'

/** A column that grows by chunks. */
export interface Reader {
  /** Room for a batch of so many. */
  begin(rows: number): void
  /** @param at the row that the chunk's first becomes */
  take(chunk: ReadChunk, at: number, rows: number): void
  /** Good until the next begin(). */
  finish(): ColumnData
}

/** Of the chunk that is being read: 1 where a row has a value. */
export let levels = new Int32Array(0)

/** Definition levels of a column that is no list; gives how many rows have a value. */
export function readLevels({ body }: ReadChunk, rows: number, isRequired: boolean): number {
  if (isRequired) return rows
  levels = roomy(levels, rows)
  body.pass(4)
  unhybrid(body, 1, levels, rows)
  let present = 0
  for (let i = 0; i < rows; i++) present += levels[i]!
  return present
}

let indices = new Int32Array(0)

/** Places in the chunk's dictionary; good until the next call. */
export function readIndices({ body, dictionaryCount }: ReadChunk, count: number): Int32Array {
  indices = roomy(indices, count)
  const width = body.byte()
  if (width > 24) throw new NotOurs('a dictionary that is too large')
  unhybrid(body, width, indices, count)
  let most = 0
  for (let i = 0; i < count; i++) if (indices[i]! > most) most = indices[i]!
  if (most >= dictionaryCount) throw new NotOurs('a place outside its dictionary')
  return indices
}

let doubles = new Float64Array(0)

function readDoubles({ body }: ReadChunk, count: number): Float64Array {
  doubles = roomy(doubles, count)
  undelta(body, doubles, count)
  return doubles
}

/** Values as words of 32 bits, one or two each, and which rows have none. */
class Words {
  values = new Int32Array(0)
  rows = 0
  private nulls: Uint8Array | undefined
  private readonly each: number

  constructor(each: number) {
    this.each = each
  }

  begin(rows: number): void {
    this.rows = rows
    this.values = roomy(this.values, rows * this.each)
    this.nulls = undefined
  }

  /** The values at a row and behind it as they stand in the file. */
  plain({ body }: ReadChunk, at: number, count: number): void {
    const bytes = body.take(count * this.each * 4)
    new Uint8Array(this.values.buffer, at * this.each * 4, bytes.length).set(bytes)
  }

  /** `present` values stand one behind the other: moves them to the rows that have one. */
  spread(at: number, rows: number, present: number): void {
    if (present === rows) return
    const { values, each } = this
    this.nulls ??= new Uint8Array(this.rows)
    for (let i = rows - 1, from = at + present - 1; i >= 0; i--) {
      const has = levels[i] === 1
      for (let k = 0; k < each; k++) values[(at + i) * each + k] = has ? values[from * each + k]! : 0
      if (has) from--
      else this.nulls[at + i] = 1
    }
  }

  get missing(): { nulls?: Uint8Array } {
    return this.nulls === undefined ? {} : { nulls: this.nulls }
  }
}

export class Int64Reader implements Reader {
  private readonly words = new Words(2)
  private readonly isRequired: boolean

  constructor({ required }: Column) {
    this.isRequired = required
  }

  begin(rows: number): void {
    this.words.begin(rows)
  }

  take(chunk: ReadChunk, at: number, rows: number): void {
    const present = readLevels(chunk, rows, this.isRequired)
    const { values } = this.words
    if (present === 0 || chunk.encoding === ENCODINGS.plain) this.words.plain(chunk, at, present)
    else if (chunk.encoding === ENCODINGS.delta) putDoubles(values, at, readDoubles(chunk, present), present)
    else if (chunk.encoding === ENCODINGS.dictionary) putKnown(values, at, chunk, present)
    else throw new NotOurs('numbers in another encoding')
    this.words.spread(at, rows, present)
  }

  finish(): ColumnData {
    const { values, rows, missing } = this.words
    return { kind: 'int64', values: new BigInt64Array(values.buffer, 0, rows), ...missing }
  }
}

function putDoubles(values: Int32Array, at: number, from: Float64Array, count: number): void {
  for (let i = 0, to = at * 2; i < count; i++, to += 2) {
    const value = from[i]!
    values[to] = value
    values[to + 1] = Math.floor(value / 2 ** 32)
  }
}

function putKnown(values: Int32Array, at: number, chunk: ReadChunk, count: number): void {
  const { dictionary, dictionaryCount } = chunk
  if (dictionary.length !== dictionaryCount * 8) throw new NotOurs('a dictionary of another length')
  const known = new Int32Array(Uint8Array.from(dictionary).buffer)
  const picks = readIndices(chunk, count)
  for (let i = 0, to = at * 2; i < count; i++, to += 2) {
    const pick = picks[i]! * 2
    values[to] = known[pick]!
    values[to + 1] = known[pick + 1]!
  }
}

export class Int32Reader implements Reader {
  private readonly words = new Words(1)
  private readonly isRequired: boolean

  constructor({ required }: Column) {
    this.isRequired = required
  }

  begin(rows: number): void {
    this.words.begin(rows)
  }

  take(chunk: ReadChunk, at: number, rows: number): void {
    const present = readLevels(chunk, rows, this.isRequired)
    const { values } = this.words
    if (present === 0 || chunk.encoding === ENCODINGS.plain) this.words.plain(chunk, at, present)
    else if (chunk.encoding === ENCODINGS.delta) {
      const from = readDoubles(chunk, present)
      for (let i = 0; i < present; i++) values[at + i] = from[i]!
    } else throw new NotOurs('numbers in another encoding')
    this.words.spread(at, rows, present)
  }

  finish(): ColumnData {
    const { values, rows, missing } = this.words
    return { kind: 'int32', values: values.subarray(0, rows), ...missing }
  }
}

export class BooleanReader implements Reader {
  private readonly words = new Words(1)
  private readonly isRequired: boolean

  constructor({ required }: Column) {
    this.isRequired = required
  }

  begin(rows: number): void {
    this.words.begin(rows)
  }

  take(chunk: ReadChunk, at: number, rows: number): void {
    const present = readLevels(chunk, rows, this.isRequired)
    const bits = chunk.body.take((present + 7) >> 3)
    for (let i = 0; i < present; i++) this.words.values[at + i] = (bits[i >> 3]! >> (i & 7)) & 1
    this.words.spread(at, rows, present)
  }

  finish(): ColumnData {
    const { values, rows, missing } = this.words
    return { kind: 'boolean', values: Uint8Array.from(values.subarray(0, rows)), ...missing }
  }
}
