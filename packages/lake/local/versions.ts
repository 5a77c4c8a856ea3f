/**
 * The metadata files of one table in a directory, and which is the newest.
 *
 *   errors  those of node:fs, untranslated
 *   source  Iceberg spec v2, "File System Tables"
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isAbsent } from '../store/durable.ts'

export interface Version {
  readonly number: number
  readonly path: string
}

const NAME = /^v(\d+)\.metadata\.json$/

export function versions(location: string) {
  const folder = join(location, 'metadata')
  const at = (number: number): Version => ({ number, path: join(folder, `v${number}.metadata.json`) })

  async function exists(number: number): Promise<boolean> {
    try {
      await stat(at(number).path)
      return true
    } catch (error) {
      if (isAbsent(error)) return false
      throw error
    }
  }

  async function hint(): Promise<number | undefined> {
    try {
      const text = await readFile(join(folder, 'version-hint.text'), 'utf8')
      return /^\d+$/.test(text.trim()) ? Number(text) : undefined
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }

  async function listed(): Promise<number | undefined> {
    try {
      const numbers = (await readdir(folder)).flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number)
      return numbers.length === 0 ? undefined : Math.max(...numbers)
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }

  /** The hint may be behind (a crash between a version and its hint) or gone: versions have no gaps, so go on up. */
  async function newest(): Promise<Version | undefined> {
    const hinted = await hint()
    let number = hinted !== undefined && (await exists(hinted)) ? hinted : await listed()
    if (number === undefined) return undefined
    while (await exists(number + 1)) number++
    return at(number)
  }

  /** Deletes in the order given, oldest first, and only metadata files of this table; failures leave orphans. */
  async function tidy(paths: readonly string[]): Promise<void> {
    const mine = paths.filter((path) => path.startsWith(`${folder}/`) && NAME.test(path.slice(folder.length + 1)))
    for (const path of mine) await rm(path, { force: true }).catch(() => {})
  }

  return { at, newest, tidy }
}
