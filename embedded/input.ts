/** What a run is to load, from its command line: settled before the log is opened, so that a typing error costs nothing. */
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import type { FileReport, FileToLoad } from '@k2/csv-loader/compose.ts'
import { filesToLoad } from '@k2/csv-loader/files.ts'
import type { Arguments } from './arguments.ts'
import { expandPaths, filesIn, STDIN } from './paths.ts'
import { writeSample } from './sample.ts'
import { removeDeadSpools, spoolInput } from './spool.ts'

export interface Input {
  readonly files: readonly FileToLoad[]
  /** Takes away what was kept of standard input, where it is loaded. */
  loaded(reports: readonly FileReport[]): Promise<void>
}

export async function inputOf(args: Arguments, data: string, signal: AbortSignal): Promise<Input> {
  if (args.watch !== undefined) await expectFolder(args.watch)
  await removeDeadSpools(join(data, 'input'))
  const paths = await pathsOf(args, data)
  const at = paths.indexOf(STDIN)
  const spooled = at < 0 ? undefined : await spoolInput(process.stdin, join(data, 'input'), signal)
  if (spooled !== undefined) paths[at] = spooled
  return {
    files: await filesToLoad(paths, args.symbol, args.companies, args.type),
    async loaded(reports) {
      const isIn = reports.some(({ path, failed }) => path === spooled && failed === null)
      if (spooled !== undefined && isIn) await rm(spooled, { force: true })
    },
  }
}

async function pathsOf(args: Arguments, data: string): Promise<string[]> {
  if (args.csv.length > 0) return expandPaths(args.csv, args.type)
  if (args.watch !== undefined) return []
  const folder = join(data, 'sample', `seed-${args.seed}`)
  await writeSample(folder, args.seed)
  return filesIn(folder, undefined)
}

async function expectFolder(folder: string): Promise<void> {
  const entry = await stat(folder).catch(() => undefined)
  if (!entry?.isDirectory())
    throw new K2Error('INVALID_ARGUMENT', `${folder} is no folder: --watch takes one that is there.`)
}
