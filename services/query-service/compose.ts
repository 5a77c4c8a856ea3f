/**
 * query-service: questions in, exact answers with their proof out.
 *
 *   log ─► tails (worker: columns in memory) ┐
 *   lake ─► plan (files) ────────────────────┴─► worker (DuckDB) ─► REST, gRPC
 *   sequence-tracker ─► ledger (open gaps, kept here) ─► each answer's meta
 */
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import { MARKET_TOPICS } from '@k2/contracts/topics.ts'
import type { LocalFiles } from '@k2/lake/store/files.ts'
import type { Table } from '@k2/lake/table.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import type { Access } from '@k2/service/access/access.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Health } from '@k2/service/health.ts'
import { createHttpServer, type HttpServer, probeRoutes } from '@k2/service/http.ts'
import type { Logger } from '@k2/service/logger.ts'
import { createRpcServer, loadProtos, type RpcServer, type RpcService } from '@k2/service/rpc.ts'
import type { Service } from '@k2/service/run.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import { startWorker, type WorkerClient } from '@k2/service/worker.ts'
import type { LevelView } from '@k2/shedding/view.ts'
import type { EngineApi, WorkerSettings } from './adapters/engine.worker.ts'
import { type Kind, SPECS } from './adapters/sql.ts'
import type { Answer } from './answers.ts'
import { askAsOf } from './as-of.ts'
import { type AskPorts, ask } from './ask.ts'
import { type CataloguePorts, degradation, snapshots, stats } from './catalogue.ts'
import type { Question } from './core/question.ts'
import type { StreamQuestion } from './core/streams.ts'
import { checkStream, checkWeight } from './core/weight.ts'
import { docsRoutes } from './docs.ts'
import { FirstAnswers } from './firsts.ts'
import { Ledger, type Tracker, withLedger } from './ledger.ts'
import { type Limits, turns } from './limit.ts'
import { listed } from './listed.ts'
import { answerMetrics, watchKept, watchSnapshot } from './metrics.ts'
import { pausing } from './pausing.ts'
import type { Held } from './prepare.ts'
import { type Doors, restRoutes } from './rest.ts'
import { queryRpc } from './rpc.ts'
import { afterWaiting, noteSlow } from './slow.ts'
import { type StreamTimes, streamRoutes } from './stream-rest.ts'
import { streamHandlers } from './stream-rpc.ts'
import { type StreamSettings, type StreamTold, streams } from './streams.ts'
import { Tail } from './tail.ts'
import { coverage, ledgerGaps } from './told-gaps.ts'

export interface Ports {
  readonly log: Log
  readonly registry: SchemaRegistry
  /** trades_v2, quotes_v2, reference_data_v2. */
  readonly tables: readonly Table[]
  readonly files: LocalFiles
  readonly clock: Clock
  readonly logger: Logger
  readonly telemetry: Telemetry
  readonly health: Health
  /** Who may ask; by default anyone. */
  readonly access?: Access
  /** The body of /metrics. */
  readonly metrics: () => Promise<string>
  /** The level of degradation, as it hears of it. */
  readonly level?: LevelView | undefined
  /** Whoever knows of gaps; the next is asked where one does not answer. */
  readonly trackers?: readonly Tracker[]
  /** Services of others in the same process, to be asked at the same gRPC door. */
  readonly alongside?: { readonly protos: readonly string[]; readonly services: readonly RpcService[] }
}

export interface Settings {
  readonly host: string
  readonly httpPort: number
  readonly grpcPort: number
  readonly engine: WorkerSettings
  readonly limits: Limits
  /** Of data files that an answer may read; 0: no limit. */
  readonly readBytesMax: number
  /** An answer that takes longer is logged. */
  readonly slowMs: number
  readonly tailRowsMax: number
  /** Looks for a new snapshot this often where no hint comes. */
  readonly lookMs: number
  readonly streams: StreamSettings & StreamTimes
}

export interface QueryService {
  /** In the order to start them. */
  readonly services: readonly Service[]
  readonly http: HttpServer
  readonly rpc: RpcServer
  /** Questions answered since its start, by their kind. */
  readonly answered: ReadonlyMap<Question['kind'], number>
}

const CALLS_MAX = 1_024
/** They read no records, and tell how things stand while others wait. */
const OF_NO_RECORDS: readonly Question['kind'][] = ['stats', 'snapshots', 'degradation', 'ledger', 'coverage']
const PROTOS = new URL('../../proto/', import.meta.url).pathname

