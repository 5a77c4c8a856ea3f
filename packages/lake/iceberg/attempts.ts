/**
 * A change on its way into the table: tried until the catalog takes it, or until the table as it is then says that it
 * is in already or must not get in. The catalog's swap is the one commit point.
 *
 *   load ─► step ─► catalog ─► in
 *     ▲              │
 *     └── somebody else was first, or the answer was lost
 *
 *   errors  K2Error LAKE_UNAVAILABLE, COMMIT_UNKNOWN, and whatever a step throws
 *   source  Iceberg spec v2, "Optimistic Concurrency", "Commit Conflict Resolution and Retry"
 */
import { setTimeout as delay } from 'node:timers/promises'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Catalog, Requirement, TableName, Update } from '../catalog.ts'
import type { Store } from '../store/store.ts'
import { snapshotOf } from './history.ts'
import type { TableMetadata } from './metadata.ts'
import type { Random } from './random.ts'

export type Moment =
  | 'lake.commit.decided'
  | 'lake.commit.manifest-written'
  | 'lake.commit.list-written'
  | 'lake.commit.published'

export interface AttemptPorts {
  readonly catalog: Catalog
  readonly store: Store
  readonly random: Random
  /** Waits between attempts; real time by default. */
  readonly sleep?: (ms: number) => Promise<void>
  readonly reached?: (moment: Moment) => void
}

/** What a change makes of the table as it is now: asked anew at every attempt. */
export type Step<T> =
  | { readonly kind: 'ended'; readonly outcome: T; readonly isIn: boolean }
  | { readonly kind: 'try'; readonly request: Request; readonly outcome: (after: TableMetadata) => T }

export interface Request {
  readonly requirements: readonly Requirement[]
  readonly updates: readonly Update[]
  /** The snapshot that it adds, with the list that was written for this attempt alone. */
  readonly adds?: { readonly snapshotId: bigint; readonly manifestList: string }
}

export interface Change<T> {
  step(metadata: TableMetadata): Promise<Step<T>>
  /** Files that its attempts share: orphans where it never gets in. */
  readonly prepared: readonly string[]
}

const ATTEMPTS_MAX = 12
const DELAY_FIRST_MS = 20
const DELAY_MAX_MS = 2_000

export const isCode = (error: unknown, code: K2Error['code']): boolean =>
  error instanceof K2Error && error.code === code

export async function attempts<T>(
  ports: AttemptPorts,
  name: TableName,
  load: () => Promise<TableMetadata>,
  change: Change<T>,
): Promise<T> {
  return new Attempts(ports, name, load, change).run()
}

class Attempts<T> {
  readonly #ports: AttemptPorts
  readonly #name: TableName
  readonly #load: () => Promise<TableMetadata>
  readonly #change: Change<T>
  /** The last attempt whose answer was lost. It may still get in, so nothing that it names is deleted. */
  #unheard: unknown

  constructor(ports: AttemptPorts, name: TableName, load: () => Promise<TableMetadata>, change: Change<T>) {
    this.#ports = ports
    this.#name = name
    this.#load = load
    this.#change = change
  }

  /** While an answer is outstanding, whatever fails next leaves the outcome unknown. */
  async run(): Promise<T> {
    try {
      return await this.#run()
    } catch (error) {
      throw this.#unheard !== undefined && isCode(error, 'LAKE_UNAVAILABLE') ? this.#unheard : error
    }
  }

  async #run(): Promise<T> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      if (attempt > 1) await this.#pause(attempt)
      const step = await this.#change.step(await this.#load())
      if (step.kind === 'ended') return this.#ended(step)
      const after = await this.#try(step.request)
      if (after !== undefined) return step.outcome(after)
    }
    throw new K2Error(
      'LAKE_UNAVAILABLE',
      `${ATTEMPTS_MAX} attempts to commit to ${this.#name.name} in a row lost against other writers. Nothing is in; try again later, and see who else writes this table.`,
      { table: this.#name.name, attempts: ATTEMPTS_MAX },
    )
  }

  /** undefined: not in, or not heard of; decide again. */
  async #try({ requirements, updates, adds }: Request): Promise<TableMetadata | undefined> {
    const { catalog, reached } = this.#ports
    try {
      const { metadata } = await catalog.commit(this.#name, requirements, updates)
      reached?.('lake.commit.published')
      return metadata
    } catch (error) {
      if (isCode(error, 'COMMIT_UNKNOWN')) this.#unheard = error
      else if (!isCode(error, 'LAKE_CONFLICT')) throw error
      else if (adds !== undefined) await this.#discardList(adds.snapshotId, adds.manifestList, error)
      return undefined
    }
  }

  /**
   * Some servers answer "conflict" to a request that they took and that a proxy sent twice: look before deleting. Until
   * that is seen not to be so, the outcome is unknown.
   */
  async #discardList(snapshotId: bigint, manifestList: string, conflict: unknown): Promise<void> {
    const before = this.#unheard
    this.#unheard ??= new K2Error(
      'COMMIT_UNKNOWN',
      `Whether snapshot ${snapshotId} of ${this.#name.name} is in is not known: the catalog refused it, and could not be asked then. Load the table again and look for it.`,
      { table: this.#name.name },
      conflict,
    )
    const metadata = await this.#load()
    if (snapshotOf(metadata, snapshotId) !== undefined) return
    this.#unheard = before
    await this.#discard(manifestList)
  }

  async #ended({ outcome, isIn }: Step<T> & { kind: 'ended' }): Promise<T> {
    if (!isIn && this.#unheard === undefined)
      await Promise.all(this.#change.prepared.map((path) => this.#discard(path)))
    return outcome
  }

  /** What stays is an orphan, and removed with those. */
  async #discard(location: string): Promise<void> {
    await this.#ports.store.delete(location).catch(() => {})
  }

  async #pause(attempt: number): Promise<void> {
    const { random, sleep = delay } = this.#ports
    const longest = Math.min(DELAY_MAX_MS, DELAY_FIRST_MS * 2 ** (attempt - 2))
    await sleep(longest * (0.5 + random() / 2))
  }
}
