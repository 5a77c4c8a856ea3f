/**
 * A table's columns as Parquet has them, and the footer of a file.
 *
 *   file     PAR1 · row groups, each its columns' chunks one behind the other · footer · its length (4 bytes) · PAR1
 *   footer   FileMetaData: version, schema, rows, row groups (places, sizes, encodings, statistics), created_by, orders
 *
 *   source   parquet.thrift of Parquet format 2.11; LogicalTypes.md; Iceberg spec, appendix A "Parquet": field ids, also of
 *            elements
 */
import type { ColumnType } from '@k2/contracts/tables.ts'
import { Bytes } from './bytes.ts'
import { ENCODINGS, type Encoding } from './chunk.ts'
import { Thrift } from './thrift.ts'

export const MAGIC = Buffer.from('PAR1')
export const CODECS = { none: 0, zstd: 6 } as const
/** "app version x": parquet-java parses it. Our reader trusts it to say how pages are encoded: another way, another version. */
export const CREATED_BY = 'k2 version 0.1.0'

const BOOLEAN = 0
const INT32 = 1
const INT64 = 2
const BYTE_ARRAY = 6
const FIXED_LEN_BYTE_ARRAY = 7

const UTF8 = 0
const LIST = 3
const DECIMAL = 5
const TIMESTAMP_MICROS = 10

/** Wider than any of a table. */
export type WideType = `decimal(38, ${number})`

/** A column of a file: a table's with its field ids, or an answer's without. */
export interface FileColumn {
  readonly name: string
  readonly type: ColumnType | WideType
  readonly required: boolean
  readonly id?: number
  readonly elementId?: number
}

interface Physical {
  readonly type: number
  readonly length?: number
  /** The older annotation, for readers that know no other. */
  readonly converted?: number
  readonly logical?: (to: Thrift) => void
  readonly digits?: Digits
}

interface Digits {
  readonly precision: number
  readonly scale: number
}

const nothing = (): void => {}
const string = (to: Thrift): void => to.struct(1, nothing)
const list = (to: Thrift): void => to.struct(3, nothing)
const uuid = (to: Thrift): void => to.struct(14, nothing)
const decimal = (digits: Digits): Pick<Physical, 'converted' | 'logical' | 'digits'> => ({
  converted: DECIMAL,
  digits,
  logical: (to) =>
    to.struct(5, () => {
      to.i32(1, digits.scale)
      to.i32(2, digits.precision)
    }),
})
const timestamp = (to: Thrift): void =>
  to.struct(8, () => {
    to.bool(1, true) // isAdjustedToUTC
    to.struct(2, () => to.struct(2, nothing)) // MICROS
  })

// biome-ignore format: a table reads by its columns
const PHYSICAL: Record<ColumnType, Physical> = {
  'string':         { type: BYTE_ARRAY, converted: UTF8, logical: string },
  'uuid':           { type: FIXED_LEN_BYTE_ARRAY, length: 16, logical: uuid },
  'timestamptz':    { type: INT64, converted: TIMESTAMP_MICROS, logical: timestamp },
  'decimal(18, 8)': { type: INT64, ...decimal({ precision: 18, scale: 8 }) },
  'long':           { type: INT64 },
  'int':            { type: INT32 },
  'boolean':        { type: BOOLEAN },
  'list<string>':   { type: BYTE_ARRAY, converted: UTF8, logical: string },
}

/** Of 128 bits, the highest byte first. */
const wide = (scale: number): Physical => {
  return { type: FIXED_LEN_BYTE_ARRAY, length: 16, ...decimal({ precision: 38, scale }) }
}

const isWide = (type: FileColumn['type']): type is WideType => type.startsWith('decimal(38, ')

const physicalOf = (type: FileColumn['type']): Physical =>
  isWide(type) ? wide(Number(type.slice('decimal(38, '.length, -1))) : PHYSICAL[type]

/** Of the values in a chunk: PLAIN, cut short where `isExact` says so. */
export interface Statistics {
  readonly nullCount: number
  readonly min?: Uint8Array
  readonly max?: Uint8Array
  readonly isMinExact: boolean
  readonly isMaxExact: boolean
}

export interface ChunkMeta {
  readonly encoding: Encoding
  readonly codec: keyof typeof CODECS
  readonly valueCount: number
  readonly uncompressedBytes: number
  readonly compressedBytes: number
  readonly dictionaryAt: number | undefined
  readonly dataAt: number
  readonly statistics: Statistics
}

export interface RowGroup {
  readonly rows: number
  /** In the order of the table's columns. */
  readonly chunks: readonly ChunkMeta[]
}

/** Of the footer: key_value_metadata, and the last one that is written. */
export const METADATA_FIELD = 5
export const LAST_FIELD = 7

const footer = new Bytes()

