/**
 * Rows as columns of text. Where they are too wide, columns are left out, the least needed first.
 *
 *   shape   (columns with their cells, width) -> lines
 */
import { clip, padEnd, padStart, width } from './text.ts'

export interface Column {
  /** Lines above the cells; all columns have as many. */
  readonly head: readonly string[]
  readonly cells: readonly string[]
  readonly align: 'left' | 'right'
  /** Stays while those with a smaller one go; without it, it always stays. */
  readonly need?: number
  /** So that a figure that grows does not move its neighbours. */
  readonly cellsMin?: number
}

const GAP = 2

/** `paintHead` colours a line of the head. */
export function columnLines(columns: readonly Column[], cells: number, paintHead = (line: string) => line): string[] {
  const shown = fitting(columns, cells)
  const widths = shown.map(widthOf)
  const line = (of: (column: Column) => string | undefined): string =>
    shown
      .map((column, i) => (column.align === 'left' ? padEnd : padStart)(of(column) ?? '', widths[i]!))
      .join(' '.repeat(GAP))
      .trimEnd()
  const heads =
    shown[0]?.head.map((_, i) =>
      paintHead(
        clip(
          line(({ head }) => head[i]),
          cells,
        ),
      ),
    ) ?? []
  const rows =
    shown[0]?.cells.map((_, i) =>
      clip(
        line((column) => column.cells[i]),
        cells,
      ),
    ) ?? []
  return [...heads, ...rows]
}

function fitting(columns: readonly Column[], cells: number): readonly Column[] {
  const total = columns.reduce((sum, column) => sum + widthOf(column) + GAP, -GAP)
  const spare = columns.filter(({ need }) => need !== undefined).sort((a, b) => a.need! - b.need!)[0]
  return total <= cells || spare === undefined
    ? columns
    : fitting(
        columns.filter((column) => column !== spare),
        cells,
      )
}

const widthOf = ({ head, cells, cellsMin = 0 }: Column): number => Math.max(cellsMin, ...[...head, ...cells].map(width))
