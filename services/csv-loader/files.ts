/** Files to load: of which kind each is, and of which symbol. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import type { FileToLoad } from './compose.ts'
import { parseCompanies } from './core/companies.ts'
import { type FileKind, kindOf, subjectOf } from './core/resolve.ts'

/** Says which symbol a company's file is of. */
export const COMPANY_LIST = 'company_info.csv'

/**
 * A file that no symbol is known for is one with a fault: the others load. Errors: INVALID_ARGUMENT with a sentence for
 * each where no file is left, or where the list that was named cannot be read.
 */
export async function filesToLoad(
  paths: readonly string[],
  symbol: string | undefined,
  companies: string | undefined,
  type?: FileKind,
): Promise<FileToLoad[]> {
  const files = await describeFiles(paths, symbol, companies, type)
  if (files.length > 0 && files.every(({ fault }) => fault !== undefined))
    throw new K2Error('INVALID_ARGUMENT', files.map(({ fault }) => fault).join('\n'))
  return files
}

/** The same, but files with a fault may be all there are. */
export async function describeFiles(
  paths: readonly string[],
  symbol: string | undefined,
  companies: string | undefined,
  type: FileKind | undefined,
): Promise<FileToLoad[]> {
  const files: FileToLoad[] = []
  for (const path of paths) {
    const kind = type ?? kindOf(path) ?? 'trades'
    const lists =
      companies === undefined
        ? [join(dirname(path), COMPANY_LIST), join(dirname(path), '..', 'reference-data', COMPANY_LIST)]
        : [companies]
    const known = parseCompanies(await firstOf(lists, companies !== undefined))
    const subject = subjectOf(path, kind, known, symbol)
    files.push(
      typeof subject === 'string'
        ? { path, kind, companyId: null, symbol: '', fault: subject }
        : { path, kind, ...subject },
    )
  }
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
