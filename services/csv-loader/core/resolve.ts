/**
 * Which symbol a file is of: its name is the company id, and company_info.csv says the symbol.
 *
 *   shape   (path, symbols by company id, --symbol) -> company and symbol, or a sentence that says what to do
 */
export interface FileSubject {
  /** null where the name is not one that the vendor knows. */
  readonly companyId: string | null
  readonly symbol: string
}

const SYMBOL = /^[A-Z0-9][A-Z0-9._-]{0,31}$/

export function subjectOf(
  path: string,
  companies: ReadonlyMap<string, string>,
  symbol: string | undefined,
): FileSubject | string {
  const name = path.replace(/^.*[\\/]/, '').replace(/\..*$/, '')
  const known = companies.get(name)
  if (known !== undefined) return SYMBOL.test(known) ? { companyId: name, symbol: known } : noSymbol(known)
  if (symbol === undefined) {
    return `No symbol is known for ${path}: "${name}" is in no company_info.csv beside it. Name the symbol with --symbol, or the list with --companies FILE.`
  }
  if (!SYMBOL.test(symbol)) return noSymbol(symbol)
  return { companyId: /^\d+$/.test(name) ? name : null, symbol }
}

const noSymbol = (text: string): string =>
  `"${text}" is no symbol: use upper-case letters, digits, dot, dash or underscore, at most 32.`
