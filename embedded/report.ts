/** What a run tells of itself: the last line of `--once`. */
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
    landed,
    holes,
    snapshots,
    seconds: Math.round(performance.now() - startMs) / 1000,
    cpu_seconds: Math.round((user + system) / 1000) / 1000,
    peak_memory_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  }
}
