/**
 * Avro schemas of manifests and manifest lists. Readers find fields by `field-id`; the map-like ones are arrays of
 * key and value marked `logicalType: map`, without which PyIceberg errors and DuckDB's extension aborts its process.
 *
 *   source  Iceberg spec v2, "Manifests", "Manifest Lists", appendix A "Avro"
 */
import type { AvroSchema } from './avro.ts'
import type { TableMetadata } from './metadata.ts'

export type PartitionSpecJson = TableMetadata['partition-specs'][number]

type Field = { readonly name: string; readonly type: AvroSchema; readonly 'field-id': number; readonly default?: null }

const required = (id: number, name: string, type: AvroSchema): Field => ({ name, type, 'field-id': id })
const optional = (id: number, name: string, type: AvroSchema): Field => ({
  name,
  type: ['null', type],
  default: null,
  'field-id': id,
})
const record = (name: string, fields: Field[]): AvroSchema => ({ type: 'record', name, fields })
const list = (elementId: number, items: AvroSchema): AvroSchema => ({ type: 'array', items, 'element-id': elementId })

const intMap = (keyId: number, valueId: number, value: AvroSchema): AvroSchema => ({
  type: 'array',
  logicalType: 'map',
  items: record(`k${keyId}_v${valueId}`, [required(keyId, 'key', 'int'), required(valueId, 'value', value)]),
})

/** A day is a date, a bucket a number: the result types of the two transforms that we write. */
function partitionField(transform: string): AvroSchema {
  return transform === 'day' ? { type: 'int', logicalType: 'date' } : 'int'
}

export function manifestSchema(spec: PartitionSpecJson): AvroSchema {
  const partition = record(
    'r102',
    spec.fields.map((field) => optional(field['field-id'], field.name, partitionField(field.transform))),
  )
  const dataFile = record('r2', [
    required(134, 'content', 'int'),
    required(100, 'file_path', 'string'),
    required(101, 'file_format', 'string'),
    required(102, 'partition', partition),
    required(103, 'record_count', 'long'),
    required(104, 'file_size_in_bytes', 'long'),
    optional(108, 'column_sizes', intMap(117, 118, 'long')),
    optional(109, 'value_counts', intMap(119, 120, 'long')),
    optional(110, 'null_value_counts', intMap(121, 122, 'long')),
    optional(137, 'nan_value_counts', intMap(138, 139, 'long')),
    optional(125, 'lower_bounds', intMap(126, 127, 'bytes')),
    optional(128, 'upper_bounds', intMap(129, 130, 'bytes')),
    optional(131, 'key_metadata', 'bytes'),
    optional(132, 'split_offsets', list(133, 'long')),
    optional(135, 'equality_ids', list(136, 'int')),
    optional(140, 'sort_order_id', 'int'),
  ])
  return record('manifest_entry', [
    required(0, 'status', 'int'),
    optional(1, 'snapshot_id', 'long'),
    optional(3, 'sequence_number', 'long'),
    optional(4, 'file_sequence_number', 'long'),
    required(2, 'data_file', dataFile),
  ])
}

const FIELD_SUMMARY = record('r508', [
  required(509, 'contains_null', 'boolean'),
  optional(518, 'contains_nan', 'boolean'),
  optional(510, 'lower_bound', 'bytes'),
  optional(511, 'upper_bound', 'bytes'),
])

export const MANIFEST_LIST_SCHEMA: AvroSchema = record('manifest_file', [
  required(500, 'manifest_path', 'string'),
  required(501, 'manifest_length', 'long'),
  required(502, 'partition_spec_id', 'int'),
  required(517, 'content', 'int'),
  required(515, 'sequence_number', 'long'),
  required(516, 'min_sequence_number', 'long'),
  required(503, 'added_snapshot_id', 'long'),
  required(504, 'added_files_count', 'int'),
  required(505, 'existing_files_count', 'int'),
  required(506, 'deleted_files_count', 'int'),
  required(512, 'added_rows_count', 'long'),
  required(513, 'existing_rows_count', 'long'),
  required(514, 'deleted_rows_count', 'long'),
  optional(507, 'partitions', list(508, FIELD_SUMMARY)),
  optional(519, 'key_metadata', 'bytes'),
])
