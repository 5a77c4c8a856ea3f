/**
 * What a process does with its services: starts them in order, runs them together, stops them in reverse.
 *
 *   start a ─► start b ─► start c ─► runs ─► a signal, a failure, or the end of all runs ─► stop c ─► stop b ─► stop a
 *
 * A service runs as soon as it has started, for the next one may need it in order to start. One that fails stops all,
 * and its error is the outcome.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { within } from './deadline.ts'
import type { Health } from './health.ts'
import type { Logger } from './logger.ts'

export interface Service {
  readonly name: string
  /** Resolves when it can do its work; the signal aborts at the deadline. */
  start?(signal: AbortSignal): Promise<void>
  /** Works until the signal aborts, or until it is done. Rejecting with the signal's reason is a clean end. */
  run?(signal: AbortSignal): Promise<void>
  /** Gives back what it holds. Called once its run has been told to end, also where its start failed. */
  stop?(): Promise<void>
  /** Why it cannot do its job truthfully now; undefined when it can. */
  ready?(): string | undefined
  /** What it does its job without; undefined when it has all. Health shows it, and is well. */
  without?(): string | undefined
}

export interface RunOptions {
  readonly logger: Logger
  /** Aborts: all drain and stop. */
  readonly signal?: AbortSignal
  /** For each service. */
  readonly startDeadlineMs?: number
  /** For each service: the end of its run and its stop. */
  readonly stopDeadlineMs?: number
  /** Told of each service's readiness, starting and stopping included. */
  readonly health?: Health
}

interface Started {
  readonly service: Service
  readonly stopping: AbortController
  readonly ended: Promise<void>
}

/**
 * Resolves when all have stopped after the signal, or after every `run` has come to its end (services that only start
 * and stop serve until then). Rejects with the first failure, once all have stopped; the later ones are logged.
 */
export async function runServices(services: readonly Service[], options: RunOptions): Promise<void> {
  const { logger, signal, startDeadlineMs = 30_000, stopDeadlineMs = 20_000 } = options
  const failures: unknown[] = []
  const halt = new AbortController()
  const fail = (service: Service, error: unknown) => {
    if (failures.push(error) > 1) logger.error({ error }, `${service.name} failed as well`)
    halt.abort()
  }
  const ending = AbortSignal.any(signal ? [signal, halt.signal] : [halt.signal])
  const begun: Started[] = []
  const states = watchStates(services, options.health)
  for (const service of services) {
    if (ending.aborted) break
    const stopping = new AbortController()
    try {
      await interruptible(ending, (stop) => startOne(service, startDeadlineMs, stop))
      states.set(service, 'started')
      logger.debug(`${service.name} started`)
      begun.push({ service, stopping, ended: runOne(service, stopping.signal, (error) => fail(service, error)) })
    } catch (error) {
      begun.push({ service, stopping, ended: Promise.resolve() })
      if (!isEnd(error, ending)) fail(service, error)
    }
  }
  if (!ending.aborted) await finished(begun, ending)
  for (const service of services) states.set(service, 'stopping')
  for (const one of begun.reverse()) {
    await stopOne(one, stopDeadlineMs).catch((error) => fail(one.service, error))
    logger.debug(`${one.service.name} stopped`)
  }
  if (failures.length > 0) throw failures[0]
}

async function startOne(service: Service, deadlineMs: number, stop: AbortSignal): Promise<void> {
  if (!service.start) return
  await within(deadlineMs, `the start of ${service.name}`, (late) => service.start?.(AbortSignal.any([late, stop])))
}

// A start that waits for a broker that never comes must not hold up SIGTERM until its deadline.
async function interruptible(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const listening = new AbortController()
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { signal: listening.signal })
  })
  try {
    await Promise.race([work(signal), interrupted])
  } finally {
    listening.abort()
  }
}

async function runOne(service: Service, signal: AbortSignal, fail: (error: unknown) => void): Promise<void> {
  try {
    await service.run?.(signal)
  } catch (error) {
    if (!isEnd(error, signal)) fail(error)
  }
}

function isEnd(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error as Error | undefined)?.name === 'AbortError')
}

async function finished(begun: readonly Started[], ending: AbortSignal): Promise<void> {
  const ends = begun.filter(({ service }) => service.run).map(({ ended }) => ended)
  const ended = new Promise<void>((resolve) => ending.addEventListener('abort', () => resolve(), { once: true }))
  await (ends.length === 0 ? ended : Promise.race([Promise.all(ends), ended]))
}

async function stopOne({ service, stopping, ended }: Started, deadlineMs: number): Promise<void> {
  await within(deadlineMs, `the stop of ${service.name}`, async () => {
    stopping.abort(new K2Error('NOT_READY', `${service.name} is stopping`))
    const stopped = service.stop?.()
    await Promise.allSettled([stopped, ended])
    await stopped
  })
}

function watchStates(services: readonly Service[], health: Health | undefined): Map<Service, 'started' | 'stopping'> {
  const states = new Map<Service, 'started' | 'stopping'>()
  for (const service of services) {
    const why = () => {
      const state = states.get(service)
      if (state === undefined) return 'it is starting'
      return state === 'stopping' ? 'it is stopping' : service.ready?.()
    }
    health?.watchReady(service.name, why, () => service.without?.())
  }
  return states
}
