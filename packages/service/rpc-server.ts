/**
 * The gRPC server of a process: handlers as async functions and generators, with limits, deadlines, correlation ids,
 * grpc.health.v1, reflection, rate-errors-duration and a graceful end. Client streams are not supported: K2 has none.
 *
 *   errors  thrown by a handler: a K2Error becomes its status; anything else is logged whole and told as INTERNAL
 */
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js'
import type { PackageDefinition } from '@grpc/proto-loader'
import { CODES, K2Error } from '@k2/contracts/codes.ts'
import type { Access, Refusal } from './access/access.ts'
import { rateHeaders } from './access/rate.ts'
import { admissionOf, needOf, rpcGate } from './access/rpc-gate.ts'
import { ReadAgainCredentials } from './access/tls.ts'
import { type Asking, withAsking } from './correlation.ts'
import { within } from './deadline.ts'
import type { Health } from './health.ts'
import { cannotListen } from './listen.ts'
import { acceptCorrelation, type Logger } from './logger.ts'
import { lenient, readable } from './rpc-codec.ts'
import { serviceIn } from './rpc-protos.ts'
import { sendAll } from './rpc-send.ts'
import { addHealth, addReflection, type StreamTracker, streamTracker } from './rpc-standard.ts'
import { CORRELATION_KEY, statusOf } from './rpc-status.ts'
import type { MethodsOf, ReplyIn, RequestOut } from './rpc-types.ts'
import type { Service } from './run.ts'
import type { Telemetry } from './telemetry.ts'
import { begin, TRACEPARENT } from './tracing.ts'

/** What a handler knows of the call that it answers. */
export interface RpcCall {
  /** Aborts when the caller gives up, at the deadline, and at the end of a stop. */
  readonly signal: AbortSignal
  /** Aborts as soon as the server stops: for streams without an end, which end themselves then. */
  readonly stopping: AbortSignal
  readonly correlationId: string
  /** host:port of the caller. */
  readonly peer: string
  /** The first value of a header that the caller sent. */
  header(name: string): string | undefined
}

/** A function for each method: a promise where it has one reply, an async iterable where it has many. */
export type RpcHandlers<Definition> = {
  readonly [M in MethodsOf<Definition>]: (
    request: RequestOut<Definition[M]>,
    call: RpcCall,
  ) => Promise<ReplyIn<Definition[M]>> | AsyncIterable<ReplyIn<Definition[M]>>
}

/** A reply that is bytes is sent as it is: a message that its handler has written itself. */
type Handler = (request: unknown, call: RpcCall) => Promise<unknown> | AsyncIterable<unknown>

export interface RpcService {
  /** k2.v1.Query */
  readonly name: string
  readonly handlers: Readonly<Record<string, Handler>>
}

/** A service and its handlers, typed: `rpcService<QueryDefinition>('k2.v1.Query', { … })`. */
export function rpcService<Definition>(name: string, handlers: RpcHandlers<Definition>): RpcService {
  return { name, handlers: handlers as RpcService['handlers'] }
}

export interface RpcServerOptions {
  /** By default 127.0.0.1. */
  readonly host?: string
  /** 0: any free one. */
  readonly port: number
  readonly component: string
  readonly protos: PackageDefinition
  readonly services: readonly RpcService[]
  readonly health: Health
  readonly logger: Logger
  readonly telemetry: Telemetry
  /** Who may ask, and TLS; by default anyone, in clear. */
  readonly access?: Access | undefined
  readonly messageBytesMax?: number
  readonly streamsPerConnectionMax?: number
  /** Of a call with one reply, whatever longer one its caller asks for. */
  readonly deadlineMsMax?: number
  /** For a caller to take what a stream has sent; then the handler hears of it where it yields, and the call ends. */
  readonly slowMsMax?: number
  /** For the calls under way to end when it stops; then they are cut. */
  readonly drainMsMax?: number
}

export interface RpcServer extends Service {
  /** host:port, once it has started. */
  address(): string
}

