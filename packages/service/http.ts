/**
 * The HTTP server of every process: limits, correlation ids, problem details, rate-errors-duration, a graceful end.
 *
 *   request ─► correlation id ─► route ─► answer | K2Error ─► problem+json ─► compressed (compress.ts)
 *                  └─► X-Correlation-ID on the answer, and in AsyncLocalStorage for all below
 *
 *   units   ms, bytes
 *   errors  thrown by a route: a K2Error becomes its problem; anything else is logged whole and told as 500 INTERNAL
 */
import type { Server as TlsServer } from 'node:tls'
import { CODES, K2Error } from '@k2/contracts/codes.ts'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Access } from './access/access.ts'
import { letOriginsIn } from './access/cors.ts'
import { gateRequests } from './access/http-gate.ts'
import { compressAnswers } from './compress.ts'
import { type Asking, withAsking } from './correlation.ts'
import { within } from './deadline.ts'
import type { Health } from './health.ts'
import { traceRequests } from './http-tracing.ts'
import { cannotListen } from './listen.ts'
import { acceptCorrelation, type Logger } from './logger.ts'
import { asK2Error, PROBLEM_TYPE, problemOf, refusalHeaders } from './problem.ts'
import { refuseRaw } from './raw-refusal.ts'
import type { Service } from './run.ts'
import { METRICS_CONTENT_TYPE, type Telemetry } from './telemetry.ts'

export type HttpApp = FastifyInstance
export type HttpReply = FastifyReply

export interface HttpOptions {
  /** By default 127.0.0.1: who opens it to a network does so on purpose. */
  readonly host?: string
  /** 0: any free one. */
  readonly port: number
  readonly component: string
  readonly logger: Logger
  readonly telemetry: Telemetry
  /** Adds the routes. */
  readonly routes: (app: HttpApp) => void | Promise<void>
  readonly bodyBytesMax?: number
  /** For the request to arrive whole. */
  readonly requestMsMax?: number
  /**
   * For a route to begin its answer; its `requestSignal` aborts then, and when the client goes away. A long answer
   * under way is limited by `idleMsMax` alone. 0: no limit.
   */
  readonly answerMsMax?: number
  /** For a connection on which nothing moves. */
  readonly idleMsMax?: number
  readonly keepAliveMsMax?: number
  readonly connectionsMax?: number
  /** Who may ask, and TLS; by default anyone, in clear. */
  readonly access?: Access | undefined
  /** Stays without TLS: whoever looks after the process need not know its authority. */
  readonly isPlain?: boolean
  /** For the requests under way to end when it stops; then their connections are cut. */
  readonly drainMsMax?: number
}

export interface HttpServer extends Service {
  readonly app: HttpApp
  /** http://host:port, once it has started. */
  url(): string
}

const HEADER = 'x-correlation-id'
const IDLE_SWEEP_MS = 50
/** Beyond them a connection is closed at once: else whoever opens many leaves no file for the others. */
const CONNECTIONS_MAX = 4_096
const HANDSHAKE_MS_MAX = 10_000
const LATE_LOOK_MS = 5_000

