/**
 * A file of a remote store onto this disk: beside its place first, counted and synced, so that its name is a whole file,
 * through a power cut too.
 *
 *   errors  K2Error LAKE_DAMAGED where the store has another file than the table names, or none; LAKE_UNAVAILABLE
 */
import { open, rename } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Came } from './cached.ts'
import { discard } from './durable.ts'
import { REMEDY } from './remedy.ts'

/** What a remote file holds, as it comes. */
export interface Incoming {
  readonly sizeBytes: number
  /** The store's name for these bytes: another object at the same place has another. */
  readonly etag: string
  readonly bytes: AsyncIterable<Uint8Array>
}

export type Fetch = (location: string, signal: AbortSignal) => Promise<Incoming>

export interface Bringing {
  readonly location: string
  /** By the table. */
  readonly sizeBytes: number
  readonly coming: string
  /** Where it goes, by what came. */
  readonly pathOf: (came: Came) => string
}

/** Returns its path. */
export async function bring(fetch: Fetch, file: Bringing, signal: AbortSignal): Promise<string> {
  const { location, sizeBytes, coming, pathOf } = file
  try {
    const { sizeBytes: said, etag, bytes } = await fetch(location, signal)
    if (said !== sizeBytes) throw damaged(location, `has ${said} bytes where the table says ${sizeBytes}`)
    const path = pathOf({ etag, crc32: await write(coming, bytes, sizeBytes) })
    await rename(coming, path)
    return path
  } catch (cause) {
    await discard(coming)
    if (cause instanceof K2Error) throw absent(cause, location)
    const why = (cause as Error).message
    throw new K2Error('LAKE_UNAVAILABLE', `Fetching ${location} failed: ${why}. Try again.`, { location }, cause)
  }
}

/** A file that the table names must be there. */
export const absent = (error: K2Error, location: string): K2Error =>
  error.code === 'NOT_FOUND' ? damaged(location, 'is not there', error) : error

/** Returns the checksum of what it wrote. */
async function write(path: string, bytes: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<number> {
  const handle = await open(path, 'wx')
  try {
    let at = 0
    let checksum = 0
    for await (const chunk of bytes) {
      at += chunk.length
      if (at > sizeBytes) break
      checksum = crc32(chunk, checksum)
      await handle.writeFile(chunk)
    }
    if (at !== sizeBytes) throw new Error(`${at} of ${sizeBytes} bytes came`)
    await handle.sync()
    return checksum
  } finally {
    await handle.close()
  }
}

function damaged(location: string, why: string, cause?: unknown): K2Error {
  return new K2Error('LAKE_DAMAGED', `The data file ${location} ${why}. ${REMEDY}`, { file: location }, cause)
}
