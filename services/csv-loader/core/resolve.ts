/**
 * Which kind a file is of, and which symbol: its folder's name is the kind, its own the company id, and company_info.csv
 * says the symbol.
 *
 *   shape   path -> kind; (path, kind, symbols by company id, --symbol) -> company and symbol, or what to do
 */
import type { MarketTopic } from '@k2/contracts/topics.ts'
import type { Companies } from './companies.ts'

export type FileKind = MarketTopic['kind']

export interface FileSubject {
  /** null where the name is not one that the vendor knows. */
  readonly companyId: string | null
  readonly symbol: string
}

/** Stands where a symbol would, for a file whose rows name their own. */
export const ALL_SYMBOLS = '*'
export const SYMBOL = /^[A-Z0-9][A-Z0-9._-]{0,31}$/

const KINDS_BY_FOLDER: Readonly<Record<string, FileKind>> = {
  trades: 'trades',
  quotes: 'quotes',
  'reference-data': 'reference',
}
const REFERENCE_NAME = /^(company_info|dividends|mergers|stock_splits)\.csv(\.gz|\.zst)?$/
const COMPANY_NAME = /^\d+\.csv(\.gz|\.zst)?$/

const partsOf = (path: string): string[] => path.split(/[\\/]/)

/** By the file's name where the vendor's lists are called so, else by its folder's; undefined where neither tells. */
export function kindOf(path: string): FileKind | undefined {
  const parts = partsOf(path)
  if (REFERENCE_NAME.test(parts.at(-1)!)) return 'reference'
  return KINDS_BY_FOLDER[parts.at(-2) ?? '']
}

/** Of a folder only files that the vendor would call so are taken: what else lies there is nobody's to load. */
export function isKnownName(path: string): boolean {
  const name = partsOf(path).at(-1)!
  return COMPANY_NAME.test(name) || REFERENCE_NAME.test(name)
}

export function subjectOf(
  path: string,
  kind: FileKind,
  companies: Companies,
  symbol: string | undefined,
): FileSubject | string {
  if (kind === 'reference') return { companyId: null, symbol: ALL_SYMBOLS }
  const name = partsOf(path).at(-1)!.replace(/\..*$/, '')
  const [known, another] = companies.get(name) ?? []
  if (another !== undefined && symbol === undefined)
    return `${path} may be of ${companies.get(name)!.join(' or ')}: company_info.csv has company ${name} under each. Name the symbol with --symbol.`
  if (known !== undefined && another === undefined)
    return SYMBOL.test(known) ? { companyId: name, symbol: known } : noSymbol(known)
  if (symbol === undefined) {
    return `No symbol is known for ${path}: "${name}" is in no company_info.csv beside it. Name the symbol with --symbol, or the list with --companies FILE.`
  }
  if (!SYMBOL.test(symbol)) return noSymbol(symbol)
  return { companyId: /^\d+$/.test(name) ? name : null, symbol }
}

const noSymbol = (text: string): string =>
  `"${text}" is no symbol: use upper-case letters, digits, dot, dash or underscore, at most 32.`
