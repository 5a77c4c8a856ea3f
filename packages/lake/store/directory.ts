/**
 * The store over directories. A location is an absolute path, or the same as a `file:` URI.
 *
 *   errors  K2Error NOT_FOUND, LAKE_UNAVAILABLE
 */
import { copyFile, opendir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import { isAbsent, isOtherDevice, makeFolder, syncFile, syncFolder, temporaryBeside, writeDurably } from './durable.ts'
import { normalised } from './location.ts'
import type { Store, StoredFile } from './store.ts'

export function directoryStore(): Store {
  return { write, publish, read, delete: remove, list }
}

function pathOf(location: string): string {
  const path = normalised(location)
  if (isAbsolute(path)) return path
  throw new K2Error(
    'LAKE_UNAVAILABLE',
    `${location} is not in a directory: this lake is set up on local folders, and the file lies elsewhere. Point the warehouse setting to where the table was written.`,
    { location },
  )
}

async function told<T>(what: string, location: string, work: (path: string) => Promise<T>): Promise<T> {
  const path = pathOf(location)
  try {
    return await work(path)
  } catch (cause) {
    if (isAbsent(cause)) throw new K2Error('NOT_FOUND', `There is no file ${path}.`, { path }, cause)
    const why = (cause as Error).message
    throw new K2Error(
      'LAKE_UNAVAILABLE',
      `${what} ${path} failed: ${why}. Check the disk, then try again.`,
      { path },
      cause,
    )
  }
}

async function write(location: string, bytes: Uint8Array): Promise<void> {
  await told('Writing', location, async (path) => {
    await makeFolder(dirname(path))
    await writeDurably(path, bytes)
  })
}

async function publish(localPath: string, location: string): Promise<void> {
  await told('Taking in', location, async (path) => {
    await makeFolder(dirname(path))
    try {
      await syncFile(localPath)
      await rename(localPath, path)
    } catch (error) {
      if (isOtherDevice(error)) await copyAcross(localPath, path)
      // It may be there already: an earlier try renamed it, and failed to sync the folder.
      else if (isAbsent(error)) await syncFile(path)
      else throw error
    }
    await syncFolder(dirname(path))
  })
}

/** A rename cannot cross file systems: copy beside, sync, rename there. */
async function copyAcross(from: string, to: string): Promise<void> {
  const temporary = temporaryBeside(to)
  try {
    await copyFile(from, temporary)
    await syncFile(temporary)
    await rename(temporary, to)
  } finally {
    await rm(temporary, { force: true })
  }
  await rm(from, { force: true })
}

async function read(location: string): Promise<Uint8Array> {
  return told('Reading', location, (path) => readFile(path))
}

async function remove(location: string): Promise<void> {
  await told('Deleting', location, (path) => rm(path, { force: true }))
}

/** Every file below, also the temporary ones that a crash has left: who cleans up must see them. */
async function* list(folder: string): AsyncIterable<StoredFile> {
  const root = pathOf(folder)
  const found = await told('Listing', folder, () => filesBelow(root))
  for (const path of found) {
    const facts = await stat(path).catch((error) => {
      if (isAbsent(error)) return undefined // deleted meanwhile
      throw new K2Error('LAKE_UNAVAILABLE', `Looking at ${path} failed: ${error.message}.`, { path }, error)
    })
    if (facts !== undefined) yield { location: path, sizeBytes: facts.size, modifiedMs: facts.mtimeMs }
  }
}

/** Empty where there is no such folder, as with S3's prefixes. */
async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = []
  const folders = [folder]
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    try {
      for await (const entry of await opendir(next)) {
        if (entry.isDirectory()) folders.push(join(next, entry.name))
        else if (entry.isFile()) files.push(join(next, entry.name))
      }
    } catch (error) {
      if (!isAbsent(error)) throw error
    }
  }
  return files.sort()
}
