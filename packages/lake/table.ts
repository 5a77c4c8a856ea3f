/**
 * A table of the lake: the PORT. A commit adds data files and says, in the same atomic step, which log offsets they
 * stand for; a writer whose starting point is not the table's is stale and gets nothing in.
 *
 *   units   offsets: bigint, next to land; times: ms since the epoch for records and commits, µs for events
 *   errors  K2Error LAKE_UNAVAILABLE, COMMIT_UNKNOWN, LAKE_DAMAGED, LAKE_DISAGREES
 */
import type { TableSpec } from '@k2/contracts/tables.ts'

/** `topic/partition`. */
export type TopicPartition = `${string}/${number}`

export const topicPartition = (topic: string, partition: number): TopicPartition => `${topic}/${partition}`

/** Log offsets [from, to) passed over on purpose. */
export interface Hole {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly to: bigint
  readonly reason: 'deferred' | 'rejected'
  /** Hash of the policy that decided, for deferred ones. */
  readonly policy?: string
}

/** The last record landed from a partition: read back from the log, it proves that lake and log are of one history. */
export interface LastRecord {
  readonly offset: bigint
  readonly messageId: string
  readonly timeMs: number
}

/** How far the log has come into a table. */
export interface Progress {
  /** Next offset to land; a partition that is missing has landed nothing yet. */
  readonly offsets: ReadonlyMap<TopicPartition, bigint>
  readonly holes: readonly Hole[]
  readonly last: ReadonlyMap<TopicPartition, LastRecord>
}

export interface Head {
  readonly tableUuid: string
  /** null: an empty table. */
  readonly snapshotId: bigint | null
  readonly committedAtMs: number | null
  readonly progress: Progress
  /** Texts of the policies that holes of it were made by, by hash: also of holes that are no more. */
  readonly policies: ReadonlyMap<string, string>
}

export interface ColumnStats {
  readonly fieldId: number
  readonly sizeBytes: number
  readonly valueCount: number
  readonly nullCount: number
  /** Iceberg's single-value binary form. */
  readonly lower?: Uint8Array
  readonly upper?: Uint8Array
}

export interface DataFile {
  /** Path within the store. */
  readonly path: string
  readonly sizeBytes: number
  readonly rows: number
  /** Partition values: days since the epoch (null where the table has no day), bucket number. */
  readonly day: number | null
  readonly bucket: number
  readonly stats: readonly ColumnStats[]
}

/** One partition's step: from the offset that the writer read (null: none yet) to where its files reach. */
export interface Advance {
  readonly topic: string
  readonly partition: number
  readonly expected: bigint | null
  readonly to: bigint
  readonly last?: LastRecord
  /** Records among them that are neither rows nor in holes: they repeat others that are. */
  readonly repeats?: number
}

/** What a writer wants in, prepared once and decided on again at every attempt. */
export interface Intent {
  /** Deterministic from table, partitions and offsets: the same work has the same id. */
  readonly commitId: string
  readonly files: readonly DataFile[]
  readonly advances: readonly Advance[]
  /** Holes of its own partitions, as the writer read them. */
  readonly holesRead: readonly Hole[]
  readonly holesAdded: readonly Hole[]
  readonly holesStruck: readonly Hole[]
  /** Texts of the policies of deferred holes that it adds, by hash. */
  readonly policies?: ReadonlyMap<string, string>
  /** Of those struck, what nothing stands for: somebody gives it up. */
  readonly lost?: readonly Hole[]
  /** For people: further keys of the snapshot's summary. */
  readonly said?: Readonly<Record<string, string>>
}

export type Outcome =
  /** In, now. */
  | { readonly kind: 'committed'; readonly head: Head }
  /** In, by an earlier attempt whose answer was lost. */
  | { readonly kind: 'already'; readonly head: Head }
  /** Not in: the table stands elsewhere than the writer thought. `why` is a sentence. */
  | { readonly kind: 'stale'; readonly head: Head; readonly why: string }

