/**
 * Metadata files: text <-> TableMetadata, with enough checked that nothing downstream meets a hole in it. The texts
 * written here end with their own CRC-32: a digit that changed in an offset would else skip records in silence. Their
 * first field says that they do, or damage to the end would pass for a file without one. Both are fields that no other
 * writer knows, so in what others write they are gone, and nothing is checked.
 *
 *   errors  K2Error LAKE_DAMAGED naming the file
 *   source  Iceberg spec v2, "Table Metadata Fields"
 */
import { crc32 } from 'node:zlib'
import { K2Error } from '@k2/contracts/codes.ts'
import { REMEDY } from '../store/remedy.ts'
import { headId } from './history.ts'
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

const MARK = '"k2-sealed":true,'
const SEALED = /^(.*),"k2-crc32":"([0-9a-f]{8})"\}$/s
const checksumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0')

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value)

/** `where`: the file's location, or the catalog that answered. */
export function parseMetadata(text: string, where: string): TableMetadata {
  const [, body, checksum] = SEALED.exec(text) ?? []
  let value: unknown
  try {
    const marked = text.startsWith(`{${MARK}`)
    if (body === undefined ? marked : checksumOf(body) !== checksum) throw new Error('its checksum is wrong')
    const whole = body === undefined ? text : `${body}}`
    value = parseJson(marked ? `{${whole.slice(1 + MARK.length)}` : whole)
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
    const { snapshots = [] } = metadata
    if (!Array.isArray(snapshots)) throw damaged(where, 'its snapshots is no array')
    const head = headId(metadata as unknown as TableMetadata)
    if (head !== null && !snapshots.some((snapshot) => snapshot?.['snapshot-id'] === head))
      throw damaged(where, `it lists no snapshot ${head}, its current one`)
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
  const body = `{${MARK}${writeJson(metadata).slice(1, -1)}`
  return `${body},"k2-crc32":"${checksumOf(body)}"}`
}
