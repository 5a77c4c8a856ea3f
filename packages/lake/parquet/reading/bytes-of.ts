/** What a column that is kept takes: its arrays with the room behind their values, and of different texts about what V8 needs. */
import type { ColumnData } from '@k2/contracts/columns.ts'

/** The objects around its arrays: most of a group of a few rows. */
export const COLUMN_BYTES = 400
/** A text of V8's with its place in the dictionary, and once more as bytes with two offsets (gather-texts.ts). */
const TEXT_BYTES = 40

export const bytesOf = (column: ColumnData): number => COLUMN_BYTES + valuesOf(column)

function valuesOf(column: ColumnData): number {
  switch (column.kind) {
    case 'uuid':
      return column.bytes.buffer.byteLength
    case 'text': {
      const { bytes, starts, ends } = column.slices ?? {}
      return sum(bytes, starts, ends)
    }
    case 'dictionary':
    case 'list':
      return sum(column.codes) + column.dictionary.reduce((bytes, text) => bytes + TEXT_BYTES + 2 * charsIn(text), 0)
    default:
      return sum(column.values, column.nulls)
  }
}

const sum = (...arrays: readonly (ArrayBufferView | undefined)[]): number =>
  arrays.reduce((bytes, array) => bytes + (array?.buffer.byteLength ?? 0), 0)

const charsIn = (text: string | readonly string[] | null): number =>
  typeof text === 'string' ? text.length : (text ?? []).reduce((chars, one) => chars + TEXT_BYTES + one.length, 0)
