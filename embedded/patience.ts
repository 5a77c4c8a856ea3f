/**
 * Where log or lake are servers they may be away, also before the first of them has answered: a run waits for them, and
 * says on its port what it waits for. A run that ends by itself waits as long as a load of named files.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Access } from '@k2/service/access/access.ts'
import { realClock } from '@k2/service/clock.ts'
import { createHealth, type HealthCheck } from '@k2/service/health.ts'
import { createHttpServer, type HttpApp, probeRoutes } from '@k2/service/http.ts'
import type { Logger } from '@k2/service/logger.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'
import { waitFor } from '@k2/service/wait.ts'
import type { EmbeddedSettings } from './compose.ts'

export interface Patience {
  /** Tries the work until what it needs is there; folders are never waited for. */
  readonly patiently: <T>(work: () => Promise<T>) => Promise<T>
  /** What is waited for, as a sentence. */
  readonly why: HealthCheck
  /** While the work opens what everything needs, probes are answered where REST will be, and questions refused. */
  readonly atDoor: <T>(work: () => Promise<T>) => Promise<T>
}

const NOT_YET = 'it waits for the log and the lake'

export function patienceOf(
  settings: EmbeddedSettings,
  once: boolean,
  { logger, access }: { readonly logger: Logger; readonly access: Access },
  signal: AbortSignal,
): Patience {
  const { brokers, catalogUri, waitMsMax } = settings
  if (brokers === undefined && catalogUri === undefined)
    return { patiently: (work) => work(), why: () => undefined, atDoor: (work) => work() }
  let why: string | undefined
  const tell = (said: string | undefined) => {
    why = said
  }
  return {
    why: () => why,
    patiently: (work) => {
      const untilMs = once ? realClock.nowMs() + waitMsMax : undefined
      return waitFor(work, { clock: realClock, logger, signal, tell, untilMs })
    },
    // A run that ends by itself has no port that people know.
    atDoor: (work) => (once ? work() : behindDoor(settings, { logger, access }, () => why ?? NOT_YET, work)),
  }
}

async function behindDoor<T>(
  { host, httpPort, environment }: EmbeddedSettings,
  { logger, access }: { readonly logger: Logger; readonly access: Access },
  why: () => string,
  work: () => Promise<T>,
): Promise<T> {
  const health = createHealth('k2')
  health.watchReady('log and lake', why)
  const telemetry = createTelemetry({ service: 'k2', environment })
  const routes = (app: HttpApp) => {
    probeRoutes(app, { health, metrics: () => telemetry.text() })
    app.get('/*', async () => {
      throw new K2Error('NOT_READY', why())
    })
  }
  const door = createHttpServer({ host, port: httpPort, component: 'waiting', logger, telemetry, access, routes })
  await door.start?.(AbortSignal.timeout(1_000))
  try {
    return await work()
  } finally {
    await door.stop?.()
  }
}
