/** Staging: from log batches to Parquet files that nobody sees yet. Done in a worker, for it keeps a core busy. */
import type { Schemas } from '@k2/contracts/records/decode.ts'
import type { Repeats } from '@k2/dedup/dedup.ts'
import type { DataFile, LastRecord, TopicPartition } from '@k2/lake/table.ts'
import type { RejectedRecord, StageBatch } from '@k2/landing/stage.ts'

export interface StageRequest {
  readonly table: string
  /** Theirs is the stager's once it is asked: buffers move, and are not copied. */
  readonly batches: readonly StageBatch[]
  readonly schemas: Schemas
  readonly repeats: Repeats
  /** Local folder that takes the files. */
  readonly folder: string
}

export interface StagedFiles {
  /** Paths relative to the folder. */
  readonly files: readonly DataFile[]
  readonly rows: number
  readonly to: ReadonlyMap<TopicPartition, bigint>
  readonly last: ReadonlyMap<TopicPartition, LastRecord>
  readonly rejected: readonly RejectedRecord[]
  /** Records that repeat one that has landed, or lands with them. */
  readonly repeated: ReadonlyMap<TopicPartition, number>
  /** Batches that did not fit this commit, in part or at all; given back whole. */
  readonly left: readonly StageBatch[]
}

export interface Stager {
  stage(request: StageRequest): Promise<StagedFiles>
  /** Deletes files that it staged and nobody took; what cannot be deleted stays. */
  discard(folder: string, files: readonly DataFile[]): Promise<void>
  close(): Promise<void>
}
