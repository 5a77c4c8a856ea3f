/**
 * HOT PATH. Rows as repeated messages of protobuf, for gRPC without an object a row: see rows.ts. Byte for byte what
 * protobufjs writes of such objects: fields by their number, a null left out, a field at its default written.
 *
 *   shape   a text is text, decimals are text; int64 and times: varint of 64 bits; an object: map<string, string>
 *   source  protobuf.dev, "Encoding"
 */
import { type AnswerColumn, type Cell, putText, wholeOf } from './answer.ts'
import { type Field, isDecimal, isObject, objectText } from './fields.ts'
import { Out } from './out.ts'
import { type Puts, type RowFormat, writeRows } from './rows.ts'

/** Numbers of a reply's fields: `rows` that of the field which holds the rows, the others by their column. */
export interface WireShape {
  readonly rows: number
  readonly fields: Readonly<Record<string, number>>
}

const VARINT = 0
const BYTES = 2
const UUID_BYTES = 36
const LOW = 0xffff_ffffn

export const wireRows = (columns: readonly AnswerColumn[], rows: number, shape: WireShape) =>
  writeRows(columns, rows, formatOf(shape))

function formatOf({ rows, fields }: WireShape): RowFormat {
  const tag = tagOf(rows, BYTES)
  const numberOf = ({ field: { name } }: AnswerColumn): number => {
    const number = fields[name]
    if (number === undefined) throw new Error(`the reply has no field for ${name}`)
    return number
  }
  const nested = prefixed()
  return {
    ordered: (columns) => columns.toSorted((a, b) => numberOf(a) - numberOf(b)),
    puts: (column) => putsOf(column.field, numberOf(column)),
    open(out) {
      out.bytes(tag)
      nested.open(out)
    },
    close: (out) => nested.close(out),
  }
}

/**
 * A length before what it measures: room is left for as many bytes as the last one took, and what follows is moved
 * where that was wrong.
 */
function prefixed() {
  let bytes = 1
  let from = 0
  return {
    open(out: Out): void {
      out.room(bytes)
      out.at += bytes
      from = out.at
    },
    close(out: Out): void {
      const end = out.at
      const length = end - from
      const needed = length < 1 << 7 ? 1 : length < 1 << 14 ? 2 : length < 1 << 21 ? 3 : 4
      if (needed !== bytes) {
        out.room(needed)
        out.buffer.copyWithin(from + needed - bytes, from, out.at)
      }
      out.at = from - bytes
      out.varint(length, 0)
      out.at += length
      // Also what was moved to the front: it lay up to where it ended before.
      if (needed !== bytes) out.settled = Math.max(end, out.at)
      bytes = needed
    },
  }
}

function tagOf(number: number, type: number): Uint8Array {
  const out = new Out(8)
  out.varint(number * 8 + type, 0)
  return out.written()
}

function putsOf(field: Field, number: number): Puts {
  const [varint, bytes] = [tagOf(number, VARINT), tagOf(number, BYTES)]
  const text = putText(field)
  const nested = prefixed()
  const putCell = (out: Out, cell: Cell) => {
    out.bytes(bytes)
    nested.open(out)
    text(out, cell)
    nested.close(out)
  }
  const int64 = (out: Out, low: number, high: number) => {
    out.bytes(varint)
    out.varint(low, high)
  }
  return {
    none() {},
    int64: isDecimal(field) ? (out, low, high) => putCell(out, wholeOf(low, high)) : int64,
    uuid(out, of, from) {
      out.bytes(bytes)
      out.byte(UUID_BYTES)
      out.uuid(of, from)
    },
    cell: cellOf(field, bytes, int64, putCell),
  }
}

function cellOf(field: Field, tag: Uint8Array, int64: Puts['int64'], text: Puts['cell']): Puts['cell'] {
  if (isObject(field)) return mapOf(tag)
  switch (field.type) {
    case 'timestamptz':
    case 'long':
    case 'int':
    case 'boolean':
      return (out, cell) => {
        if (typeof cell === 'bigint') int64(out, Number(cell & LOW), Number((cell >> 32n) & LOW))
        else int64(out, Number(cell), Math.floor(Number(cell) / 2 ** 32))
      }
    case 'list<string>': {
      const put = lengthy(tag)
      return (out, cell) => {
        for (const text of cell as readonly string[]) put(out, text)
      }
    }
    default:
      return text
  }
}

/** A text behind its tag and length. */
function lengthy(tag: Uint8Array): (out: Out, text: string) => void {
  const nested = prefixed()
  return (out, text) => {
    out.bytes(tag)
    nested.open(out)
    out.text(text)
    nested.close(out)
  }
}

/** Entries of the object that the text is, each a message of a key and a value. */
function mapOf(tag: Uint8Array): Puts['cell'] {
  const entry = prefixed()
  const [key, value] = [lengthy(tagOf(1, BYTES)), lengthy(tagOf(2, BYTES))]
  return (out, cell) => {
    for (const [name, said] of Object.entries(JSON.parse(objectText(cell as string)))) {
      out.bytes(tag)
      entry.open(out)
      key(out, name)
      value(out, String(said))
      entry.close(out)
    }
  }
}
