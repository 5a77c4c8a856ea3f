/**
 * Result columns -> what a client reads. Prices and quantities are exact decimal text, times ISO 8601 with
 * microseconds, 64-bit numbers text in JSON; a row is written as text at once, without an object for it.
 *
 *   shape   (columns of an answer) -> JSON text of row i, or its cells for gRPC
 *   units   decimal(18,8): 10^-8; times: µs since the epoch
 */
import type { Column } from '@k2/contracts/tables.ts'
import { formatDecimal } from '@k2/market/decimal.ts'
import { formatInstant } from '@k2/market/instant.ts'

/** Cell i of a column, as plain value: bigint for int64, text, number, boolean, list; null. */
export type Cells = (row: number) => bigint | string | number | boolean | readonly string[] | null

export interface AnswerColumn {
  readonly column: Column
  readonly cells: Cells
}

/** Writes rows as JSON objects. */
export function rowWriter(columns: readonly AnswerColumn[]): (row: number) => string {
  const writers = columns.map(({ column, cells }) => {
    const name = `${JSON.stringify(column.name)}:`
    const write = jsonOf(column)
    return (row: number) => {
      const cell = cells(row)
      return name + (cell === null ? 'null' : write(cell))
    }
  })
  return (row) => {
    let text = '{'
    for (let i = 0; i < writers.length; i++) text += i === 0 ? writers[i]!(row) : `,${writers[i]!(row)}`
    return `${text}}`
  }
}

type Cell = Exclude<ReturnType<Cells>, null>

function jsonOf({ name, type }: Column): (cell: Cell) => string {
  // Stored as JSON text, answered as the object it is.
  if (name === 'vendor_data') return (cell) => cell as string
  switch (type) {
    case 'decimal(18, 8)':
      return (cell) => `"${formatDecimal(cell as bigint)}"`
    case 'timestamptz':
      return (cell) => `"${formatInstant(Number(cell))}"`
    case 'long':
      return (cell) => `"${cell}"`
    default:
      return (cell) => JSON.stringify(cell)
  }
}
