/**
 * The live view: where rows are on their road, as lines.
 *
 *   shape   (state, cells of a line, paint) -> lines, none wider
 */
import { basename } from 'node:path'
import { type Column, columnLines } from './columns.ts'
import type { CurrentFile, TableFigures, ViewState } from './state.ts'
import { age, clip, counted, duration, type Paint, printable, whole, width } from './text.ts'

const BAR_CELLS_MAX = 40
const FIGURE_CELLS = 8

export function viewLines(state: ViewState, cells: number, paint: Paint): string[] {
  const rule = paint.dim('─'.repeat(Math.max(0, cells)))
  const head =
    state.current === null || state.stage === 'stopping'
      ? [statusLine(state, cells, paint)]
      : loadLines(state, state.current, cells, paint)
  return [rule, ...head, ...tableLines(state, cells, paint)].map((line) => clip(line, cells))
}

const STAGES: Readonly<Record<ViewState['stage'], string>> = {
  loading: 'loading',
  landing: 'landing what was loaded',
  serving: 'serving',
  watching: 'serving, and watching',
  stopping: 'stopping',
}

function statusLine({ stage, doors, answered }: ViewState, cells: number, paint: Paint): string {
  if (stage === 'stopping')
    return paint.yellow('stopping: what is in hand comes to its end. Ctrl-C once more ends it at once')
  const parts = [doors.url, `gRPC ${doors.grpc}`, 'Ctrl-C ends it', `${counted(answered, 'question')} answered`]
  return joined(paint.green(STAGES[stage]), parts, cells)
}

/** As many of the parts as there is room for. */
function joined(first: string, parts: readonly string[], cells: number): string {
  return parts.reduce((line, part) => (width(line) + 3 + width(part) <= cells ? `${line}   ${part}` : line), first)
}

function loadLines({ files, leftMs }: ViewState, current: CurrentFile, cells: number, paint: Paint): string[] {
  const { path, kind, symbol, advance } = current
  const place = files.all > 1 ? ` ${whole(files.at)} of ${whole(files.all)}` : ''
  const whose = symbol === '*' ? kind : `${kind} ${symbol}`
  const left = leftMs === null || files.all < 2 ? [] : [`all of it in ${duration(leftMs)}`]
  const first = joined(
    `${paint.green(`loading${place}`)}   ${paint.bold(printable(basename(path)))}`,
    [whose, ...left],
    cells,
  )
  return [first, advance === null ? paint.dim('looking at it') : progressLine(current, cells, paint)]
}

/** `█████░░░░░  58%  67,537 rows/s  3 s left`. */
function progressLine({ advance, elapsedMs }: CurrentFile, cells: number, paint: Paint): string {
  const { line, linesAll, read } = advance!
  const share = shareOf(line, linesAll)
  const parts = [`${whole(read)} rows`]
  if (elapsedMs > 0) parts.push(`${whole((read * 1_000) / elapsedMs)} rows/s`)
  if (share > 0 && share < 1) parts.push(`${duration((elapsedMs * (1 - share)) / share)} left`)
  const bar = progressBar(share, Math.min(BAR_CELLS_MAX, Math.floor(cells / 3)), paint)
  return joined(`${bar} ${String(Math.floor(share * 100)).padStart(3)}%`, parts, cells)
}

export const shareOf = (line: number, linesAll: number): number => (linesAll === 0 ? 1 : Math.min(1, line / linesAll))

function progressBar(share: number, cells: number, paint: Paint): string {
  const full = Math.floor(share * cells)
  return paint.green('█'.repeat(full)) + paint.dim('░'.repeat(cells - full))
}

function tableLines({ tables, nowMs }: ViewState, cells: number, paint: Paint): string[] {
  const figures = (
    place: string,
    what: string,
    of: (table: TableFigures) => number,
    more: Partial<Column> = {},
  ): Column => ({
    head: [place, what],
    cells: tables.map((table) => whole(of(table))),
    align: 'right',
    cellsMin: FIGURE_CELLS,
    ...more,
  })
  const commit = (of: (last: NonNullable<TableFigures['lastCommit']>) => string) =>
    tables.map(({ lastCommit }) => (lastCommit === null ? paint.dim('none yet') : of(lastCommit)))
  const columns: Column[] = [
    { head: ['', ''], cells: tables.map(({ kind }) => kind), align: 'left' },
    figures('files →', 'read', ({ read }) => read, { need: 1 }),
    figures('log →', 'held', ({ inLog }) => inLog),
    figures('sink →', 'waiting', ({ waiting }) => waiting),
    figures('lake →', 'landed', ({ inLake }) => inLake),
    figures('query', 'answers', ({ answered }) => answered, { need: 2, cellsMin: 7 }),
    {
      ...figures('', 'rejected', ({ rejected }) => rejected),
      cells: tables.map(({ rejected }) => (rejected > 0 ? paint.red(whole(rejected)) : '0')),
      cellsMin: 0,
      need: 3,
    },
  ]
  const short: Column = {
    head: ['', 'last commit'],
    cells: commit(({ atMs }) => age(nowMs - atMs)),
    align: 'left',
    need: 4,
  }
  const long = {
    ...short,
    cells: commit(({ rows, files, atMs }) => `${whole(rows)} in ${counted(files, 'file')}, ${age(nowMs - atMs)}`),
    need: 0,
  }
  const widest = columnLines([...columns, long], cells, paint.dim)
  return widest[1]!.includes('last commit') ? widest : columnLines([...columns, short], cells, paint.dim)
}
