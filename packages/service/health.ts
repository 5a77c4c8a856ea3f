/**
 * Health. Ready: it can do its job truthfully now, so each component gives the sentence why not, or undefined. Live:
 * not broken by a fault of our own; an outage elsewhere never fails it, since a restart would not mend that.
 */

/** undefined when well, else a sentence why not. */
export type HealthCheck = () => string | undefined

export interface HealthReport {
  readonly ok: boolean
  /** The JSON body of /health/live and /health/ready. */
  readonly body: {
    readonly status: string
    readonly service: string
    readonly components: Readonly<Record<string, string>>
  }
}

export interface Health {
  /** Adds a component to readiness. `without`: what is told of one that is well all the same. */
  watchReady(component: string, check: HealthCheck, without?: HealthCheck): void
  /** Adds a component to liveness: a fault of ours that only a restart mends. */
  watchLive(component: string, check: HealthCheck): void
  /** Takes a component out of both. */
  forget(component: string): void
  ready(): HealthReport
  live(): HealthReport
}

interface Checks {
  readonly check: HealthCheck
  readonly without: HealthCheck | undefined
}

/** The health of one service; without any component it is live and ready. */
export function createHealth(service: string): Health {
  const readiness = new Map<string, Checks>()
  const liveness = new Map<string, Checks>()

  function report(checks: Map<string, Checks>, well: string): HealthReport {
    const found = [...checks].map(([component, { check, without }]) => [component, sentence(check), without] as const)
    const ok = found.every(([, why]) => why === undefined)
    const components = Object.fromEntries(
      found.map(([component, why, without]) => [component, why ?? wellBut(without)]),
    )
    return { ok, body: { status: ok ? well : `not ${well}`, service, components } }
  }

  return {
    watchReady: (component, check, without) => void readiness.set(component, { check, without }),
    watchLive: (component, check) => void liveness.set(component, { check, without: undefined }),
    forget(component) {
      readiness.delete(component)
      liveness.delete(component)
    },
    ready: () => report(readiness, 'ready'),
    live: () => report(liveness, 'live'),
  }
}

// A check that throws is a bug in it; the probe still answers, and says so.
function sentence(check: HealthCheck): string | undefined {
  try {
    return check()
  } catch (error) {
    return `its check failed: ${error instanceof Error ? error.message : error}`
  }
}

function wellBut(without: HealthCheck | undefined): string {
  const lacks = without && sentence(without)
  return lacks === undefined ? 'ok' : `ok, though ${lacks}`
}
