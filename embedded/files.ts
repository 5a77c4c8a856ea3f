/** Files to load: which symbol each is of. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import type { FileToLoad } from '@k2/csv-loader/compose.ts'
import { parseCompanies } from '@k2/csv-loader/core/companies.ts'
import { subjectOf } from '@k2/csv-loader/core/resolve.ts'

const LIST = 'company_info.csv'

/** Errors: INVALID_ARGUMENT with a sentence for each file that no symbol is known for. */
export async function filesToLoad(
  paths: readonly string[],
  symbol: string | undefined,
  companies: string | undefined,
): Promise<FileToLoad[]> {
  const files: FileToLoad[] = []
  const faults: string[] = []
  for (const path of paths) {
    const lists =
      companies === undefined
        ? [join(dirname(path), LIST), join(dirname(path), '..', 'reference-data', LIST)]
        : [companies]
    const subject = subjectOf(path, parseCompanies(await firstOf(lists, companies !== undefined)), symbol)
    if (typeof subject === 'string') faults.push(subject)
    else files.push({ path, ...subject })
  }
  if (faults.length > 0) throw new K2Error('INVALID_ARGUMENT', faults.join('\n'))
  return files
}

async function firstOf(paths: readonly string[], required: boolean): Promise<string> {
  for (const path of paths) {
    try {
      return await readFile(path, 'utf8')
    } catch (cause) {
      if (required)
        throw new K2Error(
          'INVALID_ARGUMENT',
          `${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`,
        )
    }
  }
  return ''
}
