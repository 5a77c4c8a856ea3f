/**
 * Metadata files: text <-> TableMetadata, with enough checked that nothing downstream meets a hole in it.
 *
 *   errors  K2Error LAKE_DAMAGED naming the file
 *   source  Iceberg spec v2, "Table Metadata Fields"
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { parseJson, writeJson } from './json.ts'
import type { TableMetadata } from './metadata.ts'

// biome-ignore format: a table reads by its columns
const REQUIRED: readonly (readonly [key: keyof TableMetadata, type: string])[] = [
  ['format-version',        'number'],
  ['table-uuid',            'string'],
  ['location',              'string'],
  ['last-sequence-number',  'bigint'],
  ['current-schema-id',     'number'],
  ['schemas',               'array'],
  ['default-spec-id',       'number'],
  ['partition-specs',       'array'],
]

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value)

/** `where`: the file's location, or the catalog that answered. */
export function parseMetadata(text: string, where: string): TableMetadata {
  let value: unknown
  try {
    value = parseJson(text)
  } catch (cause) {
    throw damaged(where, (cause as Error).message, cause)
  }
  return checkedMetadata(value, where)
}

export function checkedMetadata(value: unknown, where: string): TableMetadata {
  if (typeof value !== 'object' || value === null) throw damaged(where, 'it holds no object')
  const metadata = value as Record<string, unknown>
  if (metadata['format-version'] === 2) {
    const wrong = REQUIRED.find(([key, type]) => typeOf(metadata[key]) !== type)
    if (wrong !== undefined) throw damaged(where, `its ${wrong[0]} is no ${wrong[1]}`)
  } else {
    throw damaged(where, `its format version is ${metadata['format-version']}, and only version 2 is read`)
  }
  return { properties: {}, ...metadata } as unknown as TableMetadata
}

function damaged(where: string, why: string, cause?: unknown): K2Error {
  return new K2Error(
    'LAKE_DAMAGED',
    `The table metadata ${where} cannot be read: ${why}. Restore the file from a backup; older versions beside it lack the commits since.`,
    { where },
    cause,
  )
}

export function metadataText(metadata: TableMetadata): string {
  return writeJson(metadata)
}