export function queryService(ports: Ports, settings: Settings): QueryService {
  const { clock, logger, telemetry, health, access } = ports
  const worker = startWorker<EngineApi>(new URL('./adapters/engine.worker.ts', import.meta.url), {
    name: 'query-engine',
    workerData: settings.engine,
    // Questions have a limit of their own, far below: what the tail sends is never refused.
    callsMax: CALLS_MAX,
  })
  const measured = answerMetrics(telemetry)
  const tables = heldTables(ports, settings, worker, measured.tailRows)
  const tails = Object.values(tables).map(({ tail }) => tail)
  const { trackers = [] } = ports
  const ledger = trackers.length > 0 ? new Ledger({ clock, logger, trackers }) : undefined
  const { files, log, level } = ports
  const { slowMs, readBytesMax } = settings
  const held = { tables, worker, files, log, level, slowMs, readBytesMax, ledger }
  const takeTurn = turns(settings.limits, measured.turns)
  const slow = { logger, slowMs, slow: measured.slow }
  async function answered(question: Question, signal: AbortSignal): Promise<Answer> {
    if (OF_NO_RECORDS.includes(question.kind)) return answerTo(held, question, signal)
    checkWeight(question, level?.level() ?? 0)
    const answer = await takeTurn(
      waited(() => answerTo(held, question, signal)),
      signal,
    )
    noteSlow(slow, question, answer)
    return { ...answer, meta: withLedger(ledger, question, answer.meta) }
  }
  const open = streams(
    { ...held, clock, turn: takeTurn, random: Math.random, told: toldBy(measured, logger) },
    settings.streams,
  )
  const doors: Doors = {
    clock,
    answer: (question, signal) => measured.answer(question, () => answered(question, signal)),
    open(question, ...rest) {
      checkStream(question, level?.level() ?? 0)
      return open(question, ...rest)
    },
  }
  const http = createHttpServer({
    host: settings.host,
    port: settings.httpPort,
    component: 'rest',
    logger,
    telemetry,
    access,
    routes(app) {
      restRoutes(app, doors)
      streamRoutes(app, doors, { ...settings.streams, access })
      docsRoutes(app)
      probeRoutes(app, { health, metrics: ports.metrics })
    },
  })
  const { protos: otherProtos = [], services: others = [] } = ports.alongside ?? {}
  const protos = loadProtos(['k2/v1/query.proto', ...otherProtos], [PROTOS])
  const rpc = createRpcServer({
    host: settings.host,
    port: settings.grpcPort,
    component: 'grpc',
    protos,
    services: [queryRpc(doors, protos, streamHandlers(doors, protos)), ...others],
    slowMsMax: settings.streams.slowMsMax,
    health,
    logger,
    telemetry,
    access,
  })
  const reader = readerOf(tails, { ledger, level: ports.level, telemetry }, worker)
  return { services: [reader, http, rpc], http, rpc, answered: measured.answered }
}

/** What reads beside the questions. */
function readerOf(
  tails: readonly Tail[],
  { ledger, level, telemetry }: { ledger: Ledger | undefined } & Pick<Ports, 'level' | 'telemetry'>,
  worker: Engine,
): Service {
  let reading: Promise<unknown> = Promise.resolve()
  return {
    name: 'query-service',
    start: async () => void (await Promise.all(tails.map((tail) => tail.start()))),
    async run(signal) {
      watchKept(telemetry, () => worker.call('held'))
      // Without its worker it can answer nothing: then the process had better start again.
      const died = new Promise<never>((_, reject) => worker.onDeath(reject))
      pausing((isPaused) => worker.call('pauseKeeping', isPaused), level, signal)
      const all = [...tails, ...(ledger ? [ledger] : [])]
      reading = Promise.race([died, Promise.all(all.map((one) => one.run(signal)))])
      await reading
    },
    ready: () => tails.map((tail) => tail.ready()).find((fault) => fault !== undefined),
    async stop() {
      // What is being added to the tail comes to its end before its worker goes.
      await reading.catch(() => {})
      await worker.close()
    },
  }
}

/** Its answer says for how long it waited for its turn. */
function waited(work: () => Promise<Answer>): () => Promise<Answer> {
  const cameMs = performance.now()
  return async () => {
    const waitMs = performance.now() - cameMs
    return afterWaiting(await work(), waitMs)
  }
}

const toldBy =
  (measured: ReturnType<typeof answerMetrics>, logger: Logger) =>
  (question: StreamQuestion): StreamTold => {
    const measuring = measured.stream(question)
    const failed = (error: unknown) => {
      measuring.failed(error)
      // Its client is told a code and an id, which only the log can explain.
      if (['INTERNAL', 'LAKE_DAMAGED'].includes(codeOf(error)))
        logger.error({ error, stream: question.stream }, 'stream failed')
    }
    return { ...measuring, failed }
  }

type Engine = WorkerClient<EngineApi>

/** Each table with its tail. */
function heldTables(
  ports: Ports,
  settings: Settings,
  worker: Engine,
  tailRows: (table: string, rows: number) => void,
): Readonly<Record<Kind, Held>> {
  const heldOf = (kind: Kind): Held => {
    const { name } = SPECS[kind]
    const table = ports.tables.find(({ spec }) => spec.name === name)
    if (table === undefined) throw new K2Error('SETTINGS_INVALID', `The query-service was not given the table ${name}.`)
    const topics = MARKET_TOPICS.filter((topic) => topic.kind === kind)
    const told = (rows: number) => tailRows(name, rows)
    const { tailRowsMax: rowsMax, lookMs } = settings
    const firsts = new FirstAnswers()
    const tail = new Tail({ ...ports, table, worker, told, firsts }, { kind, topics, rowsMax, lookMs })
    watchSnapshot(ports.telemetry, name, () => tail.committedAtMs(), ports.clock)
    return { table, tail, firsts }
  }
  return { trades: heldOf('trades'), quotes: heldOf('quotes'), reference: heldOf('reference') }
}

interface AskedOf extends CataloguePorts, AskPorts {
  readonly ledger: Ledger | undefined
}

function answerTo(held: AskedOf, question: Question, signal: AbortSignal): Promise<Answer> {
  switch (question.kind) {
    case 'stats':
      return stats(held, question)
    case 'snapshots':
      return snapshots(held, question)
    case 'degradation':
      return degradation(held, question)
    case 'ledger':
      return ledgerGaps(held.ledger, question, signal)
    case 'coverage':
      return coverage(held.ledger, question, signal)
    case 'symbols':
      return listed(held, question, signal)
    case 'asof':
      return askAsOf(held, question, signal)
    default:
      return ask(held, question, signal)
  }
}
