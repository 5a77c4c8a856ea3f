/** What a process holds: by itself after a collection, or as Linux counts it of another. */
import { readdirSync, readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface HeldBy {
  readonly rss: number
  /** Open files, sockets included. */
  readonly files: number
}

export interface Held extends HeldBy {
  /** Of V8, and what lies outside its heap. */
  readonly heap: number
  readonly outside: number
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

export function heldHere(): Held {
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed, outside: external, rss, files: filesOf('self') }
}

export function heldBy(pid: number): HeldBy {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
  return { rss: pages * 4096, files: filesOf(String(pid)) }
}

const filesOf = (process: string): number => readdirSync(`/proc/${process}/fd`).length

export const heldLine = (held: HeldBy): string =>
  Object.entries(held)
    .map(([of, amount]) => `${of} ${of === 'files' ? amount : `${(amount / 2 ** 20).toFixed(1)} MiB`}`)
    .join(', ')
