/**
 * HOT PATH. Rows of an answer as bytes, in the way of a format (json.ts, csv.ts, wire.ts): cell by cell from the
 * columns' own memory, without an object or a text a row (`npm run bench -- query`, stage `write`).
 *
 *   shape   columns, rows, format -> bytes of what stands in front and of these rows
 */
import type { AnswerColumn, Cell } from './answer.ts'
import { Out } from './out.ts'

/** How a format writes the cells of one column. */
export interface Puts {
  none(out: Out): void
  /** Of a stored int64 its halves. */
  int64(out: Out, low: number, high: number): void
  uuid(out: Out, bytes: Uint8Array, from: number): void
  cell(out: Out, cell: Cell): void
}

export interface RowFormat {
  /** Of columns in the order in which `ordered` puts them. */
  puts(column: AnswerColumn, index: number): Puts
  ordered?(columns: readonly AnswerColumn[]): readonly AnswerColumn[]
  open(out: Out, row: number): void
  close(out: Out): void
}

type Put = (out: Out, row: number) => void

/** About what a cell takes with its name. */
const CELL_BYTES = 32
/** Free around the rows, for what a door puts there (enclosed.ts). */
export const FRONT_BYTES = 16
export const BACK_BYTES = 4_096

export function writeRows(
  columns: readonly AnswerColumn[],
  rows: number,
  format: RowFormat,
  front = '',
): Uint8Array<ArrayBuffer> {
  const out = new Out((rows + 1) * columns.length * CELL_BYTES + BACK_BYTES, FRONT_BYTES)
  out.text(front)
  const parts = partsOf(format.ordered?.(columns) ?? columns, rows, format)
  for (let row = 0; row < rows; row++) {
    format.open(out, row)
    for (const put of parts) put(out, row)
    format.close(out)
  }
  return out.written()
}

function partsOf(columns: readonly AnswerColumn[], rows: number, format: RowFormat): Put[] {
  const parts: Put[] = []
  let run: Steady[] = []
  const end = () => {
    if (run.length > 0) parts.push(steady(run))
    run = []
  }
  columns.forEach((column, index) => {
    const puts = format.puts(column, index)
    if (isSteady(column, rows)) {
      run.push({ cells: column.cells, puts })
      return
    }
    end()
    parts.push(changing(column, puts))
  })
  end()
  return parts
}

/** Guessed: a wrong guess costs a little time. */
const isSteady = (column: AnswerColumn, rows: number): boolean =>
  inPlace(column) === undefined && rows > 1 && column.cells(0) === column.cells(1)

/** Cells that are written without a value of each. */
function inPlace({ stored }: AnswerColumn) {
  return stored?.kind === 'int64' || stored?.kind === 'uuid' ? stored : undefined
}

interface Steady {
  readonly cells: AnswerColumn['cells']
  readonly puts: Puts
}

/** Neighbouring columns whose cells mostly are the row's before: then its bytes are copied in one piece. */
function steady(columns: readonly Steady[]): Put {
  const last: (Cell | null | undefined)[] = columns.map(() => undefined)
  let [from, to] = [-1, -1]
  return (out, row) => {
    let isSame = from >= out.settled
    for (let i = 0; i < columns.length; i++) {
      const cell = columns[i]!.cells(row)
      if (cell === last[i]) continue
      last[i] = cell
      isSame = false
    }
    if (isSame) {
      out.again(from, to)
      return
    }
    from = out.at
    for (let i = 0; i < columns.length; i++) putCell(out, columns[i]!.puts, last[i]!)
    to = out.at
  }
}

function putCell(out: Out, puts: Puts, cell: Cell | null): void {
  if (cell === null) puts.none(out)
  else puts.cell(out, cell)
}

function changing(column: AnswerColumn, puts: Puts): Put {
  const { cells } = column
  const stored = inPlace(column)
  if (stored === undefined) return (out, row) => putCell(out, puts, cells(row))
  const { nulls } = stored
  if (stored.kind === 'uuid') {
    const { bytes } = stored
    return (out, row) => {
      if (nulls?.[row] === 1) puts.none(out)
      else puts.uuid(out, bytes, row * 16)
    }
  }
  const { buffer, byteOffset, length } = stored.values
  const words = new Int32Array(buffer, byteOffset, length * 2)
  return (out, row) => {
    if (nulls?.[row] === 1) puts.none(out)
    else puts.int64(out, words[row * 2]!, words[row * 2 + 1]!)
  }
}
