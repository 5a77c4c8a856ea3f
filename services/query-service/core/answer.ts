/**
 * Columns of an answer, and what their cells are in words that a client reads. Prices and quantities are exact decimal
 * text, times ISO 8601 with microseconds, 64-bit numbers text in JSON. json.ts, csv.ts and wire.ts write rows of them,
 * columnar.ts makes whole columns of them.
 *
 *   units   decimal(18,8): 10^-8, others by their scale; times: µs since the epoch
 */
import type {
  BooleanColumn,
  Int32Column,
  Int64Column,
  Utf8Column,
  Utf8ListColumn,
  UuidColumn,
  WideColumn,
} from '@k2/contracts/columns.ts'
import { formatDecimal, formatScaled, SCALE } from '@k2/market/decimal.ts'
import { formatInstant } from '@k2/market/instant.ts'
import { type Field, scaleOf } from './fields.ts'
import type { Out } from './out.ts'

/** Cell i of a column, as plain value: number or, past 2^53, bigint for int64; text, number, boolean, list; null. */
export type Cells = (row: number) => bigint | string | number | boolean | readonly string[] | null

export interface AnswerColumn {
  readonly field: Field
  readonly cells: Cells
  /** Where the cells lie in memory just so: they are written from there. It may hold more rows than the answer. */
  readonly stored?: Stored
}

export type Stored =
  | Int64Column
  | (UuidColumn & { readonly nulls?: Uint8Array })
  | Int32Column
  | BooleanColumn
  | Utf8Column
  | Utf8ListColumn
  | WideColumn

export type Cell = Exclude<ReturnType<Cells>, null>

const HIGH = 2 ** 32
/** Of 2^53. */
const HIGH_MAX = 2 ** 21

/** An int64 of these halves: as number where a double is exact, for a BigInt costs more than all that is done with it. */
export const wholeOf = (low: number, high: number): number | bigint =>
  high >= -HIGH_MAX && high < HIGH_MAX ? high * HIGH + (low >>> 0) : (BigInt(high) << 32n) | BigInt(low >>> 0)

/** As text; of numbers and times what stands between the quotes. */
export function textOf(field: Field): (cell: Cell) => string {
  const scale = scaleOf(field)
  if (scale === SCALE) return (cell) => formatDecimal(cell as bigint | number)
  if (scale !== undefined) return (cell) => formatScaled(BigInt(cell as bigint | number), scale)
  switch (field.type) {
    case 'timestamptz':
      return (cell) => formatInstant(Number(cell))
    case 'list<string>':
      return (cell) => JSON.stringify(cell)
    default:
      return String
  }
}

/** Of the proof in the metadata of Arrow and Parquet: the JSON that is `meta` of a JSON answer. */
export const PROOF_KEY = 'k2.meta'

type PutCell = (out: Out, cell: Cell) => void

/** The same text as bytes, without making one where that can be helped. */
export function putText(field: Field): PutCell {
  const write = textOf(field)
  if (scaleOf(field) === SCALE)
    return (out, cell) => (typeof cell === 'number' ? out.decimal(cell) : out.text(write(cell)))
  switch (field.type) {
    case 'long':
      return (out, cell) => (typeof cell === 'number' ? out.whole(cell) : out.text(write(cell)))
    case 'timestamptz':
      return instants()
    default:
      return (out, cell) => out.text(write(cell))
  }
}

const MINUTE_MICROS = 60_000_000
const DOT = 0x2e
const UTC = 0x5a

/** As formatInstant writes it; what a minute's times have in common is kept. */
function instants(): PutCell {
  let minute = Number.NaN
  let front = new Uint8Array()
  return (out, cell) => {
    const micros = Number(cell)
    if (!(micros >= minute * MINUTE_MICROS && micros < (minute + 1) * MINUTE_MICROS)) {
      minute = Math.floor(micros / MINUTE_MICROS)
      front = Buffer.from(formatInstant(minute * MINUTE_MICROS).slice(0, -10))
    }
    out.bytes(front)
    const rest = micros - minute * MINUTE_MICROS
    const second = Math.floor(rest / 1_000_000)
    out.digits(second, 2)
    out.byte(DOT)
    out.digits(rest - second * 1_000_000, 6)
    out.byte(UTC)
  }
}