export interface Filter {
  readonly symbols?: readonly string[]
  readonly exchanges?: readonly string[]
  /** Event time, inclusive. */
  readonly fromMicros?: number
  /** Event time, exclusive. */
  readonly toMicros?: number
  /** Of the log, each [from, to): rows outside may come all the same. */
  readonly offsets?: readonly OffsetSpan[]
}

export interface OffsetSpan {
  readonly partition: TopicPartition
  readonly from: bigint
  readonly to: bigint
}

export interface PlannedFile {
  readonly path: string
  readonly sizeBytes: number
  readonly rows: number
  /** As DataFile's; undefined where its spec is another writer's. */
  readonly day: number | null | undefined
  readonly bucket: number | undefined
  /** Between which event times its rows lie, ends included; undefined where that is not known. */
  readonly micros?: { readonly lower: number | undefined; readonly upper: number | undefined }
}

/** What to read for a question at one snapshot, and what need not be. */
export interface Plan {
  readonly head: Head
  readonly files: readonly PlannedFile[]
  /** Bytes: of those files alone whose manifests had to be looked into. */
  readonly skipped: { readonly manifests: number; readonly files: number; readonly bytes: number }
}

export interface Snapshot {
  readonly id: bigint
  readonly parentId: bigint | null
  readonly committedAtMs: number
  readonly operation: string
  readonly summary: Readonly<Record<string, string>>
}

/** A data file of the newest snapshot. */
export type TableFile = PlannedFile

/** Files taken out and files put in that hold the same rows: a compaction. */
export interface Replacement {
  readonly id: string
  /** Paths, as `files` has them. */
  readonly removed: readonly string[]
  readonly added: readonly DataFile[]
}

export interface ManifestCounts {
  readonly all: number
  /** Those that a replacement takes together. */
  readonly small: number
  /**
   * Those that delete single rows of data files, by path and position or by value, if no newer than the deletes. A row in
   * a new file would be back.
   */
  readonly deletes: number
}

/** Everything in the store that some of its snapshots name. */
export interface Named {
  readonly lists: ReadonlySet<string>
  readonly manifests: ReadonlySet<string>
  /** Files of holes that are too many for a summary. */
  readonly holes: ReadonlySet<string>
  /** With their sizes, as manifests say. */
  readonly dataFiles: ReadonlyMap<string, number>
}

/** What keeps a table healthy; its answers stay as they are. Never in the way of a commit: the loser tries again. */
export interface Upkeep {
  files(): Promise<readonly TableFile[]>
  /** Offsets that are neither rows nor in holes, for somebody gave them up. */
  lost(): Promise<readonly Hole[]>
  /** How many more are, for they repeat others. */
  repeats(): Promise<ReadonlyMap<TopicPartition, number>>
  /** Of the newest snapshot. */
  manifests(): Promise<ManifestCounts>
  /**
   * Puts the files in the others' place, and as few manifests as will do; without files, only that.
   * false: not in, for some of what it removes is no longer there, or rows of the table are deleted by files of deletes.
   */
  replace(replacement: Replacement): Promise<boolean>
  /**
   * Drops those snapshots, but for what branches, tags or the properties stand at. Their files stay, for readers may be at
   * them; `note` is given what nobody names any more: before the commit, and, where another dropped some meanwhile, the
   * rest after it. A file noted may still be named.
   */
  expire(ids: readonly bigint[], note: (freed: Named) => Promise<void>): Promise<void>
  /** What all its snapshots name, and the metadata files themselves. */
  named(): Promise<Named & { readonly metadata: ReadonlySet<string> }>
}

export interface Table {
  readonly spec: TableSpec
  readonly location: string
  /** As the catalog has it now. */
  head(): Promise<Head>
  commit(intent: Intent): Promise<Outcome>
  /** At the newest snapshot, or at one of the table's. NOT_FOUND where it has none of that id. */
  plan(filter: Filter, snapshotId?: bigint): Promise<Plan>
  snapshots(): Promise<Snapshot[]>
  readonly upkeep: Upkeep
}
