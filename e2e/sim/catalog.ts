/**
 * A REST catalog: one table, its metadata kept as text, swapped whole. What it does with a commit is what ours do
 * (apply.ts); requests and answers cross the wire as JSON.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Catalog, LoadedTable, Requirement, Update } from '@k2/lake/catalog.ts'
import { applyUpdates, checkRequirements } from '@k2/lake/iceberg/apply.ts'
import { parseJson, writeJson } from '@k2/lake/iceberg/json.ts'
import type { TableMetadata } from '@k2/lake/iceberg/metadata.ts'
import { metadataText, parseMetadata } from '@k2/lake/iceberg/metadata-json.ts'
import type { Host } from './host.ts'

const LOCATION = 's3://lake/market_data/trades_v2'

interface Version extends LoadedTable {
  readonly text: string
}

export class SimCatalog {
  private version: Version | undefined
  private number = 0
  private readonly nowMs: () => number
  /** Told before and after each swap that drops snapshots, and after every other. */
  private readonly swapped: (isDropping: boolean) => void
  /** Told before a process adds a snapshot, with when it last saw the table. */
  private readonly taking: (seenMs: number) => void
  swaps = 0

  constructor(nowMs: () => number, swapped: (isDropping: boolean) => void, taking: (seenMs: number) => void) {
    this.nowMs = nowMs
    this.swapped = swapped
    this.taking = taking
  }

  /** The newest metadata as text; undefined where there is no table. */
  get text(): string | undefined {
    return this.version?.text
  }

  get metadata(): TableMetadata | undefined {
    return this.version?.metadata
  }

  drop(): void {
    this.version = undefined
  }

  apply(requirements: readonly Requirement[], updates: readonly Update[]): LoadedTable {
    checkRequirements(this.version?.metadata, requirements)
    const isDropping = updates.some(({ action }) => action === 'remove-snapshots')
    if (isDropping) this.swapped(true)
    this.swaps++
    return this.put(applyUpdates(this.version!.metadata, updates, this.nowMs()), isDropping)
  }

  private create(text: string): LoadedTable {
    if (this.version !== undefined) throw new K2Error('LAKE_CONFLICT', 'The table exists already.')
    return this.put(parseMetadata(text, 'request'), false)
  }

  private put(metadata: TableMetadata, isDropping: boolean): LoadedTable {
    const text = metadataText(metadata)
    const metadataLocation = `${LOCATION}/metadata/${String(this.number++).padStart(5, '0')}.metadata.json`
    this.version = { text, metadata: parseMetadata(text, metadataLocation), metadataLocation }
    this.swapped(isDropping)
    return this.version
  }

  /** As a process sees it. */
  seenBy(host: Host): Catalog {
    const asked = { server: 'catalog', refused: 'LAKE_UNAVAILABLE' } as const
    let seenMs = Number.POSITIVE_INFINITY
    const load = () => {
      seenMs = this.nowMs()
      return this.version
    }
    const written = { ...asked, unheard: 'COMMIT_UNKNOWN', mayBeTakenTwice: true } as const
    return {
      load: () => host.call({ ...asked, name: 'load', unheard: 'LAKE_UNAVAILABLE', isRead: true, effect: load }),
      create: (_, first) => {
        const text = metadataText({ ...first, location: LOCATION })
        return host.call({ ...written, name: 'create', effect: () => this.create(text) })
      },
      commit: (_, requirements, updates) => {
        const body = writeJson({ requirements, updates })
        const sawMs = seenMs
        return host.call({ ...written, name: 'commit', effect: () => this.take(body, sawMs) })
      },
    }
  }

  private take(body: string, sawMs: number): LoadedTable {
    const { requirements, updates } = parseJson(body) as { requirements: Requirement[]; updates: Update[] }
    checkRequirements(this.version?.metadata, requirements)
    if (updates.some(({ action }) => action === 'add-snapshot')) this.taking(sawMs)
    return this.apply(requirements, updates.map(typed))
  }
}

/** A server knows the type of a field; JSON alone does not tell a small id from a number. */
const typed = (update: Update): Update =>
  update.action === 'remove-snapshots' ? { ...update, 'snapshot-ids': update['snapshot-ids'].map(BigInt) } : update
