/**
 * Snapshots that are no longer kept are dropped; the files that only they named are deleted later, when no reader can
 * be at them any more.
 *
 *   expire   which files ─► note (file) ─► commit
 *   sweep    notes that are old enough ─► what nobody names now ─► delete ─► note deleted
 *
 * The note comes before the commit, so that a crash between them costs nothing: a file that is still named is not
 * deleted, whatever a note says.
 *
 *   errors  K2Error of table and store
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { joined } from '../store/location.ts'
import type { Store } from '../store/store.ts'
import type { Table } from '../table.ts'
import { expirable, RETENTION, type Retention } from './retention.ts'

export interface ExpirePorts {
  readonly table: Table
  readonly store: Store
  readonly now: () => number
  readonly uuid: () => string
}

const NOTE = /\/k2-expired-(\d{1,15})-[0-9a-f-]+\.json$/

/** Returns how many snapshots it dropped. */
export async function expire(
  { table, store, now, uuid }: ExpirePorts,
  retention: Retention = RETENTION,
): Promise<number> {
  const nowMs = now()
  const ids = expirable(await table.snapshots(), nowMs, retention)
  if (ids.length === 0) return 0
  const { lists, manifests, dataFiles } = await table.upkeep.onlyIn(ids)
  const files = [...dataFiles.keys(), ...manifests, ...lists]
  const note = joined(table.location, 'metadata', `k2-expired-${nowMs}-${uuid()}.json`)
  await store.write(note, Buffer.from(JSON.stringify(files)))
  await table.upkeep.expire(ids)
  return ids.length
}

/**
 * Deletes what was noted longer than `graceMs` ago: the longest question or cursor, and some. Returns how many files.
 */
export async function sweep({ table, store, now }: Omit<ExpirePorts, 'uuid'>, graceMs: number): Promise<number> {
  const due: string[] = []
  for await (const { location } of store.list(joined(table.location, 'metadata'))) {
    const notedMs = Number(NOTE.exec(location)?.[1] ?? Number.NaN)
    if (notedMs + graceMs <= now()) due.push(location)
  }
  if (due.length === 0) return 0
  const { lists, manifests, dataFiles } = await table.upkeep.named()
  let deleted = 0
  for (const note of due) {
    for (const file of await noted(store, note)) {
      if (dataFiles.has(file) || manifests.has(file) || lists.has(file)) continue
      await store.delete(file)
      deleted++
    }
    await store.delete(note)
  }
  return deleted
}

/** Files that wait for their deletion: no orphans. */
export async function awaiting({ table, store }: Pick<ExpirePorts, 'table' | 'store'>): Promise<Set<string>> {
  const files = new Set<string>()
  for await (const { location } of store.list(joined(table.location, 'metadata'))) {
    if (NOTE.test(location)) for (const file of await noted(store, location)) files.add(file)
  }
  return files
}

/** A note that cannot be read deletes nothing: its files are orphans then. */
async function noted(store: Store, note: string): Promise<string[]> {
  try {
    const files: unknown = JSON.parse(Buffer.from(await store.read(note)).toString('utf8'))
    return Array.isArray(files) ? files.filter((file) => typeof file === 'string') : []
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof K2Error && error.code === 'NOT_FOUND')) return []
    throw error
  }
}
