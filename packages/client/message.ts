/**
 * A gRPC message -> the row that REST would have sent: the proto's names, times as ISO 8601 under a name without their
 * unit, null for what is absent.
 *
 *   shape   (fields of the proto) -> columns; (columns, message) -> row
 *   units   a field called …_micros: µs since the epoch, UTC
 */
import { formatInstant } from '@k2/market/instant.ts'
import type { FieldDoc } from '@k2/service/rpc-describe.ts'

export type Cell = string | number | boolean | null | readonly string[] | Readonly<Record<string, string>>

export interface Column {
  readonly name: string
  readonly cell: (message: Message) => Cell
}

export type Message = Readonly<Record<string, unknown>>

const MICROS = '_micros'

export function columnsOf(fields: readonly FieldDoc[]): Column[] {
  return fields.map((field) => {
    const { name, key } = field
    if (isTime(field)) {
      const cell = (message: Message) => timeOf(message[key])
      return { name: name.slice(0, -MICROS.length), cell }
    }
    return { name, cell: (message) => cellOf(field, message[key]) }
  })
}

const isTime = ({ name, type }: FieldDoc): boolean => type === 'int64' && name.endsWith(MICROS)

const timeOf = (value: unknown): string | null => (value === undefined ? null : formatInstant(Number(value)))

function cellOf({ isMap }: FieldDoc, value: unknown): Cell {
  if (value === undefined) return null
  // A map has no presence: an empty one is one that is absent.
  if (isMap && Object.keys(value as object).length === 0) return null
  return value as Cell
}

export type Row = Readonly<Record<string, Cell>>

export const rowOf = (columns: readonly Column[], message: Message): Row =>
  Object.fromEntries(columns.map(({ name, cell }) => [name, cell(message)]))
