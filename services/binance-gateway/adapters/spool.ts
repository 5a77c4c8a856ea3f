/**
 * A folder where batches of records wait that memory has no room for: a file each, taken in their order. What a process left
 * there is not looked at: the venue is asked for those trades again.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Spool {
  put(batch: number, bytes: Uint8Array): void
  take(batch: number): Uint8Array
}

export function folderSpool(folder: string): Spool {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const path = (batch: number) => join(folder, `${batch}.records`)
  return {
    put: (batch, bytes) => writeFileSync(path(batch), bytes),
    take(batch) {
      const bytes = readFileSync(path(batch))
      rmSync(path(batch))
      return bytes
    },
  }
}
