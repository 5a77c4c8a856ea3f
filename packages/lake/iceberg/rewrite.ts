/**
 * The manifests of a snapshot whose files change places: those that name a removed file are written anew, small ones
 * are taken together, all others stay as they are. Entries that move keep the numbers that they were added with.
 *
 *   shape   (manifests with their entries, what goes, what comes) -> manifests that stay, entries for new ones; pure
 *   source  Iceberg spec v2, "Manifest Entry Fields", "Sequence Number Inheritance"
 */
import type { ManifestEntry } from './manifest.ts'
import type { ManifestFile } from './manifest-list.ts'

/** Below so many live files a manifest is small, at which many readers open one for little. */
const SMALL_FILES = 1_000
/** About 2 MB as Avro: one read, and narrow spans of days. */
const ENTRIES_MAX = 4_000

const liveFiles = ({ files }: ManifestFile): number => files.added + files.existing

export const deletesRows = ({ content }: ManifestFile): boolean => content === 'deletes'

/** Of those that we write: data files by our partition spec. A manifest never holds data and deletes. */
const ours = (manifests: readonly ManifestFile[], specId: number): ManifestFile[] =>
  manifests.filter((manifest) => manifest.specId === specId && !deletesRows(manifest))

/** Those to take together. */
export function smallOf(manifests: readonly ManifestFile[], specId: number): ManifestFile[] {
  const small = ours(manifests, specId).filter((manifest) => liveFiles(manifest) < SMALL_FILES)
  return small.length > 1 ? small : []
}

/** Which manifests to read whole: those that hold what goes, and the small ones where there are several. */
export function touched(
  manifests: readonly ManifestFile[],
  specId: number,
  holdsRemoved: (manifest: ManifestFile) => boolean,
): Set<ManifestFile> {
  return new Set([...smallOf(manifests, specId), ...ours(manifests, specId).filter(holdsRemoved)])
}

/** As an entry of any later manifest says it: nothing is inherited any more. */
export function settled(entry: ManifestEntry, manifest: ManifestFile): ManifestEntry {
  return {
    ...entry,
    status: 'existing',
    snapshotId: entry.snapshotId ?? manifest.addedSnapshotId,
    sequenceNumber: entry.sequenceNumber ?? manifest.sequenceNumber,
    fileSequenceNumber: entry.fileSequenceNumber ?? manifest.sequenceNumber,
  }
}

/** Whose snapshot deletes is inherited from the manifest. */
export const deletedEntry = (entry: ManifestEntry): ManifestEntry => ({ ...entry, status: 'deleted', snapshotId: null })

/** In runs for one manifest each, neighbours in time together, so that a question about a day reads few of them. */
export function* runs(entries: readonly ManifestEntry[], partitionIds: readonly number[]): Generator<ManifestEntry[]> {
  const value = (entry: ManifestEntry, id: number) => (entry.partition.get(id) as number | null | undefined) ?? -1
  const sorted = entries.toSorted((a, b) => {
    for (const id of partitionIds) {
      const order = value(a, id) - value(b, id)
      if (order !== 0) return order
    }
    return 0
  })
  const count = Math.ceil(sorted.length / ENTRIES_MAX)
  const each = Math.ceil(sorted.length / Math.max(1, count))
  for (let at = 0; at < sorted.length; at += each) yield sorted.slice(at, at + each)
}
