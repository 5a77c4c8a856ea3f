/**
 * A folder where batches of records wait that memory has no room for: a file each, taken in their order. What a process left
 * there is not looked at: the venue is asked for those trades again.
 *
 *   errors  a file that is gone or is not what was written: its records are lost, and the venue is asked for them
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

export interface Spool {
  put(batch: number, bytes: Uint8Array): void
  take(batch: number): Uint8Array
}

export function folderSpool(folder: string): Spool {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const sums = new Map<number, number>()
  const path = (batch: number) => join(folder, `${batch}.records`)
  return {
    put(batch, bytes) {
      writeFileSync(path(batch), bytes)
      sums.set(batch, crc32(bytes))
    },
    take(batch) {
      const sum = sums.get(batch)
      sums.delete(batch)
      try {
        const bytes = readFileSync(path(batch))
        if (crc32(bytes) !== sum) throw new Error(`${path(batch)} is not what was written: its disk is bad`)
        return bytes
      } finally {
        rmSync(path(batch), { force: true })
      }
    },
  }
}
