/**
 * Data files where DuckDB can read them: the PORT between a plan and the engine. Files of a folder are read where they
 * lie; those of S3 from a cache on disk (cache.ts). DuckDB itself never reaches over the network: its extensions for
 * that end the process on files that they do not like.
 *
 *   errors  K2Error LAKE_UNAVAILABLE, LAKE_DAMAGED, OVERLOADED; DEADLINE_EXCEEDED, or the signal's own, where it aborts
 */
import { codeOf } from '@k2/contracts/codes.ts'
import type { PlannedFile } from '../table.ts'

export interface Pinned {
  /** Of the files asked for, in their order. They stay until `release`. */
  readonly paths: readonly string[]
  release(): void
  /** One of them could not be read as written: the next who asks gets them fetched anew, where there is more than one copy. */
  distrust(): void
}

export interface LocalFiles {
  pin(files: readonly PlannedFile[], signal?: AbortSignal): Promise<Pinned>
}

/** Files of folders lie where they are named. */
export const inPlace: LocalFiles = {
  pin: async (files) => ({ paths: files.map(({ path }) => path), release() {}, distrust() {} }),
}

/** Work over the files' local paths. */
export async function overFiles<T>(
  local: LocalFiles,
  files: readonly PlannedFile[],
  signal: AbortSignal | undefined,
  work: (paths: readonly string[]) => Promise<T>,
): Promise<T> {
  const { paths, release, distrust } = await local.pin(files, signal)
  try {
    return await work(paths)
  } catch (error) {
    if (codeOf(error) === 'LAKE_DAMAGED') distrust()
    throw error
  } finally {
    release()
  }
}
