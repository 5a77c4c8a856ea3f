/**
 * HOT PATH. Rows as lines of CSV in UTF-8, in the columns' order: see rows.ts.
 *
 *   source  RFC 4180; a null is empty, an empty text is quoted; lists and objects are JSON
 */
import { type AnswerColumn, type Cell, putText, textOf, wholeOf } from './answer.ts'
import { type Field, isDecimal } from './fields.ts'
import type { Out } from './out.ts'
import { type Puts, type RowFormat, writeRows } from './rows.ts'

const COMMA = 0x2c
const END = Buffer.from('\r\n')

/** With the header, also where there are no rows. */
export const csvRows = (columns: readonly AnswerColumn[], rows: number) =>
  writeRows(columns, rows, FORMAT, `${columns.map(({ field }) => field.name).join(',')}\r\n`)

const FORMAT: RowFormat = {
  puts: ({ field }, index) => putsOf(field, index > 0),
  open() {},
  close: (out) => out.bytes(END),
}

const isNumber = (field: Field): boolean => isDecimal(field) || field.type === 'long' || field.type === 'timestamptz'

function putsOf(field: Field, isBehind: boolean): Puts {
  const next = (out: Out) => {
    if (isBehind) out.byte(COMMA)
  }
  const write = textOf(field)
  const put = isNumber(field) ? putText(field) : (out: Out, cell: Cell) => out.text(quoted(write(cell)))
  const cell = (out: Out, value: Cell) => {
    next(out)
    put(out, value)
  }
  return {
    none: next,
    int64: (out, low, high) => cell(out, wholeOf(low, high)),
    uuid(out, bytes, from) {
      next(out)
      out.uuid(bytes, from)
    },
    cell,
  }
}

const quoted = (text: string): string =>
  text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
