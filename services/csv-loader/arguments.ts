/** What the loader is told on its command line. Errors: INVALID_ARGUMENT. */
import { parseArgs } from 'node:util'
import { K2Error } from '@k2/contracts/codes.ts'
import type { FileKind } from './core/resolve.ts'
import { STDIN } from './paths.ts'

export const HELP = `node services/csv-loader/main.ts load [options] PATH…
node services/csv-loader/main.ts load --watch [options] FOLDER…

Loads ASX files (CSV, .gz, .zst) into the log: only what neither log nor lake holds. A PATH is a file, a folder, a quoted
glob, or - for standard input. Prints a line of JSON a file, and ends. With --watch it goes on with what comes into the
folders, until SIGTERM; what was loaded before is known again after any end.

  --exchange ASX                  whose files they are (ASX)
  --type trades|quotes|reference  of all files; by default their folder or name says it
  --symbol SYMBOL                 of files that company_info.csv does not know
  --companies FILE                company_info.csv, where it does not lie beside the files
  --watch                         take files as they come; serves probes and metrics on K2_HTTP_PORT
  --no-check                      do not compare with lake and log
  --settings                      list the settings, which come by environment
`

export interface LoadArguments {
  readonly show: 'help' | 'settings' | null
  /** Folders, where they are watched. */
  readonly paths: readonly string[]
  readonly watch: boolean
  readonly type: FileKind | undefined
  readonly symbol: string | undefined
  readonly companies: string | undefined
  readonly check: boolean
}

const TYPES: readonly string[] = ['trades', 'quotes', 'reference']
const EXCHANGES: readonly string[] = ['ASX']

export function loadArguments(args: readonly string[]): LoadArguments {
  const { values, positionals } = parsed(args)
  const { exchange, type, symbol, companies, watch = false } = values
  const [command, ...paths] = positionals
  const show = values.help ? 'help' : values.settings ? 'settings' : null
  if (exchange !== undefined && !EXCHANGES.includes(exchange))
    throw wrong(`--exchange is one of ${EXCHANGES.join(', ')}, not ${exchange}`)
  if (type !== undefined && !TYPES.includes(type)) throw wrong(`--type is one of ${TYPES.join(', ')}, not ${type}`)
  if (show === null && command !== 'load') throw wrong('say `load` and what; --help says how')
  if (show === null && paths.length === 0) throw wrong(`no ${watch ? 'folder' : 'file'} is named; --help says how`)
  if (paths.includes(STDIN) && watch) throw wrong('standard input is no folder that can be watched')
  if (paths.includes(STDIN) && type !== 'reference' && symbol === undefined)
    throw wrong('standard input has no name that says whose it is: --symbol does')
  return { show, paths, watch, type: type as FileKind | undefined, symbol, companies, check: !values['no-check'] }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        exchange: { type: 'string' },
        type: { type: 'string' },
        symbol: { type: 'string' },
        companies: { type: 'string' },
        watch: { type: 'boolean' },
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
