/**
 * HOT PATH. Columns of an answer as whole arrays, of a kind that the field's type says: what columnar formats are written
 * of. Those that lie in memory so are passed on, cut to the answer's rows; others are made cell by cell.
 *
 *   shape   (column, rows) -> column of contracts/columns.ts
 *   types   decimals of 18 digits, longs and times int64; wider decimals 128 bits; ids their text, as in all formats
 *   errors  K2Error INVALID_ARGUMENT for a sum that no decimal of 38 digits holds
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type {
  BooleanColumn,
  Int32Column,
  Int64Column,
  Utf8Column,
  Utf8ListColumn,
  UuidColumn,
  WideColumn,
} from '@k2/contracts/columns.ts'
import type { AnswerColumn, Cells, Stored } from './answer.ts'
import { scaleOf } from './fields.ts'
import { Out } from './out.ts'

export type Columnar = Int64Column | Int32Column | BooleanColumn | Utf8Column | Utf8ListColumn | WideColumn

export function columnarOf(column: AnswerColumn, rows: number): Columnar {
  const { stored, field, cells } = column
  if (stored?.kind === 'uuid') return idTexts(stored, rows)
  if (stored !== undefined) return cut(stored, rows)
  const nulls = nullsOf(cells, rows)
  switch (field.type) {
    case 'long':
    case 'timestamptz':
    case 'decimal(18, 8)':
      return { kind: 'int64', values: BigInt64Array.from({ length: rows }, (_, i) => whole(cells(i))), ...nulls }
    case 'int':
      return { kind: 'int32', values: Int32Array.from({ length: rows }, (_, i) => Number(cells(i))), ...nulls }
    case 'boolean':
      return { kind: 'boolean', values: Uint8Array.from({ length: rows }, (_, i) => Number(cells(i))), ...nulls }
    case 'list<string>':
      return lists(cells, rows, nulls)
    case 'string':
    case 'uuid':
      return { ...texts((i) => (cells(i) ?? '') as string, rows), ...nulls }
    default:
      return { ...wides(column, rows), ...nulls }
  }
}

type Nulls = { readonly nulls?: Uint8Array }

function nullsOf(cells: Cells, rows: number): Nulls {
  const nulls = Uint8Array.from({ length: rows }, (_, i) => (cells(i) === null ? 1 : 0))
  return nulls.includes(1) ? { nulls } : {}
}

const whole = (cell: ReturnType<Cells>): bigint => BigInt((cell ?? 0) as bigint | number)

function cut<C extends Columnar>(column: C, rows: number): C {
  const nulls = column.nulls?.subarray(0, rows)
  // Of an answer's last row, which is not given, a null may be the only one.
  const rest = { nulls: nulls?.includes(1) ? nulls : undefined }
  switch (column.kind) {
    case 'wide':
      return { ...column, ...rest, words: column.words.subarray(0, rows * 2) }
    case 'utf8':
      return { ...column, ...rest, ...cutTexts(column, rows) }
    case 'utf8-list': {
      const offsets = column.offsets.subarray(0, rows + 1)
      return {
        ...column,
        ...rest,
        offsets,
        elements: { ...column.elements, ...cutTexts(column.elements, offsets[rows]!) },
      }
    }
    default:
      return { ...column, ...rest, values: column.values.subarray(0, rows) }
  }
}

const cutTexts = ({ bytes, offsets }: Utf8Column, rows: number) => {
  return { bytes: bytes.subarray(0, offsets[rows]), offsets: offsets.subarray(0, rows + 1) }
}

/** The same column from a row on, so many rows of it. */
export function rowsFrom({ field, cells, stored }: AnswerColumn, first: number, rows: number): AnswerColumn {
  const rest: AnswerColumn = { field, cells: (row) => cells(first + row) }
  return stored === undefined ? rest : { ...rest, stored: storedFrom(stored, first, rows) }
}

