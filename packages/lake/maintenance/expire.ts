/**
 * Snapshots that are no longer kept are dropped; the files that only they named are deleted later, when no reader can
 * be at them any more.
 *
 *   expire   which files ─► note (file) ─► commit ─► note of what it shared with another's, where one came between
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
  const ids = expirable(await table.snapshots(), now(), retention)
  if (ids.length === 0) return 0
  await table.upkeep.expire(ids, async ({ lists, manifests, holes, dataFiles }) => {
    const files = [...dataFiles.keys(), ...manifests, ...lists, ...holes]
    if (files.length === 0) return
    const note = joined(table.location, 'metadata', `k2-expired-${now()}-${uuid()}.json`)
    await store.write(note, Buffer.from(JSON.stringify(files)))
  })
  return ids.length
}

/**
 * Deletes what was noted longer than `graceMs` ago: the longest question or cursor, and some. Returns how many files. A
 * file that a younger note names as well waits for that one: the older note's commit may never have come.
 */
export async function sweep({ table, store, now }: Omit<ExpirePorts, 'uuid'>, graceMs: number): Promise<number> {
  const { due = [], young = [] } = Object.groupBy(await notes(table, store), ({ notedMs }) =>
    notedMs + graceMs <= now() ? 'due' : 'young',
  )
  if (due.length === 0) return 0
  const waiting = await filesOf(store, young)
  const { lists, manifests, holes, dataFiles } = await table.upkeep.named()
  const kept = [waiting, lists, manifests, holes, dataFiles]
  let deleted = 0
  for (const { location } of due) {
    for (const file of await noted(store, location)) {
      if (kept.some((files) => files.has(file))) continue
      await store.delete(file)
      deleted++
    }
    await store.delete(location)
  }
  return deleted
}

interface Note {
  readonly location: string
  readonly notedMs: number
}

async function notes(table: Table, store: Store): Promise<Note[]> {
  const found: Note[] = []
  for await (const { location } of store.list(joined(table.location, 'metadata'))) {
    const notedMs = NOTE.exec(location)?.[1]
    if (notedMs !== undefined) found.push({ location, notedMs: Number(notedMs) })
  }
  return found
}

async function filesOf(store: Store, some: readonly Note[]): Promise<Set<string>> {
  const files = new Set<string>()
  for (const { location } of some) for (const file of await noted(store, location)) files.add(file)
  return files
}

/** Files that wait for their deletion: no orphans. */
export async function awaiting({ table, store }: Pick<ExpirePorts, 'table' | 'store'>): Promise<Set<string>> {
  return filesOf(store, await notes(table, store))
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
