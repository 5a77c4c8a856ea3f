/**
 * query-service: questions in, exact answers with their proof out.
 *
 *   log ─► tail (worker: columns in memory) ─┐
 *   lake ─► plan (files) ────────────────────┴─► worker (DuckDB) ─► REST, gRPC
 */
import { MARKET_TOPICS } from '@k2/contracts/topics.ts'
import type { EngineSettings } from '@k2/lake/duckdb/engine.ts'
import type { Table } from '@k2/lake/table.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Health } from '@k2/service/health.ts'
import { createHttpServer, type HttpServer, probeRoutes } from '@k2/service/http.ts'
import type { Logger } from '@k2/service/logger.ts'
import { createRpcServer, loadProtos, type RpcServer } from '@k2/service/rpc.ts'
import type { Service } from '@k2/service/run.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import { startWorker } from '@k2/service/worker.ts'
import type { EngineApi } from './adapters/engine.worker.ts'
import { ask } from './ask.ts'
import { answerMetrics, watchSnapshot } from './metrics.ts'
import { type Doors, restRoutes } from './rest.ts'
import { queryRpc } from './rpc.ts'
import { Tail } from './tail.ts'

export interface Ports {
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly trades: Table
  readonly clock: Clock
  readonly logger: Logger
  readonly telemetry: Telemetry
  readonly health: Health
  /** The body of /metrics. */
  readonly metrics: () => Promise<string>
}

export interface Settings {
  readonly host: string
  readonly httpPort: number
  readonly grpcPort: number
  readonly engine: EngineSettings
  readonly tailRowsMax: number
  /** Looks for a new snapshot this often where no hint comes. */
  readonly lookMs: number
}

export interface QueryService {
  /** In the order to start them. */
  readonly services: readonly Service[]
  readonly http: HttpServer
  readonly rpc: RpcServer
}

const PROTOS = new URL('../../proto/', import.meta.url).pathname

export function queryService(ports: Ports, settings: Settings): QueryService {
  const { clock, logger, telemetry, health } = ports
  const worker = startWorker<EngineApi>(new URL('./adapters/engine.worker.ts', import.meta.url), {
    name: 'query-engine',
    workerData: settings.engine,
  })
  const topics = MARKET_TOPICS.filter((topic) => topic.table.name === ports.trades.spec.name)
  const measured = answerMetrics(telemetry)
  const tail = new Tail(
    { ...ports, table: ports.trades, worker, told: measured.tailRows },
    { topics, rowsMax: settings.tailRowsMax, lookMs: settings.lookMs },
  )
  watchSnapshot(telemetry, ports.trades.spec.name, () => tail.committedAtMs(), clock)
  const doors: Doors = {
    clock,
    answer: (question, signal) =>
      measured.answer(question, () => ask({ table: ports.trades, tail, worker, clock }, question, signal)),
  }
  const http = createHttpServer({
    host: settings.host,
    port: settings.httpPort,
    component: 'rest',
    logger,
    telemetry,
    routes(app) {
      restRoutes(app, doors)
      probeRoutes(app, { health, metrics: ports.metrics })
    },
  })
  const rpc = createRpcServer({
    host: settings.host,
    port: settings.grpcPort,
    component: 'grpc',
    protos: loadProtos(['k2/v1/query.proto'], [PROTOS]),
    services: [queryRpc(doors)],
    health,
    logger,
    telemetry,
  })
  let reading: Promise<void> = Promise.resolve()
  const reader: Service = {
    name: 'query-service',
    start: () => tail.start(),
    run(signal) {
      reading = tail.run(signal)
      return reading
    },
    ready: () => tail.ready(),
    async stop() {
      // What is being added to the tail comes to its end before its worker goes.
      await reading.catch(() => {})
      await worker.close()
    },
  }
  return { services: [reader, http, rpc], http, rpc }
}