/** A server that starts and stops as a Service. */
export function createHttpServer(options: HttpOptions): HttpServer {
  const { host = '127.0.0.1', port, logger, drainMsMax = 10_000, access } = options
  const tls = options.isPlain ? undefined : access?.tls
  const requestMsMax = options.requestMsMax ?? 30_000
  // Node looks every 30 s by default, so that a client may take as much longer.
  const looking = { connectionsCheckingInterval: Math.min(LATE_LOOK_MS, requestMsMax / 2) }
  const app = Fastify({
    // Its types have a server each for TLS and none; what is used of it here both have.
    ...((tls
      ? { https: { ...tls.options, ...tls.context(), ...looking, handshakeTimeout: HANDSHAKE_MS_MAX } }
      : { http: looking }) as object),
    bodyLimit: options.bodyBytesMax ?? 2 ** 20,
    requestTimeout: requestMsMax,
    connectionTimeout: options.idleMsMax ?? 120_000,
    keepAliveTimeout: options.keepAliveMsMax ?? 72_000,
    return503OnClosing: false, // what came over an open connection is still answered, as a last one
    forceCloseConnections: 'idle',
    genReqId: (request) => acceptCorrelation(request.headers[HEADER]),
    frameworkErrors: (error, request, reply) => answer(error, request, reply),
    clientErrorHandler: refuseRaw,
  })

  function answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const error = asK2Error(thrown)
    const problem = problemOf(error, request.id)
    if (problem.status >= 500 && !reply.raw.destroyed) {
      const level = error.retry === 'later' ? 'warn' : 'error' // what passes by itself, or someone must look at
      logger[level]({ error, method: request.method, route: routeOf(request) }, 'request failed')
    }
    reply.headers(refusalHeaders(error))
    // As text, so that no route's response schema takes it apart.
    void reply.header(HEADER, request.id).code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
  }

  // Of the two Node gives the longer to the body: a head may take as long as all of it.
  app.server.headersTimeout = requestMsMax
  app.server.maxConnections = options.connectionsMax ?? CONNECTIONS_MAX
  tls?.onChange((context) => (app.server as unknown as TlsServer).setSecureContext(context))
  app.removeContentTypeParser('text/plain') // a question is JSON, and says so
  carryCorrelation(app)
  if (options.component !== 'probes') traceRequests(app)
  measure(app, options)
  limitAnswers(app, options.answerMsMax ?? 30_000)
  if (access !== undefined) {
    letOriginsIn(app, access.origins)
    gateRequests(app, access, (request, why) => controllers.get(request)?.abort(why))
  }
  refuseCoded(app)
  compressAnswers(app)
  app.setErrorHandler((error, request, reply) => answer(error, request, reply))
  app.setNotFoundHandler((request, reply) => {
    answer(new K2Error('NOT_FOUND', `there is no ${request.url.split('?', 1)[0]} here`), request, reply)
  })
  const refuseOtherMethods = watchMethods(app)

  return {
    name: `http ${options.component}`,
    app,
    url: () => app.listeningOrigin,
    async start() {
      await options.routes(app)
      await app.after()
      refuseOtherMethods()
      await app.listen({ host, port }).catch((cause) => {
        throw cannotListen(`${host}:${port}`, cause)
      })
      logger.info({ door: options.component, url: app.listeningOrigin }, 'listening')
    },
    async stop() {
      const closed = Promise.resolve(app.close())
      // A connection kept alive by its client turns idle after the last answer on it, and would hold up the close.
      const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS)
      await within(drainMsMax, 'requests under way', () => closed).catch(() => app.server.closeAllConnections())
      await closed
      clearInterval(sweep)
    },
  }
}

/** Aborts when the answer begins too late, or nobody waits for it any more; hand it to all that the route does. */
export function requestSignal(request: FastifyRequest): AbortSignal {
  const controller = controllers.get(request)
  if (!controller) throw new Error('this request came over no server of ours')
  return controller.signal
}

export interface Probes {
  readonly health: Health
  /** The body of /metrics: telemetry.text, or joinedText where one port stands for several services. */
  readonly metrics: () => Promise<string>
}

/** Adds /health/live, /health/ready (503 with the reasons when not) and /metrics. */
export function probeRoutes(app: HttpApp, { health, metrics }: Probes): void {
  const config = { access: 'health' } as const
  app.get('/health/live', { config }, async (_, reply) => report(reply, health.live()))
  // Under two names: probes and load balancers expect either.
  for (const path of ['/health/ready', '/health'])
    app.get(path, { config }, async (_, reply) => report(reply, health.ready()))
  const ofMetrics = { config: { access: 'metrics' } } as const
  app.get('/metrics', ofMetrics, async (_, reply) => reply.type(METRICS_CONTENT_TYPE).send(await metrics()))
}

function report(reply: FastifyReply, { ok, body }: { ok: boolean; body: object }): FastifyReply {
  return reply
    .code(ok ? 200 : CODES.NOT_READY.http)
    .header('cache-control', 'no-store')
    .send(body)
}

