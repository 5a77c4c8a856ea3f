/**
 * Where a table's newest metadata is found and replaced: the PORT. It mirrors Iceberg's REST catalog: a commit is a
 * list of requirements on what is there now and a list of updates, taken whole or not at all.
 *
 *   errors  K2Error LAKE_CONFLICT (a requirement does not hold: reload and decide again), COMMIT_UNKNOWN (the answer
 *           was lost: look whether it is in), LAKE_UNAVAILABLE, LAKE_DAMAGED
 *   source  Iceberg REST catalog, POST /v1/{prefix}/namespaces/{namespace}/tables/{table}
 */
import type { SchemaJson, SnapshotJson, TableMetadata } from './iceberg/metadata.ts'

export interface TableName {
  readonly namespace: string
  readonly name: string
}

export type Requirement =
  | { readonly type: 'assert-create' }
  | { readonly type: 'assert-table-uuid'; readonly uuid: string }
  /** null: the branch must not exist yet. */
  | { readonly type: 'assert-ref-snapshot-id'; readonly ref: string; readonly 'snapshot-id': bigint | null }
  | { readonly type: 'assert-current-schema-id'; readonly 'current-schema-id': number }
  | { readonly type: 'assert-last-assigned-field-id'; readonly 'last-assigned-field-id': number }

export type Update =
  | { readonly action: 'add-snapshot'; readonly snapshot: SnapshotJson }
  | {
      readonly action: 'set-snapshot-ref'
      readonly 'ref-name': string
      readonly type: 'branch'
      readonly 'snapshot-id': bigint
    }
  /** Expiry: files that only these named are orphans from then on. */
  | { readonly action: 'remove-snapshots'; readonly 'snapshot-ids': readonly bigint[] }
  /** Its id is the next one free, or one of those that are there with the same fields. */
  | { readonly action: 'add-schema'; readonly schema: SchemaJson }
  /** -1: the one that was added last. */
  | { readonly action: 'set-current-schema'; readonly 'schema-id': number }
  | { readonly action: 'set-properties'; readonly updates: Readonly<Record<string, string>> }

export interface LoadedTable {
  readonly metadata: TableMetadata
  /** Where this metadata file is. */
  readonly metadataLocation: string
}

/** A first metadata file, without snapshots. The catalog chooses where the table lies, and may choose its uuid. */
export type NewTable = Omit<TableMetadata, 'location'>

export interface Catalog {
  /** undefined: there is no such table. */
  load(table: TableName): Promise<LoadedTable | undefined>
  /** LAKE_CONFLICT where it exists already. */
  create(table: TableName, first: NewTable): Promise<LoadedTable>
  commit(table: TableName, requirements: readonly Requirement[], updates: readonly Update[]): Promise<LoadedTable>
}
