/**
 * Names of the cache's files: they say what a copy is of, and by what it is held against its bytes and its original.
 *
 *   <hash of the location>-<n>-crc32-<of its bytes>.parquet                   one of ours, as the location itself says it
 *   <hash of the location>-<n>-etag-<hash of it>-crc32-<of its bytes>.parquet  another writer's: the CRC-32 is of what came
 *
 * The engine holds every file against the CRC-32 of its name before it reads (whole.ts). The etag is what the store called
 * the object that came: a copy that an earlier process fetched is asked about before it is used.
 */
import { createHash } from 'node:crypto'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const HASH_CHARS = 64
const ENDING = /(-crc32-[0-9a-f]{8})?\.\w+$/
const NAME = /^([0-9a-f]{64})-\d+(?:-etag-([0-9a-f]{16})-crc32-[0-9a-f]{8}(\.\w+)|(-crc32-[0-9a-f]{8}\.\w+))$/

/** What came: the store's name for it, and its bytes' checksum. */
export interface Came {
  readonly etag: string
  readonly crc32: number
}

/** Of a location: the same in every process. */
export const keyOf = (location: string): string => sha256(location) + (ENDING.exec(location)?.[0] ?? '.file')

/** Etags are any text. */
export const markOf = (etag: string): string => sha256(etag).slice(0, 16)

/** `n`: never used twice in a folder, so that what takes an old file away does not take the new one. */
export function nameOf(key: string, n: number, { etag, crc32 }: Came): string {
  const checksum = crc32.toString(16).padStart(8, '0')
  return (
    ownName(key, n) ?? `${key.slice(0, HASH_CHARS)}-${n}-etag-${markOf(etag)}-crc32-${checksum}${key.slice(HASH_CHARS)}`
  )
}

/** undefined where the location does not say what lies there. */
export function ownName(key: string, n: number): string | undefined {
  const ending = key.slice(HASH_CHARS)
  return ending.startsWith('-crc32-') ? `${key.slice(0, HASH_CHARS)}-${n}${ending}` : undefined
}

/** The reverse; `mark` where the original must be asked. undefined: no name of ours. */
export function readName(name: string): { key: string; mark?: string } | undefined {
  const [, hash, mark, ending, own] = NAME.exec(name) ?? []
  if (hash === undefined) return undefined
  return mark === undefined ? { key: `${hash}${own}` } : { key: `${hash}${ending}`, mark }
}