interface Shell extends RpcServerOptions {
  readonly calls: Set<AbortController>
  readonly stopping: AbortController
}

type Unary = ServerUnaryCall<unknown, unknown>
type Stream = ServerWritableStream<unknown, unknown>

const MESSAGE_BYTES_MAX = 16 * 2 ** 20
/** As much as a body has over HTTP: answers are large, questions are not. */
const REQUEST_BYTES_MAX = 2 ** 20

/** A server that starts and stops as a Service. */
export function createRpcServer(options: RpcServerOptions): RpcServer {
  const { host = '127.0.0.1', messageBytesMax = MESSAGE_BYTES_MAX, drainMsMax = 10_000, logger } = options
  const shell: Shell = { ...options, calls: new Set(), stopping: new AbortController() }
  const server = new Server({
    'grpc.max_receive_message_length': Math.min(messageBytesMax, REQUEST_BYTES_MAX),
    'grpc.max_send_message_length': messageBytesMax,
    'grpc.max_concurrent_streams': options.streamsPerConnectionMax ?? 256,
    interceptors: options.access === undefined ? [] : [rpcGate(options.access, refusedBy(options))],
  })
  for (const service of options.services) addService(server, service, shell)
  const standard: StreamTracker = streamTracker(server)
  const stopHealth = addHealth(
    standard,
    options.health,
    options.services.map(({ name }) => name),
  )
  addReflection(standard, options.protos)
  let address = ''

  return {
    name: `grpc ${options.component}`,
    address: () => address,
    async start() {
      const tls = options.access?.tls
      const credentials = tls ? new ReadAgainCredentials(tls) : ServerCredentials.createInsecure()
      const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync(`${host}:${options.port}`, credentials, (error, bound) =>
          error ? reject(cannotListen(`${host}:${options.port}`, error)) : resolve(bound),
        )
      })
      address = `${host}:${port}`
      logger.info({ address }, 'listening')
    },
    async stop() {
      shell.stopping.abort(new K2Error('NOT_READY', 'the server is stopping'))
      stopHealth()
      standard.end()
      const done = new Promise<void>((resolve) => server.tryShutdown(() => resolve()))
      await within(drainMsMax, 'calls under way', () => done).catch(async () => {
        for (const call of shell.calls) call.abort(shell.stopping.signal.reason)
        await new Promise((resolve) => setTimeout(resolve, 50)) // for their statuses to leave
        server.forceShutdown()
      })
    },
  }
}

/** Told of what the gate lets not in: it is counted and audited as any other call. */
function refusedBy({ component, telemetry, access }: RpcServerOptions) {
  return (path: string, { error, identity }: Refusal, peer: string): void => {
    const [method, code] = [path.slice(1), status[CODES[error.code].grpc]!]
    telemetry.counter('k2_grpc_requests_total', { component, method, code }).add()
    if (needOf(path) === 'health') return
    const asked = { identity, peer, door: 'grpc', question: method, status: code } as const
    access?.audit?.({ ...asked, parameters: {}, rows: undefined, durationMs: 0 })
  }
}

function addService(server: Server, { name, handlers }: RpcService, shell: Shell): void {
  const definition = serviceIn(shell.protos, name)
  const implementation: Record<string, (call: never, callback: never) => void> = {}
  for (const [method, { path, responseStream, requestStream }] of Object.entries(definition)) {
    const handler = handlers[method]
    if (requestStream || !handler) throw new Error(`${path} ${requestStream ? 'is a client stream' : 'has no handler'}`)
    if (responseStream) {
      implementation[method] = (call: Stream) =>
        answer(shell, path, call, async (context) => {
          const replies = handler(readable(call.request), context) as AsyncIterable<unknown>
          await sendAll(call, replies, context.signal, shell.slowMsMax)
        })
      continue
    }
    implementation[method] = (call: Unary, reply: (failure: unknown, value?: unknown) => void) => {
      const work = async (context: RpcCall) => reply(null, await replyInTime(shell, path, call, handler, context))
      return answer(shell, path, call, work, reply)
    }
  }
  server.addService(lenient(definition), implementation as never)
}

