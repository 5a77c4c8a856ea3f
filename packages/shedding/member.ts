/**
 * A service's part in degradation: it hears of the level, and tells the controllers of its lag and its memory.
 *
 *   log(k2.degradation.state) ─► view ─► level, policy
 *   memory, event loop, pressure of the service ─► reports ─► controllers
 *
 *   errors  none: a controller that is away is told of now and then, and what the service does goes on
 */
import { setTimeout as timer } from 'node:timers/promises'
import { codeOf } from '@k2/contracts/codes.ts'
import type { PressureReport } from '@k2/contracts/gen/k2/v1/PressureReport.ts'
import { type MemoryWatch, watchMemory } from '@k2/service/memory.ts'
import type { Service } from '@k2/service/run.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import { nowAndThen } from '@k2/service/wait.ts'
import { type LevelView, levelView, type ViewPorts } from './view.ts'

/** What a service knows of its own pressure, beside memory. */
export type Pressure = Pick<PressureReport, 'lags' | 'commitAgeSeconds' | 'alerts'>

export interface Controller {
  /** For people. */
  readonly address: string
  report(report: PressureReport, signal: AbortSignal): Promise<unknown>
  close?(): void
}

export interface MemberPorts extends ViewPorts {
  readonly telemetry: Telemetry
  readonly service: string
  /** Of several of that service, which one. */
  readonly instance: string
  readonly controllers: readonly Controller[]
}

export interface Member {
  readonly view: LevelView
  /** What is told from here on. */
  tells(pressure: () => Promise<Pressure>): void
  /** In the order to start them. */
  readonly services: readonly Service[]
}

/** Runs from its start to its stop: a process whose work is done does not go on for what only looks on. */
function aside({ name, ...service }: Service): Service {
  const stopping = new AbortController()
  let running: Promise<void> | undefined
  return {
    name,
    async start(signal) {
      await service.start?.(signal)
      running = service.run?.(stopping.signal)
      running?.catch(() => {})
    },
    async stop() {
      stopping.abort()
      await running
      await service.stop?.()
    },
  }
}

const REPORT_MS = 1_000
const REPORT_MS_MAX = 5_000

export function member(ports: MemberPorts): Member {
  const { logger, clock, telemetry, service, controllers } = ports
  const view = levelView(ports)
  const level = telemetry.gauge('k2_degradation_level', { component: 'level' })
  telemetry.onScrape(() => level.set(view.level()))
  let pressure = async (): Promise<Pressure> => ({})
  const isDue = nowAndThen(clock)

  async function reportOf(memory: MemoryWatch): Promise<PressureReport> {
    const own = { service, instance: ports.instance, heapShare: memory.share() }
    const loop = { eventLoopDelaySeconds: memory.loopDelaySeconds() }
    return { ...own, ...loop, ...(await pressure()) }
  }

  async function tell(memory: MemoryWatch, signal: AbortSignal): Promise<void> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(REPORT_MS_MAX)])
    try {
      const report = await reportOf(memory)
      await Promise.all(controllers.map((one) => one.report(report, within)))
    } catch (error) {
      if (signal.aborted || !isDue()) return
      const addresses = controllers.map(({ address }) => address).join(', ')
      logger.warn({ code: codeOf(error), addresses }, 'a degradation-controller was not told of lag and memory')
    }
  }

  const reporter: Service = {
    name: 'reports of pressure',
    async run(signal) {
      const memory = watchMemory()
      try {
        while (!signal.aborted) {
          await tell(memory, signal)
          await timer(REPORT_MS, undefined, { signal }).catch(() => {})
        }
      } finally {
        memory.stop()
        for (const one of controllers) one.close?.()
      }
    },
  }
  return {
    view,
    tells(source) {
      pressure = source
    },
    services: (controllers.length === 0 ? [view] : [view, reporter]).map(aside),
  }
}
