/**
 * Files in the table's folder that no snapshot names: left by crashes and by commits that lost. Only files of the kinds
 * that we write, and only after a safety age: a younger one may belong to a commit that is on its way.
 *
 *   errors  K2Error of table and store; INVALID_ARGUMENT for an age that endangers commits
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { normalised } from '../store/location.ts'
import type { Store, StoredFile } from '../store/store.ts'
import type { Table } from '../table.ts'
import { awaiting } from './expire.ts'

export const ORPHAN_AGE_MS = 3 * 86_400_000
/** Far longer than any commit takes, its retries and a machine that slept included. */
export const ORPHAN_AGE_MIN_MS = 3_600_000

export interface OrphanPorts {
  readonly table: Table
  readonly store: Store
  readonly now: () => number
}

export async function* orphans({ table, store, now }: OrphanPorts, ageMs = ORPHAN_AGE_MS): AsyncGenerator<StoredFile> {
  if (ageMs < ORPHAN_AGE_MIN_MS) {
    throw new K2Error(
      'INVALID_ARGUMENT',
      `Orphans younger than ${ORPHAN_AGE_MIN_MS / 60_000} minutes may belong to a commit that is on its way: give a longer age.`,
    )
  }
  // Listed first: what is committed in between is named by what is read after.
  const old: StoredFile[] = []
  for await (const file of store.list(table.location)) {
    if (isOurs(file.location) && now() - file.modifiedMs > ageMs) old.push(file)
  }
  const { lists, manifests, holes, dataFiles, metadata } = await table.upkeep.named()
  const waiting = await awaiting({ table, store })
  const named = [lists, manifests, holes, dataFiles, metadata, waiting]
  for (const file of old) if (!named.some((files) => files.has(normalised(file.location)))) yield file
}

/** Metadata JSON is the catalog's, notes and hints are small: neither is touched. */
const isOurs = (location: string): boolean =>
  /\/(data\/.*\.parquet|metadata\/([^/]+\.avro|k2-holes-[^/]+\.json))$/.test(location)

/** Deletes them; returns how many, and how many bytes. */
export async function removeOrphans(ports: OrphanPorts, ageMs?: number): Promise<{ files: number; bytes: number }> {
  const sum = { files: 0, bytes: 0 }
  for await (const { location, sizeBytes } of orphans(ports, ageMs)) {
    await ports.store.delete(location)
    sum.files++
    sum.bytes += sizeBytes
  }
  return sum
}
