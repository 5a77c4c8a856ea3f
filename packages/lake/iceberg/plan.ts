/**
 * What to read for a question at one snapshot. Manifests are immutable and kept, so that planning again costs no I/O:
 * DuckDB's own reader spends 276 ms on it every time.
 *
 *   shape   (metadata, Filter, snapshot id) -> files and what was skipped
 *   errors  K2Error LAKE_DAMAGED: a manifest that cannot be read, or that asks for row deletes or a file format that
 *           are not supported here; LAKE_UNAVAILABLE; NOT_FOUND for a snapshot that the table does not have
 *   source  Iceberg spec v2, "Scan Planning"
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import { normalised } from '../store/location.ts'
import { REMEDY } from '../store/remedy.ts'
import type { Store } from '../store/store.ts'
import type { Filter, Plan, PlannedFile } from '../table.ts'
import { isLive } from './append.ts'
import { FileCache } from './cache.ts'
import { snapshotOf } from './history.ts'
import { type ManifestEntry, readManifest } from './manifest.ts'
import { type ManifestFile, readManifestList } from './manifest-list.ts'
import type { TableMetadata } from './metadata.ts'
import { readNamed } from './named.ts'
import { layoutOf, mayHold, mayMatch, type PrunableFile, prunable, questionOf } from './prune.ts'
import { settled } from './rewrite.ts'

/**
 * Data files in memory, about 700 bytes each: as many as the snapshot has that is asked for, and as many again of others and
 * of what was compacted away, and these.
 */
const MORE_FILES = 2_000
const FILES_MAX = 200_000
/** Manifests named by the lists in memory, about as large. Few ask for any but the newest list. */
const LISTED_MAX = 5_000
const READS_AT_ONCE = 8

export interface Planner {
  manifests(metadata: TableMetadata, snapshotId: bigint | null): Promise<readonly ManifestFile[]>
  /** Live data files of one manifest, as far as planning knows them. */
  filesOf(metadata: TableMetadata, manifest: ManifestFile): Promise<readonly PrunableFile[]>
  /** Its live entries whole, with nothing left to inherit; not kept. */
  entriesOf(manifest: ManifestFile): Promise<ManifestEntry[]>
  files(metadata: TableMetadata, filter: Filter, snapshotId: bigint | null): Promise<Omit<Plan, 'head'>>
}

export function planner(store: Store, spec: TableSpec): Planner {
  const lists = new FileCache<readonly ManifestFile[]>(LISTED_MAX, (list) => list.length)
  const cache = new FileCache<readonly PrunableFile[]>(FILES_MAX, (files) => files.length)

  async function manifests(metadata: TableMetadata, snapshotId: bigint | null): Promise<readonly ManifestFile[]> {
    if (snapshotId === null) return []
    const list = snapshotOf(metadata, snapshotId)?.['manifest-list']
    if (list === undefined)
      throw new K2Error('NOT_FOUND', `The table has no snapshot ${snapshotId}; it may have expired.`)
    return lists.get(list, async () => readManifestList(await readNamed(store, list), list))
  }

  function filesOf(metadata: TableMetadata, manifest: ManifestFile): Promise<readonly PrunableFile[]> {
    return cache.get(manifest.path, async () => {
      const layout = layoutOf(metadata, manifest.specId, spec)
      const entries = readManifest(await readWhole(store, manifest), manifest.path, 'bounds')
      return entries.filter((entry) => entry.status !== 'deleted').map((entry) => prunable(entry, layout, spec))
    })
  }

  async function entriesOf(manifest: ManifestFile): Promise<ManifestEntry[]> {
    const entries = readManifest(await readWhole(store, manifest), manifest.path, 'all', manifest.content)
    return entries.filter((entry) => entry.status !== 'deleted').map((entry) => settled(entry, manifest))
  }

  async function files(metadata: TableMetadata, filter: Filter, snapshotId: bigint | null) {
    const question = questionOf(filter, spec)
    const all = (await manifests(metadata, snapshotId)).filter(isLive)
    cache.bound(Math.min(FILES_MAX, MORE_FILES + 2 * filesIn(all)))
    const layouts = new Map(metadata['partition-specs'].map(({ 'spec-id': id }) => [id, layoutOf(metadata, id, spec)]))
    const held = all.filter((manifest) => mayHold(question, manifest, layouts.get(manifest.specId) ?? {}))
    const planned: PlannedFile[] = []
    let skipped = 0
    let bytes = 0
    for (let at = 0; at < held.length; at += READS_AT_ONCE) {
      const some = held.slice(at, at + READS_AT_ONCE)
      some.forEach(refuseDeletes)
      for (const file of (await Promise.all(some.map((manifest) => filesOf(metadata, manifest)))).flat()) {
        if (mayMatch(question, file)) planned.push(toPlanned(file))
        else {
          skipped++
          bytes += file.sizeBytes
        }
      }
    }
    const unreadFiles = filesIn(all) - filesIn(held)
    return { files: planned, skipped: { manifests: all.length - held.length, files: skipped + unreadFiles, bytes } }
  }

  return { manifests, filesOf, entriesOf, files }
}

/** One cut between two blocks is a whole Avro file of fewer entries. */
async function readWhole(store: Store, { path, sizeBytes }: ManifestFile): Promise<Uint8Array> {
  const bytes = await readNamed(store, path)
  if (bytes.length === sizeBytes) return bytes
  throw new K2Error(
    'LAKE_DAMAGED',
    `The manifest ${path} has ${bytes.length} bytes, and the table says ${sizeBytes}. ${REMEDY}`,
    { path },
  )
}

const filesIn = (manifests: readonly ManifestFile[]): number =>
  manifests.reduce((sum, { files }) => sum + files.added + files.existing, 0)

function refuseDeletes(manifest: ManifestFile): void {
  if (manifest.content === 'data') return
  throw new K2Error(
    'LAKE_DAMAGED',
    `The manifest ${manifest.path} deletes single rows, which K2 cannot apply yet: its answers would hold them. Rewrite the table's data files with the tool that deleted them.`,
    { path: manifest.path },
  )
}

function toPlanned(file: PrunableFile): PlannedFile {
  if (file.format !== 'PARQUET') {
    throw new K2Error(
      'LAKE_DAMAGED',
      `The data file ${file.path} is ${file.format}, and K2 reads only Parquet. Rewrite the table's data files with the tool that wrote it.`,
      { path: file.path },
    )
  }
  const { sizeBytes, rows, day, bucket, micros } = file
  return { path: normalised(file.path), sizeBytes, rows, day, bucket, micros }
}
