/**
 * What a catalog does with a commit: requirements held against the table's metadata, updates applied to it, whole or
 * not at all. Iceberg's REST server does the same on its side; catalogs of our own use this.
 *
 *   shape   (metadata, requirements | updates) -> metadata; pure. Fields unknown here are kept as they are
 *   errors  K2Error LAKE_CONFLICT for a requirement that does not hold; RangeError for updates that no server takes
 *   source  Iceberg REST catalog, TableRequirement and TableUpdate; Iceberg spec v2, "Snapshots"
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Requirement, Update } from '../catalog.ts'
import { headId, snapshotOf } from './history.ts'
import type { SchemaJson, SnapshotJson, TableMetadata } from './metadata.ts'

export const MAIN = 'main'

/** undefined metadata: there is no such table. */
export function checkRequirements(metadata: TableMetadata | undefined, requirements: readonly Requirement[]): void {
  for (const requirement of requirements) {
    const why = violated(metadata, requirement)
    if (why !== undefined) throw new K2Error('LAKE_CONFLICT', `${why} Load the table again and decide again.`)
  }
}

function violated(metadata: TableMetadata | undefined, requirement: Requirement): string | undefined {
  if (requirement.type === 'assert-create') return metadata === undefined ? undefined : 'The table exists already.'
  if (metadata === undefined) return 'There is no such table.'
  if (requirement.type === 'assert-table-uuid') {
    const is = metadata['table-uuid']
    return is === requirement.uuid ? undefined : `The table is ${is}, not ${requirement.uuid}: it was created anew.`
  }
  if (requirement.type === 'assert-current-schema-id') {
    const [is, ought] = [metadata['current-schema-id'], requirement['current-schema-id']]
    return is === ought ? undefined : `The table's schema is ${is}, not ${ought}: another change came first.`
  }
  if (requirement.type === 'assert-last-assigned-field-id') {
    const [is, ought] = [metadata['last-column-id'], requirement['last-assigned-field-id']]
    return is === ought ? undefined : `The table's last field id is ${is}, not ${ought}: another change came first.`
  }
  const { ref, 'snapshot-id': expected } = requirement
  const is = refId(metadata, ref)
  if (is === expected) return undefined
  return `Branch ${ref} is at snapshot ${is ?? 'none'}, not ${expected ?? 'none'}: another commit came first.`
}

function refId(metadata: TableMetadata, ref: string): bigint | null {
  return metadata.refs?.[ref]?.['snapshot-id'] ?? (ref === MAIN ? headId(metadata) : null)
}

/** `nowMs` stamps changes that carry no time of their own. */
export function applyUpdates(metadata: TableMetadata, updates: readonly Update[], nowMs: number): TableMetadata {
  const start = { ...metadata, 'last-updated-ms': Math.max(nowMs, metadata['last-updated-ms']) }
  return updates.reduce(applyUpdate, start)
}

function applyUpdate(metadata: TableMetadata, update: Update): TableMetadata {
  switch (update.action) {
    case 'add-snapshot':
      return addSnapshot(metadata, update.snapshot)
    case 'set-snapshot-ref':
      return setRef(metadata, update['ref-name'], update['snapshot-id'])
    case 'remove-snapshots':
      return removeSnapshots(metadata, new Set(update['snapshot-ids']))
    case 'add-schema':
      return addSchema(metadata, update.schema)
    case 'set-current-schema':
      return setSchema(metadata, update['schema-id'])
    case 'set-properties':
      return { ...metadata, properties: { ...metadata.properties, ...update.updates } }
    default:
      throw new RangeError(`update ${(update as { action: string }).action} is unknown`)
  }
}

function addSchema(metadata: TableMetadata, schema: SchemaJson): TableMetadata {
  if (metadata.schemas.some((one) => one['schema-id'] === schema['schema-id'])) {
    throw new RangeError(`schema ${schema['schema-id']} exists already`)
  }
  const ids = schema.fields.flatMap(({ id, type }) => (typeof type === 'object' ? [id, type['element-id']] : [id]))
  const last = Math.max(metadata['last-column-id'], ...ids)
  return { ...metadata, schemas: [...metadata.schemas, schema], 'last-column-id': last }
}

function setSchema(metadata: TableMetadata, id: number): TableMetadata {
  const schema = id === -1 ? metadata.schemas.at(-1) : metadata.schemas.find((one) => one['schema-id'] === id)
  if (schema === undefined) throw new RangeError(`schema ${id} does not exist`)
  return { ...metadata, 'current-schema-id': schema['schema-id'] }
}

const CLOCK_SKEW_MS = 60_000

function addSnapshot(metadata: TableMetadata, snapshot: SnapshotJson): TableMetadata {
  const { 'snapshot-id': id, 'sequence-number': sequence, 'timestamp-ms': time } = snapshot
  if (snapshotOf(metadata, id) !== undefined) throw new RangeError(`snapshot ${id} exists already`)
  if (sequence <= metadata['last-sequence-number']) throw new RangeError(`sequence number ${sequence} is taken`)
  const last = metadata['snapshot-log']?.at(-1)?.['timestamp-ms'] ?? 0
  if (time < last - CLOCK_SKEW_MS) throw new RangeError(`snapshot ${id} is older than the last one`)
  return {
    ...metadata,
    'last-sequence-number': sequence,
    'last-updated-ms': Math.max(time, metadata['last-updated-ms']),
    snapshots: [...(metadata.snapshots ?? []), snapshot],
  }
}

function setRef(metadata: TableMetadata, name: string, id: bigint): TableMetadata {
  const snapshot = snapshotOf(metadata, id)
  if (snapshot === undefined) throw new RangeError(`snapshot ${id} does not exist`)
  const refs = { ...metadata.refs, [name]: { 'snapshot-id': id, type: 'branch' } }
  if (name !== MAIN) return { ...metadata, refs }
  const isNewest = snapshot === metadata.snapshots?.at(-1)
  const time = isNewest ? snapshot['timestamp-ms'] : metadata['last-updated-ms']
  return {
    ...metadata,
    refs,
    'current-snapshot-id': id,
    'snapshot-log': [...(metadata['snapshot-log'] ?? []), { 'snapshot-id': id, 'timestamp-ms': time }],
  }
}

function removeSnapshots(metadata: TableMetadata, gone: ReadonlySet<bigint>): TableMetadata {
  const held = Object.entries(metadata.refs ?? {}).find(([, ref]) => gone.has(ref['snapshot-id']))
  if (held !== undefined) throw new RangeError(`snapshot ${held[1]['snapshot-id']} is what ${held[0]} stands at`)
  const log = metadata['snapshot-log'] ?? []
  const lastGone = log.findLastIndex((entry) => gone.has(entry['snapshot-id']))
  return {
    ...metadata,
    snapshots: (metadata.snapshots ?? []).filter((snapshot) => !gone.has(snapshot['snapshot-id'])),
    // A log with a hole would tell a time traveller that the snapshot before was current: it begins after it.
    'snapshot-log': log.slice(lastGone + 1),
  }
}
