/**
 * HOT PATH (`npm run bench -- layout`). A batch's columns as the table's, each with what encodes rows of it.
 *
 *   errors  a column that is required and missing, or of another kind: our own bug, Error
 */
import type { ColumnBatch, ColumnData } from '@k2/contracts/columns.ts'
import type { Column, ColumnType, TableSpec } from '@k2/contracts/tables.ts'
import type { Encode } from './chunk.ts'
import { lists } from './lists.ts'
import { booleans, int32s, int64s } from './numbers.ts'
import { Pool } from './pool.ts'
import { dictionaries, texts, uuids } from './texts.ts'

export interface EncodedColumn {
  readonly column: Column
  readonly encode: Encode
}

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
export function encoders(spec: TableSpec, batch: ColumnBatch): EncodedColumn[] {
  const known = pools.get(spec) ?? spec.columns.map(() => new Pool())
  pools.set(spec, known)
  return spec.columns.map((column, i) => ({
    column,
    encode: encoderOf(column, batch.columns.get(column.name) ?? nothing(column, batch.rows), known[i]!),
  }))
}

function encoderOf(column: Column, data: ColumnData, pool: Pool): Encode {
  if (!KINDS[column.type].includes(data.kind)) {
    throw new Error(`${column.name} is ${column.type}, and the batch's is ${data.kind}`)
  }
  switch (data.kind) {
    case 'int64':
      return int64s(column, data)
    case 'int32':
      return int32s(column, data)
    case 'boolean':
      return booleans(column, data)
    case 'uuid':
      return uuids(column, data, pool)
    case 'text':
      return texts(column, data, pool)
    case 'dictionary':
      return dictionaries(column, data, pool)
    case 'list':
      return lists(column, data, pool)
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
