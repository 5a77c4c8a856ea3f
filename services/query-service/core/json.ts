/**
 * HOT PATH. Rows of an answer as JSON in UTF-8, cell by cell into one buffer: an hour of one symbol is 2 MB, and texts
 * that are made and joined for it cost as much as DuckDB's whole answer (`npm run bench -- query`, stage `write`).
 *
 *   shape   columns, rows, what stands between rows -> bytes
 *   units   as answer.ts
 */
import { formatInstant } from '@k2/market/instant.ts'
import { type AnswerColumn, type Cell, textOf } from './answer.ts'
import { type Field, isObject } from './fields.ts'

const FIRST_BYTES = 1 << 16
const [QUOTE, DOT, ZERO, MINUS, CLOSE] = [...Buffer.from('".0-}')] as [number, number, number, number, number]
const utf8 = new TextEncoder()
const NULL: Uint8Array = utf8.encode('null')
const ONE = 100_000_000
const MINUTE_MICROS = 60_000_000
const BILLION = 1_000_000_000
const POWERS = Array.from({ length: 10 }, (_, digits) => 10 ** digits)
/** Up to here a loop is faster than a call that copies. */
const COPIED_BYTES = 24

export function jsonRows(columns: readonly AnswerColumn[], rows: number, between: string): Uint8Array {
  const out = new Out()
  const puts = columns.map(({ field }) => putOf(field))
  const names = columns.map(({ field }, i) => utf8.encode(`${i === 0 ? '{' : ','}${JSON.stringify(field.name)}:`))
  for (let row = 0; row < rows; row++) {
    if (row > 0) out.text(between)
    for (let i = 0; i < columns.length; i++) {
      out.bytes(names[i]!)
      const cell = columns[i]!.cells(row)
      if (cell === null) out.bytes(NULL)
      else puts[i]!(out, cell)
    }
    out.byte(CLOSE)
  }
  return out.buffer.subarray(0, out.at)
}

/** What is written, in a buffer that doubles. */
class Out {
  buffer = new Uint8Array(FIRST_BYTES)
  at = 0

  room(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.at + bytes))
    larger.set(this.buffer.subarray(0, this.at))
    this.buffer = larger
  }

  byte(byte: number): void {
    this.room(1)
    this.buffer[this.at++] = byte
  }

  bytes(bytes: Uint8Array): void {
    const length = bytes.length
    this.room(length)
    if (length > COPIED_BYTES) this.buffer.set(bytes, this.at)
    else {
      const { buffer, at } = this
      for (let i = 0; i < length; i++) buffer[at + i] = bytes[i]!
    }
    this.at += length
  }

  text(text: string): void {
    // A code unit is at most three bytes of UTF-8.
    this.room(text.length * 3)
    const { buffer, at } = this
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) {
        this.at = at + utf8.encodeInto(text, buffer.subarray(at)).written
        return
      }
      buffer[at + i] = code
    }
    this.at = at + text.length
  }

  /** A whole number of at least 0, with zeros in front where it has less digits than `width`. */
  digits(value: number, width: number): void {
    if (value >= BILLION) {
      const high = Math.floor(value / BILLION)
      this.digits(high, Math.max(1, width - 9))
      this.digits(value - high * BILLION, 9)
      return
    }
    this.room(10)
    let digits = width
    while (digits < 10 && value >= POWERS[digits]!) digits++
    const { buffer, at } = this
    // Of 32 bits from here on, which divide without a double.
    let rest = value | 0
    for (let i = at + digits - 1; i >= at; i--) {
      const over = (rest / 10) | 0
      buffer[i] = ZERO + rest - over * 10
      rest = over
    }
    this.at = at + digits
  }
}

type Put = (out: Out, cell: Cell) => void

function putOf(field: Field): Put {
  const write = textOf(field)
  const quoted: Put = (out, cell) => {
    out.byte(QUOTE)
    out.text(write(cell))
    out.byte(QUOTE)
  }
  if (isObject(field)) return remembered((cell) => cell as string)
  switch (field.type) {
    case 'decimal(18, 8)':
      return (out, cell) => (typeof cell === 'number' ? putDecimal(out, cell) : quoted(out, cell))
    case 'long':
      return (out, cell) => (typeof cell === 'number' ? putLong(out, cell) : quoted(out, cell))
    case 'timestamptz':
      return instants()
    case 'uuid':
      return quoted
    default:
      return remembered((cell) => JSON.stringify(cell))
  }
}

/** Whole columns of an answer often have one value: what is its neighbour's is copied. */
function remembered(write: (cell: Cell) => string): Put {
  let last: Cell | undefined
  let bytes: Uint8Array | undefined
  return (out, cell) => {
    if (cell === last) {
      bytes ??= utf8.encode(write(cell))
      out.bytes(bytes)
    } else {
      last = cell
      bytes = undefined
      out.text(write(cell))
    }
  }
}

function putLong(out: Out, value: number): void {
  out.byte(QUOTE)
  if (value < 0) out.byte(MINUS)
  out.digits(Math.abs(value), 1)
  out.byte(QUOTE)
}

/** As formatDecimal writes it. */
function putDecimal(out: Out, unscaled: number): void {
  const size = Math.abs(unscaled)
  let rest = size % ONE
  out.byte(QUOTE)
  if (unscaled < 0) out.byte(MINUS)
  out.digits((size - rest) / ONE, 1)
  if (rest > 0) {
    let width = 8
    for (; rest % 10 === 0; width--) rest /= 10
    out.byte(DOT)
    out.digits(rest, width)
  }
  out.byte(QUOTE)
}

/** As formatInstant writes it; what a minute's times have in common is kept. */
function instants(): Put {
  let minute = Number.NaN
  let front: Uint8Array = NULL
  return (out, cell) => {
    const micros = Number(cell)
    if (!(micros >= minute * MINUTE_MICROS && micros < (minute + 1) * MINUTE_MICROS)) {
      minute = Math.floor(micros / MINUTE_MICROS)
      front = utf8.encode(`"${formatInstant(minute * MINUTE_MICROS).slice(0, -10)}`)
    }
    out.bytes(front)
    const rest = micros - minute * MINUTE_MICROS
    const second = Math.floor(rest / 1_000_000)
    out.digits(second, 2)
    out.byte(DOT)
    out.digits(rest - second * 1_000_000, 6)
    out.text('Z"')
  }
}
