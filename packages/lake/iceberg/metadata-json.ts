/**
 * Metadata files: text <-> TableMetadata, with enough checked that nothing downstream meets a hole in it. The texts
 * written here end with their own CRC-32: a digit that changed in an offset would else skip records in silence. It is a
 * field that no other writer knows, so in what others write it is gone, and nothing is checked.
 *
 *   errors  K2Error LAKE_DAMAGED naming the file
 *   source  Iceberg spec v2, "Table Metadata Fields"
 */
import { crc32 } from 'node:zlib'
import { K2Error } from '@k2/contracts/codes.ts'
import { REMEDY } from '../store/remedy.ts'
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

const SEALED = /^(.*),"k2-crc32":"([0-9a-f]{8})"\}$/s
const checksumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0')

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value)

/** `where`: the file's location, or the catalog that answered. */
export function parseMetadata(text: string, where: string): TableMetadata {
  const [, body, checksum] = SEALED.exec(text) ?? []
  let value: unknown
  try {
    if (body !== undefined && checksumOf(body) !== checksum) throw new Error('its checksum is wrong')
    value = parseJson(body === undefined ? text : `${body}}`)
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
    `The table metadata ${where} cannot be read: ${why}. Older versions beside it lack the commits since. ${REMEDY}`,
    { where },
    cause,
  )
}

export function metadataText(metadata: TableMetadata): string {
  const body = writeJson(metadata).slice(0, -1)
  return `${body},"k2-crc32":"${checksumOf(body)}"}`
}
