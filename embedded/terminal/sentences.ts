/**
 * What people are told for good, a line each.
 *
 *   shape   figures and reports -> sentences
 */
import { basename } from 'node:path'
import type { Advance, FileReport } from '@k2/csv-loader/compose.ts'
import type { StoreFigures } from './figures.ts'
import { shareOf } from './render.ts'
import type { Doors } from './state.ts'
import { counted, duration, type Paint, printable, whole } from './text.ts'

/** undefined in a folder that held nothing. */
export function continuesText(data: string, stores: readonly StoreFigures[]): string | undefined {
  const sum = (of: (store: StoreFigures) => number) => stores.reduce((total, store) => total + of(store), 0)
  const inLake = sum((store) => store.inLake)
  const waiting = sum((store) => store.waiting)
  if (inLake + waiting === 0) return undefined
  const each = stores.filter((store) => store.inLake > 0).map((store) => `${whole(store.inLake)} ${store.kind}`)
  const behind = waiting === 0 ? '' : `; ${whole(waiting)} wait in the log, and land now`
  return `${data} continues: ${counted(inLake, 'row')} in the lake${each.length > 0 ? ` (${each.join(', ')})` : ''}${behind}.\n`
}

export function fileText(report: FileReport, elapsedMs: number, paint: Paint): string {
  const { path, kind, symbol, known, read, skipped, rejected, failed } = report
  const name = printable(basename(path))
  if (failed !== null) return `${paint.red('✗')} ${name}   ${printable(failed)}\n`
  const whose = `${name}   ${symbol === '*' ? kind : `${kind} ${symbol}`}`
  if (known) return `${paint.dim(`· ${whose}   loaded before`)}\n`
  if (read === 0) return `${paint.dim(`· ${whose}   has no rows`)}\n`
  const parts = [`${counted(read, 'row')} in ${duration(elapsedMs)}`]
  if (skipped > 0) parts.push(`${whole(skipped)} of them there before`)
  if (rejected > 0) parts.push(paint.red(`${whole(rejected)} rejected`))
  return `${rejected > 0 ? paint.yellow('!') : paint.green('✓')} ${whose}   ${parts.join(', ')}\n`
}

/** The end of a load. */
export function loadedText(reports: readonly FileReport[], elapsedMs: number): string {
  const sum = (name: 'sent' | 'skipped' | 'rejected') => reports.reduce((total, report) => total + report[name], 0)
  const failed = reports.filter((report) => report.failed !== null).length
  const [sent, skipped, rejected] = [sum('sent'), sum('skipped'), sum('rejected')]
  if (sent + rejected + failed === 0) {
    const many = reports.length === 1 ? 'the file was' : `all ${counted(reports.length, 'file')} were`
    return `Nothing to load: ${many} loaded before, or ${reports.length === 1 ? 'has' : 'have'} no new rows.\n`
  }
  const parts = [`Loaded ${counted(sent, 'row')} of ${counted(reports.length, 'file')} in ${duration(elapsedMs)}`]
  if (skipped > 0) parts.push(`${whole(skipped)} were there before`)
  if (rejected > 0) parts.push(`${whole(rejected)} rejected`)
  if (failed > 0) parts.push(`${counted(failed, 'file')} failed`)
  return `${parts.join('; ')}.\n`
}

export const answersText = ({ url, grpc }: Doors): string =>
  `K2 answers at ${url} and, over gRPC, at ${grpc}. Ctrl-C ends it.\n`

/** A line of a load where no view is: `7078.csv  58%  45,000 rows  51,234 rows/s  1.2 s left  …`. */
export function plainProgress(
  { path, line, linesAll, read, sent, skipped, rejected }: Advance,
  elapsedMs: number,
): string {
  const share = shareOf(line, linesAll)
  const parts = [`${basename(path)}  ${Math.floor(share * 100)}%  ${whole(read)} rows`]
  if (elapsedMs > 0) parts.push(`${whole((read * 1_000) / elapsedMs)} rows/s`)
  if (elapsedMs > 0 && share > 0 && share < 1) parts.push(`${duration((elapsedMs * (1 - share)) / share)} left`)
  return `${[...parts, `${whole(sent)} sent, ${whole(skipped)} skipped, ${whole(rejected)} rejected`].join('  ')}\n`
}
