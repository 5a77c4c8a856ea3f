/**
 * The circuits of a process: one a dependency, for all in the process who ask it, told in metrics, health and logs. None is
 * a part of readiness: whoever cannot do without says so himself.
 */
import type { Clock } from './clock.ts'
import { type Guard, type GuardEvent, type GuardOf, guard } from './guard.ts'
import type { Health } from './health.ts'
import type { Logger } from './logger.ts'
import type { Dependency } from './policies.ts'
import type { Telemetry } from './telemetry.ts'

export interface CircuitPorts {
  readonly telemetry: Telemetry
  readonly health: Health
  readonly logger: Logger
  readonly clock?: Clock
}

const VALUES = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 } as const

export function circuits(ports: CircuitPorts): GuardOf {
  const guards = new Map<Dependency, Guard>()
  return (dependency, options) => {
    const made = guards.get(dependency) ?? watched(dependency, options, ports)
    guards.set(dependency, made)
    return made
  }
}

function watched(dependency: Dependency, options: Parameters<GuardOf>[1], ports: CircuitPorts): Guard {
  const { telemetry, health, logger, clock } = ports
  const labels = { dependency }
  const state = telemetry.gauge('k2_circuit_breaker_state', labels)
  const opened = telemetry.counter('k2_circuit_breaker_opened_total', labels)
  const failures = telemetry.counter('k2_circuit_breaker_failures_total', labels)
  const retries = telemetry.counter('k2_dependency_retries_total', labels)
  state.set(VALUES.CLOSED)

  function told(event: GuardEvent): void {
    if (event.kind !== 'state') return void (event.kind === 'failed' ? failures : retries).add()
    state.set(VALUES[event.state])
    if (event.state === 'OPEN') opened.add()
    if (event.state === 'CLOSED') logger.info(labels, `the circuit of ${dependency} is CLOSED: it answers again`)
    else logger[event.state === 'OPEN' ? 'warn' : 'info'](labels, `${event.trouble}`)
  }

  const made = guard(dependency, { ...options, told, ...(clock && { clock }) })
  health.watchReady(`circuit of ${dependency}`, () => undefined, made.trouble)
  return made
}
