/**
 * The columns of by-avsc.ts: they grow value by value, and become a ColumnBatch. Text of few different values
 * becomes a dictionary; past half of the rows it is plain text.
 */
import type { ColumnBatch, ColumnData } from '../columns.ts'
import type { Column, TableSpec } from '../tables.ts'

export interface ColumnBuilder {
  push(value: unknown): void
  finish(rows: number): ColumnData
}

const GROW = 2

function int64(): ColumnBuilder {
  let values = new BigInt64Array(1024)
  let nulls: Uint8Array | undefined
  let at = 0
  return {
    push(value) {
      if (at === values.length) {
        values = widen(values, new BigInt64Array(at * GROW))
        if (nulls) nulls = widen(nulls, new Uint8Array(at * GROW))
      }
      if (value === null) {
        nulls ??= new Uint8Array(values.length)
        nulls[at] = 1
      } else values[at] = value as bigint
      at++
    },
    finish: (rows) => ({ kind: 'int64', values: values.slice(0, rows), ...(nulls && { nulls: nulls.slice(0, rows) }) }),
  }
}

function widen<A extends BigInt64Array | Uint8Array | Int32Array>(from: A, to: A): A {
  ;(to as { set(values: A): void }).set(from)
  return to
}

function int32(): ColumnBuilder {
  const values: number[] = []
  return {
    push: (value) => values.push(value as number),
    finish: () => ({ kind: 'int32', values: Int32Array.from(values) }),
  }
}

function boolean(): ColumnBuilder {
  const values: number[] = []
  return {
    push: (value) => values.push(value === true ? 1 : 0),
    finish: () => ({ kind: 'boolean', values: Uint8Array.from(values) }),
  }
}

function uuid(): ColumnBuilder {
  let bytes = Buffer.alloc(16 * 1024)
  let at = 0
  return {
    push(value) {
      if (at === bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length)])
      const text = value as string
      bytes.write(
        text.slice(0, 8) + text.slice(9, 13) + text.slice(14, 18) + text.slice(19, 23) + text.slice(24),
        at,
        'hex',
      )
      at += 16
    },
    finish: (rows) => ({ kind: 'uuid', bytes: new Uint8Array(bytes.subarray(0, rows * 16)) }),
  }
}

function text(): ColumnBuilder {
  const codes: number[] = []
  const dictionary: (string | null)[] = []
  const known = new Map<string | null, number>()
  return {
    push(value) {
      let code = known.get(value as string | null)
      if (code === undefined) {
        code = dictionary.push(value as string | null) - 1
        known.set(value as string | null, code)
      }
      codes.push(code)
    },
    finish: (rows) =>
      dictionary.length * 2 > rows
        ? { kind: 'text', values: codes.map((code) => dictionary[code] as string | null) }
        : { kind: 'dictionary', codes: Int32Array.from(codes), dictionary },
  }
}

function list(): ColumnBuilder {
  const codes: number[] = []
  const dictionary: (readonly string[])[] = []
  const known = new Map<string, number>()
  return {
    push(value) {
      const items = value as readonly string[]
      const key = items.length === 1 ? `1${items[0]}` : JSON.stringify(items)
      let code = known.get(key)
      if (code === undefined) {
        code = dictionary.push(items) - 1
        known.set(key, code)
      }
      codes.push(code)
    },
    finish: () => ({ kind: 'list', codes: Int32Array.from(codes), dictionary }),
  }
}

const BUILDERS: Readonly<Record<Column['type'], () => ColumnBuilder>> = {
  string: text,
  uuid,
  timestamptz: int64,
  'decimal(18, 8)': int64,
  long: int64,
  int: int32,
  boolean,
  'list<string>': list,
}

export interface TableBuilder {
  readonly columns: readonly { readonly column: Column; readonly builder: ColumnBuilder }[]
  finish(rows: number): ColumnBatch
}

export function tableBuilder(spec: TableSpec): TableBuilder {
  const columns = spec.columns.map((column) => ({ column, builder: BUILDERS[column.type]() }))
  return {
    columns,
    finish: (rows) => ({
      rows,
      columns: new Map(columns.map(({ column, builder }) => [column.name, builder.finish(rows)])),
    }),
  }
}
