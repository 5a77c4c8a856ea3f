/**
 * WebSockets on an HTTP server: a route that sends what a generator gives. Nothing that the client sends is read.
 *
 *   upgrade ─► the first message, or a refusal as problem+json ─► 101 ─► messages, each taken before the next is made
 *
 *   units   ms
 *   errors  one that ends a stream is its last message, `{"error": problem}`, before a close with 1012 (the server stops),
 *           1013 (try again) or 1008
 */
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { CODES, K2Error } from '@k2/contracts/codes.ts'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Access, Admission, Refusal } from './access/access.ts'
import { isAllowedOrigin } from './access/cors.ts'
import { presentedIn } from './access/http-gate.ts'
import { rateHeaders } from './access/rate.ts'
import { type Asking, acceptCorrelation, withAsking } from './correlation.ts'
import type { HttpApp } from './http.ts'
import { asK2Error, PROBLEM_TYPE, problemOf, refusalHeaders } from './problem.ts'
import { sendEach, tooSlow, withFirst } from './send.ts'

export interface SocketCall {
  readonly url: URL
  /** The client is gone. */
  readonly signal: AbortSignal
  /** The server is about to stop: the stream ends itself. */
  readonly stopping: AbortSignal
}

export interface SocketRoute {
  readonly path: string
  /** What it throws before its first message refuses the upgrade. */
  readonly open: (call: SocketCall) => AsyncGenerator<Uint8Array | string, void>
  /** For a client to take a message; then it is cut. */
  readonly slowMsMax: number
  /** A client that does not answer a ping until the next one is gone. */
  readonly pingMs: number
  readonly access?: Access | undefined
}

const READ_BYTES_MAX = 4_096
/** For a close to be answered. */
const CLOSE_MS_MAX = 2_000

/** Before the server starts. */
export function socketRoute(app: HttpApp, route: SocketRoute): void {
  const limits = { maxPayload: READ_BYTES_MAX, perMessageDeflate: false, autoPong: false }
  const server = new WebSocketServer({ noServer: true, ...limits })
  const stopping = new AbortController()
  server.on('wsClientError', ({ message }, socket, { headers }) =>
    refuse(socket, new K2Error('INVALID_ARGUMENT', `${message}.`), acceptCorrelation(headers['x-correlation-id'])),
  )
  app.get(route.path, async () => {
    throw new K2Error('INVALID_ARGUMENT', `${route.path} is a WebSocket: connect to it with ws:// or wss://.`)
  })
  // Else Node hands over every offer of another protocol, whatever its path: h2c is what curl --http2 offers.
  Object.assign(app.server, {
    shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
  })
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const id = acceptCorrelation(request.headers['x-correlation-id'])
    const call: Asking = { id }
    void withAsking(call, () => upgraded(request, socket, head, call))
  })
  app.addHook('preClose', async () => {
    stopping.abort(new K2Error('NOT_READY', 'The server is stopping.'))
    setTimeout(() => {
      for (const one of server.clients) one.terminate()
    }, 2 * CLOSE_MS_MAX).unref()
  })

  /** Of one that was admitted. */
  const shown = new WeakMap<IncomingMessage, Record<string, string>>()
  server.on('headers', (lines, request) => {
    for (const [name, value] of Object.entries(shown.get(request) ?? {})) lines.push(`${name}: ${value}`)
  })

  async function upgraded(request: IncomingMessage, socket: Duplex, head: Buffer, call: Asking): Promise<void> {
    const { access } = route
    const gone = new AbortController()
    const leave = () => gone.abort(new K2Error('DEADLINE_EXCEEDED', 'the client went away'))
    socket.on('error', leave)
    socket.once('close', leave)
    // One that ends its half before it is answered has gone: ws would only destroy it.
    socket.once('end', leave)
    const asked = { access, request, call, path: route.path, startMs: performance.now() }
    let admitted: Admission | Refusal | undefined
    let isServed = false
    const over = (status: number) => {
      if (admitted !== undefined && 'over' in admitted) admitted.over()
      if (admitted !== undefined) audited(asked, admitted, status)
    }
    try {
      const url = URL.parse(request.url ?? '/', 'ws://localhost')
      if (url === null) throw new K2Error('INVALID_ARGUMENT', 'This is no URL.')
      refuseOtherSites(request, access?.origins ?? [])
      admitted = await access?.admit('read', presentedIn(request))
      if (admitted?.rate !== undefined) shown.set(request, rateHeaders(admitted.rate))
      if (admitted !== undefined) follow(admitted, call, gone)
      if (url.pathname !== route.path) throw new K2Error('NOT_FOUND', `there is no WebSocket at ${url.pathname}`)
      const messages = route.open({ url, signal: gone.signal, stopping: stopping.signal })
      // Before the upgrade: what is wrong with the question is told as HTTP tells it.
      const first = await messages.next()
      if (gone.signal.aborted) {
        await messages.return()
        over(499)
        return void socket.destroy()
      }
      server.handleUpgrade(request, socket, head, (client) => {
        isServed = true
        void serve(client, withFirst(first, messages), route, call.id).finally(() => over(101))
      })
      // A handshake that ws refuses: nobody else ends the stream.
      if (!isServed) {
        await messages.return()
        over(400)
      }
    } catch (thrown) {
      const error = asK2Error(thrown)
      over(CODES[error.code].http)
      refuse(socket, error, call.id, shown.get(request))
    }
  }
}

