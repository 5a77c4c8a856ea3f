/**
 * The snapshots of a table as a history: every one names its parent, and expiry takes old ones away.
 *
 *   shape   TableMetadata -> snapshots; pure
 *   source  Iceberg spec v2, "Snapshots", "Snapshot Retention Policy"
 */
import type { SnapshotJson, TableMetadata } from './metadata.ts'

const indexes = new WeakMap<TableMetadata, ReadonlyMap<bigint, SnapshotJson>>()

function index(metadata: TableMetadata): ReadonlyMap<bigint, SnapshotJson> {
  const known = indexes.get(metadata)
  if (known !== undefined) return known
  const fresh = new Map((metadata.snapshots ?? []).map((snapshot) => [snapshot['snapshot-id'], snapshot]))
  indexes.set(metadata, fresh)
  return fresh
}

export function snapshotOf(metadata: TableMetadata, id: bigint): SnapshotJson | undefined {
  return index(metadata).get(id)
}

/** null: a table without rows; catalogs write that as null, as -1 or not at all. */
export function headId(metadata: TableMetadata): bigint | null {
  const id = metadata['current-snapshot-id']
  return id === undefined || id === null || id === -1n ? null : id
}

/** Null or -1 or absent, for the first of all. */
export function parentId(snapshot: SnapshotJson): bigint | null {
  const id = snapshot['parent-snapshot-id']
  return id === undefined || id === null || id === -1n ? null : id
}

/** From `id` through its parents, as far as they are listed. Ends early, with `cut`, where a parent has expired. */
export function* lineage(metadata: TableMetadata, id: bigint | null): Generator<SnapshotJson, { cut: boolean }> {
  const snapshots = index(metadata)
  const left = snapshots.size
  let next = id
  for (let seen = 0; next !== null && seen <= left; seen++) {
    const snapshot = snapshots.get(next)
    if (snapshot === undefined) return { cut: true }
    yield snapshot
    next = parentId(snapshot)
  }
  return { cut: false }
}
