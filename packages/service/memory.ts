/**
 * How near this process is to its limits, as pressure is told: the larger of V8's heap after a collection by its limit and
 * resident memory by the container's. And how long its event loop was held up.
 */
import { totalmem } from 'node:os'
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

export interface MemoryWatch {
  /** 0 to 1, or a little more. */
  share(): number
  /** The longest since it was last asked. */
  loopDelaySeconds(): number
  stop(): void
}

const TICK_MS = 10

export function watchMemory(): MemoryWatch {
  const delays = monitorEventLoopDelay({ resolution: TICK_MS })
  delays.enable()
  // What is used between collections is mostly garbage.
  let afterCollection = 0
  const collections = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as unknown as { detail: { kind: number } }).detail
      if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) afterCollection = getHeapStatistics().used_heap_size
    }
  })
  collections.observe({ entryTypes: ['gc'] })
  return {
    share() {
      const limit = containerBytes(process.constrainedMemory(), totalmem())
      return Math.max(afterCollection / getHeapStatistics().heap_size_limit, process.memoryUsage.rss() / limit)
    },
    loopDelaySeconds() {
      const seconds = delays.count === 0 ? 0 : Math.max(0, delays.max / 1e9 - TICK_MS / 1e3)
      delays.reset()
      return seconds
    },
    stop() {
      delays.disable()
      collections.disconnect()
    },
  }
}

/** A container without a limit says 0, or more than the machine has. */
export const containerBytes = (constrained: number, machine: number): number =>
  constrained > 0 && constrained < machine ? constrained : machine
