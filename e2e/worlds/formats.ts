/** An answer's body in any format, read back as the rows that JSON would have. */
import { writeFile } from 'node:fs/promises'
import type { Engine } from '@k2/lake/duckdb/engine.ts'
import type { ResultColumn } from '@k2/lake/duckdb/result.ts'
import { formatScaled } from '@k2/market/decimal.ts'
import { formatInstant } from '@k2/market/instant.ts'
import { type Data, DataType, tableFromIPC } from 'apache-arrow'
import type { Asking } from './asking.ts'
import { quoteOf, referenceOf, tradeOf } from './market.ts'
import { until } from './service.ts'
import { put } from './venues.ts'

export type Json = Record<string, unknown>

/** Records of every kind: nulls, empty texts, letters of several bytes, objects; so many of each instrument. */
export async function fillAll(world: Asking, each: number, random: () => number): Promise<void> {
  await put(world, { trades: [], quotes: [] }, each, random)
  const records = <T>(of: (symbol: string, random: () => number) => T) =>
    Array.from({ length: each }, () => of('VEN', random))
  await world.append('trades', records(tradeOf))
  await world.append('quotes', records(quoteOf))
  await world.append('reference', [referenceOf('VEN', '1', 'A "company", of é'), referenceOf('KTA', '2', '')])
}

/** Lets all land that there is, and waits until answers are of it: those of two formats are to see the same snapshots. */
export async function landAll(world: Asking): Promise<void> {
  await world.sink.drain(AbortSignal.timeout(20_000))
  await until('answers are of what has landed', async () => {
    const { meta } = (await (await fetch(`${world.url}/v1/symbols`)).json()) as { meta: { snapshots?: unknown[] } }
    return meta.snapshots?.length === world.tables.length
  })
}

export interface Read {
  readonly rows: readonly Json[]
  /** What the metadata has as the proof. */
  readonly meta: Json
}

/** Text in them is that of a JSON object. */
const OBJECTS = ['vendor_data', 'summary']
const textIn = (name: string, text: string): unknown => (OBJECTS.includes(name) ? JSON.parse(text) : text)

type Cell = (row: number) => unknown

function rowsOf(columns: ReadonlyMap<string, Cell>, count: number): Json[] {
  const entries = [...columns]
  return Array.from({ length: count }, (_, row) => Object.fromEntries(entries.map(([name, cell]) => [name, cell(row)])))
}

const wide = (words: BigInt64Array, row: number): bigint =>
  (words[row * 2 + 1]! << 64n) | BigInt.asUintN(64, words[row * 2]!)

export function readArrow(body: Uint8Array): Read {
  const table = tableFromIPC(body)
  const columns = table.schema.fields.map(({ name }, i): [string, Cell] => {
    const vector = table.getChildAt(i)!
    const [data] = vector.data
    const cell = data === undefined ? () => undefined : arrowCell(name, data, (row) => vector.get(row))
    return [name, (row) => (vector.isValid(row) ? cell(row) : null)]
  })
  return { rows: rowsOf(new Map(columns), table.numRows), meta: JSON.parse(table.schema.metadata.get('k2.meta')!) }
}

/** By the buffers: Arrow's own getters make doubles of times. */
function arrowCell(name: string, { type, values }: Data, value: Cell): Cell {
  if (DataType.isDecimal(type)) {
    const words = new BigInt64Array(values.buffer, values.byteOffset, values.byteLength / 8)
    return (row) => formatScaled(wide(words, row), type.scale)
  }
  if (DataType.isTimestamp(type)) return (row) => formatInstant(Number(values[row]))
  if (DataType.isInt(type)) return type.bitWidth === 64 ? (row) => String(values[row]) : value
  if (DataType.isList(type)) return (row) => [...(value(row) as Iterable<string>)]
  return DataType.isUtf8(type) ? (row) => textIn(name, value(row) as string) : value
}

/** By DuckDB, which reads a file. */
export async function readParquet(engine: Engine, path: string, body: Uint8Array): Promise<Read> {
  await writeFile(path, body)
  const { columns, types, rows } = await engine.query('SELECT * FROM read_parquet(?)', [path])
  const cells = [...columns].map(([name, column]): [string, Cell] => {
    const cell = parquetCell(name, column, types.get(name)!)
    const isNull = 'nulls' in column ? (row: number) => column.nulls?.[row] === 1 : () => false
    return [name, (row) => (isNull(row) ? null : cell(row))]
  })
  const told = await engine.query('SELECT decode(value) AS meta FROM parquet_kv_metadata(?)', [path])
  const meta = told.columns.get('meta')!
  return { rows: rowsOf(new Map(cells), rows), meta: JSON.parse(meta.kind === 'text' ? meta.values[0]! : '') }
}

function parquetCell(name: string, column: ResultColumn, type: string): Cell {
  const scale = Number(/^DECIMAL\(\d+,(\d+)\)$/.exec(type)?.[1])
  switch (column.kind) {
    case 'int64':
      if (type.startsWith('TIMESTAMP')) return (row) => formatInstant(Number(column.values[row]))
      return (row) => (scale > 0 ? formatScaled(column.values[row]!, scale) : String(column.values[row]))
    case 'wide':
      return (row) => formatScaled(wide(column.words, row), scale)
    case 'list':
      return (row) => (column.codes[row]! < 0 ? null : column.dictionary[column.codes[row]!])
    case 'text':
      return (row) => (column.values[row] === null ? null : textIn(name, column.values[row]!))
    case 'boolean':
      return (row) => column.values[row] === 1
    case 'int32':
      return (row) => column.values[row]
    default:
      throw new Error(`${name} is ${type}, which no answer has`)
  }
}

export const readLines = (body: string): Json[] =>
  body.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Json]))

/** The CSV that says what these rows say. */
export function csvOf(header: string, rows: readonly Json[]): string {
  const names = header.split(',')
  return [header, ...rows.map((row) => names.map((name) => cellOf(row[name])).join(',')), ''].join('\r\n')
}

function cellOf(value: unknown): string {
  if (value === null) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
