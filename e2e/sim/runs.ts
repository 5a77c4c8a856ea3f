/** Many seeds, in threads of their own. */
import { Worker } from 'node:worker_threads'
import { BUGS, type Bug } from './bugs.ts'
import type { Verdict } from './run.ts'
import type { Task } from './worker.ts'

function inThread(task: Task, told: (verdict: Verdict) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: task,
      resourceLimits: { maxYoungGenerationSizeMb: 96 },
    })
    worker.on('message', told)
    worker.on('error', reject)
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a thread ended with ${code}`))))
  })
}

/**
 * Of a thread. Node keeps a composite signal for as long as somebody listens to it, and what a crash has ended in the
 * simulation listens for ever: some 4 MB a seed.
 */
const SEEDS_PER_THREAD = 100

/** Tells each verdict as it comes, in no order. */
export async function runSeeds(
  from: number,
  count: number,
  threads: number,
  told: (verdict: Verdict) => void,
): Promise<void> {
  let next = from
  const work = async () => {
    while (next < from + count) {
      const task = { from: next, count: Math.min(SEEDS_PER_THREAD, Math.ceil(count / threads), from + count - next) }
      next += task.count
      await inThread(task, told)
    }
  }
  await Promise.all(Array.from({ length: threads }, work))
}

export interface Hunt {
  readonly bug: Bug
  /** undefined: not found. */
  readonly found?: Verdict
  readonly seeds: number
}

/** Seeds with the bug, until one fails. */
export async function hunt(bug: Bug, from: number, seedsMax: number): Promise<Hunt> {
  let seeds = 0
  let found: Verdict | undefined
  const heard = (verdict: Verdict) => {
    seeds++
    if (verdict.fault !== undefined) found ??= verdict
  }
  while (found === undefined && seeds < seedsMax)
    await inThread({ from: from + seeds, count: Math.min(SEEDS_PER_THREAD, seedsMax - seeds), bug }, heard)
  return found === undefined ? { bug, seeds } : { bug, seeds, found }
}

export async function huntAll(threads: number, from: number, seedsMax: number, told: (hunt: Hunt) => void) {
  const left = [...BUGS]
  const work = async () => {
    for (let bug = left.shift(); bug !== undefined; bug = left.shift()) told(await hunt(bug, from, seedsMax))
  }
  await Promise.all(Array.from({ length: threads }, work))
}
