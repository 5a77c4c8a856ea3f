/**
 * A table on Iceberg: created where it is missing, appended to exactly once, planned on.
 *
 *   commit  load ─► decide ─► manifest (once) ─► manifest list ─► catalog ─► in
 *             ▲                                                      │
 *             └──── somebody else was first, or the answer was lost ─┘
 *
 * The catalog's swap is the one commit point. Before it, files that nobody names; after it, nothing is left to do. Every
 * round decides on what the table says then, and finds its own commit id if an earlier round got in unheard.
 *
 *   errors  K2Error LAKE_UNAVAILABLE, COMMIT_UNKNOWN, LAKE_DAMAGED, LAKE_DISAGREES, NOT_FOUND; INVALID_ARGUMENT for
 *           tables that K2 does not write
 *   source  SPEC.md 1, G1; Iceberg spec v2, "Optimistic Concurrency", "Commit Conflict Resolution and Retry"
 */
import { setTimeout as delay } from 'node:timers/promises'
import { K2Error } from '@k2/contracts/codes.ts'
import { NAMESPACE, type TableSpec } from '@k2/contracts/tables.ts'
import type { Catalog, LoadedTable, TableName } from '../catalog.ts'
import type { Store } from '../store/store.ts'
import type { Filter, Intent, Outcome, Plan, Snapshot, Table } from '../table.ts'
import { type NewManifest, storeList, storeManifest } from './append.ts'
import { appendRequest, type Decision, decide } from './commit.ts'
import { difference, firstMetadata } from './create.ts'
import { headId, parentId, snapshotOf } from './history.ts'
import type { TableMetadata } from './metadata.ts'
import { type Planner, planner } from './plan.ts'
import { headAt, headOf } from './progress.ts'
import { hex, type Random, snapshotIdOutside, uuid } from './random.ts'

export type Moment =
  | 'lake.commit.decided'
  | 'lake.commit.manifest-written'
  | 'lake.commit.list-written'
  | 'lake.commit.published'

export interface TableOptions {
  readonly spec: TableSpec
  readonly catalog: Catalog
  readonly store: Store
  /** ms since the epoch. */
  readonly now: () => number
  readonly random: Random
  /** Waits between attempts; real time by default. */
  readonly sleep?: (ms: number) => Promise<void>
  /** Called at named moments of a commit: crash tests stop there. */
  readonly reached?: (moment: Moment) => void
}

const ATTEMPTS_MAX = 12
const DELAY_FIRST_MS = 20
const DELAY_MAX_MS = 2_000

export async function openTable(options: TableOptions): Promise<Table> {
  const { spec, catalog, store } = options
  const name: TableName = { namespace: NAMESPACE, name: spec.name }
  if (!spec.name.endsWith('_v2')) {
    throw new K2Error(
      'INVALID_ARGUMENT',
      `K2 does not write ${spec.name}: version 1 tables are only read. Use ${spec.name}_v2.`,
    )
  }
  const first = await loadOrCreate(options, name)
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
    const head = snapshotId === undefined ? headOf(metadata) : headAt(metadata, snapshotId)
    return { head, ...(await plans.files(metadata, filter, head.snapshotId)) }
  }

  const plans = planner(store, spec)
  return {
    spec,
    location: first.metadata.location,
    head: async () => headOf(await load()),
    commit: (intent) => new Commit(options, name, plans, load).run(intent),
    plan,
    snapshots: async () => snapshotsOf(await load()),
  }
}

