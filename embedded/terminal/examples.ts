/**
 * An example and its answer as text: a small table, the picture where there is one, the proof, and the commands.
 *
 *   shape   (example, answer as REST gives it, width) -> lines
 */
import { columnLines } from './columns.ts'
import { commandsOf, type Example } from './questions.ts'
import { sparkline } from './sparkline.ts'
import type { Doors } from './state.ts'
import { counted, type Paint } from './text.ts'

export type Row = Readonly<Record<string, unknown>>

export interface Answer {
  readonly data: Row | readonly Row[]
  readonly meta: {
    readonly count: number
    readonly has_more: boolean
    readonly complete: boolean
    readonly reasons: readonly string[]
    readonly snapshot: { readonly id: string; readonly committed_at: string } | null
    readonly offsets: Readonly<Record<string, string>>
  }
}

const ROWS_MAX = 3
const SPARK_CELLS_MAX = 60
const INDENT = '  '
/** Zeros behind the last digit that says something: microseconds that are none take room. */
const IDLE_ZEROS = /(?<=T\d\d:\d\d:\d\d(?:\.\d*[1-9])?)\.?0+Z$/
const NUMBER = /^-?\d+(\.\d+)?$/

export function exampleLines(example: Example, answer: Answer, doors: Doors, cells: number, paint: Paint): string[] {
  const { data, meta } = answer
  const rows: readonly Row[] = Array.isArray(data) ? data : [data as Row]
  const inside = cells - INDENT.length
  const lines = [
    ...(example.shows === 'bars' ? pictureOf(rows, inside) : []),
    ...tableOf(example.columns, rows.slice(-ROWS_MAX), inside, paint),
    ...(rows.length > ROWS_MAX ? [paint.dim(`the last ${ROWS_MAX} of ${counted(rows.length, 'row')}`)] : []),
    ...(example.shows === 'proof' ? proofOf(meta) : []),
    ...commandsOf(example, doors).map((command) => paint.green(command)),
  ]
  return [paint.bold(example.title), ...lines.map((line) => INDENT + line)]
}

function tableOf(names: readonly string[], rows: readonly Row[], cells: number, paint: Paint): string[] {
  const columns = names.map((name, i) => {
    const texts = rows.map((row) => cellText(row[name]))
    const isNumber = texts.every((text) => NUMBER.test(text))
    // Of those that don't fit the last go first.
    return { head: [name], cells: texts, align: isNumber ? 'right' : 'left', need: names.length - i } as const
  })
  return columnLines(columns, cells, paint.dim)
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return Array.isArray(value) ? value.join(' ') : String(value).replace(IDLE_ZEROS, 'Z')
}

function pictureOf(bars: readonly Row[], cells: number): string[] {
  const spark = sparkline(
    bars.map(({ close }) => Number(close)),
    Math.min(SPARK_CELLS_MAX, cells - 20),
  )
  return spark === undefined ? [] : [`${spark.line}  ${spark.low} to ${spark.high}`]
}

function proofOf({ complete, reasons, snapshot, offsets }: Answer['meta']): string[] {
  const [first, ...others] = Object.entries(offsets).sort((a, b) => Number(b[1]) - Number(a[1]))
  const lake = snapshot === null ? 'none yet: all of it is from the log' : `${snapshot.id} of ${snapshot.committed_at}`
  const more = others.length === 0 ? '' : `, and ${counted(others.length, 'more partition')}`
  return [
    `complete: ${complete ? 'yes' : `no, ${reasons.join(', ')}`}`,
    `snapshot: ${lake}`,
    ...(first === undefined ? [] : [`offsets:  ${first[0]} up to ${first[1]}${more}`]),
  ]
}
