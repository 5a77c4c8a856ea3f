/**
 * A new snapshot on top of the table's head, as the request that a catalog takes whole or not at all.
 *
 *   shape   (metadata, what changes, attempt) -> requirements and updates; pure
 *   source  Iceberg spec v2, "Snapshots", and its appendix on summary fields; SUBSTRATE.md, Iceberg traps 9, 10
 */
import type { Requirement, Update } from '../catalog.ts'
import { MAIN } from './apply.ts'
import { headId, snapshotOf } from './history.ts'
import type { SnapshotJson, TableMetadata } from './metadata.ts'
import { type ProgressText, SNAPSHOT_ID } from './progress.ts'

/** What one attempt adds: named by the attempt, for each has its own manifest list. */
export interface Attempt {
  readonly snapshotId: bigint
  readonly manifestList: string
  readonly nowMs: number
}

/** What the summary counts of a file. */
export interface Counted {
  readonly rows: number
  readonly sizeBytes: number
  /** Of the file's day and bucket, any text. */
  readonly partition: string
}

export interface Content {
  readonly operation: 'append' | 'replace'
  readonly added: readonly Counted[]
  readonly removed: readonly Counted[]
  /** Where the table stands with this snapshot. */
  readonly progress: ProgressText
  /** Further keys of ours, for the summary. */
  readonly said: Readonly<Record<string, string>>
  /** For the table's properties. */
  readonly kept: Readonly<Record<string, string>>
}

export const nextSequence = (metadata: TableMetadata): bigint => metadata['last-sequence-number'] + 1n

export function snapshotRequest(
  metadata: TableMetadata,
  content: Content,
  attempt: Attempt,
): { requirements: Requirement[]; updates: Update[] } {
  const parent = headId(metadata)
  const snapshot: SnapshotJson = {
    'snapshot-id': attempt.snapshotId,
    ...(parent === null ? {} : { 'parent-snapshot-id': parent }),
    'sequence-number': nextSequence(metadata),
    'timestamp-ms': Math.max(attempt.nowMs, lastTime(metadata)),
    'manifest-list': attempt.manifestList,
    summary: {
      operation: content.operation,
      ...counts(metadata, content),
      ...content.progress,
      ...content.said,
    },
    'schema-id': metadata['current-schema-id'],
  }
  const kept = { ...content.progress, ...content.kept, [SNAPSHOT_ID]: String(attempt.snapshotId) }
  return {
    requirements: [
      { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
      { type: 'assert-ref-snapshot-id', ref: MAIN, 'snapshot-id': parent },
    ],
    updates: [
      { action: 'add-snapshot', snapshot },
      { action: 'set-snapshot-ref', 'ref-name': MAIN, type: 'branch', 'snapshot-id': attempt.snapshotId },
      { action: 'set-properties', updates: kept },
    ],
  }
}

/** Catalogs refuse a snapshot that is older than what is there, and clocks of several writers differ. */
function lastTime(metadata: TableMetadata): number {
  const head = headId(metadata)
  const snapshot = head === null ? undefined : snapshotOf(metadata, head)
  return Math.max(metadata['snapshot-log']?.at(-1)?.['timestamp-ms'] ?? 0, snapshot?.['timestamp-ms'] ?? 0)
}

// biome-ignore format: a table reads by its columns
const COUNTS: readonly [what: string, added: string, removed: string, of: (file: Counted) => number][] = [
  ['data-files', 'added-data-files', 'deleted-data-files', () => 1],
  ['records',    'added-records',    'deleted-records',    ({ rows }) => rows],
  ['files-size', 'added-files-size', 'removed-files-size', ({ sizeBytes }) => sizeBytes],
]

/** Strings all: a catalog answers a number in a summary with an error. */
function counts(metadata: TableMetadata, { added, removed }: Content): Record<string, string> {
  const partitions = new Set([...added, ...removed].map(({ partition }) => partition)).size
  const out: Record<string, string> = { 'changed-partition-count': String(partitions) }
  const head = headId(metadata)
  const before = head === null ? undefined : snapshotOf(metadata, head)?.summary
  const total = (what: string, change: number) => {
    // Where the snapshot before does not say its total, neither can this one.
    const base = head === null ? '0' : before?.[`total-${what}`]
    if (base !== undefined && /^\d+$/.test(base)) out[`total-${what}`] = String(BigInt(base) + BigInt(change))
  }
  for (const [what, addedKey, removedKey, of] of COUNTS) {
    const more = added.reduce((sum, file) => sum + of(file), 0)
    const less = removed.reduce((sum, file) => sum + of(file), 0)
    if (more > 0) out[addedKey] = String(more)
    if (less > 0) out[removedKey] = String(less)
    total(what, more - less)
  }
  for (const what of ['delete-files', 'position-deletes', 'equality-deletes']) total(what, 0)
  return out
}