/** What every call goes through, of one reply or of many. */
async function answer(
  shell: Shell,
  path: string,
  call: Unary | Stream,
  work: (context: RpcCall) => Promise<void>,
  refuse = (failure: unknown): void => void call.emit('error', failure),
): Promise<void> {
  const { component, telemetry, logger, calls, stopping, access } = shell
  const method = path.slice(1)
  const id = acceptCorrelation(call.metadata.get(CORRELATION_KEY)[0])
  const echo = new Metadata()
  echo.set(CORRELATION_KEY, id)
  const admitted = admissionOf(call.metadata)
  for (const [name, value] of Object.entries(admitted?.rate ? rateHeaders(admitted.rate) : {})) echo.set(name, value)
  call.sendMetadata(echo)
  const controller = new AbortController()
  const asked: Asking = { id, ...(admitted && admitted.identity.kind !== 'nobody' && { who: admitted.identity.name }) }
  const ended = () => controller.abort(admitted?.signal.reason)
  admitted?.signal.addEventListener('abort', ended, { once: true })
  call.on('cancelled', () => controller.abort(new K2Error('DEADLINE_EXCEEDED', 'the caller gave up')))
  calls.add(controller)
  const inFlight = telemetry.gauge('k2_grpc_in_flight_requests', { component })
  inFlight.add(1)
  const time = telemetry.histogram('k2_grpc_request_duration_seconds', { component, method }).time()
  let code = status.OK
  const parent = call.metadata.get(TRACEPARENT)[0]
  const span = begin(method, { from: typeof parent === 'string' ? [parent] : [], isRequest: true })
  const inContext = (answered: () => Promise<void>) => withAsking(asked, () => span.enter(answered))
  await inContext(async () => {
    try {
      const header = (name: string) => call.metadata.get(name)[0]?.toString()
      const { signal } = controller
      await work({ signal, stopping: stopping.signal, correlationId: id, peer: call.getPeer(), header })
    } catch (thrown) {
      const error = thrown instanceof K2Error ? thrown : new K2Error('INTERNAL', String(thrown), {}, thrown)
      if (error.code === 'INTERNAL') logger.error({ error, method }, 'call failed')
      const failure = statusOf(error)
      code = failure.code
      refuse(failure)
      span.end(error)
    }
    span.end()
    if (call.cancelled) code = status.CANCELLED
    calls.delete(controller)
    inFlight.add(-1)
    const seconds = time()
    admitted?.signal.removeEventListener('abort', ended)
    telemetry.counter('k2_grpc_requests_total', { component, method, code: status[code] }).add()
    access?.audit?.({
      ...{ identity: admitted?.identity, peer: call.getPeer(), door: 'grpc', question: method, status: status[code] },
      ...{ parameters: call.request, rows: asked.rows, durationMs: seconds * 1000 },
    })
    logger.debug({ method, code: status[code], seconds }, 'call')
  })
}

async function replyInTime(
  { deadlineMsMax = 30_000, messageBytesMax = MESSAGE_BYTES_MAX }: Shell,
  path: string,
  call: Unary,
  handler: Handler,
  context: RpcCall,
): Promise<unknown> {
  const leftMs = Number(call.getDeadline()) - Date.now()
  const reply = await within(Math.min(deadlineMsMax, leftMs), path, (late) => {
    const signal = AbortSignal.any([context.signal, late])
    const request = readable(call.request)
    return Promise.race([handler(request, { ...context, signal }) as Promise<unknown>, aborted(context.signal)])
  })
  // Else the library refuses it, which counts as answered and does not say what to do.
  if (reply instanceof Uint8Array && reply.length > messageBytesMax)
    throw new K2Error(
      'PAYLOAD_TOO_LARGE',
      `The answer has ${reply.length} bytes, and a message at most ${messageBytesMax}. Ask for fewer rows or fields at once.`,
      { bytes: reply.length, messageBytesMax },
    )
  return reply
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
