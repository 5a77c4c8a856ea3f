/**
 * What the parts of this process hold, in bytes: each of its threads within V8's heap and outside of it, and the memory of
 * the whole by how the system gave it out. Threads are those that begin after this is imported.
 */
import { readFile } from 'node:fs/promises'
import { getHeapStatistics } from 'node:v8'
import type { Worker } from 'node:worker_threads'

export type Parts = Readonly<Record<string, number>>

const workers = new Set<Worker>()
process.on('worker', (worker) => {
  workers.add(worker)
  worker.once('exit', () => workers.delete(worker))
})

export async function partsOf(): Promise<Parts> {
  const threads = await Promise.all([...workers].map(async (worker) => heapOf(worker.threadName!, worker)))
  threads.push(await heapOf('main', { getHeapStatistics: async () => getHeapStatistics() }))
  const heaps = threads.reduce((sum, { resident }) => sum + resident, 0)
  return Object.assign({}, ...threads.map(({ parts }) => parts), { "V8's heaps": heaps }, await given(heaps))
}

type Thread = { readonly getHeapStatistics: () => Promise<ReturnType<typeof getHeapStatistics>> }

async function heapOf(name: string, thread: Thread): Promise<{ resident: number; parts: Parts }> {
  // One that has ended meanwhile holds nothing.
  const told = await thread.getHeapStatistics().catch(() => undefined)
  if (told === undefined) return { resident: 0, parts: {} }
  const { used_heap_size: used, external_memory: outside, total_physical_size: resident } = told
  return { resident, parts: { [`${name} heap`]: used, [`${name} outside`]: outside } }
}

const ARENA_BYTES = 64n << 20n

/**
 * Of resident memory: files mapped, such as programs; what malloc keeps for small pieces, in its heap and its arenas; all
 * else but V8's heaps, which is large pieces and stacks.
 */
async function given(heaps: number): Promise<Parts> {
  const sums = { 'mapped files': 0, 'small pieces': 0, 'large pieces': -heaps }
  let of: keyof typeof sums = 'mapped files'
  for (const line of (await readFile('/proc/self/smaps', 'utf8').catch(() => '')).split('\n')) {
    const [, from, to, path = ''] = /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+\s*(.*)$/.exec(line) ?? []
    if (from !== undefined) {
      const [begin, end] = [BigInt(`0x${from}`), BigInt(`0x${to}`)]
      const isArena = begin % ARENA_BYTES === 0n && end - begin <= ARENA_BYTES
      if (path.startsWith('/')) of = 'mapped files'
      else of = path === '[heap]' || (path === '' && isArena) ? 'small pieces' : 'large pieces'
    }
    sums[of] += Number(/^Rss:\s+(\d+) kB/.exec(line)?.[1] ?? 0) * 1024
  }
  return sums
}
