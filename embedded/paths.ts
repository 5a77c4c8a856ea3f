/**
 * What stands behind --csv, as files: a file, a folder, a glob, or `-` for standard input.
 *
 *   shape   words of the command line -> paths, in the order of their names where one word is many
 *   errors  INVALID_ARGUMENT where a folder or a glob has nothing to load
 */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { glob, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { K2Error } from '@k2/contracts/codes.ts'
import { type FileKind, isKnownName, kindOf } from '@k2/csv-loader/core/resolve.ts'

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

/**
 * Standard input as a file in `folder`, since a load needs its digest first. Its name is of its content, so that input
 * that comes again, after a kill as well, goes on where it was.
 */
export async function spoolInput(input: AsyncIterable<Buffer>, folder: string, signal: AbortSignal): Promise<string> {
  await mkdir(folder, { recursive: true })
  const coming = join(folder, `coming-${process.pid}`)
  const hash = createHash('sha256')
  try {
    await pipeline(
      input,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk)
          yield chunk
        }
      },
      createWriteStream(coming),
      { signal },
    )
    const path = join(folder, `${hash.digest('hex').slice(0, 32)}.input`)
    await rename(coming, path)
    return path
  } catch (error) {
    await rm(coming, { force: true })
    throw signal.aborted ? signal.reason : error
  }
}
