/**
 * The metadata files of one table in a directory, and which is the newest.
 *
 *   errors  K2Error LAKE_DAMAGED for a version that is lost; those of node:fs, untranslated
 *   source  Iceberg spec v2, "File System Tables"
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import { isAbsent } from '../store/durable.ts'
import { REMEDY } from '../store/remedy.ts'

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

  /**
   * The hint may be behind (a crash between a version and its hint) or gone: versions have no gaps, so go on up. It is
   * never ahead, for it is written after its version: then that one has been lost, and no older one stands in for it.
   */
  async function newest(): Promise<Version | undefined> {
    const hinted = await hint()
    let number = hinted !== undefined && (await exists(hinted)) ? hinted : await listed()
    if (hinted !== undefined && hinted > (number ?? 0)) throw lost(at(hinted), number)
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

function lost({ number, path }: Version, found: number | undefined): K2Error {
  const left = found === undefined ? 'no version is' : `only versions up to ${found} are`
  return new K2Error(
    'LAKE_DAMAGED',
    `The table's version ${number} is gone: version-hint.text names it, there is no ${path}, and ${left} there. ${REMEDY}`,
    { path },
  )
}
