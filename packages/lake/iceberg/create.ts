/**
 * A table's first metadata, and whether a table that is there already is the one that we know.
 *
 *   shape   TableSpec -> TableMetadata without snapshots and location; pure
 *   source  Iceberg spec v2, "Table Metadata Fields", "Schemas", "Partitioning", "Sorting"; "Column Projection"
 *           (schema.name-mapping.default)
 */
import type { Column, TableSpec } from '@k2/contracts/tables.ts'
import { BUCKETS } from '@k2/contracts/tables.ts'
import type { NewTable } from '../catalog.ts'
import type { SchemaJson, TableMetadata } from './metadata.ts'
import { EMPTY, progressText } from './progress.ts'

/** Partition field ids begin here, by convention of every Iceberg writer. */
const PARTITION_IDS_FROM = 1000
const NO_PARTITION_ID = PARTITION_IDS_FROM - 1
export const SORT_ORDER_ID = 1
const BUCKET_TRANSFORM = `bucket[${BUCKETS}]`

type FieldJson = SchemaJson['fields'][number]

function field(column: Column): FieldJson {
  const { id, name, required, type, doc } = column
  if (type !== 'list<string>') return { id, name, required, type, doc }
  const list = {
    type: 'list' as const,
    'element-id': column.elementId!,
    element: 'string',
    'element-required': true,
  }
  return { id, name, required, type: list, doc }
}

export const NAME_MAPPING = 'schema.name-mapping.default'

/** By name, for data files without field ids: readers then never fail, and never read nulls. */
export function nameMapping(spec: TableSpec): string {
  const entries = spec.columns.map((column) => ({
    'field-id': column.id,
    names: [column.name],
    ...(column.elementId === undefined ? {} : { fields: [{ 'field-id': column.elementId, names: ['element'] }] }),
  }))
  return JSON.stringify(entries)
}

function columnId(spec: TableSpec, name: string): number {
  const column = spec.columns.find((candidate) => candidate.name === name)
  if (column === undefined) throw new Error(`${spec.name} has no column ${name}`)
  return column.id
}

function partitionFields(spec: TableSpec) {
  const bucket = { name: 'symbol_bucket', transform: BUCKET_TRANSFORM, 'source-id': columnId(spec, spec.bucketOf) }
  const day =
    spec.dayOf === null ? [] : [{ name: 'exchange_date', transform: 'day', 'source-id': columnId(spec, spec.dayOf) }]
  return [...day, bucket].map((part, index) => ({ ...part, 'field-id': PARTITION_IDS_FROM + index }))
}

export function newTable(spec: TableSpec, uuid: string, nowMs: number): NewTable {
  const partitions = partitionFields(spec)
  return {
    'format-version': 2,
    'table-uuid': uuid,
    'last-sequence-number': 0n,
    'last-updated-ms': nowMs,
    'last-column-id': Math.max(...spec.columns.flatMap((column) => [column.id, column.elementId ?? 0])),
    'current-schema-id': 0,
    schemas: [{ type: 'struct', 'schema-id': 0, fields: spec.columns.map(field) }],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: partitions }],
    'last-partition-id': NO_PARTITION_ID + partitions.length,
    'default-sort-order-id': SORT_ORDER_ID,
    'sort-orders': [
      {
        'order-id': SORT_ORDER_ID,
        fields: spec.sortedBy.map((name) => ({
          transform: 'identity',
          'source-id': columnId(spec, name),
          direction: 'asc',
          'null-order': 'nulls-first',
        })),
      },
    ],
    properties: {
      'write.format.default': 'parquet',
      'write.parquet.compression-codec': 'zstd',
      'write.metadata.delete-after-commit.enabled': 'true',
      'write.metadata.previous-versions-max': '100',
      [NAME_MAPPING]: nameMapping(spec),
      // That nothing has landed yet is said, so that later its absence can be told from its loss.
      ...progressText(EMPTY),
    },
    'current-snapshot-id': null,
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
    refs: {},
  }
}

export function currentSchema(metadata: TableMetadata): SchemaJson | undefined {
  return metadata.schemas.find((schema) => schema['schema-id'] === metadata['current-schema-id'])
}

/** The partition spec that K2 writes by; another engine may have made another one the default since. */
export function ownSpec(
  metadata: TableMetadata,
  spec: TableSpec,
): TableMetadata['partition-specs'][number] | undefined {
  const ought = parts(partitionFields(spec))
  const all = metadata['partition-specs'].filter(({ fields }) => parts(fields) === ought)
  return all.find((one) => one['spec-id'] === metadata['default-spec-id']) ?? all[0]
}

const parts = (fields: readonly { readonly transform: string; readonly 'source-id': number }[]): string =>
  fields.map((part) => `${part.transform} of field ${part['source-id']}`).join(', ')

/**
 * Why we may not write to this table: a sentence's second half; undefined where it is ours. Columns that others added
 * are no obstacle while they may be null, nor are ours that it does not have yet (`additions`).
 */
export function difference(metadata: TableMetadata, spec: TableSpec): string | undefined {
  if (metadata['format-version'] !== 2) return `its format version is ${metadata['format-version']}, not 2`
  const schema = currentSchema(metadata)
  if (schema === undefined) return `its current schema ${metadata['current-schema-id']} is not among its schemas`
  const there = new Map(schema.fields.map((column) => [column.id, column]))
  for (const column of spec.columns) {
    const found = there.get(column.id)
    if (found === undefined) {
      if (isNew(metadata, column)) continue
      return `column ${column.name} (field id ${column.id}) is missing`
    }
    const { doc: _theirs, ...is } = found
    const { doc: _ours, ...ought } = field(column)
    if (shape(is) !== shape(ought)) return `field ${column.id} is ${shape(is)}, not ${shape(ought)}`
    there.delete(column.id)
  }
  const demanded = [...there.values()].find((column) => column.required)
  if (demanded !== undefined) return `column ${demanded.name} is required, and K2 does not fill it`
  if (ownSpec(metadata, spec) !== undefined) return undefined
  const is = metadata['partition-specs'].find((one) => one['spec-id'] === metadata['default-spec-id'])
  return `it is partitioned by ${parts(is?.fields ?? []) || 'nothing'}, not ${parts(partitionFields(spec))}`
}

/** It may be added: old rows read null, and no schema has used its id or its name for anything else. */
function isNew({ schemas }: TableMetadata, column: Column): boolean {
  const ids = new Set([column.id, column.elementId ?? column.id])
  const uses = ({ id, name, type }: FieldJson) =>
    ids.has(id) || name === column.name || (typeof type === 'object' && ids.has(type['element-id']))
  return !column.required && !schemas.some(({ fields }) => fields.some(uses))
}

/** The table's schema with our columns that it lacks; undefined where it has them all. */
export function withAdditions(metadata: TableMetadata, spec: TableSpec): SchemaJson | undefined {
  const schema = currentSchema(metadata)!
  const there = new Set(schema.fields.map(({ id }) => id))
  const missing = spec.columns.filter(({ id }) => !there.has(id))
  if (missing.length === 0) return undefined
  const id = Math.max(...metadata.schemas.map((one) => one['schema-id'])) + 1
  return { ...schema, 'schema-id': id, fields: [...schema.fields, ...missing.map(field)] }
}

const shape = (column: Omit<FieldJson, 'doc'>): string => {
  const { id, name, required, type } = column
  const told =
    typeof type === 'string'
      ? type.replaceAll(' ', '')
      : `list<${type.element}${type['element-required'] ? '' : '?'}> with element ${type['element-id']}`
  return `${id} ${name} ${told}${required ? '' : ' optional'}`
}
