/** What the loader is told on its command line. Errors: INVALID_ARGUMENT. */
import { parseArgs } from 'node:util'
import { K2Error } from '@k2/contracts/codes.ts'
import type { FileKind } from './core/resolve.ts'

export const HELP = `node services/csv-loader/main.ts [options] FILE…

Loads ASX files (CSV, .gz, .zst) into the log: only what neither log nor lake holds. Prints a line of JSON a file.

  --type trades|quotes|reference  of all files; by default their folder or name says it
  --symbol SYMBOL                 of files that company_info.csv does not know
  --companies FILE                company_info.csv, where it does not lie beside the files
  --no-check                      do not compare with lake and log
  --settings                      list the settings, which come by environment
`

export interface LoadArguments {
  readonly show: 'help' | 'settings' | null
  readonly paths: readonly string[]
  readonly type: FileKind | undefined
  readonly symbol: string | undefined
  readonly companies: string | undefined
  readonly check: boolean
}

const KINDS: readonly string[] = ['trades', 'quotes', 'reference']

export function loadArguments(args: readonly string[]): LoadArguments {
  const { values, positionals } = parsed(args)
  const { type, symbol, companies } = values
  const show = values.help ? 'help' : values.settings ? 'settings' : null
  if (type !== undefined && !KINDS.includes(type)) throw wrong(`--type is one of ${KINDS.join(', ')}, not ${type}`)
  if (show === null && positionals.length === 0) throw wrong('no file is named; --help says how')
  return { show, paths: positionals, type: type as FileKind | undefined, symbol, companies, check: !values['no-check'] }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        type: { type: 'string' },
        symbol: { type: 'string' },
        companies: { type: 'string' },
        'no-check': { type: 'boolean' },
        settings: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw wrong((error as Error).message)
  }
}

const wrong = (fault: string): K2Error => new K2Error('INVALID_ARGUMENT', `${fault}.`)
