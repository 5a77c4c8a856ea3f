/**
 * A table on Iceberg: created where it is missing, appended to exactly once, planned on.
 *
 *   commit  load ─► decide ─► manifest (once) ─► manifest list ─► catalog ─► in     append.ts, attempts.ts
 *   upkeep  load ─► find ─► manifests ─► manifest list ─► catalog ─► in             upkeep.ts
 *
 * The catalog's swap is the one commit point. Before it, files that nobody names; after it, nothing is left to do.
 *
 *   errors  K2Error LAKE_UNAVAILABLE, COMMIT_UNKNOWN, LAKE_DAMAGED, LAKE_DISAGREES, NOT_FOUND; INVALID_ARGUMENT for
 *           tables that K2 does not write
 *   source  SPEC.md 1, G1; Iceberg spec v2, "Optimistic Concurrency", "Commit Conflict Resolution and Retry"
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { NAMESPACE, type TableSpec } from '@k2/contracts/tables.ts'
import type { LoadedTable, TableName } from '../catalog.ts'
import type { Filter, Plan, Snapshot, Table } from '../table.ts'
import { type AppendPorts, appending } from './append.ts'
import { attempts, isCode } from './attempts.ts'
import { difference, newTable, withAdditions } from './create.ts'
import { growing } from './grow.ts'
import { parentId, snapshotOf } from './history.ts'
import { headsOf } from './holes-file.ts'
import type { TableMetadata } from './metadata.ts'
import { planner } from './plan.ts'
import { uuid } from './random.ts'
import { upkeepOf } from './upkeep.ts'

export type TableOptions = AppendPorts

export async function openTable(options: TableOptions): Promise<Table> {
  const { spec, catalog, store } = options
  const name: TableName = { namespace: NAMESPACE, name: spec.name }
  if (!spec.name.endsWith('_v2')) {
    throw new K2Error(
      'INVALID_ARGUMENT',
      `K2 does not write ${spec.name}: version 1 tables are only read. Use ${spec.name}_v2.`,
    )
  }
  const first = await grown(options, name, await loadOrCreate(options, name))
  const tableUuid = first.metadata['table-uuid']
  let newest = first

  async function load(): Promise<TableMetadata> {
    const loaded = await catalog.load(name)
    newest = understood(spec, sameTable(loaded, tableUuid, spec))
    return newest.metadata
  }

  async function plan(filter: Filter, snapshotId?: bigint): Promise<Plan> {
    const isKnown = snapshotId !== undefined && snapshotOf(newest.metadata, snapshotId) !== undefined
    const metadata = isKnown ? newest.metadata : await load()
    const head = await (snapshotId === undefined ? heads.head(metadata) : heads.headAt(metadata, snapshotId))
    return { head, ...(await plans.files(metadata, filter, head.snapshotId)) }
  }

  const plans = planner(store, spec)
  const heads = headsOf(store)
  return {
    spec,
    location: first.metadata.location,
    head: async () => heads.head(await load()),
    commit: (intent) => attempts(options, name, load, appending(options, plans, heads, intent)),
    plan,
    snapshots: async () => snapshotsOf(await load()),
    upkeep: upkeepOf(options, name, plans, load),
  }
}

async function loadOrCreate({ spec, catalog, now, random }: TableOptions, name: TableName): Promise<LoadedTable> {
  const there = await catalog.load(name)
  if (there !== undefined) return understood(spec, there)
  try {
    return await catalog.create(name, newTable(spec, uuid(random), now()))
  } catch (error) {
    if (!isCode(error, 'LAKE_CONFLICT') && !isCode(error, 'COMMIT_UNKNOWN')) throw error
    const made = await catalog.load(name) // by somebody else meanwhile, or by us
    if (made === undefined) throw error
    return understood(spec, made)
  }
}

/** With the columns that have come since it was made. Writers of before go on: to them they are others' columns. */
async function grown(options: TableOptions, name: TableName, loaded: LoadedTable): Promise<LoadedTable> {
  if (withAdditions(loaded.metadata, options.spec) === undefined) return loaded
  const { spec, catalog } = options
  const load = async () =>
    understood(spec, sameTable(await catalog.load(name), loaded.metadata['table-uuid'], spec)).metadata
  await attempts(options, name, load, growing(spec))
  return understood(spec, sameTable(await catalog.load(name), loaded.metadata['table-uuid'], spec))
}

function understood(spec: TableSpec, loaded: LoadedTable): LoadedTable {
  const why = difference(loaded.metadata, spec)
  if (why === undefined) return loaded
  throw new K2Error(
    'LAKE_DAMAGED',
    `The table ${spec.name} is not the one that K2 writes: ${why}. Undo the change, or move the table away so that a new one is created.`,
    { table: spec.name, metadata: loaded.metadataLocation },
  )
}

function sameTable(loaded: LoadedTable | undefined, uuid: string, spec: TableSpec): LoadedTable {
  if (loaded?.metadata['table-uuid'] === uuid) return loaded
  const now = loaded === undefined ? 'is gone' : 'was dropped and created anew'
  throw new K2Error(
    'LAKE_DISAGREES',
    `The table ${spec.name} ${now} while it was in use. Restart, and what the log still holds is landed in the new one.`,
    { table: spec.name },
  )
}

function snapshotsOf(metadata: TableMetadata): Snapshot[] {
  return (metadata.snapshots ?? []).map((snapshot) => ({
    id: snapshot['snapshot-id'],
    parentId: parentId(snapshot),
    committedAtMs: snapshot['timestamp-ms'],
    operation: snapshot.summary.operation,
    summary: snapshot.summary,
  }))
}
