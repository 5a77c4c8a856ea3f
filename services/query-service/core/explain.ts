/**
 * What answering a question reads, and what it need not: told beside the answer where `explain` asks for it.
 *
 *   shape   (plan, row groups of its files, tail bounds) -> Reads; pure
 *   units   days since the epoch; bytes as stored; records: log offsets
 */
import type { Plan } from '@k2/lake/table.ts'
import { formatDay } from '@k2/market/instant.ts'
import type { Bound } from './cover.ts'

/** Row groups of the files that are read, and those of them whose statistics cannot rule the question out. */
export interface RowGroups {
  readonly all: number
  readonly read: number
  /** In those that are read. */
  readonly rows: number
}

export interface ReadPartition {
  /** null where the table, or whoever wrote the file, has none. */
  readonly day: number | null
  readonly bucket: number | null
  readonly files: number
}

export interface Reads {
  /** Of the snapshot. */
  readonly filesInTable: number
  readonly files: number
  /** Of these, those that kept bars of minutes stand for: none of their rows is read. */
  readonly filesFromBars: number
  readonly bytes: number
  /** Of files that are not read, so far as their manifests had to be looked into. */
  readonly bytesSkipped: number
  /** By day, then bucket. */
  readonly partitions: readonly ReadPartition[]
  /** null: too many files to look at. */
  readonly rowGroups: RowGroups | null
  /** Offsets of the log behind the lake that are looked through. */
  readonly tailRecords: number
  /** Where it was asked for: what was expected before anything was read, of how much (0: no limit). */
  readonly cost?: { readonly bytes: number; readonly bytesMax: number }
}

export const NO_ROW_GROUPS: RowGroups = { all: 0, read: 0, rows: 0 }

/** Without a plan: the lake is not asked, or is empty. */
export function readsOf(
  plan: Plan | undefined,
  rowGroups: RowGroups | null,
  tail: readonly Bound[],
  filesFromBars = 0,
): Reads {
  const files = plan?.files ?? []
  const partitions = new Map<string, ReadPartition>()
  for (const { day = null, bucket = null } of files) {
    const key = `${day}/${bucket}`
    partitions.set(key, { day, bucket, files: (partitions.get(key)?.files ?? 0) + 1 })
  }
  return {
    filesInTable: files.length + (plan?.skipped.files ?? 0),
    files: files.length,
    filesFromBars,
    bytes: bytesIn(files),
    bytesSkipped: plan?.skipped.bytes ?? 0,
    partitions: sorted([...partitions.values()]),
    rowGroups,
    tailRecords: Number(tail.reduce((sum, { from, to }) => sum + to - from, 0n)),
  }
}

export const bytesIn = (files: Plan['files']): number => files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

/** Of several tables that one answer is from. */
export function joined(reads: readonly Reads[]): Reads {
  const sum = (of: (one: Reads) => number) => reads.reduce((total, one) => total + of(one), 0)
  const cost = reads.find(({ cost }) => cost !== undefined)?.cost
  return {
    filesInTable: sum(({ filesInTable }) => filesInTable),
    files: sum(({ files }) => files),
    filesFromBars: sum(({ filesFromBars }) => filesFromBars),
    bytes: sum(({ bytes }) => bytes),
    bytesSkipped: sum(({ bytesSkipped }) => bytesSkipped),
    partitions: sorted(reads.flatMap(({ partitions }) => partitions)),
    rowGroups: reads.some(({ rowGroups }) => rowGroups === null)
      ? null
      : {
          all: sum(({ rowGroups }) => rowGroups!.all),
          read: sum(({ rowGroups }) => rowGroups!.read),
          rows: sum(({ rowGroups }) => rowGroups!.rows),
        },
    tailRecords: sum(({ tailRecords }) => tailRecords),
    ...(cost && { cost: { ...cost, bytes: sum(({ cost }) => cost?.bytes ?? 0) } }),
  }
}

function sorted(partitions: readonly ReadPartition[]): ReadPartition[] {
  const order = (a: number | null, b: number | null) =>
    (a ?? Number.NEGATIVE_INFINITY) - (b ?? Number.NEGATIVE_INFINITY)
  return partitions.toSorted((a, b) => order(a.day, b.day) || order(a.bucket, b.bucket))
}

/** As JSON, and in the log. */
export function readsTold({ filesInTable, files, filesFromBars, bytes, bytesSkipped, ...rest }: Reads) {
  const { partitions, rowGroups, tailRecords, cost } = rest
  return {
    files_in_table: filesInTable,
    files,
    files_from_bars: filesFromBars,
    bytes,
    bytes_skipped: bytesSkipped,
    partitions: partitions.map((partition) => ({
      exchange_date: partition.day === null ? null : formatDay(partition.day),
      symbol_bucket: partition.bucket,
      files: partition.files,
    })),
    row_groups: rowGroups?.all ?? null,
    row_groups_read: rowGroups?.read ?? null,
    rows_read: rowGroups?.rows ?? null,
    tail_records: tailRecords,
    ...(cost && { bytes_expected: cost.bytes, bytes_max: cost.bytesMax }),
  }
}
