/**
 * HOT PATH (`npm run bench -- layout`). A batch's columns as the table's, each with what encodes rows of it.
 *
 *   errors  a column that is required and missing, or of another kind: our own bug, Error
 */
import type { ColumnBatch, ColumnData, Utf8Column, Utf8ListColumn, WideColumn } from '@k2/contracts/columns.ts'
import type { Column, ColumnType, TableSpec } from '@k2/contracts/tables.ts'
import type { Encoder } from './chunk.ts'
import { ListEncoder } from './lists.ts'
import { BooleanEncoder, Int32Encoder, Int64Encoder } from './numbers.ts'
import { Pool } from './pool.ts'
import type { FileColumn } from './schema.ts'
import { DictionaryEncoder, TextColumnEncoder, UuidEncoder } from './texts.ts'
import { WideEncoder } from './wide.ts'

export interface EncodedColumn<C extends FileColumn = FileColumn> {
  readonly column: C
  readonly encoder: Encoder
}

/** Also what only answers have. */
export type FileData = ColumnData | Utf8Column | Utf8ListColumn | WideColumn

// biome-ignore format: a table reads by its columns
const KINDS: Record<ColumnType, readonly ColumnData['kind'][]> = {
  'string':         ['text', 'dictionary'],
  'uuid':           ['uuid'],
  'timestamptz':    ['int64'],
  'decimal(18, 8)': ['int64'],
  'long':           ['int64'],
  'int':            ['int32'],
  'boolean':        ['boolean'],
  'list<string>':   ['list'],
}

/** By table and column, kept from one commit to the next. */
const pools = new WeakMap<TableSpec, readonly Pool[]>()

/** Good until the next call for the same table. A column that the batch does not have is null. */
export function encoders(spec: TableSpec, batch: ColumnBatch): EncodedColumn<Column>[] {
  const known = pools.get(spec) ?? spec.columns.map(() => new Pool())
  pools.set(spec, known)
  return spec.columns.map((column, i) => ({
    column,
    encoder: tableEncoder(column, batch.columns.get(column.name) ?? nothing(column, batch.rows), known[i]!),
  }))
}

function tableEncoder(column: Column, data: ColumnData, pool: Pool): Encoder {
  if (!KINDS[column.type].includes(data.kind)) {
    throw new Error(`${column.name} is ${column.type}, and the batch's is ${data.kind}`)
  }
  return encoderOf(column, data, pool)
}

export function encoderOf(column: FileColumn, data: FileData, pool: Pool): Encoder {
  switch (data.kind) {
    case 'int64':
      return new Int64Encoder(column, data)
    case 'int32':
      return new Int32Encoder(column, data)
    case 'boolean':
      return new BooleanEncoder(column, data)
    case 'uuid':
      return new UuidEncoder(column, data, pool)
    case 'text':
    case 'utf8':
      return new TextColumnEncoder(column, data, pool)
    case 'dictionary':
      return new DictionaryEncoder(column, data, pool)
    case 'wide':
      return new WideEncoder(column, data)
    case 'list':
    case 'utf8-list':
      return new ListEncoder(column, data, pool)
  }
}

/** Nulls for all rows. */
function nothing({ name, type, required }: Column, rows: number): ColumnData {
  if (required) throw new Error(`the batch has no ${name}, which the table requires`)
  const nulls = new Uint8Array(rows).fill(1)
  const codes = new Int32Array(rows)
  switch (KINDS[type][0]) {
    case 'text':
      return { kind: 'dictionary', codes, dictionary: [null] }
    case 'list':
      return { kind: 'list', codes, dictionary: [null] as never }
    case 'int32':
      return { kind: 'int32', values: codes, nulls }
    case 'boolean':
      return { kind: 'boolean', values: new Uint8Array(rows), nulls }
    case 'int64':
      return { kind: 'int64', values: new BigInt64Array(rows), nulls }
    default:
      throw new Error(`no ${type} is null`)
  }
}
