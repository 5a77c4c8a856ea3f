/**
 * company_info.csv: which symbol a company id stands for.
 *
 *   shape   text of the file -> symbols by company id
 */
import { columnsOf, splitFields } from './table.ts'

export function parseCompanies(text: string): ReadonlyMap<string, string> {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const header = columnsOf(lines[0] ?? '')
  const id = header.indexOf('company_id')
  const symbol = header.indexOf('symbol')
  const found = new Map<string, string>()
  if (id < 0 || symbol < 0) return found
  for (const line of lines.slice(1)) {
    const fields = splitFields(line)
    if (fields[id] && fields[symbol]) found.set(fields[id], fields[symbol])
  }
  return found
}
