/** HOT PATH. Rows as JSON in UTF-8: see rows.ts. Numbers of 64 bits, decimals and times are text. */
import { type AnswerColumn, type Cell, putText, wholeOf } from './answer.ts'
import { type Field, isDecimal, isObject, objectTexts } from './fields.ts'
import type { Out } from './out.ts'
import { type Puts, type RowFormat, writeRows } from './rows.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const NULL = Buffer.from('null')

/** What stands between rows, or behind each. */
export type Apart = { readonly between: string } | { readonly behind: string }

export const jsonRows = (columns: readonly AnswerColumn[], rows: number, apart: Apart) =>
  writeRows(columns, rows, formatOf(apart))

function formatOf(apart: Apart): RowFormat {
  const open = Buffer.from('between' in apart ? apart.between : '')
  const close = Buffer.from(`}${'behind' in apart ? apart.behind : ''}`)
  return {
    puts: ({ field }, index) => putsOf(field, Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(field.name)}:`)),
    open(out, row) {
      if (row > 0) out.bytes(open)
    },
    close: (out) => out.bytes(close),
  }
}

function putsOf(field: Field, name: Buffer): Puts {
  const put = putText(field)
  const nameAndQuote = Buffer.concat([name, Buffer.of(QUOTE)])
  const quoted = (out: Out, cell: Cell) => {
    out.bytes(nameAndQuote)
    put(out, cell)
    out.byte(QUOTE)
  }
  return {
    none(out) {
      out.bytes(name)
      out.bytes(NULL)
    },
    int64: (out, low, high) => quoted(out, wholeOf(low, high)),
    uuid(out, bytes, from) {
      out.bytes(nameAndQuote)
      out.uuid(bytes, from)
      out.byte(QUOTE)
    },
    cell: isQuoted(field) ? quoted : plain(field, name),
  }
}

const QUOTED: readonly Field['type'][] = ['long', 'timestamptz', 'uuid']
const isQuoted = (field: Field): boolean => isDecimal(field) || QUOTED.includes(field.type)

function plain(field: Field, name: Uint8Array): Puts['cell'] {
  const text = objectTexts()
  const put = isObject(field) ? (out: Out, cell: Cell) => out.text(text(cell as string)) : putValue
  return (out, cell) => {
    out.bytes(name)
    put(out, cell)
  }
}

function putValue(out: Out, cell: Cell): void {
  if (typeof cell !== 'string' || !putPlain(out, cell)) out.text(JSON.stringify(cell))
}

/** Text of which nothing has to be escaped; else it writes nothing and says so. */
function putPlain(out: Out, text: string): boolean {
  out.room(text.length + 2)
  const { buffer, at } = out
  buffer[at] = QUOTE
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 126 || code < 32 || code === QUOTE || code === BACKSLASH) return false
    buffer[at + 1 + i] = code
  }
  buffer[at + 1 + text.length] = QUOTE
  out.at = at + text.length + 2
  return true
}
