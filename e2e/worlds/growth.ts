/** What a process holds: by itself after a collection, or as Linux counts it of another. */
import { readdirSync, readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface Held {
  /** Of V8, and what lies outside its heap; of another process these are not known. */
  readonly heap: number
  readonly outside: number
  readonly rss: number
  /** Open files, sockets included. */
  readonly files: number
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

export function heldHere(): Held {
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed, outside: external, rss, files: filesOf('self') }
}

export function heldBy(pid: number): Held {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
  return { heap: 0, outside: 0, rss: pages * 4096, files: filesOf(String(pid)) }
}

const filesOf = (process: string): number => readdirSync(`/proc/${process}/fd`).length

export const heldLine = ({ heap, outside, rss, files }: Held): string =>
  `heap ${mebibytes(heap)}, outside ${mebibytes(outside)}, rss ${mebibytes(rss)}, files ${files}`

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
