/**
 * What stands behind --csv, as files: a file, a folder, a glob, or `-` for standard input.
 *
 *   shape   words of the command line -> paths, in the order of their names where one word is many
 *   errors  INVALID_ARGUMENT where a folder or a glob has nothing to load
 */
import { glob, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import { type FileKind, isKnownName, kindOf } from './core/resolve.ts'

export const STDIN = '-'
const GLOB = /[*?[{]/

/** A name that is no file stays as it is: the loader says of that one that it cannot be read. */
export async function expandPaths(words: readonly string[], type: FileKind | undefined): Promise<string[]> {
  const paths: string[] = []
  for (const word of words) {
    const found = await expand(word, type)
    if (found.length === 0) throw new K2Error('INVALID_ARGUMENT', nothingIn(word, type))
    paths.push(...found)
  }
  // One file named twice is one.
  return [...new Set(paths)]
}

async function expand(word: string, type: FileKind | undefined): Promise<string[]> {
  const entry = await stat(word).catch(() => undefined)
  if (entry?.isDirectory()) return filesIn(word, type)
  if (entry !== undefined || word === STDIN || !GLOB.test(word)) return [word]
  const found: string[] = []
  for await (const path of glob(word)) {
    if ((await stat(path)).isDirectory()) found.push(...(await filesIn(path, type)))
    else found.push(path)
  }
  return found.sort()
}

/** Files below a folder that are called as the vendor calls them; with a type, those that are not of another. */
export async function filesIn(folder: string, type: FileKind | undefined): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && isKnownName(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => type === undefined || (kindOf(path) ?? type) === type)
    .sort()
}

function nothingIn(word: string, type: FileKind | undefined): string {
  const what = type === undefined ? 'nothing' : `no ${type}`
  return `${word} has ${what} to load. Of a folder, files called NUMBER.csv and the lists of reference data are taken, .gz and .zst too.`
}
