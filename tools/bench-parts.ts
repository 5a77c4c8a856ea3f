/**
 * What the parts of this process hold, in bytes: each of its threads within V8's heap and outside of it, and the memory of
 * the whole by how the system gave it out. Threads are those that begin after this is imported.
 */
import { readFile } from 'node:fs/promises'
import type { Worker } from 'node:worker_threads'

export type Parts = Readonly<Record<string, number>>

const workers = new Set<Worker>()
process.on('worker', (worker) => {
  workers.add(worker)
  worker.once('exit', () => workers.delete(worker))
})

export async function partsOf(): Promise<Parts> {
  const { heapUsed, external } = process.memoryUsage()
  const threads = await Promise.all([...workers].map(heapOf))
  return Object.assign({ 'main heap': heapUsed, 'main outside': external }, ...threads, await given())
}

async function heapOf(worker: Worker): Promise<Parts> {
  const { threadName } = worker
  try {
    const { used_heap_size, external_memory } = await worker.getHeapStatistics()
    return { [`${threadName} heap`]: used_heap_size, [`${threadName} outside`]: external_memory }
  } catch {
    return {} // it has ended meanwhile
  }
}

const ARENA_BYTES = 64n << 20n

/**
 * Of resident memory: files mapped, such as programs; what malloc keeps for small pieces, in its heap and its arenas; all
 * else, which is V8's heaps, stacks and large pieces.
 */
async function given(): Promise<Parts> {
  const sums = { 'mapped files': 0, 'small pieces': 0, 'heaps and large pieces': 0 }
  let of: keyof typeof sums = 'mapped files'
  for (const line of (await readFile('/proc/self/smaps', 'utf8').catch(() => '')).split('\n')) {
    const [, from, to, path = ''] = /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+\s*(.*)$/.exec(line) ?? []
    if (from !== undefined) {
      const [begin, end] = [BigInt(`0x${from}`), BigInt(`0x${to}`)]
      const isArena = begin % ARENA_BYTES === 0n && end - begin <= ARENA_BYTES
      if (path.startsWith('/')) of = 'mapped files'
      else of = path === '[heap]' || (path === '' && isArena) ? 'small pieces' : 'heaps and large pieces'
    }
    sums[of] += Number(/^Rss:\s+(\d+) kB/.exec(line)?.[1] ?? 0) * 1024
  }
  return sums
}
