/** Columns of a DuckDB answer, read cell by cell. */
import type { Int64Column } from '@k2/contracts/columns.ts'
import type { Result, ResultColumn } from '@k2/lake/duckdb/result.ts'
import { type AnswerColumn, type Cells, wholeOf } from '../core/answer.ts'
import type { Field } from '../core/fields.ts'

export const cellsOf = (result: Result, name: string): Cells => read(columnIn(result, name))

export function columnOf(result: Result, field: Field): AnswerColumn {
  const column = columnIn(result, field.name)
  const isStored = column.kind === 'int64' || column.kind === 'uuid'
  return { field, cells: read(column), ...(isStored && { stored: column }) }
}

function columnIn(result: Result, name: string): ResultColumn {
  const column = result.columns.get(name)
  if (!column) throw new Error(`the answer has no column ${name}`)
  return column
}

function read(column: ResultColumn): Cells {
  switch (column.kind) {
    case 'int64':
      return int64s(column)
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
      const { bytes, nulls } = column
      return (row) =>
        nulls?.[row] ? null : uuidText(Buffer.from(bytes.subarray(row * 16, row * 16 + 16)).toString('hex'))
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

function int64s({ values, nulls }: Int64Column): Cells {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  return (row) => (nulls?.[row] ? null : wholeOf(words[row * 2]!, words[row * 2 + 1]!))
}

const uuidText = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
