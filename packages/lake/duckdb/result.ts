/**
 * HOT PATH. An answer as columns: those of contracts/columns.ts, and what only answers have. Plain data: a worker may
 * post it.
 *
 *   units   timestamps: µs since the epoch; dates: days since it; decimals: times 10^scale, int64 up to 18 digits
 *   errors  a type that is not listed here is a bug in our SQL, which casts it
 */
import {
  type DuckDBDataChunk,
  DuckDBDecimalType,
  type DuckDBListType,
  type DuckDBListVector,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api'
import type {
  BooleanColumn,
  Int32Column,
  Int64Column,
  ListColumn,
  TextColumn,
  Utf8Column,
  Utf8ListColumn,
  UuidColumn,
  WideColumn,
} from '@k2/contracts/columns.ts'
import { type Lists, readLists, readTexts } from './headers.ts'
import { giveBack, rawOf, readValidity, readWords } from './memory.ts'
import { Utf8Lists, Utf8Texts } from './utf8.ts'

/** Averages and shares: never a price or a quantity. */
export interface Float64Column {
  readonly kind: 'float64'
  readonly values: Float64Array
  readonly nulls?: Uint8Array
}

/** A joined id may be null, a stored one never is. */
export interface ResultUuidColumn extends UuidColumn {
  readonly nulls?: Uint8Array
}

/** In an answer the code of a null list is -1. */
export type ResultColumn =
  | Int64Column
  | Int32Column
  | BooleanColumn
  | ResultUuidColumn
  | TextColumn
  | ListColumn
  | Utf8Column
  | Utf8ListColumn
  | WideColumn
  | Float64Column

/** A ColumnBatch, so far as its columns are of a table's kinds. */
export interface Result {
  readonly rows: number
  /** By name, in the order of the SELECT. */
  readonly columns: ReadonlyMap<string, ResultColumn>
  /** DuckDB's type of each column, as SQL writes it: `DECIMAL(18,8)`. */
  readonly types: ReadonlyMap<string, string>
}

/** Frees its columns' memory, once they are written: nobody may read them any more. */
export function giveBackAll({ columns }: Pick<Result, 'columns'>): void {
  const all = (column: ResultColumn): void => {
    if (column.kind === 'utf8-list') all(column.elements)
    for (const part of Object.values(column)) if (ArrayBuffer.isView(part)) giveBack(part)
  }
  for (const column of columns.values()) all(column)
}

interface Reader {
  take(chunk: DuckDBDataChunk, index: number): void
  column(): ResultColumn
}

/** Gathers chunks into one Result. */
export class Gathering {
  rows = 0
  private readonly readers: readonly Reader[]
  private readonly names: readonly string[]
  private readonly types: readonly DuckDBType[]

  /** @param isUtf8 texts stay bytes: for answers that are written column by column */
  constructor(names: readonly string[], types: readonly DuckDBType[], isUtf8 = false) {
    if (new Set(names).size < names.length) throw new Error(`two columns of one name: ${names.join(', ')}`)
    this.names = names
    this.types = types
    this.readers = types.map((type, index) => readerOf(type, names[index] ?? '', isUtf8))
  }

  take(chunk: DuckDBDataChunk): void {
    this.readers.forEach((reader, index) => {
      reader.take(chunk, index)
    })
    this.rows += chunk.rowCount
  }

  result(): Result {
    return {
      rows: this.rows,
      columns: new Map(this.names.map((name, index) => [name, this.readers[index]!.column()])),
      types: new Map(this.names.map((name, index) => [name, String(this.types[index])])),
    }
  }
}

function readerOf(type: DuckDBType, name: string, isUtf8: boolean): Reader {
  if (type instanceof DuckDBDecimalType) return decimals(type)
  switch (type.typeId) {
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return fixed(8, (bytes, nulls) => ({ kind: 'int64', values: new BigInt64Array(bytes), ...nulls }))
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.DATE:
      return fixed(4, (bytes, nulls) => ({ kind: 'int32', values: new Int32Array(bytes), ...nulls }))
    case DuckDBTypeId.BOOLEAN:
      return fixed(1, (bytes, nulls) => ({ kind: 'boolean', values: new Uint8Array(bytes), ...nulls }))
    case DuckDBTypeId.DOUBLE:
      return fixed(8, (bytes, nulls) => ({ kind: 'float64', values: new Float64Array(bytes), ...nulls }))
    case DuckDBTypeId.UUID:
      return fixed(16, (bytes, nulls) => ({ kind: 'uuid', bytes: uuids(new Uint8Array(bytes)), ...nulls }))
    case DuckDBTypeId.HUGEINT:
      return fixed(16, (bytes, nulls) => ({ kind: 'wide', words: new BigInt64Array(bytes), scale: 0, ...nulls }))
    case DuckDBTypeId.VARCHAR:
      return isUtf8 ? utf8s() : texts()
    case DuckDBTypeId.LIST:
      if ((type as DuckDBListType).valueType.typeId !== DuckDBTypeId.VARCHAR) break
      return isUtf8 ? utf8Lists() : lists()
  }
  throw new Error(`column ${name} is ${type}, which no answer has: cast it`)
}

function decimals({ width, scale }: DuckDBDecimalType): Reader {
  if (width > 18)
    return fixed(16, (bytes, nulls) => ({ kind: 'wide', words: new BigInt64Array(bytes), scale, ...nulls }))
  if (width > 9) return fixed(8, (bytes, nulls) => ({ kind: 'int64', values: new BigInt64Array(bytes), ...nulls }))
  throw new Error(`DECIMAL(${width},${scale}) is narrower than any answer's: cast it`)
}

type Nulls = { readonly nulls?: Uint8Array }

/** Values of `width` bytes each. */
function fixed(width: number, make: (bytes: ArrayBuffer, nulls: Nulls) => ResultColumn): Reader {
  const pieces: { readonly rows: number; readonly bytes: Uint8Array; readonly valid: BigUint64Array | null }[] = []
  return {
    take(chunk, index) {
      const rows = chunk.rowCount
      const raw = rawOf(chunk.getColumnVector(index))
      const words = readWords(raw, Math.ceil((rows * width) / 8))
      pieces.push({
        rows,
        bytes: new Uint8Array(words.buffer, words.byteOffset, rows * width),
        valid: readValidity(raw, rows),
      })
    },
    column() {
      const total = pieces.reduce((sum, piece) => sum + piece.rows, 0)
      const bytes = new Uint8Array(total * width)
      const nulls = pieces.some((piece) => piece.valid !== null) ? new Uint8Array(total) : undefined
      let at = 0
      for (const piece of pieces) {
        bytes.set(piece.bytes, at * width)
        if (nulls !== undefined && piece.valid !== null) markNulls(nulls, at, piece.valid, piece.rows)
        giveBack(piece.bytes)
        at += piece.rows
      }
      return make(bytes.buffer, nulls?.includes(1) ? { nulls } : {})
    },
  }
}

function markNulls(nulls: Uint8Array, at: number, valid: BigUint64Array, rows: number): void {
  const bytes = new Uint8Array(valid.buffer, valid.byteOffset, valid.byteLength)
  for (let i = 0; i < rows; i++) nulls[at + i] = ((bytes[i >> 3]! >> (i & 7)) & 1) ^ 1
}

/** DuckDB's UUIDs are in reverse, the top bit flipped: see vectors.ts. */
function uuids(stored: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(stored.length)
  for (let at = 0; at < bytes.length; at += 16) {
    for (let i = 0; i < 16; i++) bytes[at + i] = stored[at + 15 - i]!
    bytes[at]! ^= 0x80
  }
  return bytes
}

function texts(): Reader {
  const values: (string | null)[] = []
  return {
    take: (chunk, index) => readTexts(chunk.getColumnVector(index), values),
    column: () => ({ kind: 'text', values }),
  }
}

function lists(): Reader {
  const gathered: Lists = { codes: [], dictionary: [], codeOf: new Map() }
  return {
    take: (chunk, index) => readLists(chunk.getColumnVector(index) as DuckDBListVector, gathered),
    column: () => ({ kind: 'list', codes: Int32Array.from(gathered.codes), dictionary: gathered.dictionary }),
  }
}

function utf8s(): Reader {
  const texts = new Utf8Texts()
  return { take: (chunk, index) => texts.take(chunk.getColumnVector(index)), column: () => texts.column() }
}

function utf8Lists(): Reader {
  const lists = new Utf8Lists()
  return {
    take: (chunk, index) => lists.take(chunk.getColumnVector(index) as DuckDBListVector),
    column: () => lists.column(),
  }
}
