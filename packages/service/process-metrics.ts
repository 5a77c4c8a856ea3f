/**
 * What Node and the kernel tell of this process, as metrics. Services that share a process each tell of the whole of
 * it: don't add them up.
 */

import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks'
import { availableMemory } from 'node:process'
import { getHeapStatistics } from 'node:v8'
import type { Telemetry } from './telemetry.ts'

const LOOP_TICK_MS = 10

const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
}

/** Adds the k2_process_… metrics to a telemetry; the function that it gives stops watching. */
export function watchProcess(telemetry: Telemetry): () => void {
  const cpu = telemetry.counter('k2_process_cpu_seconds_total', {})
  const start = telemetry.gauge('k2_process_start_time_seconds', {})
  const resident = telemetry.gauge('k2_process_resident_memory_bytes', {})
  const memoryLimit = telemetry.gauge('k2_process_memory_limit_bytes', {})
  const heapUsed = telemetry.gauge('k2_process_heap_used_bytes', {})
  const heapLimit = telemetry.gauge('k2_process_heap_limit_bytes', {})
  const external = telemetry.gauge('k2_process_external_memory_bytes', {})
  const lagP99 = telemetry.gauge('k2_process_event_loop_lag_p99_seconds', {})
  const lagMax = telemetry.gauge('k2_process_event_loop_lag_max_seconds', {})
  const delays = monitorEventLoopDelay({ resolution: LOOP_TICK_MS })
  delays.enable()
  let cpuSeconds = 0

  telemetry.onScrape(() => {
    const { user, system } = process.cpuUsage()
    const seconds = (user + system) / 1e6
    cpu.add(Math.max(0, seconds - cpuSeconds))
    cpuSeconds = seconds
    start.set(performance.timeOrigin / 1000)
    resident.set(process.memoryUsage.rss())
    memoryLimit.set(process.constrainedMemory() || availableMemory())
    const heap = getHeapStatistics()
    heapUsed.set(heap.used_heap_size)
    heapLimit.set(heap.heap_size_limit)
    external.set(heap.external_memory)
    lagP99.set(delays.count === 0 ? 0 : loopLagSeconds(delays.percentile(99)))
    lagMax.set(delays.count === 0 ? 0 : loopLagSeconds(delays.max))
    delays.reset()
  })

  const pauses = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as unknown as { detail: { kind: number } }).detail
      telemetry
        .histogram('k2_process_gc_duration_seconds', { kind: GC_KINDS[kind] ?? 'other' })
        .observe(entry.duration / 1000)
    }
  })
  pauses.observe({ entryTypes: ['gc'] })

  return () => {
    delays.disable()
    pauses.disconnect()
  }
}

// What is measured is the time between ticks: the lag is what it takes beyond a tick.
function loopLagSeconds(betweenTicksNanos: number): number {
  return Math.max(0, betweenTicksNanos / 1e9 - LOOP_TICK_MS / 1e3)
}
