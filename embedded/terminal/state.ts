/** What the view shows. */
import type { Advance } from '@k2/csv-loader/compose.ts'
import type { FileKind } from '@k2/csv-loader/core/resolve.ts'

export interface ViewState {
  readonly stage: 'loading' | 'landing' | 'serving' | 'watching' | 'stopping'
  /** Of the load that runs. */
  readonly files: { readonly at: number; readonly all: number }
  readonly current: CurrentFile | null
  /** Of the whole load; null while that cannot be told. */
  readonly leftMs: number | null
  readonly tables: readonly TableFigures[]
  readonly answered: number
  readonly doors: Doors
  readonly nowMs: number
}

export interface Doors {
  readonly url: string
  /** host:port of gRPC. */
  readonly grpc: string
}

export interface CurrentFile {
  readonly path: string
  readonly kind: FileKind
  readonly symbol: string
  readonly elapsedMs: number
  /** null: it is being looked at, and nothing of it is read yet. */
  readonly advance: Advance | null
}

export interface TableFigures {
  readonly kind: FileKind
  /** Rows read from files, by this process. */
  readonly read: number
  /** Rows that are no record, by this process; and records that the lake cannot take. */
  readonly rejected: number
  readonly inLog: number
  /** In the log, and the lake has yet to decide on them. */
  readonly waiting: number
  readonly inLake: number
  readonly answered: number
  readonly lastCommit: LastCommit | null
}

export interface LastCommit {
  readonly rows: number
  readonly files: number
  readonly atMs: number
}
