/**
 * Manifests: data files with their partition and column statistics.
 *
 *   shape   entries <-> bytes. New entries are ADDED with null snapshot id and sequence numbers: they inherit the
 *           snapshot's, so a commit that is tried again rewrites only the manifest list
 *   errors  K2Error LAKE_DAMAGED naming the file
 *   source  Iceberg spec v2, "Manifests", "Sequence Number Inheritance"
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { REMEDY } from '../store/remedy.ts'
import type { ColumnStats, DataFile } from '../table.ts'
import { type AvroSchema, type Codec, type Projection, readContainer, writeContainer } from './avro.ts'
import { Fields, recordFields } from './fields.ts'
import { writeJson } from './json.ts'
import { manifestSchema, type PartitionSpecJson } from './manifest-schema.ts'
import type { SchemaJson } from './metadata.ts'

const STATUSES = ['existing', 'added', 'deleted'] as const

export interface ManifestEntry {
  readonly status: (typeof STATUSES)[number]
  /** null: inherited from the manifest. */
  readonly snapshotId: bigint | null
  readonly sequenceNumber: bigint | null
  readonly fileSequenceNumber: bigint | null
  readonly path: string
  readonly format: string
  /** By partition field id. */
  readonly partition: ReadonlyMap<number, unknown>
  readonly rows: number
  readonly sizeBytes: number
  /** Fields that have a lower or upper bound, or any statistics when all were asked for. */
  readonly stats: ReadonlyMap<number, ColumnStats>
  readonly sortOrderId: number | null
}

/** What a manifest says of its table: statistics are by `schema`'s ids, partitions by `spec`. */
export interface ManifestTable {
  readonly schema: SchemaJson
  readonly spec: PartitionSpecJson
}

/** The entry of a file that is new in the snapshot that will name the manifest. */
export function addedEntry(file: DataFile, spec: PartitionSpecJson, sortOrderId: number): ManifestEntry {
  const value = (transform: string) => (transform === 'day' ? file.day : file.bucket)
  return {
    status: 'added',
    snapshotId: null,
    sequenceNumber: null,
    fileSequenceNumber: null,
    path: file.path,
    format: 'PARQUET',
    partition: new Map(spec.fields.map((field) => [field['field-id'], value(field.transform)])),
    rows: file.rows,
    sizeBytes: file.sizeBytes,
    stats: new Map(file.stats.map((column) => [column.fieldId, column])),
    sortOrderId,
  }
}

export function writeManifest(entries: readonly ManifestEntry[], table: ManifestTable, codec?: Codec): Uint8Array {
  const metadata = {
    schema: writeJson(table.schema),
    'schema-id': String(table.schema['schema-id']),
    'partition-spec': writeJson(table.spec.fields),
    'partition-spec-id': String(table.spec['spec-id']),
    'format-version': '2',
    content: 'data',
  }
  const { fields } = table.spec
  const records = entries.map((entry) => ({
    status: STATUSES.indexOf(entry.status),
    snapshot_id: entry.snapshotId,
    sequence_number: entry.sequenceNumber,
    file_sequence_number: entry.fileSequenceNumber,
    data_file: {
      content: 0,
      file_path: entry.path,
      file_format: entry.format,
      partition: Object.fromEntries(
        fields.map((field) => [field.name, entry.partition.get(field['field-id']) ?? null]),
      ),
      record_count: entry.rows,
      file_size_in_bytes: entry.sizeBytes,
      ...statistics([...entry.stats.values()]),
      key_metadata: null,
      split_offsets: null,
      equality_ids: null,
      sort_order_id: entry.sortOrderId,
    },
  }))
  return writeContainer(manifestSchema(table.spec), records, metadata, codec)
}

function statistics(stats: readonly ColumnStats[]) {
  const counts = (of: (column: ColumnStats) => number) =>
    stats.map((column) => ({ key: column.fieldId, value: of(column) }))
  const bounds = (of: (column: ColumnStats) => Uint8Array | undefined) =>
    stats.flatMap((column) => {
      const bound = of(column)
      return bound === undefined ? [] : [{ key: column.fieldId, value: Buffer.from(bound) }]
    })
  return {
    column_sizes: counts((column) => column.sizeBytes),
    value_counts: counts((column) => column.valueCount),
    null_value_counts: counts((column) => column.nullCount),
    nan_value_counts: null,
    lower_bounds: bounds((column) => column.lower),
    upper_bounds: bounds((column) => column.upper),
  }
}