/** Errors: those of a refusal. */
function follow(admitted: Admission | Refusal, call: Asking, gone: AbortController): void {
  const { identity } = admitted
  if (identity !== undefined && identity.kind !== 'nobody') call.who = identity.name
  if ('error' in admitted) throw admitted.error
  admitted.signal.addEventListener('abort', () => gone.abort(admitted.signal.reason), { once: true })
}

interface AskedOverSocket {
  readonly access: Access | undefined
  readonly request: IncomingMessage
  readonly call: Asking
  /** Of the route. */
  readonly path: string
  readonly startMs: number
}

function audited(
  { access, request, call, path, startMs }: AskedOverSocket,
  { identity }: Admission | Refusal,
  status: number,
) {
  const { pathname, searchParams } = URL.parse(request.url ?? '/', 'ws://localhost') ?? new URL('ws://localhost')
  access?.audit?.({
    ...{ identity, status, rows: call.rows, durationMs: performance.now() - startMs },
    // Never the path as it was sent: it is as long as its client likes, and may have a secret in it.
    question: `GET ${pathname === path ? path : 'none'}`,
    ...{ peer: request.socket.remoteAddress ?? '', door: 'websocket' },
    parameters: Object.fromEntries(searchParams),
  })
}

async function serve(
  client: WebSocket,
  messages: AsyncIterable<Uint8Array | string>,
  { slowMsMax, pingMs }: SocketRoute,
  id: string,
): Promise<void> {
  client.on('error', () => {}) // 'close' follows
  // Else whoever pings and reads nothing fills our memory with pongs.
  client.on('ping', (data) => {
    if (client.bufferedAmount < READ_BYTES_MAX) client.pong(data)
  })
  const stopPings = pings(client, pingMs)
  try {
    await sendEach(messages, (message) => taken(client, message, slowMsMax))
    client.close(1000)
  } catch (thrown) {
    const error = asK2Error(thrown)
    if (client.readyState === client.OPEN) {
      client.send(JSON.stringify({ error: problemOf(error, id) }))
      client.close(closeCodeOf(error), error.code)
    }
  } finally {
    stopPings()
    setTimeout(() => client.terminate(), CLOSE_MS_MAX).unref()
  }
}

const closeCodeOf = ({ code, retry }: K2Error): number =>
  code === 'NOT_READY' ? 1012 : retry === 'later' ? 1013 : 1008

/** Resolves when the socket has taken the message. */
function taken(client: WebSocket, message: Uint8Array | string, slowMsMax: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(tooSlow(slowMsMax)), slowMsMax)
    client.send(message, { binary: false }, (error) => {
      clearTimeout(timer)
      if (error) reject(new K2Error('DEADLINE_EXCEEDED', 'the client went away', {}, error))
      else resolve()
    })
  })
}

function pings(client: WebSocket, pingMs: number): () => void {
  let isAlive = true
  client.on('pong', () => {
    isAlive = true
  })
  const timer = setInterval(() => {
    // One that takes nothing cannot answer either: its time to take it is another.
    if (!isAlive && client.bufferedAmount === 0) return client.terminate()
    isAlive = false
    client.ping()
  }, pingMs)
  return () => clearInterval(timer)
}

function refuse(socket: Duplex, error: K2Error, id: string, headers: Record<string, string> = {}): void {
  const problem = problemOf(error, id)
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Correlation-ID: ${id}`,
    ...Object.entries({ ...headers, ...refusalHeaders(error) }).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ]
  // Nobody reads it: a client that keeps its half open would hold up the server's end.
  socket.once('finish', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** Browsers ask nobody before they open a WebSocket to another site, and say only which page did. */
function refuseOtherSites({ headers: { origin, host } }: IncomingMessage, allowed: readonly string[]): void {
  if (origin === undefined || URL.parse(origin)?.host === host || isAllowedOrigin(origin, allowed)) return
  throw new K2Error(
    'FORBIDDEN',
    `A page of ${origin} may not connect: only pages of this server and of K2_CORS_ORIGINS may.`,
  )
}
