/**
 * The one place where a simulated world waits: what is to happen stands in a queue by its time, and time is what the next
 * of them says. Latencies are drawn from the seed, so the seed decides what ends before what.
 *
 *   units   ms and µs of simulated time since the epoch
 */
import { createHash } from 'node:crypto'
import { seeded } from '@k2/embedded/sample.ts'

interface Due {
  readonly atMicros: number
  /** Of equal times the first that was asked for. */
  readonly number: number
  run: (() => void) | undefined
}

const START_MICROS = Date.parse('2026-03-02T00:00:00Z') * 1000

export class Scheduler {
  readonly random: () => number
  nowMicros = START_MICROS
  steps = 0
  private readonly heap: Due[] = []
  private readonly hash = createHash('sha256')
  private readonly told: ((line: string) => void) | undefined
  private number = 0

  constructor(seed: number, told?: (line: string) => void) {
    this.random = seeded(seed)
    this.told = told
  }

  get nowMs(): number {
    return Math.floor(this.nowMicros / 1000)
  }

  /** Whole, from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1))
  }

  chance(share: number): boolean {
    return this.random() < share
  }

  pick<T>(some: readonly T[]): T {
    return some[Math.floor(this.random() * some.length)]!
  }

  /** Most answers take a few ms, some many times as long. */
  latencyMs(longestMs = 60): number {
    return 0.5 + longestMs * this.random() ** 3
  }

  /** Returns how to call it off. */
  after(ms: number, run: () => void): () => void {
    const due: Due = { atMicros: this.nowMicros + Math.round(ms * 1000), number: this.number++, run }
    push(this.heap, due)
    return () => {
      due.run = undefined
    }
  }

  /** The next thing happens, and all that follows from it at once. False: nothing is to come. */
  async step(): Promise<boolean> {
    for (;;) {
      const due = pop(this.heap)
      if (due === undefined) return false
      if (due.run === undefined) continue
      this.nowMicros = Math.max(this.nowMicros, due.atMicros)
      this.steps++
      due.run()
      // Runs every promise that is settled now, and all that those settle.
      await new Promise((resolve) => setImmediate(resolve))
      return true
    }
  }

  /** A line of the run's record: two runs of a seed are the same when their records are. */
  trace(line: string): void {
    const stamped = `${(this.nowMicros - START_MICROS) / 1000} ${line}`
    this.hash.update(stamped)
    this.told?.(stamped)
  }

  digest(): string {
    return this.hash.copy().digest('hex')
  }
}

const isBefore = (a: Due, b: Due): boolean =>
  a.atMicros < b.atMicros || (a.atMicros === b.atMicros && a.number < b.number)

function push(heap: Due[], due: Due): void {
  let at = heap.length
  heap.push(due)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isBefore(due, heap[parent]!)) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = due
}

function pop(heap: Due[]): Due | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return first
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
    if (!isBefore(heap[child]!, last)) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = last
  return first
}