/** With its length and the magic bytes: what a file ends with. Good until the next call. */
export function footerOf(columns: readonly FileColumn[], groups: readonly RowGroup[]): Uint8Array {
  footer.clear()
  const to = new Thrift(footer)
  to.element(() => {
    to.i32(1, 2)
    putSchema(to, columns)
    to.i64(
      3,
      groups.reduce((sum, { rows }) => sum + rows, 0),
    )
    to.structs(4, groups, (group) => putGroup(to, columns, group))
    to.text(6, CREATED_BY)
    // Without them no reader trusts min_value and max_value.
    to.structs(LAST_FIELD, columns, () => to.struct(1, nothing))
  })
  const length = footer.at
  footer.int32(length)
  footer.put(MAGIC)
  return footer.taken()
}

/** What the footer of every file of these columns begins with. */
export function footerFront(columns: readonly FileColumn[]): Uint8Array {
  const front = new Bytes()
  const to = new Thrift(front)
  to.element(() => {
    to.i32(1, 2)
    putSchema(to, columns)
  })
  // Without the byte that ends a struct.
  return front.taken().subarray(0, -1)
}

const REQUIRED = 0
const OPTIONAL = 1
const REPEATED = 2

function putSchema(to: Thrift, columns: readonly FileColumn[]): void {
  const elements = columns.flatMap((column) =>
    column.type === 'list<string>'
      ? listElements(to, column)
      : [() => putLeaf(to, column.name, column.required, column.id, physicalOf(column.type))],
  )
  const root = () => {
    to.text(4, 'table')
    to.i32(5, columns.length)
  }
  to.structs(2, [root, ...elements], (put) => put())
}

function putLeaf(to: Thrift, name: string, isRequired: boolean, id: number | undefined, physical: Physical): void {
  const { type, length, converted, logical, digits } = physical
  to.i32(1, type)
  if (length !== undefined) to.i32(2, length)
  to.i32(3, isRequired ? REQUIRED : OPTIONAL)
  to.text(4, name)
  if (converted !== undefined) to.i32(6, converted)
  if (digits !== undefined) {
    to.i32(7, digits.scale)
    to.i32(8, digits.precision)
  }
  if (id !== undefined) to.i32(9, id)
  if (logical !== undefined) to.struct(10, () => logical(to))
}

/** The three levels that Iceberg's and Parquet's readers expect. */
function listElements(to: Thrift, { id, name, required, elementId }: FileColumn): (() => void)[] {
  return [
    () => {
      to.i32(3, required ? REQUIRED : OPTIONAL)
      to.text(4, name)
      to.i32(5, 1)
      to.i32(6, LIST)
      if (id !== undefined) to.i32(9, id)
      to.struct(10, () => list(to))
    },
    () => {
      to.i32(3, REPEATED)
      to.text(4, 'list')
      to.i32(5, 1)
    },
    () => putLeaf(to, 'element', true, elementId, PHYSICAL.string),
  ]
}

function putGroup(to: Thrift, columns: readonly FileColumn[], { rows, chunks }: RowGroup): void {
  const sum = (of: (chunk: ChunkMeta) => number) => chunks.reduce((total, chunk) => total + of(chunk), 0)
  to.structs(1, chunks, (chunk, i) => {
    to.i64(2, chunk.dictionaryAt ?? chunk.dataAt)
    to.struct(3, () => putChunk(to, columns[i]!, chunk))
  })
  to.i64(
    2,
    sum(({ uncompressedBytes }) => uncompressedBytes),
  )
  to.i64(3, rows)
  to.i64(5, chunks[0]!.dictionaryAt ?? chunks[0]!.dataAt)
  to.i64(
    6,
    sum(({ compressedBytes }) => compressedBytes),
  )
}

function putChunk(to: Thrift, { name, type }: FileColumn, chunk: ChunkMeta): void {
  to.i32(1, physicalOf(type).type)
  // The dictionary's own page is PLAIN, and levels are RLE.
  const used = new Set([ENCODINGS[chunk.encoding], ENCODINGS.rle])
  if (chunk.encoding === 'dictionary') used.add(ENCODINGS.plain)
  to.i32s(2, [...used])
  to.texts(3, type === 'list<string>' ? [name, 'list', 'element'] : [name])
  to.i32(4, CODECS[chunk.codec])
  to.i64(5, chunk.valueCount)
  to.i64(6, chunk.uncompressedBytes)
  to.i64(7, chunk.compressedBytes)
  to.i64(9, chunk.dataAt)
  if (chunk.dictionaryAt !== undefined) to.i64(11, chunk.dictionaryAt)
  to.struct(12, () => putStatistics(to, chunk.statistics))
}

function putStatistics(to: Thrift, { nullCount, min, max, isMinExact, isMaxExact }: Statistics): void {
  to.i64(3, nullCount)
  if (max !== undefined) to.binary(5, max)
  if (min !== undefined) to.binary(6, min)
  if (max !== undefined && !isMaxExact) to.bool(7, false)
  if (min !== undefined && !isMinExact) to.bool(8, false)
}
