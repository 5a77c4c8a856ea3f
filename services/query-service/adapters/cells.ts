/** Columns of a DuckDB answer, read cell by cell. */
import type { Int64Column, Utf8Column, WideColumn } from '@k2/contracts/columns.ts'
import type { Result, ResultColumn } from '@k2/lake/duckdb/result.ts'
import { type AnswerColumn, type Cells, wholeOf } from '../core/answer.ts'
import type { Field } from '../core/fields.ts'

export const cellsOf = (result: Result, name: string): Cells => read(columnIn(result, name))

export function columnOf(result: Result, field: Field): AnswerColumn {
  const column = columnIn(result, field.name)
  const cells = read(column)
  switch (column.kind) {
    case 'text':
    case 'list':
    case 'float64':
      return { field, cells }
    default:
      return { field, cells, stored: column }
  }
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
    case 'text': {
      const { values } = column
      return (row) => values[row]!
    }
    case 'utf8':
      return utf8s(column)
    case 'utf8-list': {
      const { offsets, elements, nulls } = column
      const element = utf8s(elements)
      const list = (from: number, to: number) =>
        Array.from({ length: to - from }, (_, i) => element(from + i) as string)
      return (row) => (nulls?.[row] ? null : list(offsets[row]!, offsets[row + 1]!))
    }
    case 'wide':
      return wides(column)
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

const utf8s =
  ({ bytes, offsets, nulls }: Utf8Column): Cells =>
  (row) =>
    nulls?.[row] ? null : utf8.decode(bytes.subarray(offsets[row], offsets[row + 1]))

function wides({ words, nulls }: WideColumn): Cells {
  const quarters = new Int32Array(words.buffer, words.byteOffset, words.length * 2)
  return (row) => {
    if (nulls?.[row]) return null
    const at = row * 4
    const [low, high] = [quarters[at]!, quarters[at + 1]!]
    // Most of them are of 64 bits all the same, and then plain numbers.
    const sign = high >> 31
    if (quarters[at + 2] === sign && quarters[at + 3] === sign) return wholeOf(low, high)
    return (words[row * 2 + 1]! << 64n) | BigInt.asUintN(64, words[row * 2]!)
  }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

const uuidText = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
