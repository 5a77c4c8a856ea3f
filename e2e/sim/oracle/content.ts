/**
 * What a snapshot names, read from the store, with everything in it that contradicts itself.
 *
 *   shape   (store, snapshot) -> live data files, and all files that it needs
 *   errors  Fault
 */
import {
  type EntryRow,
  type HoleRead,
  holesFile,
  type ManifestRow,
  readEntries,
  readHoles,
  readList,
  type SnapshotJson,
} from './table.ts'

/** What is wrong, as a sentence. */
export class Fault extends Error {}

export interface StoredFile {
  readonly bytes: Uint8Array
  readonly rows?: readonly string[]
  readonly sizeBytes: number
}

export interface Live {
  readonly rows: readonly string[]
  readonly sizeBytes: number
  /** When it was added, and by which snapshot. */
  readonly sequence: number
  readonly addedBy: string
}

export interface Content {
  readonly live: ReadonlyMap<string, Live>
  readonly named: ReadonlySet<string>
}

export class Reader {
  private readonly files: ReadonlyMap<string, StoredFile>
  private readonly lists = new Map<string, ManifestRow[]>()
  private readonly manifests = new Map<string, EntryRow[]>()

  constructor(files: ReadonlyMap<string, StoredFile>) {
    this.files = files
  }

  content(snapshot: SnapshotJson): Content {
    const id = snapshot['snapshot-id']
    const list = snapshot['manifest-list']
    const holes = holesFile(snapshot.summary['k2.holes'])
    const named = new Set(holes === undefined ? [list] : [list, holes])
    const live = new Map<string, Live>()
    for (const manifest of read(this.lists, list, () => readList(this.file(list).bytes))) {
      const path = manifest.manifest_path
      named.add(path)
      const entries = read(this.manifests, path, () => readEntries(this.file(path).bytes))
      this.checkManifest(manifest, entries)
      if (manifest.sequence_number > snapshot['sequence-number'])
        throw new Fault(`snapshot ${id} names a manifest of a later one`)
      for (const entry of entries) {
        if (entry.status === 2) continue
        const { file_path: file } = entry.data_file
        if (live.has(file)) throw new Fault(`snapshot ${id} names ${file} twice`)
        named.add(file)
        live.set(file, this.liveFile(entry, manifest))
      }
    }
    return { live, named }
  }

  /** Of text that has them, or names their file. */
  holes(text: string): HoleRead[] {
    const path = holesFile(text)
    return readHoles(path === undefined ? text : Buffer.from(this.file(path).bytes).toString())
  }

  private file(path: string): StoredFile {
    const file = this.files.get(path)
    if (file === undefined) throw new Fault(`${path} is named, and not in the store`)
    return file
  }

  private liveFile({ status, data_file, ...entry }: EntryRow, manifest: ManifestRow): Live {
    const path = data_file.file_path
    const { rows, sizeBytes } = this.file(path)
    if (rows === undefined) throw new Fault(`${path} is no data file`)
    if (rows.length !== data_file.record_count || sizeBytes !== data_file.file_size_in_bytes)
      throw new Fault(`${path} holds ${rows.length} rows, and the manifest says ${data_file.record_count}`)
    const isNumbered = entry.sequence_number !== null && entry.file_sequence_number !== null
    if (status === 0 && !(isNumbered && entry.snapshot_id !== null))
      throw new Fault(`${path} is said to exist, and not since when`)
    const sequence = entry.sequence_number ?? manifest.sequence_number
    if (sequence < manifest.min_sequence_number)
      throw new Fault(`${manifest.manifest_path} holds an older file than its list says`)
    return { rows, sizeBytes, sequence, addedBy: String(entry.snapshot_id ?? manifest.added_snapshot_id) }
  }

  private checkManifest(manifest: ManifestRow, entries: readonly EntryRow[]): void {
    const path = manifest.manifest_path
    if (this.file(path).sizeBytes !== manifest.manifest_length) throw new Fault(`${path} is of another length`)
    const count = (status: number) => entries.filter((entry) => entry.status === status).length
    const rows = (status: number) =>
      entries.reduce((sum, entry) => sum + (entry.status === status ? entry.data_file.record_count : 0), 0)
    const said = [manifest.existing_files_count, manifest.added_files_count, manifest.deleted_files_count]
    for (const status of [0, 1, 2])
      if (count(status) !== said[status]) throw new Fault(`${path} has ${count(status)} files of status ${status}`)
    if (rows(0) !== manifest.existing_rows_count || rows(1) !== manifest.added_rows_count)
      throw new Fault(`${path} holds other rows than its list says`)
    for (const entry of entries) {
      for (const [i, value] of Object.values(entry.data_file.partition).entries()) {
        const { lower_bound: lower, upper_bound: upper } = manifest.partitions[i]!
        if (value === null || lower === null || upper === null)
          throw new Fault(`${path} does not say where its files are`)
        if (value < lower.readInt32LE() || value > upper.readInt32LE())
          throw new Fault(`${path} holds a file outside the days and buckets that its list says`)
      }
    }
  }
}

function read<T>(known: Map<string, T>, path: string, load: () => T): T {
  const found = known.get(path)
  if (found !== undefined) return found
  const fresh = load()
  known.set(path, fresh)
  return fresh
}
