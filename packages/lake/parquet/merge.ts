/**
 * HOT PATH. Several batches as one, row after row.
 *
 *   shape   (TableSpec, batches) -> a batch of the spec's columns; of one batch, that batch. Pure
 *   errors  a required column that a batch lacks, or one of another kind: our own bug, Error
 */
import type { ColumnBatch, ColumnData, DictionaryColumn, ListColumn } from '@k2/contracts/columns.ts'
import type { Column, ColumnType, TableSpec } from '@k2/contracts/tables.ts'

export function merge(spec: TableSpec, batches: readonly ColumnBatch[]): ColumnBatch {
  if (batches.length === 1) return batches[0]!
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0)
  const columns = new Map<string, ColumnData>()
  for (const column of spec.columns) {
    const pieces = batches.map((batch) => ({ rows: batch.rows, data: batch.columns.get(column.name) }))
    if (column.required && pieces.some(({ data }) => data === undefined)) {
      throw new Error(`a batch has no ${column.name}, which the table requires`)
    }
    if (pieces.some(({ data }) => data !== undefined)) columns.set(column.name, joined(column, pieces, rows))
  }
  return { rows, columns }
}

/** A batch's share of a column; without data its rows are null. */
interface Piece {
  readonly rows: number
  readonly data: ColumnData | undefined
}

function joined(column: Column, pieces: readonly Piece[], rows: number): ColumnData {
  const shape = SHAPES[column.type]
  if (shape === 'list') return joinedDictionaries(column, pieces, rows, 'list', (list) => JSON.stringify(list))
  if (shape === 'uuid') return { kind: 'uuid', bytes: joinedUuids(column, pieces, rows) }
  if (shape === 'int64') return { kind: 'int64', ...joinedNumbers(column, pieces, 'int64', new BigInt64Array(rows)) }
  if (shape === 'int32') return { kind: 'int32', ...joinedNumbers(column, pieces, 'int32', new Int32Array(rows)) }
  if (shape === 'boolean') return { kind: 'boolean', ...joinedNumbers(column, pieces, 'boolean', new Uint8Array(rows)) }
  return pieces.some(({ data }) => data?.kind === 'text')
    ? { kind: 'text', values: pieces.flatMap((piece) => texts(column, piece)) }
    : joinedDictionaries(column, pieces, rows, 'dictionary', (text) => text as string | null)
}

// biome-ignore format: a table reads by its columns
const SHAPES = {
  'string':         'text',
  'uuid':           'uuid',
  'timestamptz':    'int64',
  'decimal(18, 8)': 'int64',
  'long':           'int64',
  'int':            'int32',
  'boolean':        'boolean',
  'list<string>':   'list',
} as const satisfies Record<ColumnType, string>

type Of<K extends ColumnData['kind']> = Extract<ColumnData, { kind: K }>

function only<K extends ColumnData['kind']>(column: Column, data: ColumnData, kind: K): Of<K> {
  if (data.kind !== kind) throw new Error(`${column.name} is ${column.type}, and a batch's is ${data.kind}`)
  return data as Of<K>
}

function joinedNumbers<A extends BigInt64Array | Int32Array | Uint8Array>(
  column: Column,
  pieces: readonly Piece[],
  kind: 'int64' | 'int32' | 'boolean',
  values: A,
): { values: A; nulls?: Uint8Array } {
  const nulls = new Uint8Array(values.length)
  let at = 0
  for (const { rows, data } of pieces) {
    if (data === undefined) {
      nulls.fill(1, at, at + rows)
    } else {
      const piece = only(column, data, kind)
      values.set(piece.values.subarray(0, rows) as never, at)
      if (piece.nulls !== undefined) nulls.set(piece.nulls.subarray(0, rows), at)
    }
    at += rows
  }
  return nulls.includes(1) ? { values, nulls } : { values }
}

function joinedUuids(column: Column, pieces: readonly Piece[], rows: number): Uint8Array {
  const bytes = new Uint8Array(rows * 16)
  let at = 0
  for (const piece of pieces) {
    if (piece.data === undefined) throw new Error(`a batch has no ${column.name}, and no id is null`)
    bytes.set(only(column, piece.data, 'uuid').bytes.subarray(0, piece.rows * 16), at * 16)
    at += piece.rows
  }
  return bytes
}

function texts(column: Column, { rows, data }: Piece): readonly (string | null)[] {
  if (data === undefined) return new Array<null>(rows).fill(null)
  if (data.kind === 'text') return data.values.slice(0, rows)
  const { codes, dictionary } = only(column, data, 'dictionary')
  return Array.from({ length: rows }, (_, i) => dictionary[codes[i]!]!)
}

type Entry = string | null | readonly string[]

/** One dictionary of all, and every piece's codes in it. */
function joinedDictionaries(
  column: Column,
  pieces: readonly Piece[],
  rows: number,
  kind: 'dictionary' | 'list',
  keyOf: (entry: Entry) => string | null,
): ColumnData {
  const codes = new Int32Array(rows)
  const dictionary: Entry[] = []
  const codeOf = new Map<string | null, number>()
  const add = (entry: Entry): number => {
    const key = keyOf(entry)
    const code = codeOf.get(key) ?? dictionary.push(entry) - 1
    codeOf.set(key, code)
    return code
  }
  let at = 0
  for (const piece of pieces) {
    const from = piece.data === undefined ? undefined : only(column, piece.data, kind)
    const codeNow = (from?.dictionary ?? [null]).map(add)
    for (let i = 0; i < piece.rows; i++) codes[at + i] = codeNow[from === undefined ? 0 : from.codes[i]!]!
    at += piece.rows
  }
  return { kind, codes, dictionary } as DictionaryColumn | ListColumn
}
