/** For tests: rows as values one can read, to batches and back from answers. Numbers of tables are bigint. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ColumnBatch, ColumnData, Utf8Column } from '@k2/contracts/columns.ts'
import type { Column, TableSpec } from '@k2/contracts/tables.ts'
import { type Engine, openEngine } from './engine.ts'
import type { Result, ResultColumn } from './result.ts'

export type Value = string | bigint | number | boolean | null | readonly string[]
export type Row = Readonly<Record<string, Value>>

const nullsOf = (values: readonly Value[]): { nulls?: Uint8Array } =>
  values.includes(null) ? { nulls: Uint8Array.from(values, (value) => (value === null ? 1 : 0)) } : {}

export const uuidBytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll('-', ''), 'hex'))

const uuidText = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** Text columns are dictionaries where `isDictionary` says so. */
export function batchOf(spec: TableSpec, rows: readonly Row[], isDictionary = true): ColumnBatch {
  const columns = spec.columns.map((column): [string, ColumnData] => [
    column.name,
    dataOf(
      column,
      rows.map((row) => row[column.name] ?? null),
      isDictionary,
    ),
  ])
  return { rows: rows.length, columns: new Map(columns) }
}

function dataOf({ type }: Column, values: readonly Value[], isDictionary: boolean): ColumnData {
  switch (type) {
    case 'string': {
      if (!isDictionary) return { kind: 'text', values: values as (string | null)[] }
      const dictionary = [...new Set(values as (string | null)[])]
      return {
        kind: 'dictionary',
        codes: Int32Array.from(values, (value) => dictionary.indexOf(value as string)),
        dictionary,
      }
    }
    case 'list<string>': {
      const keys = [...new Set(values.map((value) => JSON.stringify(value)))]
      const codes = Int32Array.from(values, (value) => keys.indexOf(JSON.stringify(value)))
      return { kind: 'list', codes, dictionary: keys.map((key) => JSON.parse(key)) }
    }
    case 'uuid':
      return { kind: 'uuid', bytes: Buffer.concat(values.map((value) => uuidBytes(value as string))) }
    case 'int':
      return { kind: 'int32', values: Int32Array.from(values, (value) => Number(value)), ...nullsOf(values) }
    case 'boolean':
      return {
        kind: 'boolean',
        values: Uint8Array.from(values, (value) => (value === true ? 1 : 0)),
        ...nullsOf(values),
      }
    default:
      return {
        kind: 'int64',
        values: BigInt64Array.from(values, (value) => (value ?? 0n) as bigint),
        ...nullsOf(values),
      }
  }
}

export function rowsOf(result: Result): Row[] {
  return Array.from({ length: result.rows }, (_, row) =>
    Object.fromEntries([...result.columns].map(([name, column]) => [name, valueAt(column, row)])),
  )
}

function valueAt(column: ResultColumn, row: number): Value {
  if ('nulls' in column && column.nulls?.[row] === 1) return null
  if (column.kind === 'uuid') return uuidText(column.bytes.subarray(row * 16, row * 16 + 16))
  if (column.kind === 'list') return column.codes[row] === -1 ? null : column.dictionary[column.codes[row]!]!
  if (column.kind === 'boolean') return column.values[row] === 1
  if (column.kind === 'wide') return (column.words[row * 2 + 1]! << 64n) | BigInt.asUintN(64, column.words[row * 2]!)
  if (column.kind === 'utf8') return textAt(column, row)
  if (column.kind === 'utf8-list') {
    const { offsets, elements } = column
    return Array.from({ length: offsets[row + 1]! - offsets[row]! }, (_, i) => textAt(elements, offsets[row]! + i))
  }
  return column.values[row]!
}

const textAt = ({ bytes, offsets }: Utf8Column, i: number): string =>
  Buffer.from(bytes.subarray(offsets[i], offsets[i + 1])).toString()

/** A folder, and an engine that spills into it; both go at the end of the test's file. */
export async function opened(threads = 1): Promise<{ folder: string; engine: Engine; end: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'k2-duckdb-'))
  const engine = await openEngine({ memoryMb: 256, threads, tempFolder: path.join(folder, 'spill') })
  const end = async () => {
    await engine.close()
    await rm(folder, { recursive: true })
  }
  return { folder, engine, end }
}

/** Every type, each nullable but the id, the time and the symbol. */
const column = (id: number, name: string, type: Column['type'], required = false): Column =>
  type === 'list<string>'
    ? { id, name, type, required, doc: '', elementId: 1000 }
    : { id, name, type, required, doc: '' }

export const EVERY_TYPE: TableSpec = {
  name: 'trades_v2',
  dayOf: 'at',
  bucketOf: 'symbol',
  sortedBy: ['symbol', 'at', 'number', 'text', 'small'],
  columns: [
    column(1, 'id', 'uuid', true),
    column(2, 'symbol', 'string', true),
    column(3, 'at', 'timestamptz', true),
    column(4, 'seen', 'timestamptz'),
    column(5, 'price', 'decimal(18, 8)'),
    column(6, 'number', 'long'),
    column(7, 'small', 'int'),
    column(8, 'flag', 'boolean'),
    column(9, 'text', 'string'),
    column(10, 'list', 'list<string>'),
  ],
}

const MAX_UNSCALED = 10n ** 18n - 1n
const INT64_MAX = 2n ** 63n - 1n
const MAX_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
const NIL_ID = '00000000-0000-0000-0000-000000000000'
const LONG = 'é€𝄞 quoted \' " and longer than any header holds'

// biome-ignore format: a table reads by its columns
export const EDGES: readonly Row[] = [
  { id: NIL_ID, symbol: 'A', at: 0n,                    seen: -1n,                price: MAX_UNSCALED,  number: INT64_MAX,       small: 2 ** 31 - 1, flag: true,  text: '',            list: [] },
  { id: MAX_ID, symbol: 'A', at: 86_399_999_999n,       seen: 1n,                 price: -MAX_UNSCALED, number: -INT64_MAX - 1n, small: -(2 ** 31),  flag: false, text: LONG,          list: ['', 'XT'] },
  { id: '80000000-0000-8000-8000-000000000000',
                symbol: 'B', at: 86_400_000_000n,       seen: 253402300799999999n, price: 0n,           number: 0n,              small: 0,           flag: null,  text: 'a\0b',        list: [LONG] },
  { id: '7fffffff-ffff-8fff-bfff-ffffffffffff',
                symbol: 'é', at: -1n,                   seen: -62135596800000000n, price: 1n,           number: null,            small: null,        flag: true,  text: '\u{10FFFF}',  list: null },
  { id: '01234567-89ab-8def-8123-456789abcdef',
                symbol: 'B', at: 1_394_398_634_754_321n, seen: null,              price: null,          number: -1n,             small: -1,          flag: false, text: null,          list: ['a', 'a'] },
]
