/**
 * Tables of text: a header that names its columns, however it writes them, and lines of fields that may be quoted.
 *
 *   shape   line -> fields; header -> places by name, none where it has no names
 *   source  RFC 4180; a field that holds a line end is not known here, for lines are cut before
 */

/** Fields of a line, trimmed: `7078,"BHP, LTD"` -> two; undefined where a quote is opened and not closed. */
export function splitFields(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(',').map((field) => field.trim())
  const fields: string[] = []
  let field = ''
  let isQuoted = false
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!
    if (char === '"' && isQuoted && line[at + 1] === '"') field += line[++at]
    else if (char === '"') isQuoted = !isQuoted
    else if (char === ',' && !isQuoted) {
      fields.push(field.trim())
      field = ''
    } else field += char
  }
  fields.push(field.trim())
  return isQuoted ? undefined : fields
}

/** `company id` and `Company_ID` are one: vendors' files differ. */
export const columnsOf = (header: string): string[] =>
  (splitFields(header) ?? []).map((name) => name.toLowerCase().replaceAll(/[ -]+/g, '_'))
