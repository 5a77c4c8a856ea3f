/**
 * A process of the simulated world, and the network between it and the servers. A request has two halves, what the server
 * does and what the process hears of it, each at its own time; either may be lost. A process that has ended hears
 * nothing any more: its promises stay open, and what it still asks for is not sent.
 */
import { setMaxListeners } from 'node:events'
import { type Code, K2Error } from '@k2/contracts/codes.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Faults, Kind } from './faults.ts'
import type { Scheduler } from './scheduler.ts'

export interface Request<T> {
  readonly server: 'catalog' | 'store' | 'log'
  readonly name: string
  /** What the server does, all at one time. */
  readonly effect: () => T
  /** Of an error that says: not done. */
  readonly refused: Code
  /** Of an error that says: who knows. The same where asking again does no harm. */
  readonly unheard: Code
  /** Asks only. */
  readonly isRead?: boolean
  readonly mayBeTakenTwice?: boolean
}

const GIVES_UP_MS = 10_000
const SLOW_MS = 9_000
const LATE_MS = 45_000
const SKEW_MS_MAX = 5_000

export class Host {
  readonly name: string
  readonly clock: Clock
  readonly stop = new AbortController()
  isAlive = true
  private readonly scheduler: Scheduler
  private readonly faults: Faults
  private stalledUntilMicros = 0
  /** Requests whose server half is still to come. */
  private readonly sent = new Set<{ isCut: boolean }>()

  constructor(name: string, scheduler: Scheduler, faults: Faults) {
    this.name = name
    this.scheduler = scheduler
    this.faults = faults
    setMaxListeners(0, this.stop.signal)
    const skewMs = scheduler.between(-SKEW_MS_MAX, SKEW_MS_MAX)
    this.clock = {
      nowMs: () => scheduler.nowMs + skewMs,
      nowMicros: () => scheduler.nowMicros + skewMs * 1000,
      sleep: (ms, signal) => this.sleep(ms, signal),
    }
  }

  /** Ends it now. What it has sent may still arrive. */
  end(): void {
    this.isAlive = false
    for (const request of this.sent) request.isCut = this.scheduler.chance(0.5)
  }

  stall(ms: number): void {
    this.stalledUntilMicros = this.scheduler.nowMicros + ms * 1000
  }

  /** Runs it as a step of this process: not at all where that has ended, later where it stands still. */
  deliver(what: string, run: () => void): void {
    if (!this.isAlive) return
    const leftMicros = this.stalledUntilMicros - this.scheduler.nowMicros
    if (leftMicros > 0) {
      this.scheduler.after(leftMicros / 1000, () => this.deliver(what, run))
      return
    }
    this.scheduler.trace(`${this.name} ${what}`)
    run()
  }

  after(ms: number, what: string, run: () => void): () => void {
    return this.scheduler.after(ms, () => this.deliver(what, run))
  }

  /** Work of its own that takes a while and cannot fail. */
  work<T>(what: string, longestMs: number, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.after(this.scheduler.latencyMs(longestMs), what, () => settle(work, resolve, reject))
    })
  }

  call<T>(request: Request<T>): Promise<T> {
    if (!this.isAlive) return new Promise(() => {})
    const { server, name, unheard, refused } = request
    const hit = (kind: string) => this.faults.strikes(`${server} ${kind}` as Kind)
    const isWrite = request.isRead !== true
    return new Promise<T>((resolve, reject) => {
      const fails = (code: Code, ms: number) =>
        this.after(ms, `${name} fails`, () =>
          reject(new K2Error(code, `${name} failed, as the simulation will have it.`)),
        )
      if (this.faults.isOut(server) || hit('refuses')) return void fails(refused, this.scheduler.latencyMs())
      if (server !== 'log' && hit('request lost')) return void fails(unheard, GIVES_UP_MS)
      if (isWrite && hit('response lost')) {
        this.arrives(request, this.scheduler.latencyMs())
        return void fails(unheard, this.scheduler.chance(0.5) ? GIVES_UP_MS : SLOW_MS / 10)
      }
      if (isWrite && server !== 'log' && hit('applies late')) {
        this.arrives(request, GIVES_UP_MS + LATE_MS * this.scheduler.random())
        return void fails(unheard, GIVES_UP_MS)
      }
      const longestMs = hit('slow') ? SLOW_MS : undefined
      if (request.mayBeTakenTwice && hit('takes twice')) this.arrives(request, 0)
      this.arrives(request, this.scheduler.latencyMs(longestMs), (outcome) => {
        this.after(this.scheduler.latencyMs(longestMs), name, () => settle(outcome, resolve, reject))
      })
    })
  }

  private arrives<T>({ name, effect }: Request<T>, ms: number, answered?: (outcome: () => T) => void): void {
    const flight = { isCut: false }
    this.sent.add(flight)
    this.scheduler.after(ms, () => {
      this.sent.delete(flight)
      if (flight.isCut) return
      const outcome = attempt(effect)
      this.scheduler.trace(`${this.name} > ${name}`)
      answered?.(outcome)
    })
  }

  private sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.isAlive) return new Promise(() => {})
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const abort = () => {
        cancel()
        reject(signal?.reason)
      }
      const wake = () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const cancel = Number.isFinite(ms) ? this.after(Math.max(0, ms), 'wakes', wake) : () => {}
      signal?.addEventListener('abort', abort, { once: true })
    })
  }
}

/** What it came to, to be told later. */
function attempt<T>(effect: () => T): () => T {
  try {
    const value = effect()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

function settle<T>(outcome: () => T, resolve: (value: T) => void, reject: (error: unknown) => void): void {
  try {
    resolve(outcome())
  } catch (error) {
    reject(error)
  }
}
