/**
 * HOT PATH. Columns of a batch into vectors of DuckDB, up to 2048 rows at a time and in any order of rows: whole arrays
 * for what has a fixed width, one string a different value for text (headers.ts).
 *
 *   units   as contracts/columns.ts
 *   errors  a column that is missing, of another kind, or whose codes lie outside its dictionary: our own bug, Error
 */
import {
  BIGINT,
  BOOLEAN,
  DECIMAL,
  type DuckDBDataChunk,
  type DuckDBType,
  INTEGER,
  LIST,
  TIMESTAMPTZ,
  UUID,
  VARCHAR,
} from '@duckdb/node-api'
import type { ColumnBatch, ColumnData, DictionaryColumn, ListColumn } from '@k2/contracts/columns.ts'
import type { Column, ColumnType, TableSpec } from '@k2/contracts/tables.ts'
import { putLists, putTexts, spread } from './headers.ts'
import { type RawVector, rawOf, writeWords } from './memory.ts'

/** DuckDB's STANDARD_VECTOR_SIZE. */
export const CHUNK_ROWS = 2048

/** Where vectors are put together: 16 bytes a row at most. It is copied out before the next one is begun. */
const scratch = new ArrayBuffer(CHUNK_ROWS * 16)
const scratch32 = new Int32Array(scratch)

/** The scratch's first bytes, in whole words. */
const wordsOf = (bytes: number): BigInt64Array<ArrayBuffer> => new BigInt64Array(scratch, 0, Math.ceil(bytes / 8))

// biome-ignore format: a table reads by its columns
const TYPES: Record<ColumnType, { readonly type: DuckDBType; readonly kinds: readonly ColumnData['kind'][] }> = {
  'string':         { type: VARCHAR,        kinds: ['text', 'dictionary'] },
  'uuid':           { type: UUID,           kinds: ['uuid'] },
  'timestamptz':    { type: TIMESTAMPTZ,    kinds: ['int64'] },
  'decimal(18, 8)': { type: DECIMAL(18, 8), kinds: ['int64'] },
  'long':           { type: BIGINT,         kinds: ['int64'] },
  'int':            { type: INTEGER,        kinds: ['int32'] },
  'boolean':        { type: BOOLEAN,        kinds: ['boolean'] },
  'list<string>':   { type: LIST(VARCHAR),  kinds: ['list'] },
}

export const duckdbType = (type: ColumnType): DuckDBType => TYPES[type].type

/** Puts the rows that `picks` lists into a chunk, and says how many. */
export type ChunkWriter = (chunk: DuckDBDataChunk, picks: Int32Array) => void

/**
 * A column that the batch does not have is null; one that the spec does not have is left out.
 */
export function chunkWriter(spec: TableSpec, batch: ColumnBatch): ChunkWriter {
  const writers = spec.columns.map((column) => writerOf(column, batch.columns.get(column.name)))
  return (chunk, picks) => {
    // Vectors that are made while the chunk is empty do not copy its memory out first.
    chunk.rowCount = 0
    writers.forEach((write, index) => {
      write(rawOf(chunk.getColumnVector(index)), picks)
    })
    chunk.rowCount = picks.length
  }
}

type Writer = (raw: RawVector, picks: Int32Array) => void

function writerOf(column: Column, data: ColumnData | undefined): Writer {
  if (data === undefined) {
    if (column.required) throw new Error(`the batch has no ${column.name}, which the table requires`)
    const nothing = new BigInt64Array(0)
    return (raw, picks) => writeWords(raw, nothing, noBits(picks.length))
  }
  if (!TYPES[column.type].kinds.includes(data.kind)) {
    throw new Error(`${column.name} is ${column.type}, and the batch's is ${data.kind}`)
  }
  switch (data.kind) {
    case 'int64':
      return int64s(data.values, data.nulls)
    case 'int32':
    case 'boolean':
      return narrow(data.values, data.nulls)
    case 'uuid':
      return uuids(data.bytes)
    case 'text':
      return texts(data.values)
    case 'dictionary':
      return dictionaries(data, (raw, codes) =>
        putTexts(
          raw,
          codes.map((code) => data.dictionary[code]!),
        ),
      )
    case 'list':
      return lists(data)
  }
}

