/**
 * Data files where DuckDB can read them: the PORT between a plan and the engine. Files of a folder are read where they
 * lie; those of S3 from a cache on disk (cache.ts). DuckDB itself never reaches over the network: its extensions for
 * that end the process on files that they do not like.
 *
 *   errors  K2Error LAKE_UNAVAILABLE, LAKE_DAMAGED, OVERLOADED; DEADLINE_EXCEEDED, or the signal's own, where it aborts
 */
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import type { PlannedFile } from '../table.ts'

/** What of a planned file says where it is. */
export type Located = Pick<PlannedFile, 'path' | 'sizeBytes'>

export interface Pinned {
  /** Of the files asked for, in their order. They stay until `release`. */
  readonly paths: readonly string[]
  release(): void
  /** It could not be read as written. True where this was a copy: the next who asks gets it fetched anew. */
  distrust(path: string): boolean
}

export interface LocalFiles {
  pin(files: readonly Located[], signal?: AbortSignal): Promise<Pinned>
  /** Where the file lies already; undefined: all of it has to be fetched. */
  here(file: Located): string | undefined
}

/** Files of folders lie where they are named. */
export const inPlace: LocalFiles = {
  pin: async (files) => ({ paths: files.map(({ path }) => path), release() {}, distrust: () => false }),
  here: ({ path }) => path,
}

/** Work over the files' local paths; done again where it met a damaged copy, which is fetched anew. */
export async function overFiles<T>(
  local: LocalFiles,
  files: readonly Located[],
  signal: AbortSignal | undefined,
  work: (paths: readonly string[]) => Promise<T>,
): Promise<T> {
  const first = await tried(local, files, signal, work)
  if ('value' in first) return first.value
  const again = first.isCopy ? await tried(local, files, signal, work) : first
  if ('value' in again) return again.value
  throw again.error
}

type Tried<T> = { readonly value: T } | { readonly error: K2Error; readonly isCopy: boolean }

async function tried<T>(
  local: LocalFiles,
  files: readonly Located[],
  signal: AbortSignal | undefined,
  work: (paths: readonly string[]) => Promise<T>,
): Promise<Tried<T>> {
  const { paths, release, distrust } = await local.pin(files, signal)
  try {
    return { value: await work(paths) }
  } catch (error) {
    const index = paths.findIndex((path) => error instanceof K2Error && error.details.file === path)
    if (codeOf(error) !== 'LAKE_DAMAGED' || index < 0) throw error
    const isCopy = distrust(paths[index]!)
    return { error: named(error as K2Error, paths[index]!, files[index]!.path), isCopy }
  } finally {
    release()
  }
}

/** With the name that the table has for the file. */
function named(error: K2Error, path: string, location: string): K2Error {
  const { message, details, cause } = error
  return new K2Error('LAKE_DAMAGED', message.replaceAll(path, location), { ...details, file: location }, cause)
}
