/**
 * The files of a commit: manifests, an append's written once, and a manifest list for each attempt.
 *
 *   errors  K2Error LAKE_UNAVAILABLE
 *   source  Iceberg spec v2, "Manifests", "Manifest Lists", "Sequence Numbers"
 */
import type { TableSpec } from '@k2/contracts/tables.ts'
import { joined } from '../store/location.ts'
import type { Store } from '../store/store.ts'
import type { DataFile, Intent, Outcome } from '../table.ts'
import type { AttemptPorts, Change, Step } from './attempts.ts'
import { lowerBound } from './bounds.ts'
import { decide } from './commit.ts'
import { currentSchema, ownSpec, SORT_ORDER_ID } from './create.ts'
import { headId } from './history.ts'
import { type Heads, type HolesPorts, holesSaying } from './holes-file.ts'
import { addedEntry, type ManifestEntry, writeManifest } from './manifest.ts'
import { type ManifestFile, type PartitionSpan, writeManifestList } from './manifest-list.ts'
import type { PartitionSpecJson } from './manifest-schema.ts'
import type { TableMetadata } from './metadata.ts'
import type { Planner } from './plan.ts'
import {
  COMMIT_ID,
  headWith,
  lostText,
  type ProgressText,
  policiesText,
  progressText,
  repeatsText,
} from './progress.ts'
import { hex, snapshotIdOutside } from './random.ts'
import { type Content, type Counted, nextSequence, snapshotRequest } from './snapshot.ts'

export interface AppendPorts extends AttemptPorts, HolesPorts {
  readonly spec: TableSpec
  /** ms since the epoch. */
  readonly now: () => number
}

/** A manifest on disk that no list names yet; snapshot and sequence number come with the attempt. */
export type NewManifest = Omit<ManifestFile, 'sequenceNumber' | 'minSequenceNumber' | 'addedSnapshotId'> & {
  /** Of entries that it took over from older manifests. */
  readonly minSequenceNumber?: bigint
}

/** Every round decides on what the table says then, and finds its own commit id if an earlier round got in unheard. */
export function appending(ports: AppendPorts, plans: Planner, heads: Heads, intent: Intent): Change<Outcome> {
  const { spec, store, random, now, reached } = ports
  const prepared: string[] = []
  const sayHoles = holesSaying(ports, prepared)
  let manifest: NewManifest | undefined

  async function step(metadata: TableMetadata): Promise<Step<Outcome>> {
    const decision = decide(metadata, await heads.head(metadata), intent)
    reached?.('lake.commit.decided')
    if (decision.kind !== 'append') return { kind: 'ended', outcome: decision, isIn: decision.kind === 'already' }
    if (intent.files.length > 0 && manifest === undefined) {
      manifest = await storeManifest(store, spec, metadata, intent.files, hex(random, 16))
      prepared.push(manifest.path)
      reached?.('lake.commit.manifest-written')
    }
    const { next } = decision
    const progress = progressText(next, await sayHoles(metadata, intent, next.holes))
    const snapshotId = snapshotIdOutside(metadata, random)
    const before = await plans.manifests(metadata, headId(metadata))
    const fresh = manifest === undefined ? [] : [manifest]
    const manifestList = await storeList(store, metadata, before, fresh, snapshotId, hex(random, 8))
    reached?.('lake.commit.list-written')
    const adds = { snapshotId, manifestList }
    const request = snapshotRequest(metadata, appendContent(metadata, intent, progress), { ...adds, nowMs: now() })
    const outcome = (after: TableMetadata): Outcome => ({
      kind: 'committed',
      head: headWith(after, snapshotId, next),
    })
    return { kind: 'try', request: { ...request, adds }, outcome }
  }

  return { step, prepared }
}

export function appendContent(metadata: TableMetadata, intent: Intent, progress: ProgressText): Content {
  const id = { [COMMIT_ID]: intent.commitId }
  return {
    operation: 'append',
    added: intent.files.map(counted),
    removed: [],
    progress,
    said: { ...intent.said, ...id },
    kept: {
      ...id,
      ...lostText(metadata, intent.lost ?? []),
      ...policiesText(intent.policies),
      ...repeatsText(metadata, intent.advances),
    },
  }
}

export const counted = ({ rows, sizeBytes, day, bucket }: DataFile): Counted => ({
  rows,
  sizeBytes,
  partition: `${day}/${bucket}`,
})

export async function storeManifest(
  store: Store,
  table: TableSpec,
  metadata: TableMetadata,
  files: readonly DataFile[],
  name: string,
): Promise<NewManifest> {
  const spec = ownSpec(metadata, table)!
  const entries = files.map((file) => addedEntry(file, spec, SORT_ORDER_ID))
  return storeEntries(store, metadata, spec, entries, `${name}-m0`)
}

export async function storeEntries(
  store: Store,
  metadata: TableMetadata,
  spec: PartitionSpecJson,
  entries: readonly ManifestEntry[],
  name: string,
): Promise<NewManifest> {
  const bytes = writeManifest(entries, { schema: currentSchema(metadata)!, spec })
  const path = joined(metadata.location, 'metadata', `${name}.avro`)
  await store.write(path, bytes)
  const of = (status: ManifestEntry['status']) => entries.filter((entry) => entry.status === status)
  const rowsOf = (some: readonly ManifestEntry[]) => some.reduce((sum, entry) => sum + entry.rows, 0)
  const [added, existing, deleted] = [of('added'), of('existing'), of('deleted')]
  return {
    path,
    sizeBytes: bytes.length,
    specId: spec['spec-id'],
    content: 'data',
    files: { added: added.length, existing: existing.length, deleted: deleted.length },
    rows: { added: rowsOf(added), existing: rowsOf(existing), deleted: rowsOf(deleted) },
    spans: spansOf(spec, entries),
  }
}

function spansOf(spec: PartitionSpecJson, entries: readonly ManifestEntry[]): PartitionSpan[] {
  return spec.fields.map((field) => {
    const values = entries.flatMap((entry) => (entry.partition.get(field['field-id']) as number | null) ?? [])
    const containsNull = values.length < entries.length
    if (values.length === 0) return { containsNull }
    const least = values.reduce((a, b) => Math.min(a, b))
    const most = values.reduce((a, b) => Math.max(a, b))
    return { containsNull, lower: lowerBound('int', least), upper: lowerBound('int', most) }
  })
}

/**
 * Returns the list's location. New manifests come first: readers of the newest rows meet them first. Those that only
 * tell what an earlier snapshot deleted have said it there.
 */
export async function storeList(
  store: Store,
  metadata: TableMetadata,
  before: readonly ManifestFile[],
  manifests: readonly NewManifest[],
  snapshotId: bigint,
  name: string,
): Promise<string> {
  const sequenceNumber = nextSequence(metadata)
  const fresh = manifests.map(({ minSequenceNumber = sequenceNumber, ...manifest }) => ({
    ...manifest,
    sequenceNumber,
    minSequenceNumber,
    addedSnapshotId: snapshotId,
  }))
  const path = joined(metadata.location, 'metadata', `snap-${snapshotId}-${name}.avro`)
  const header = { snapshotId, parentId: headId(metadata), sequenceNumber }
  await store.write(path, writeManifestList([...fresh, ...before.filter(isLive)], header))
  return path
}

/** Files of a manifest may all be deleted by now; counts of version 1 may be missing, and then read 0 everywhere. */
export const isLive = ({ files }: ManifestFile): boolean => files.added + files.existing > 0 || files.deleted === 0
