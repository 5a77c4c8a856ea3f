/**
 * company_info.csv: which symbol a company id stands for.
 *
 *   shape   text of the file -> symbols by company id
 */
export function parseCompanies(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/)
  const header = (lines[0] ?? '').split(',').map((name) => name.trim().toLowerCase().replaceAll(' ', '_'))
  const id = header.indexOf('company_id')
  const symbol = header.indexOf('symbol')
  const found = new Map<string, string>()
  if (id < 0 || symbol < 0) return found
  for (const line of lines.slice(1)) {
    const fields = line.split(',').map((field) => field.trim())
    if (fields[id] && fields[symbol]) found.set(fields[id], fields[symbol])
  }
  return found
}
