/**
 * company_info.csv: which symbol a company id stands for.
 *
 *   shape   text of the file -> symbols by company id; more than one where the list contradicts itself
 */
import { columnsOf, splitFields } from './table.ts'

export type Companies = ReadonlyMap<string, readonly string[]>

export function parseCompanies(text: string): Companies {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  const header = columnsOf(lines[0] ?? '')
  const id = header.indexOf('company_id')
  const symbol = header.indexOf('symbol')
  const found = new Map<string, string[]>()
  if (id < 0 || symbol < 0) return found
  for (const line of lines.slice(1)) {
    const fields = splitFields(line)
    const [company, name] = [fields?.[id], fields?.[symbol]]
    if (!company || !name) continue
    const known = found.get(company) ?? []
    if (known.length === 0) found.set(company, known)
    if (!known.includes(name)) known.push(name)
  }
  return found
}