const calls = new WeakMap<FastifyRequest, Asking>()

function carryCorrelation(app: HttpApp): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(HEADER, request.id)
    const call = { id: request.id }
    calls.set(request, call)
    withAsking(call, done)
  })
  // Reading a body ends in an event of the socket, which knows nothing of the request: enter again behind it.
  app.addHook('preValidation', (request, _, done) => withAsking(calls.get(request)!, done))
}

/** A coded body would be parsed as it came: what the client meant is not in it. */
function refuseCoded(app: HttpApp): void {
  app.addHook('onRequest', async (request) => {
    const coding = request.headers['content-encoding'] ?? 'identity'
    if (coding.toLowerCase() !== 'identity')
      throw new K2Error('UNSUPPORTED_MEDIA', `Send the body without Content-Encoding: ${coding} is not read.`)
  })
}

const controllers = new WeakMap<FastifyRequest, AbortController>()
const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>()

// Not fastify's handlerTimeout and request.signal: in 5.12.8 both end as soon as the body of a POST has been read.
function limitAnswers(app: HttpApp, answerMsMax: number): void {
  app.addHook('onRequest', (request, reply, done) => {
    const controller = new AbortController()
    controllers.set(request, controller)
    reply.raw.once('close', () => {
      clearTimeout(timers.get(request))
      if (!reply.raw.writableFinished) controller.abort(new K2Error('DEADLINE_EXCEEDED', 'the client went away'))
    })
    done()
  })
  // Once the request is there: one that comes slowly is its client's fault.
  app.addHook('preValidation', (request, reply, done) => {
    const late = () => {
      if (reply.sent || reply.raw.headersSent) return
      const error = new K2Error('DEADLINE_EXCEEDED', `there was no answer within ${answerMsMax} ms`, { answerMsMax })
      void reply.send(error) // before the abort, whose listeners may want to answer too
      controllers.get(request)?.abort(error)
    }
    if (answerMsMax > 0 && !reply.raw.closed) timers.set(request, setTimeout(late, answerMsMax))
    done()
  })
  // It is there, and what is left is to compress and to send it: a refusal would come between.
  app.addHook('onSend', (request, _, payload, done) => {
    clearTimeout(timers.get(request))
    done(null, payload)
  })
}

function measure(app: HttpApp, { component, logger, telemetry }: HttpOptions): void {
  const inFlight = telemetry.gauge('k2_http_in_flight_requests', { component })
  app.addHook('onRequest', (request, reply, done) => {
    const startMs = performance.now()
    inFlight.add(1)
    // 'close' comes also where the client went away, which no hook of the server tells.
    reply.raw.once('close', () => {
      inFlight.add(-1)
      const [method, route, seconds] = [request.method, routeOf(request), (performance.now() - startMs) / 1000]
      const status = reply.raw.writableFinished ? reply.statusCode : 499
      telemetry.counter('k2_http_requests_total', { component, method, route, status }).add()
      telemetry.histogram('k2_http_request_duration_seconds', { component, method, route }).observe(seconds)
      withAsking(calls.get(request)!, () => logger.debug({ method, route, status, seconds }, 'request'))
    })
    done()
  })
}

// The pattern of the route, never the path as it was sent: metrics must not grow with what clients invent.
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none'
}

/** Notes the methods of each path; the function that it gives adds routes that answer the others with 405. */
function watchMethods(app: HttpApp): () => void {
  const methods = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set()
    for (const name of [method].flat()) known.add(name)
    methods.set(url, known)
  })
  return () => {
    for (const [url, known] of [...methods]) {
      const allow = [...known].join(', ')
      const refuse = async (request: FastifyRequest, reply: FastifyReply) => {
        reply.header('allow', allow)
        throw new K2Error('METHOD_NOT_ALLOWED', `${url} takes ${allow}, not ${request.method}`)
      }
      // In onRequest, before a body that nobody wants is read.
      const others = app.supportedMethods.filter((name) => !known.has(name))
      if (others.length > 0)
        app.route({ method: others, url, onRequest: refuse, handler: refuse, exposeHeadRoute: false })
    }
  }
}
