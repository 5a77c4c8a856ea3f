/**
 * JSON in which 64-bit ids survive. JSON.parse rounds integers beyond 2^53; here Iceberg's ids are always bigint, also
 * when small, so that no code depends on how large one happened to be, and any other unsafe integer is bigint too, so
 * that fields we know nothing of are written back as they were.
 *
 *   errors  SyntaxError for text that is no JSON
 *   source  TC39 "JSON.parse source text access"; Iceberg spec v2, "Table Metadata Fields"
 */
/** What Node 24's JSON has and TypeScript 7.0's library does not know yet. */
interface JsonWithSources {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
  rawJSON(text: string): object
}
const sources = JSON as unknown as JsonWithSources

const IDS = new Set([
  'snapshot-id',
  'parent-snapshot-id',
  'current-snapshot-id',
  'source-snapshot-id',
  'sequence-number',
  'last-sequence-number',
])

const INTEGER = /^-?\d+$/

function revive(key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context.source === undefined) return value
  if (!IDS.has(key) && Number.isSafeInteger(value)) return value
  return INTEGER.test(context.source) ? BigInt(context.source) : value
}

export function parseJson(text: string): unknown {
  return sources.parse(text, revive)
}

/** A bigint becomes an integer literal of all its digits. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value, (_key, member) =>
    typeof member === 'bigint' ? sources.rawJSON(String(member)) : member,
  )
}
