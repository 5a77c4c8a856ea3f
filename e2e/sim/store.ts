/**
 * An object store, and the folder of each process in which its workers leave files. A data file is no Parquet here: it is
 * the list of the records that it holds, so that whoever judges the lake reads what a Parquet reader would.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Store } from '@k2/lake/store/store.ts'
import type { Host } from './host.ts'

/** `topic/partition@offset` of each record. */
export type Rows = readonly string[]

export interface SimFile {
  readonly bytes: Uint8Array
  /** Of data files. */
  readonly rows?: Rows
  readonly sizeBytes: number
  readonly modifiedMs: number
}

export class SimStore {
  readonly files = new Map<string, SimFile>()
  private readonly nowMs: () => number
  /** Told before a file goes. */
  private readonly deleting: (location: string) => void

  constructor(nowMs: () => number, deleting: (location: string) => void) {
    this.nowMs = nowMs
    this.deleting = deleting
  }

  write(location: string, bytes: Uint8Array): void {
    this.files.set(location, { bytes, sizeBytes: bytes.length, modifiedMs: this.nowMs() })
  }

  put(location: string, rows: Rows, sizeBytes: number): void {
    this.files.set(location, { bytes: new Uint8Array(0), rows, sizeBytes, modifiedMs: this.nowMs() })
  }

  read(location: string): SimFile {
    const file = this.files.get(location)
    if (file === undefined) throw new K2Error('NOT_FOUND', `There is no file ${location}.`, { location })
    return file
  }

  private delete(location: string): void {
    if (!this.files.has(location)) return
    this.deleting(location)
    this.files.delete(location)
  }

  /** At once and without fail: for other engines, whose troubles are not ours. */
  direct(): Pick<Store, 'write'> {
    return { write: async (location, bytes) => this.write(location, bytes) }
  }

  /** As a process sees it; `folder` is its own. */
  seenBy(host: Host, folder: ReadonlyMap<string, { readonly rows: Rows; readonly sizeBytes: number }>): Store {
    const done = { server: 'store', refused: 'LAKE_UNAVAILABLE', unheard: 'LAKE_UNAVAILABLE' } as const
    return {
      write: (location, bytes) =>
        host.call({ ...done, name: `write ${location}`, effect: () => this.write(location, bytes) }),
      publish: (localPath, location) => {
        const file = folder.get(localPath)
        if (file === undefined) throw new Error(`${localPath} is not in the folder`)
        return host.call({
          ...done,
          name: `publish ${location}`,
          effect: () => this.put(location, file.rows, file.sizeBytes),
        })
      },
      read: (location) => host.call({ ...done, name: 'read', isRead: true, effect: () => this.read(location).bytes }),
      delete: (location) => host.call({ ...done, name: `delete ${location}`, effect: () => this.delete(location) }),
      list: (prefix) => this.list(host, prefix),
    }
  }

  private async *list(host: Host, prefix: string) {
    const found = await host.call({
      server: 'store',
      name: 'list',
      refused: 'LAKE_UNAVAILABLE',
      unheard: 'LAKE_UNAVAILABLE',
      isRead: true,
      effect: () => [...this.files].filter(([location]) => location.startsWith(`${prefix}/`)),
    })
    for (const [location, { sizeBytes, modifiedMs }] of found) yield { location, sizeBytes, modifiedMs }
  }
}
