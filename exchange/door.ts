/**
 * One host of a venue: an address on this machine that serves its streams or its REST, and the faults that it is told
 * to have.
 *
 *   units   ms of the exchange's clock
 *   errors  SETTINGS_INVALID where its port is taken
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '@k2/service/clock.ts'
import { WebSocketServer } from 'ws'
import { type Connection, createConnection } from './connection.ts'
import { createDisturbance, type Disturbance } from './disturb.ts'
import { type MarketEvent, streamOf } from './event.ts'
import { type Certificate, createListener, type Listener } from './listener.ts'
import type { Market } from './market.ts'
import { answerRest, type RestReply } from './rest.ts'
import { createRestFaults, type RestFaults } from './rest-faults.ts'
import { askedBy } from './streams.ts'
import { createSubscribers } from './subscribers.ts'
import type { Rules } from './venues.ts'
import type { Weights } from './weights.ts'

export interface Door {
  readonly venue: string
  /** Its name at the venue, such as stream.binance.com:9443. */
  readonly host: string
  readonly kind: 'streams' | 'rest'
  readonly url: string
  readonly symbols: readonly string[]
  readonly connections: ReadonlySet<Connection>
  readonly listener: Listener
  readonly disturbance: Disturbance
  readonly restFaults: RestFaults
  /** What was held goes out, and all is as it was. */
  clear(): Promise<void>
}

export interface DoorOptions {
  readonly host: string
  readonly kind: 'streams' | 'rest'
  readonly market: Market
  readonly weights: Weights
  readonly clock: Clock
  readonly tls?: Certificate | undefined
}

/** Of a client's message: documented nowhere; a request for 1,024 streams has room. */
const HEARD_BYTES_MAX = 256 * 1_024

export function createDoor({ host, kind, market, weights, clock, tls }: DoorOptions): Door {
  const { rules } = market
  const subscribers = createSubscribers()
  const disturbance = createDisturbance(market)
  const restFaults = createRestFaults()
  const mayTry = attemptLimit(rules, clock)
  const upgrades = new WebSocketServer({
    noServer: true,
    maxPayload: HEARD_BYTES_MAX,
    perMessageDeflate: false,
    autoPong: false,
  })
  const listener = createListener(serve, upgrade, tls)
  if (kind === 'streams') market.listen(deliver)

  function deliver(stream: string, event: MarketEvent): void {
    for (const each of disturbance.apply(event, clock.nowMs())) subscribers.deliver(stream, each)
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const nowMs = clock.nowMs()
    const url = URL.parse(request.url ?? '', 'http://exchange')
    if (kind === 'streams' || url === null) return void send(response, { status: 404, headers: {}, body: '' })
    const fault = restFaults.next(nowMs)
    if (fault === 'hang') return
    const key = request.headers['x-mbx-apikey']?.toString()
    const asked = { path: url.pathname, query: url.searchParams, key, address: addressOf(request) }
    send(response, fault ?? answerRest(asked, market, weights, nowMs))
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {}) // 'close' follows
    if (kind === 'rest') return void refuse(socket, 404)
    if (!mayTry(addressOf(request))) return void refuse(socket, 429)
    const asked = askedBy(request.url ?? '', rules)
    if ('status' in asked) return void refuse(socket, asked.status, asked.body)
    upgrades.handleUpgrade(request, socket, head, (ws) => {
      createConnection({ ws, socket, asked, rules, clock, ...subscribers })
    })
  }

  return {
    venue: market.venue.name,
    host,
    kind,
    get url() {
      return `${kind === 'streams' ? 'ws' : 'http'}${tls ? 's' : ''}://${listener.address}`
    },
    symbols: market.symbols.map(({ symbol }) => symbol),
    connections: subscribers.connections,
    listener,
    disturbance,
    restFaults,
    async clear() {
      for (const event of disturbance.clear()) subscribers.deliver(streamOf(event), event)
      restFaults.clear()
      await listener.open()
    },
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
