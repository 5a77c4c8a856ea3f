/**
 * One host of a venue: an address on this machine that serves its streams or its REST.
 *
 *   units   ms of the exchange's clock
 *   errors  SETTINGS_INVALID where its port is taken
 */
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '@k2/service/clock.ts'
import { cannotListen } from '@k2/service/listen.ts'
import { WebSocketServer } from 'ws'
import { type Connection, createConnection } from './connection.ts'
import type { Market } from './market.ts'
import { answerRest, type RestReply } from './rest.ts'
import { askedBy } from './streams.ts'
import { createSubscribers } from './subscribers.ts'
import type { Rules } from './venues.ts'
import type { Weights } from './weights.ts'

export interface Door {
  /** Its name at the venue, such as stream.binance.com:9443. */
  readonly host: string
  readonly kind: 'streams' | 'rest'
  readonly url: string
  readonly connections: ReadonlySet<Connection>
  /** On this port, or on its last one; 0: any free one. */
  open(port?: number): Promise<void>
  close(): Promise<void>
}

export interface DoorOptions {
  readonly host: string
  readonly kind: 'streams' | 'rest'
  readonly market: Market
  readonly weights: Weights
  readonly clock: Clock
  readonly tls?: { readonly key: string; readonly cert: string } | undefined
}

/** A client's message: documented nowhere; the longest request of 1,024 streams has room. */
const HEARD_BYTES_MAX = 256 * 1_024

export function createDoor(options: DoorOptions): Door {
  const { host, kind, market, weights, clock, tls } = options
  const { rules } = market
  const subscribers = createSubscribers()
  const mayTry = attemptLimit(rules, clock)
  const sockets = new Set<Duplex>()
  const upgrades = new WebSocketServer({
    noServer: true,
    maxPayload: HEARD_BYTES_MAX,
    perMessageDeflate: false,
    autoPong: false,
  })
  const server = tls ? createTlsServer(tls, serve) : createServer(serve)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  if (kind === 'streams') {
    server.on('upgrade', upgrade)
    market.listen(subscribers.deliver)
  }
  let port = 0

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const url = URL.parse(request.url ?? '', 'http://exchange')
    if (kind === 'streams' || url === null) return void send(response, { status: 404, headers: {}, body: '' })
    const key = request.headers['x-mbx-apikey']?.toString()
    const address = addressOf(request)
    const asked = { path: url.pathname, query: url.searchParams, key, address }
    send(response, answerRest(asked, market, weights, clock.nowMs()))
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {}) // 'close' follows
    if (!mayTry(addressOf(request))) return void refuse(socket, 429)
    const asked = askedBy(request.url ?? '', rules)
    if ('status' in asked) return void refuse(socket, asked.status, asked.body)
    upgrades.handleUpgrade(request, socket, head, (ws) => {
      createConnection({ ws, socket, asked, rules, clock, ...subscribers })
    })
  }

  async function open(wanted = port): Promise<void> {
    if (server.listening) return
    port = wanted
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(cannotListen(`127.0.0.1:${port}`, cause)))
      server.listen(port, '127.0.0.1', resolve)
    })
    server.removeAllListeners('error')
    port = (server.address() as AddressInfo).port
  }

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const connection of subscribers.connections) connection.end()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  return {
    host,
    kind,
    get url() {
      return `${kind === 'streams' ? 'ws' : 'http'}${tls ? 's' : ''}://127.0.0.1:${port}`
    },
    connections: subscribers.connections,
    open,
    close,
  }
}

/** Whether an address may try once more. */
function attemptLimit({ attemptsMax, attemptsMs }: Rules, clock: Clock): (address: string) => boolean {
  const attempts = new Map<string, number[]>()
  return (address) => {
    const nowMs = clock.nowMs()
    const recent = (attempts.get(address) ?? []).filter((atMs) => atMs > nowMs - attemptsMs)
    recent.push(nowMs)
    attempts.set(address, recent.slice(-attemptsMax - 1))
    return recent.length <= attemptsMax
  }
}

const addressOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? ''

function send(response: ServerResponse, { status, headers, body }: RestReply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function refuse(socket: Duplex, status: number, body = ''): void {
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
