/**
 * The files of a commit: one manifest of its new data files, written once, and a manifest list for each attempt.
 *
 *   errors  K2Error LAKE_UNAVAILABLE
 *   source  Iceberg spec v2, "Manifests", "Manifest Lists", "Sequence Numbers"
 */
import { joined } from '../store/location.ts'
import type { Store } from '../store/store.ts'
import type { DataFile } from '../table.ts'
import { lowerBound } from './bounds.ts'
import { nextSequence } from './commit.ts'
import { currentSchema, defaultSpec, SORT_ORDER_ID } from './create.ts'
import { headId } from './history.ts'
import { partitionValues, writeManifest } from './manifest.ts'
import { type ManifestFile, type PartitionSpan, writeManifestList } from './manifest-list.ts'
import type { PartitionSpecJson } from './manifest-schema.ts'
import type { TableMetadata } from './metadata.ts'

/** A manifest on disk that no list names yet; snapshot and sequence number come with the attempt. */
export type NewManifest = Omit<ManifestFile, 'sequenceNumber' | 'minSequenceNumber' | 'addedSnapshotId'>

export async function storeManifest(
  store: Store,
  metadata: TableMetadata,
  files: readonly DataFile[],
  name: string,
): Promise<NewManifest> {
  const spec = defaultSpec(metadata)!
  const bytes = writeManifest(files, { schema: currentSchema(metadata)!, spec, sortOrderId: SORT_ORDER_ID })
  const path = joined(metadata.location, 'metadata', `${name}-m0.avro`)
  await store.write(path, bytes)
  return {
    path,
    sizeBytes: bytes.length,
    specId: spec['spec-id'],
    content: 'data',
    files: { added: files.length, existing: 0, deleted: 0 },
    rows: { added: files.reduce((sum, file) => sum + file.rows, 0), existing: 0, deleted: 0 },
    spans: spansOf(spec, files),
  }
}

function spansOf(spec: PartitionSpecJson, files: readonly DataFile[]): PartitionSpan[] {
  const rows = files.map((file) => partitionValues(spec, file))
  return spec.fields.map((_, position) => {
    const values = rows.flatMap((row) => row[position] ?? [])
    const containsNull = values.length < rows.length
    if (values.length === 0) return { containsNull }
    const least = values.reduce((a, b) => Math.min(a, b))
    const most = values.reduce((a, b) => Math.max(a, b))
    return { containsNull, lower: lowerBound('int', least), upper: lowerBound('int', most) }
  })
}

/** Returns the list's location. The new manifest comes first: readers of the newest rows meet it first. */
export async function storeList(
  store: Store,
  metadata: TableMetadata,
  before: readonly ManifestFile[],
  manifest: NewManifest | undefined,
  snapshotId: bigint,
  name: string,
): Promise<string> {
  const sequenceNumber = nextSequence(metadata)
  const inherited = { sequenceNumber, minSequenceNumber: sequenceNumber, addedSnapshotId: snapshotId }
  const fresh = manifest === undefined ? [] : [{ ...manifest, ...inherited }]
  const path = joined(metadata.location, 'metadata', `snap-${snapshotId}-${name}.avro`)
  const header = { snapshotId, parentId: headId(metadata), sequenceNumber }
  await store.write(path, writeManifestList([...fresh, ...before], header))
  return path
}
