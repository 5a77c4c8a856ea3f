/** What a run tells of itself: the last line of `--once`. */
import { deadLetterTopic, MARKET_TOPICS } from '@k2/contracts/topics.ts'
import type { FileReport } from '@k2/csv-loader/compose.ts'
import type { Table } from '@k2/lake/table.ts'

export interface RunReport {
  readonly files: number
  /** Of them, loaded to their end before. */
  readonly known_files: number
  readonly read: number
  readonly sent: number
  /** Rows that lake or log held already. */
  readonly skipped: number
  readonly rejected: number
  /** Files that were not read to their end, with the reason; what was read of them is in. */
  readonly failed: readonly { readonly path: string; readonly reason: string }[]
  /** Rows in each table now. */
  readonly landed: Readonly<Record<string, number>>
  /** Offsets passed over, in each table now. */
  readonly holes: Readonly<Record<string, number>>
  readonly snapshots: Readonly<Record<string, string | null>>
  readonly seconds: number
  /** Of the process, its start included. */
  readonly cpu_seconds: number
  readonly peak_memory_mb: number
}

export async function runReport(
  files: readonly FileReport[],
  tables: readonly Table[],
  startMs: number,
): Promise<RunReport> {
  const sum = (name: 'read' | 'sent' | 'skipped' | 'rejected') => files.reduce((total, file) => total + file[name], 0)
  const { user, system } = process.cpuUsage()
  const landed: Record<string, number> = {}
  const holes: Record<string, number> = {}
  const snapshots: Record<string, string | null> = {}
  for (const table of tables) {
    const { snapshotId, progress } = await table.head()
    const snapshot = (await table.snapshots()).find(({ id }) => id === snapshotId)
    landed[table.spec.name] = Number(snapshot?.summary['total-records'] ?? 0)
    holes[table.spec.name] = Number(progress.holes.reduce((total, { from, to }) => total + to - from, 0n))
    snapshots[table.spec.name] = snapshotId === null ? null : String(snapshotId)
  }
  return {
    files: files.length,
    known_files: files.filter(({ known }) => known).length,
    read: sum('read'),
    sent: sum('sent'),
    skipped: sum('skipped'),
    rejected: sum('rejected'),
    failed: failedOf(files),
    landed,
    holes,
    snapshots,
    seconds: Math.round(performance.now() - startMs) / 1000,
    cpu_seconds: Math.round((user + system) / 1000) / 1000,
    peak_memory_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  }
}

function failedOf(files: readonly FileReport[]): { path: string; reason: string }[] {
  return files.flatMap(({ path, failed }) => (failed === null ? [] : [{ path, reason: failed }]))
}

const SHOWN_MAX = 20

/** What people are told at the end of a load, if anything went wrong: each rejected row with its place, each failed file. */
export function faultsText(files: readonly FileReport[]): string {
  const rejected = files.reduce((total, file) => total + file.rejected, 0)
  const shown = files
    .flatMap(({ path, rejections }) => rejections.map(({ line, reason }) => `  ${path}:${line}: ${reason}`))
    .slice(0, SHOWN_MAX)
  const lines: string[] = []
  if (rejected > 0) {
    const kinds = new Set(files.filter((file) => file.rejected > 0).map(({ kind }) => kind))
    const topics = MARKET_TOPICS.filter(({ exchange, kind }) => exchange === 'ASX' && kinds.has(kind))
    const where = `all in topic ${topics.map(({ name }) => deadLetterTopic(name)).join(', ')}`
    const rest = rejected - shown.length
    lines.push(
      `${counted(rejected, 'row')} rejected:`,
      ...shown,
      rest > 0 ? `  and ${rest} more; ${where}` : `  ${where}`,
    )
  }
  const failed = failedOf(files)
  if (failed.length > 0)
    lines.push(`${counted(failed.length, 'file')} failed:`, ...failed.map(({ reason }) => `  ${reason}`))
  return lines.map((line) => `${line}\n`).join('')
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
