/** Columns of a DuckDB answer, read cell by cell. */
import type { Result, ResultColumn } from '@k2/lake/duckdb/result.ts'
import type { Cells } from '../core/answer.ts'

export function cellsOf(result: Result, name: string): Cells {
  const column = result.columns.get(name)
  if (!column) throw new Error(`the answer has no column ${name}`)
  return read(column)
}

function read(column: ResultColumn): Cells {
  switch (column.kind) {
    case 'int64':
    case 'int32':
    case 'float64': {
      const { values, nulls } = column
      return (row) => (nulls?.[row] ? null : values[row]!)
    }
    case 'boolean': {
      const { values, nulls } = column
      return (row) => (nulls?.[row] ? null : values[row] === 1)
    }
    case 'uuid': {
      const hex = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength)
      const { nulls } = column
      return (row) => (nulls?.[row] ? null : uuidText(hex.toString('hex', row * 16, row * 16 + 16)))
    }
    case 'text':
    case 'bigint': {
      const { values } = column
      return (row) => values[row]!
    }
    case 'list': {
      const { codes, dictionary } = column
      return (row) => (codes[row]! < 0 ? null : dictionary[codes[row]!]!)
    }
  }
}

const uuidText = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