const COLUMN_SIZES = 108
const VALUE_COUNTS = 109
const NULL_COUNTS = 110
const LOWER = 125
const UPPER = 128
const PLANNED = new Set([134, 100, 101, 102, 103, 104, LOWER, UPPER])
const EVERY = new Set([...PLANNED, COLUMN_SIZES, VALUE_COUNTS, NULL_COUNTS, 140])

/**
 * `detail` bounds: only what a plan needs, which decodes several times faster. `content` as the manifest's list has it:
 * what names files of another content is damaged.
 */
export function readManifest(
  bytes: Uint8Array,
  path: string,
  detail: 'bounds' | 'all' = 'all',
  content: 'data' | 'deletes' = 'data',
): ManifestEntry[] {
  try {
    const { schema, records } = readContainer(bytes, detail === 'all' ? EVERYTHING : FOR_PLANS)
    const entries = new Fields(schema)
    const files = new Fields(entries.schema(2))
    const partitions = new Fields(files.schema(102))
    return records.map((record) => {
      const isData = files.number(entries.value(record, 2) as object, 134, 0) === 0
      if (isData !== (content === 'data')) throw new Error(`it lists ${isData ? 'data' : 'delete'} files among others`)
      return toEntry(record, entries, files, partitions)
    })
  } catch (cause) {
    throw new K2Error(
      'LAKE_DAMAGED',
      `The manifest ${path} cannot be read: ${(cause as Error).message}. ${REMEDY}`,
      { path },
      cause,
    )
  }
}

function toEntry(record: object, entries: Fields, files: Fields, partitions: Fields): ManifestEntry {
  const file = entries.value(record, 2) as object
  const status = STATUSES[entries.number(record, 0)]
  if (status === undefined) throw new Error(`status ${entries.number(record, 0)} is unknown`)
  const partition = (files.value(file, 102) ?? {}) as object
  const sortOrderId = files.value(file, 140)
  return {
    status,
    snapshotId: entries.id(record, 1),
    sequenceNumber: entries.id(record, 3),
    fileSequenceNumber: entries.id(record, 4),
    path: files.text(file, 100),
    format: files.text(file, 101).toUpperCase(),
    partition: new Map(partitions.ids().map((id) => [id, partitions.value(partition, id) ?? null])),
    rows: files.number(file, 103),
    sizeBytes: files.number(file, 104),
    stats: statsOf(file, files),
    sortOrderId: typeof sortOrderId === 'number' ? sortOrderId : null,
  }
}

type Mutable = { -readonly [K in keyof ColumnStats]: ColumnStats[K] }
type MapField = readonly { readonly key: number; readonly value: unknown }[]

function statsOf(file: object, files: Fields): Map<number, ColumnStats> {
  const columns = new Map<number, Mutable>()
  const column = (id: number): Mutable => {
    const known = columns.get(id)
    if (known !== undefined) return known
    const fresh: Mutable = { fieldId: id, sizeBytes: 0, valueCount: 0, nullCount: 0 }
    columns.set(id, fresh)
    return fresh
  }
  const each = (id: number) => (files.value(file, id) ?? []) as MapField
  for (const { key, value } of each(COLUMN_SIZES)) column(key).sizeBytes = Number(value)
  for (const { key, value } of each(VALUE_COUNTS)) column(key).valueCount = Number(value)
  for (const { key, value } of each(NULL_COUNTS)) column(key).nullCount = Number(value)
  for (const { key, value } of each(LOWER)) column(key).lower = value as Uint8Array
  for (const { key, value } of each(UPPER)) column(key).upper = value as Uint8Array
  return columns
}

const FOR_PLANS: Projection = { name: 'plan', of: (schema) => projected(schema, PLANNED) }
const EVERYTHING: Projection = { name: 'all', of: (schema) => projected(schema, EVERY) }

/** The writer's schema with only those fields of data_file: the rest is skipped, not decoded. */
function projected(schema: AvroSchema, wanted: ReadonlySet<number>): AvroSchema {
  const only = (part: AvroSchema, fields: readonly unknown[]): AvroSchema => ({ ...(part as object), fields }) as never
  const kept = recordFields(schema).map((field) => {
    if (field['field-id'] !== 2) return field
    const inner = recordFields(field.type).filter((member) => wanted.has(member['field-id'] ?? -1))
    return { ...field, type: only(field.type, inner) }
  })
  return only(schema, kept)
}
