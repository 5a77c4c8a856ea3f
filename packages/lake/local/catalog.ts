/**
 * The catalog over a directory, laid out as Hadoop catalogs are, so that other readers open it by path:
 *
 *   <warehouse>/<namespace>/<table>/metadata/v<N>.metadata.json   one file a version, N without gaps
 *                                           version-hint.text     some recent N; only a hint
 *
 * A commit writes a temporary file, syncs it, and links it to the name of the next version: of several writers, in
 * several processes, exactly one succeeds. Only then the folder is synced and the hint moved.
 *
 *   errors  K2Error LAKE_CONFLICT, COMMIT_UNKNOWN (linked, and then the folder's sync failed), LAKE_UNAVAILABLE,
 *           LAKE_DAMAGED: a version that cannot be read is never passed over for an older one
 *   source  Iceberg spec v2, "File System Tables"
 */
import { link, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Catalog, LoadedTable, NewTable, Requirement, TableName, Update } from '../catalog.ts'
import { applyUpdates, checkRequirements } from '../iceberg/apply.ts'
import type { TableMetadata } from '../iceberg/metadata.ts'
import { metadataText, parseMetadata } from '../iceberg/metadata-json.ts'
import { discard, isAbsent, isPresent, makeFolder, syncFolder, writeDurably, writeTemporary } from '../store/durable.ts'
import { type Version, versions } from './versions.ts'

export interface LocalCatalogOptions {
  /** Folder; made where it is missing. */
  readonly warehouse: string
  /** ms since the epoch. */
  readonly now: () => number
}

export function localCatalog({ warehouse, now }: LocalCatalogOptions): Catalog {
  const root = resolve(warehouse)
  const locationOf = ({ namespace, name }: TableName) => join(root, namespace, name)
  return {
    load: (table) => guarded(locationOf(table), () => load(locationOf(table))),
    create: (table, first) => guarded(locationOf(table), () => create(locationOf(table), first)),
    commit: (table, requirements, updates) =>
      guarded(locationOf(table), () => commit(locationOf(table), requirements, updates, now())),
  }
}

/** Errors of the file system become LAKE_UNAVAILABLE here, and nowhere else. */
async function guarded<T>(location: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const isSystem = typeof (cause as NodeJS.ErrnoException).errno === 'number'
    if (cause instanceof K2Error || !isSystem) throw cause
    const why = (cause as Error).message
    throw new K2Error(
      'LAKE_UNAVAILABLE',
      `The catalog cannot use ${location}: ${why}. Check the disk, then try again.`,
      { location },
      cause,
    )
  }
}

async function read(file: Version): Promise<LoadedTable> {
  const text = await readFile(file.path, 'utf8')
  return { metadata: parseMetadata(text, file.path), metadataLocation: file.path }
}

async function newest(location: string): Promise<(LoadedTable & { version: Version }) | undefined> {
  const version = await versions(location).newest()
  return version === undefined ? undefined : { ...(await read(version)), version }
}

async function load(location: string): Promise<LoadedTable | undefined> {
  const found = await newest(location)
  return found && { metadata: found.metadata, metadataLocation: found.metadataLocation }
}

async function create(location: string, first: NewTable): Promise<LoadedTable> {
  await makeFolder(join(location, 'metadata'))
  if ((await versions(location).newest()) !== undefined) throw conflict(location)
  return put(location, { ...first, location })
}

async function commit(
  location: string,
  requirements: readonly Requirement[],
  updates: readonly Update[],
  nowMs: number,
): Promise<LoadedTable> {
  const base = await newest(location)
  checkRequirements(base?.metadata, requirements)
  if (base === undefined) throw new K2Error('NOT_FOUND', `There is no table at ${location}.`, { location })
  const updated = applyUpdates(base.metadata, updates, nowMs)
  const { logged, dropped } = metadataLog(base)
  const after = await put(location, { ...updated, 'metadata-log': logged }, base.version)
  await versions(location).tidy(dropped)
  return after
}

/** `base`: the version that it stands on, for all but the first. */
async function put(location: string, metadata: TableMetadata, base?: Version): Promise<LoadedTable> {
  const { number, path } = versions(location).at((base?.number ?? 0) + 1)
  const temporary = await writeTemporary(path, Buffer.from(metadataText(metadata)))
  try {
    await link(temporary, path)
    await syncFolder(dirname(path))
    if (base !== undefined) await checkNotOvertaken(base, path)
  } catch (cause) {
    if (isPresent(cause)) throw conflict(location)
    throw unknown(`Whether version ${number} of ${location} is in, and would survive a power cut, is not known`, cause)
  } finally {
    await discard(temporary)
  }
  // Only a hint, and the commit is in: a failure here must not look like one.
  await writeDurably(join(dirname(path), 'version-hint.text'), Buffer.from(String(number))).catch(() => {})
  return { metadata, metadataLocation: path }
}

function unknown(what: string, cause?: unknown): K2Error {
  return new K2Error('COMMIT_UNKNOWN', `${what}. Load the table again and look for it.`, {}, cause)
}

function conflict(location: string): K2Error {
  return new K2Error(
    'LAKE_CONFLICT',
    `Another commit to ${location} came first. Load the table again and decide again.`,
    { location },
  )
}

/**
 * Old versions are deleted, oldest first. A writer that slept so long that its base is gone may have linked a name
 * that had been used and deleted before: such a version is nobody's past, and is taken back before the hint tells of it.
 */
async function checkNotOvertaken(base: Version, path: string): Promise<void> {
  try {
    await stat(base.path)
  } catch (error) {
    if (!isAbsent(error)) throw error
    await rm(path, { force: true })
    throw error
  }
}

const PREVIOUS_MAX = 100

/** The log of earlier metadata files, and those that fall out of it. */
function metadataLog(base: LoadedTable) {
  const { metadata, metadataLocation } = base
  const { properties } = metadata
  const kept = Number(properties['write.metadata.previous-versions-max'] ?? PREVIOUS_MAX)
  const entry = { 'metadata-file': metadataLocation, 'timestamp-ms': metadata['last-updated-ms'] }
  const all = [...(metadata['metadata-log'] ?? []), entry]
  const logged = all.slice(-Math.max(1, kept))
  const isDeleting = properties['write.metadata.delete-after-commit.enabled'] === 'true'
  const dropped = isDeleting ? all.slice(0, all.length - logged.length).map((old) => old['metadata-file']) : []
  return { logged, dropped }
}
