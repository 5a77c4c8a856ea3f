/** What a load is given on its command line, as files: settled before anything is opened, so that a typing error costs nothing. */
import { rm } from 'node:fs/promises'
import type { FileReport, FileToLoad } from './compose.ts'
import { filesToLoad } from './files.ts'
import { expandPaths, STDIN } from './paths.ts'
import { removeDeadSpools, spoolInput } from './spool.ts'
import type { Watched } from './watch.ts'

export interface Input {
  readonly files: readonly FileToLoad[]
  /** Takes away what was kept of standard input, where it is loaded. */
  loaded(reports: readonly FileReport[]): Promise<void>
}

/** `folder`: where standard input is kept until it is loaded. Errors: INVALID_ARGUMENT. */
export async function inputOf(
  words: readonly string[],
  { type, symbol, companies }: Watched,
  folder: string,
  signal: AbortSignal,
): Promise<Input> {
  await removeDeadSpools(folder)
  const paths = await expandPaths(words, type)
  const at = paths.indexOf(STDIN)
  const spooled = at < 0 ? undefined : await spoolInput(process.stdin, folder, signal)
  if (spooled !== undefined) paths[at] = spooled
  return {
    files: await filesToLoad(paths, symbol, companies, type),
    async loaded(reports) {
      const isIn = reports.some(({ path, failed }) => path === spooled && failed === null)
      if (spooled !== undefined && isIn) await rm(spooled, { force: true })
    },
  }
}
