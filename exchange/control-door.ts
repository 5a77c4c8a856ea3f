/**
 * How other processes steer the exchange: HTTP with JSON, on this machine only.
 *
 *   GET    /         venues with their URLs, symbols and connections, and the faults that there are
 *   POST   /faults   a fault as faults.ts lists them -> how many doors and connections it reached
 *   DELETE /faults   ends them
 *   POST   /play     begins, where it was paused
 *   GET    /trades   the truth: ?venue=binance&symbol=BTCUSDT&fromId=0&limit=1000
 *
 *   errors  400 with a sentence; a browser's page is refused
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { CODES, K2Error } from '@k2/contracts/codes.ts'
import { FAULTS, faultFrom } from './faults.ts'
import { createListener, type Listener } from './listener.ts'
import type { StandIn, StandInVenue } from './stand-in.ts'

type Answer = (exchange: StandIn, call: { readonly query: URLSearchParams; readonly body: string }) => unknown

// biome-ignore format: a table reads by its columns
const ROUTES: Readonly<Record<string, Answer>> = {
  'GET /':          state,
  'POST /faults':   (exchange, { body }) => exchange.inject(faultFrom(parsed(body))),
  'DELETE /faults': async (exchange) => { await exchange.clear(); return {} },
  'POST /play':     async (exchange) => { await exchange.play(); return {} },
  'GET /trades':    trades,
}

const BODY_MAX = 65_536

export function createControlDoor(exchange: StandIn): Listener {
  return createListener(
    (request, response) => void serve(exchange, request, response),
    (_, socket) => socket.destroy(),
    undefined,
  )
}

async function serve(exchange: StandIn, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const url = URL.parse(request.url ?? '', 'http://exchange')
    const answer = url && ROUTES[`${request.method} ${url.pathname}`]
    if (!url || !answer) throw new K2Error('NOT_FOUND', `There is ${Object.keys(ROUTES).join(', ')}.`)
    if (request.headers.origin !== undefined) throw new K2Error('FORBIDDEN', 'A page may not steer the exchange.')
    send(response, 200, await answer(exchange, { query: url.searchParams, body: await bodyOf(request) }))
  } catch (error) {
    if (request.socket.destroyed) return // nobody waits for an answer
    if (!(error instanceof K2Error)) throw error
    send(response, CODES[error.code].http, { code: error.code, error: error.message })
  }
}

/** Read to its end, or the answer would not be. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  let length = 0
  for await (const piece of request.setEncoding('utf8')) {
    length += piece.length
    if (length <= BODY_MAX) body += piece
  }
  if (length > BODY_MAX) throw wrong('A fault is shorter than this')
  return body
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}

function state(exchange: StandIn): unknown {
  const venues = Object.entries(venuesOf(exchange)).map(([name, { doors }]) => [
    name,
    doors.map(({ host, url, symbols, connections }) => ({ host, url, symbols, connections: connections.size })),
  ])
  const faults = Object.entries(FAULTS).map(([kind, { does, takes }]) => ({ kind, takes: Object.keys(takes), does }))
  return { venues: Object.fromEntries(venues), faults }
}

function trades(exchange: StandIn, { query }: { readonly query: URLSearchParams }): unknown {
  const name = query.get('venue') ?? 'binance'
  const venue = venuesOf(exchange)[name]
  const symbol = query.get('symbol') ?? ''
  if (!venue?.doors[0]?.symbols.includes(symbol)) throw wrong(`${name} does not trade "${symbol}"`)
  const [fromId, limit] = [Number(query.get('fromId') ?? 0), Number(query.get('limit') ?? 1_000)]
  if (!Number.isSafeInteger(fromId) || !Number.isSafeInteger(limit)) throw wrong('fromId and limit are whole numbers')
  return venue.trades(symbol, fromId).take(Math.max(0, limit)).toArray()
}

const venuesOf = ({ binance, binanceus }: StandIn): Readonly<Record<string, StandInVenue>> => ({ binance, binanceus })

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw wrong('A fault is written as JSON')
  }
}

const wrong = (fault: string): K2Error => new K2Error('INVALID_ARGUMENT', `${fault}.`)