function int64s(values: BigInt64Array, nulls: Uint8Array | undefined): Writer {
  // As pairs of 32 bits: V8 moves those without making a BigInt.
  const from = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  return (raw, picks) => {
    for (let i = 0; i < picks.length; i++) {
      const at = picks[i]! * 2
      scratch32[i * 2] = from[at]!
      scratch32[i * 2 + 1] = from[at + 1]!
    }
    writeWords(raw, wordsOf(picks.length * 8), nulls === undefined ? null : bitsOf(nulls, picks))
  }
}

function narrow(values: Int32Array | Uint8Array, nulls: Uint8Array | undefined): Writer {
  const to = values instanceof Int32Array ? scratch32 : new Uint8Array(scratch)
  return (raw, picks) => {
    for (let i = 0; i < picks.length; i++) to[i] = values[picks[i]!]!
    writeWords(raw, wordsOf(picks.length * values.BYTES_PER_ELEMENT), nulls === undefined ? null : bitsOf(nulls, picks))
  }
}

/**
 * DuckDB's UUID is a 128-bit integer, little-endian, its top bit flipped so that it sorts as a signed one: the 16 bytes
 * in reverse.
 */
function uuids(bytes: Uint8Array): Writer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return (raw, picks) => {
    for (let i = 0; i < picks.length; i++) {
      const at = picks[i]! * 16
      scratch32[i * 4] = view.getInt32(at + 12)
      scratch32[i * 4 + 1] = view.getInt32(at + 8)
      scratch32[i * 4 + 2] = view.getInt32(at + 4)
      scratch32[i * 4 + 3] = view.getInt32(at) ^ 0x80000000
    }
    writeWords(raw, wordsOf(picks.length * 16), null)
  }
}

/**
 * Each row has its elements in the child vector, also where lists repeat: rows that shared them would be legal in a
 * vector, but COPY sizes a Parquet page by the child's count and fails on more.
 */
function lists({ codes, dictionary }: ListColumn): Writer {
  return (raw, picks) => {
    const picked: (readonly string[])[] = new Array(picks.length)
    for (let i = 0; i < picks.length; i++) {
      const code = codes[picks[i]!]!
      const list = dictionary[code]
      if (list === undefined) throw new Error(`code ${code} lies outside a dictionary of ${dictionary.length}`)
      picked[i] = list
    }
    putLists(raw, picked)
  }
}

function texts(values: readonly (string | null)[]): Writer {
  return (raw, picks) => {
    const picked: (string | null)[] = new Array(picks.length)
    for (let i = 0; i < picks.length; i++) picked[i] = values[picks[i]!]!
    putTexts(raw, picked)
  }
}

/** Puts each different value of a chunk once, then copies its header to every row that has it. */
function dictionaries(
  { codes, dictionary }: DictionaryColumn,
  put: (raw: RawVector, codes: readonly number[]) => void,
): Writer {
  const slotOf = new Int32Array(dictionary.length).fill(-1)
  const hasNull = (dictionary as readonly unknown[]).includes(null)
  return (raw, picks) => {
    const slots = new Int32Array(picks.length)
    const used: number[] = []
    for (let i = 0; i < picks.length; i++) {
      const code = codes[picks[i]!]!
      let slot = slotOf[code]
      if (slot === undefined) throw new Error(`code ${code} lies outside a dictionary of ${dictionary.length}`)
      if (slot === -1) {
        slot = used.push(code) - 1
        slotOf[code] = slot
      }
      slots[i] = slot
    }
    put(raw, used)
    const nulls = hasNull ? Uint8Array.from(used, (code) => (dictionary[code] === null ? 1 : 0)) : undefined
    spread(raw, used.length, slots, nulls === undefined ? null : bitsOf(nulls, slots))
    for (const code of used) slotOf[code] = -1
  }
}

/** Of the rows picked, a bit each, 1 where it is not null; null where none is. */
function bitsOf(nulls: Uint8Array, picks: Int32Array): BigUint64Array<ArrayBuffer> | null {
  const bits = noBits(picks.length)
  const bytes = new Uint8Array(bits.buffer)
  let isFull = true
  for (let i = 0; i < picks.length; i++) {
    if (nulls[picks[i]!] === 0) bytes[i >> 3]! |= 1 << (i & 7)
    else isFull = false
  }
  return isFull ? null : bits
}

const noBits = (rows: number): BigUint64Array<ArrayBuffer> => new BigUint64Array(Math.ceil(rows / 64))
