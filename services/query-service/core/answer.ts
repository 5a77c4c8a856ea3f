/**
 * Columns of an answer -> what a client reads. Prices and quantities are exact decimal text, times ISO 8601 with
 * microseconds, 64-bit numbers text in JSON; a row is written as text at once, without an object for it.
 *
 *   shape   columns -> CSV line or gRPC message of row i; json.ts writes JSON
 *   units   decimal(18,8): 10^-8; times: µs since the epoch
 *   source  CSV: RFC 4180; a null is empty, an empty text is quoted; lists and objects are JSON
 */
import { formatDecimal } from '@k2/market/decimal.ts'
import { formatInstant } from '@k2/market/instant.ts'
import { type Field, isObject } from './fields.ts'

/** Cell i of a column, as plain value: number or, past 2^53, bigint for int64; text, number, boolean, list; null. */
export type Cells = (row: number) => bigint | string | number | boolean | readonly string[] | null

export interface AnswerColumn {
  readonly field: Field
  readonly cells: Cells
}

export type Cell = Exclude<ReturnType<Cells>, null>
type Writer = (row: number) => string

/** As text; of numbers and times what stands between the quotes. */
export function textOf({ type }: Field): (cell: Cell) => string {
  switch (type) {
    case 'decimal(18, 8)':
      return (cell) => formatDecimal(cell as bigint | number)
    case 'timestamptz':
      return (cell) => formatInstant(Number(cell))
    case 'list<string>':
      return (cell) => JSON.stringify(cell)
    default:
      return String
  }
}

/** Rows as lines of CSV, in the columns' order; `csvHeader` is the line before them, also where there are none. */
export function csvWriter(columns: readonly AnswerColumn[]): Writer {
  const writers = columns.map(({ field, cells }) => {
    const write = textOf(field)
    return (row: number) => {
      const cell = cells(row)
      return cell === null ? '' : csvText(write(cell))
    }
  })
  return (row) => `${writers.map((write) => write(row)).join(',')}\r\n`
}

export const csvHeader = (columns: readonly AnswerColumn[]): string =>
  `${columns.map(({ field }) => field.name).join(',')}\r\n`

const csvText = (text: string): string =>
  text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

type Message = Readonly<Record<string, unknown>>

/** Rows as gRPC messages: a time's field is named with its unit, a null is left out. */
export function messageWriter(columns: readonly AnswerColumn[]): (row: number) => Message {
  const writers = columns.map(({ field, cells }) => {
    const write = messageCell(field)
    const name = messageField(field)
    return (row: number): [string, unknown] => {
      const cell = cells(row)
      return [name, cell === null ? undefined : write(cell)]
    }
  })
  return (row) => Object.fromEntries(writers.map((write) => write(row)))
}

/** The name of a column's field in its message, as the proto's types have it. */
export const messageField = ({ name, type }: Field): string => camel(type === 'timestamptz' ? `${name}_micros` : name)

export const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

function messageCell(field: Field): (cell: Cell) => unknown {
  if (isObject(field)) return (cell) => JSON.parse(cell as string)
  switch (field.type) {
    case 'decimal(18, 8)':
      return (cell) => formatDecimal(cell as bigint | number)
    case 'timestamptz':
    case 'long':
      return String
    default:
      return (cell) => cell
  }
}
