/**
 * Files that are whole and on disk, or not there: temporary file, fsync, rename or link, fsync of the folder. A file's
 * name is durable only when its folder is synced as well.
 *
 *   errors  those of node:fs, untranslated
 */
import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException | undefined)?.code === code
export const isAbsent = (error: unknown): boolean => isCode(error, 'ENOENT')
export const isPresent = (error: unknown): boolean => isCode(error, 'EEXIST')
export const isOtherDevice = (error: unknown): boolean => isCode(error, 'EXDEV')

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The folder with all above it; every new name is synced in its parent. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made))
    if (made === first || made === dirname(made)) return
  }
}

/** A name beside `path` that nobody else takes; what a crash leaves under it is harmless. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${randomBytes(8).toString('hex')}.tmp`)
}

/** Beside `path`, synced; the caller renames or links it, or removes it. */
export async function writeTemporary(path: string, bytes: Uint8Array): Promise<string> {
  const temporary = temporaryBeside(path)
  try {
    const handle = await open(temporary, 'wx')
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    return temporary
  } catch (error) {
    await discard(temporary)
    throw error
  }
}

/** A temporary file that stays is harmless, so this never fails. */
export async function discard(temporary: string): Promise<void> {
  await rm(temporary, { force: true }).catch(() => {})
}

/** Creates or replaces. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = await writeTemporary(path, bytes)
  try {
    await rename(temporary, path)
  } catch (error) {
    await discard(temporary)
    throw error
  }
  await syncFolder(dirname(path))
}