function storedFrom(stored: Stored, first: number, rows: number): Stored {
  const nulls = stored.nulls && { nulls: stored.nulls.subarray(first) }
  switch (stored.kind) {
    case 'uuid':
      return { ...stored, ...nulls, bytes: stored.bytes.subarray(first * 16) }
    case 'wide':
      return { ...stored, ...nulls, words: stored.words.subarray(first * 2) }
    case 'utf8':
      return { ...stored, ...nulls, ...textsFrom(stored, first, rows) }
    case 'utf8-list': {
      const { offsets, elements } = stored
      const from = offsets[first]!
      const rest = { ...elements, ...(elements.nulls && { nulls: elements.nulls.subarray(from) }) }
      return {
        ...stored,
        ...nulls,
        offsets: shifted(offsets, first, rows),
        elements: { ...rest, ...textsFrom(elements, from, offsets[first + rows]! - from) },
      }
    }
    case 'int64':
      return { ...stored, ...nulls, values: stored.values.subarray(first) }
    case 'int32':
      return { ...stored, ...nulls, values: stored.values.subarray(first) }
    case 'boolean':
      return { ...stored, ...nulls, values: stored.values.subarray(first) }
  }
}

const textsFrom = ({ bytes, offsets }: Utf8Column, first: number, rows: number) => {
  return { bytes: bytes.subarray(offsets[first]), offsets: shifted(offsets, first, rows) }
}

/** From a place on, counted from there. */
function shifted(offsets: Int32Array, first: number, rows: number): Int32Array {
  const base = offsets[first]!
  const to = new Int32Array(rows + 1)
  for (let i = 0; i <= rows; i++) to[i] = offsets[first + i]! - base
  return to
}

function texts(textAt: (i: number) => string, count: number): Utf8Column {
  const out = new Out()
  const offsets = new Int32Array(count + 1)
  for (let i = 0; i < count; i++) {
    out.text(textAt(i))
    offsets[i + 1] = out.at
  }
  return { kind: 'utf8', bytes: out.written(), offsets }
}

const ID_BYTES = 36
/** Where each two bytes' four digits stand; between them are hyphens. */
const DIGITS_AT = [0, 4, 9, 14, 19, 24, 28, 32] as const
/** Of a byte its two digits, in the order of memory. */
const DIGITS = Int32Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16LE(),
)

function idTexts({ bytes, nulls }: UuidColumn & Nulls, rows: number): Utf8Column {
  const texts = new Uint8Array(rows * ID_BYTES).fill('-'.charCodeAt(0))
  const to = new DataView(texts.buffer)
  const offsets = new Int32Array(rows + 1)
  let at = 0
  for (let i = 0; i < rows; i++) {
    if (nulls?.[i] !== 1) {
      for (let pair = 0, from = i * 16; pair < 8; pair++, from += 2) {
        to.setInt32(at + DIGITS_AT[pair]!, DIGITS[bytes[from]!]! | (DIGITS[bytes[from + 1]!]! << 16), true)
      }
      at += ID_BYTES
    }
    offsets[i + 1] = at
  }
  const rest = nulls && { nulls: nulls.subarray(0, rows) }
  return { kind: 'utf8', bytes: texts.subarray(0, at), offsets, ...rest }
}

function lists(cells: Cells, rows: number, nulls: Nulls): Utf8ListColumn {
  const offsets = new Int32Array(rows + 1)
  const all: string[] = []
  for (let i = 0; i < rows; i++) {
    all.push(...((cells(i) ?? []) as readonly string[]))
    offsets[i + 1] = all.length
  }
  return { kind: 'utf8-list', offsets, elements: texts((i) => all[i]!, all.length), ...nulls }
}

const DIGITS_38 = 10n ** 38n

function wides({ field, cells }: AnswerColumn, rows: number): WideColumn {
  const words = new BigInt64Array(rows * 2)
  for (let i = 0; i < rows; i++) {
    const value = whole(cells(i))
    if (value >= DIGITS_38 || value <= -DIGITS_38)
      throw new K2Error(
        'INVALID_ARGUMENT',
        `${field.name} is beyond ${field.type}. Ask for format=json, which holds it.`,
      )
    words[i * 2] = BigInt.asIntN(64, value)
    words[i * 2 + 1] = value >> 64n
  }
  return { kind: 'wide', words, scale: scaleOf(field)! }
}
