/**
 * Carries faults to the doors that they are meant for.
 *
 *   units   ms of the exchange's clock
 *   errors  INVALID_ARGUMENT where no door or symbol is meant
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Connection } from './connection.ts'
import type { Door } from './door.ts'
import type { Fault, FaultOf } from './faults.ts'
import { garbage, hugeFrame } from './garbage.ts'

export interface Injected {
  readonly doors: number
  /** Of clients, at the moment. */
  readonly connections: number
}

export interface Injector {
  inject(fault: Fault): Injected
  /** Ends what lasts: doors open, lines at full pace, nothing silent or held. Half-open lines stay so. */
  clear(): Promise<void>
}

const ONE_MINUTE_MS = 60_000
const TEN_SECONDS_MS = 10_000
const REOPEN_MS = 100

export function createInjector(doors: readonly Door[], clock: Clock, stopping: AbortSignal): Injector {
  let clearing = new AbortController()

  function later(ms: number, work: () => void): void {
    clock.sleep(ms, AbortSignal.any([stopping, clearing.signal])).then(work, () => {})
  }

  // Meanwhile some client may have been given its port.
  function reopen(door: Door): void {
    door.listener.open().catch(() => later(REOPEN_MS, () => reopen(door)))
  }

  function inject(fault: Fault): Injected {
    const meant = doors.filter(({ venue, host }) => (fault.venue ?? venue) === venue && (fault.host ?? host) === host)
    const kind = fault.kind === 'status' || fault.kind === 'hang' ? 'rest' : 'streams'
    const reached = fault.kind === 'refuse' ? meant : meant.filter((door) => door.kind === kind)
    if (reached.length === 0)
      throw wrong(`No door is meant: there are ${doors.map(({ venue, host }) => `${venue} ${host}`).join(', ')}`)
    const { symbol } = fault as { symbol?: string }
    if (symbol !== undefined && !reached.some((door) => door.symbols.includes(symbol)))
      throw wrong(`Nobody trades ${symbol}`)
    for (const door of reached) atDoor(door, fault)
    const connections = reached.flatMap((door) => [...door.connections])
    for (const connection of connections) atConnection(connection, fault, later)
    return { doors: reached.length, connections: connections.length }
  }

  function atDoor(door: Door, fault: Fault): void {
    switch (fault.kind) {
      case 'gap':
      case 'repeat':
      case 'reorder':
        return void door.disturbance.add(fault)
      case 'silence':
        return void door.disturbance.silence(fault.symbol, clock.nowMs() + (fault.ms ?? ONE_MINUTE_MS))
      case 'status':
        return void door.restFaults.add(fault.status ?? 503, ...limitOf(fault))
      case 'hang':
        return void door.restFaults.add('hang', ...limitOf(fault))
      case 'refuse':
        door.listener.refuse()
        return void later(fault.ms ?? TEN_SECONDS_MS, () => reopen(door))
    }
  }

  /** So often, so long, or the first of both. */
  function limitOf({
    count,
    ms = count === undefined ? TEN_SECONDS_MS : Number.POSITIVE_INFINITY,
  }: FaultOf<'status' | 'hang'>) {
    return [count ?? Number.POSITIVE_INFINITY, clock.nowMs() + ms] as const
  }

  async function clear(): Promise<void> {
    clearing.abort()
    clearing = new AbortController()
    for (const door of doors) {
      for (const connection of door.connections) connection.outlet.slow(0)
      await door.clear()
    }
  }

  return { inject, clear }
}

type Later = (ms: number, work: () => void) => void

function atConnection(connection: Connection, fault: Fault, later: Later): void {
  switch (fault.kind) {
    case 'half-open':
      return void connection.halt()
    case 'cut':
      return void connection.outlet.cut()
    case 'close':
      return void connection.close(fault.code ?? 1001, fault.reason ?? '')
    case 'shutdown':
      connection.announceShutdown()
      return void later(fault.ms ?? 10 * ONE_MINUTE_MS, () => connection.close(1001, 'the server shuts down'))
    case 'slow':
      connection.outlet.slow(fault.bytesPerSecond ?? 1_000)
      return void later(fault.ms ?? TEN_SECONDS_MS, () => connection.outlet.slow(0))
    case 'garbage':
      for (let each = 0; each < (fault.count ?? 1); each++) connection.outlet.write(garbage(fault.form ?? 'not JSON'))
      return
    case 'huge':
      return void connection.outlet.write(hugeFrame(fault.bytes ?? 16 * 2 ** 20))
  }
}

const wrong = (fault: string): K2Error => new K2Error('INVALID_ARGUMENT', `${fault}.`)