async function loadOrCreate({ spec, catalog, now, random }: TableOptions, name: TableName): Promise<LoadedTable> {
  const there = await catalog.load(name)
  if (there !== undefined) return understood(spec, there)
  try {
    return await catalog.create(name, firstMetadata(spec, catalog.locationOf(name), uuid(random), now()))
  } catch (error) {
    if (!isCode(error, 'LAKE_CONFLICT') && !isCode(error, 'COMMIT_UNKNOWN')) throw error
    const made = await catalog.load(name) // by somebody else meanwhile, or by us
    if (made === undefined) throw error
    return understood(spec, made)
  }
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

const isCode = (error: unknown, code: K2Error['code']): boolean => error instanceof K2Error && error.code === code

/** One piece of work on its way in. */
class Commit {
  readonly #options: TableOptions
  readonly #name: TableName
  readonly #plans: Planner
  readonly #load: () => Promise<TableMetadata>
  #manifest: NewManifest | undefined
  /** The last attempt whose answer was lost. It may still get in, so nothing that it names is deleted. */
  #unheard: unknown

  constructor(options: TableOptions, name: TableName, plans: Planner, load: () => Promise<TableMetadata>) {
    this.#options = options
    this.#name = name
    this.#plans = plans
    this.#load = load
  }

  async run(intent: Intent): Promise<Outcome> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      if (attempt > 1) await this.#pause(attempt)
      const metadata = await this.#reload()
      const decision = decide(metadata, intent)
      this.#options.reached?.('lake.commit.decided')
      if (decision.kind !== 'append') return this.#ended(decision)
      const after = await this.#attempt(metadata, intent, decision)
      if (after !== undefined) return { kind: 'committed', head: headOf(after) }
    }
    if (this.#unheard !== undefined) throw this.#unheard
    throw new K2Error(
      'LAKE_UNAVAILABLE',
      `${ATTEMPTS_MAX} attempts to commit to ${this.#name.name} in a row lost against other writers. Nothing is in; try again later, and see who else writes this table.`,
      { table: this.#name.name, attempts: ATTEMPTS_MAX },
    )
  }

  /** undefined: not in, or not heard of; decide again. */
  async #attempt(
    metadata: TableMetadata,
    intent: Intent,
    { next }: Decision & { kind: 'append' },
  ): Promise<TableMetadata | undefined> {
    const { catalog, store, now, random, reached } = this.#options
    if (intent.files.length > 0 && this.#manifest === undefined) {
      this.#manifest = await storeManifest(store, metadata, intent.files, hex(random, 16))
      reached?.('lake.commit.manifest-written')
    }
    const snapshotId = snapshotIdOutside(metadata, random)
    const before = await this.#plans.manifests(metadata, headId(metadata))
    const manifestList = await storeList(store, metadata, before, this.#manifest, snapshotId, hex(random, 8))
    reached?.('lake.commit.list-written')
    const request = appendRequest(metadata, intent, next, { snapshotId, manifestList, nowMs: now() })
    try {
      const { metadata: after } = await catalog.commit(this.#name, request.requirements, request.updates)
      reached?.('lake.commit.published')
      return after
    } catch (error) {
      if (isCode(error, 'COMMIT_UNKNOWN')) this.#unheard = error
      else if (isCode(error, 'LAKE_CONFLICT')) await this.#discardList(snapshotId, manifestList)
      else throw error
      return undefined
    }
  }

  /** Some servers answer "conflict" to a request that they took and that a proxy sent twice: look before deleting. */
  async #discardList(snapshotId: bigint, manifestList: string): Promise<void> {
    const metadata = await this.#reload()
    if (snapshotOf(metadata, snapshotId) === undefined) await this.#discard(manifestList)
  }

  async #ended(decision: Exclude<Decision, { kind: 'append' }>): Promise<Outcome> {
    const isOrphan = decision.kind === 'stale' && this.#unheard === undefined && this.#manifest !== undefined
    if (isOrphan) await this.#discard(this.#manifest!.path)
    return decision
  }

  /** What stays is an orphan, and removed with those. */
  async #discard(location: string): Promise<void> {
    await this.#options.store.delete(location).catch(() => {})
  }

  /** While an answer is outstanding, failing to look means that the outcome is still not known. */
  async #reload(): Promise<TableMetadata> {
    try {
      return await this.#load()
    } catch (error) {
      throw this.#unheard !== undefined && isCode(error, 'LAKE_UNAVAILABLE') ? this.#unheard : error
    }
  }

  async #pause(attempt: number): Promise<void> {
    const { random, sleep = delay } = this.#options
    const longest = Math.min(DELAY_MAX_MS, DELAY_FIRST_MS * 2 ** (attempt - 2))
    await sleep(longest * (0.5 + random() / 2))
  }
}
