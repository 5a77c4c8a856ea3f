/**
 * A file of a remote store onto this disk: beside its place first, counted and synced, so that its name is a whole file,
 * through a power cut too.
 *
 *   errors  K2Error LAKE_DAMAGED where the store has another file than the table names, or none; LAKE_UNAVAILABLE
 */
import { open, rename } from 'node:fs/promises'
import { K2Error } from '@k2/contracts/codes.ts'
import { discard } from './durable.ts'
import { REMEDY } from './remedy.ts'

/** What a remote file holds, as it comes. */
export interface Incoming {
  readonly sizeBytes: number
  readonly bytes: AsyncIterable<Uint8Array>
}

export type Fetch = (location: string, signal: AbortSignal) => Promise<Incoming>

export interface Bringing {
  readonly location: string
  /** By the table. */
  readonly sizeBytes: number
  readonly coming: string
  readonly path: string
}

export async function bring(fetch: Fetch, file: Bringing, signal: AbortSignal): Promise<void> {
  const { location, sizeBytes, coming, path } = file
  try {
    const { sizeBytes: said, bytes } = await fetch(location, signal)
    if (said !== sizeBytes) throw damaged(location, `has ${said} bytes where the table says ${sizeBytes}`)
    await write(coming, bytes, sizeBytes)
    await rename(coming, path)
  } catch (cause) {
    await discard(coming)
    if (cause instanceof K2Error && cause.code === 'NOT_FOUND') throw damaged(location, 'is not there', cause)
    if (cause instanceof K2Error) throw cause
    const why = (cause as Error).message
    throw new K2Error('LAKE_UNAVAILABLE', `Fetching ${location} failed: ${why}. Try again.`, { location }, cause)
  }
}

async function write(path: string, bytes: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<void> {
  const handle = await open(path, 'wx')
  try {
    let at = 0
    for await (const chunk of bytes) {
      at += chunk.length
      if (at > sizeBytes) break
      await handle.writeFile(chunk)
    }
    if (at !== sizeBytes) throw new Error(`${at} of ${sizeBytes} bytes came`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function damaged(location: string, why: string, cause?: unknown): K2Error {
  return new K2Error('LAKE_DAMAGED', `The data file ${location} ${why}. ${REMEDY}`, { file: location }, cause)
}
