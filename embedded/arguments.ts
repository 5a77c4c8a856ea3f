/** The command line of `npm start`. */
import { parseArgs } from 'node:util'
import { K2Error } from '@k2/contracts/codes.ts'
import type { FileKind } from '@k2/csv-loader/core/resolve.ts'

export interface Arguments {
  readonly csv: readonly string[]
  /** undefined: each file's folder says. */
  readonly type: FileKind | undefined
  readonly watch: string | undefined
  /** Rows a second. */
  readonly rate: number | undefined
  readonly symbol: string | undefined
  readonly companies: string | undefined
  /** Where rejected rows are listed. */
  readonly rejected: string | undefined
  readonly once: boolean
  readonly check: boolean
  readonly data: string | undefined
  readonly httpPort: string | undefined
  readonly grpcPort: string | undefined
  readonly seed: number
  /** A live feed beside the files; null: none. */
  readonly feed: 'live' | 'generated' | null
  /** Of the feed, as they are written. */
  readonly symbols: string | undefined
  /** No live view, also on a terminal. */
  readonly plain: boolean
  readonly show: 'help' | 'settings' | null
}

const KINDS: readonly FileKind[] = ['trades', 'quotes', 'reference']

const OPTIONS = {
  csv: { type: 'string', multiple: true },
  type: { type: 'string' },
  watch: { type: 'string' },
  rate: { type: 'string' },
  symbol: { type: 'string' },
  companies: { type: 'string' },
  rejected: { type: 'string' },
  once: { type: 'boolean' },
  'no-check': { type: 'boolean' },
  data: { type: 'string' },
  port: { type: 'string' },
  'grpc-port': { type: 'string' },
  seed: { type: 'string' },
  live: { type: 'boolean' },
  'no-feed': { type: 'boolean' },
  symbols: { type: 'string' },
  plain: { type: 'boolean' },
  settings: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Errors: INVALID_ARGUMENT with what is wrong and where to read more. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parsed(args)
  // A shell's glob gives one --csv and many paths behind it.
  if (positionals.length > 0 && values.csv === undefined)
    throw wrong(`"${positionals[0]}" stands alone: files come behind --csv`)
  const seed = values.seed === undefined ? 1 : Number(values.seed)
  if (!Number.isSafeInteger(seed) || seed < 0) throw wrong(`--seed is a whole number, not "${values.seed}"`)
  const csv = [...(values.csv ?? []), ...positionals]
  const type = KINDS.find((kind) => kind === values.type)
  if (values.type !== undefined && type === undefined)
    throw wrong(`--type is ${KINDS.join(', ')}, not "${values.type}"`)
  const rate = values.rate === undefined ? undefined : Number(values.rate)
  if (rate !== undefined && !(rate > 0 && Number.isFinite(rate)))
    throw wrong(`--rate is rows a second, above 0, not "${values.rate}"`)
  const { live = false, once = false, 'no-feed': isWithout = false } = values
  if (live && (once || isWithout))
    throw wrong(`--live never ends, and goes with ${once ? 'no --once' : 'no --no-feed'}`)
  // Who brings files wants these; who brings none wants to see what K2 does.
  const isShown = csv.length === 0 && values.watch === undefined && !once && !isWithout
  if (values.once && values.watch !== undefined)
    throw wrong('--watch goes on until it is ended, and --once ends: choose')
  if (csv.includes('-') && type !== 'reference' && values.symbol === undefined)
    throw wrong('standard input has no name that says whose it is: --symbol does')
  return {
    csv,
    type,
    watch: values.watch,
    rate,
    symbol: values.symbol,
    companies: values.companies,
    rejected: values.rejected,
    once: values.once ?? false,
    check: !(values['no-check'] ?? false),
    data: values.data,
    httpPort: values.port,
    grpcPort: values['grpc-port'],
    seed,
    feed: live ? 'live' : isShown ? 'generated' : null,
    symbols: values.symbols,
    plain: values.plain ?? false,
    show: values.help ? 'help' : values.settings ? 'settings' : null,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error))
  }
}

const wrong = (what: string): K2Error =>
  new K2Error('INVALID_ARGUMENT', `${what}. npm start -- --help tells what there is.`)
