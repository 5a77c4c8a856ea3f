/** Columns of a DuckDB answer, read cell by cell. */
import type { Int64Column } from '@k2/contracts/columns.ts'
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
      const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
      return (row) => (nulls?.[row] ? null : uuidText(hex, row * 32))
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

/** As numbers wherever a double is exact: a BigInt a cell costs more than all that is done with it. */
function int64s({ values, nulls }: Int64Column): Cells {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  return (row) => {
    if (nulls?.[row]) return null
    const high = words[row * 2 + 1]!
    return high >= -HIGH_MAX && high < HIGH_MAX ? high * 2 ** 32 + (words[row * 2]! >>> 0) : values[row]!
  }
}

/** Of 2^53. */
const HIGH_MAX = 2 ** 21

function uuidText(hex: string, at: number): string {
  const part = (from: number, to: number) => hex.slice(at + from, at + to)
  return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`
}
