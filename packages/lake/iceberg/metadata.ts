/**
 * Iceberg table metadata, format version 2, as JSON holds it. 64-bit ids are bigint throughout: JSON.parse would round
 * them (json.ts does not).
 *
 *   source  Iceberg spec v2, "Table Metadata Fields", "Snapshots"
 */
export interface SnapshotJson {
  readonly 'snapshot-id': bigint
  readonly 'parent-snapshot-id'?: bigint
  readonly 'sequence-number': bigint
  readonly 'timestamp-ms': number
  readonly 'manifest-list': string
  readonly summary: { readonly operation: string; readonly [key: string]: string }
  readonly 'schema-id'?: number
}

export interface SchemaJson {
  readonly type: 'struct'
  readonly 'schema-id': number
  readonly fields: readonly {
    readonly id: number
    readonly name: string
    readonly required: boolean
    readonly type:
      | string
      | {
          readonly type: 'list'
          readonly 'element-id': number
          readonly element: string
          readonly 'element-required': boolean
        }
    readonly doc?: string
  }[]
}

export interface TableMetadata {
  readonly 'format-version': 2
  readonly 'table-uuid': string
  readonly location: string
  readonly 'last-sequence-number': bigint
  readonly 'last-updated-ms': number
  readonly 'last-column-id': number
  readonly 'current-schema-id': number
  readonly schemas: readonly SchemaJson[]
  readonly 'default-spec-id': number
  readonly 'partition-specs': readonly {
    readonly 'spec-id': number
    readonly fields: readonly {
      readonly name: string
      readonly transform: string
      readonly 'source-id': number
      readonly 'field-id': number
    }[]
  }[]
  readonly 'last-partition-id': number
  readonly 'default-sort-order-id': number
  readonly 'sort-orders': readonly {
    readonly 'order-id': number
    readonly fields: readonly {
      readonly transform: string
      readonly 'source-id': number
      readonly direction: string
      readonly 'null-order': string
    }[]
  }[]
  readonly properties: Readonly<Record<string, string>>
  readonly 'current-snapshot-id'?: bigint | null
  readonly snapshots?: readonly SnapshotJson[]
  readonly 'snapshot-log'?: readonly { readonly 'snapshot-id': bigint; readonly 'timestamp-ms': number }[]
  readonly 'metadata-log'?: readonly { readonly 'metadata-file': string; readonly 'timestamp-ms': number }[]
  /** Of other engines. */
  readonly statistics?: readonly { readonly 'statistics-path': string }[]
  readonly 'partition-statistics'?: readonly { readonly 'statistics-path': string }[]
  readonly refs?: Readonly<Record<string, { readonly 'snapshot-id': bigint; readonly type: string }>>
}
