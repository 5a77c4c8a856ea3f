/** Handshakes that go wrong: each is told why, and none leaves a stream open. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { createHttpServer } from './http.ts'
import { silentLogger } from './logger.ts'
import { said } from './said.fixture.ts'
import { socketRoute } from './socket.ts'
import { createTelemetry } from './telemetry.ts'

interface World {
  readonly port: number
  readonly stop: () => Promise<void>
  /** Streams that have begun and not ended. */
  readonly open: () => number
}

async function using(firstMs: number, work: (world: World) => Promise<void>): Promise<void> {
  let open = 0
  async function* ticks(signal: AbortSignal): AsyncGenerator<string, void> {
    open++
    try {
      await sleep(firstMs)
      for (;;) {
        signal.throwIfAborted()
        yield 'tick'
        await sleep(5)
      }
    } finally {
      open--
    }
  }
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    component: 'test',
    logger: silentLogger,
    telemetry: createTelemetry({ service: 'test', environment: 'test' }),
    drainMsMax: 200,
    routes(app) {
      app.get('/plain', async () => ({ is: 'plain' }))
      app.post('/plain', async ({ body }) => body)
      socketRoute(app, { path: '/ticks', slowMsMax: 1_000, pingMs: 1_000, open: ({ signal }) => ticks(signal) })
    },
  })
  await server.start?.(new AbortController().signal)
  const stop = async () => void (await server.stop?.())
  try {
    await work({ port: Number(new URL(server.url()).port), stop, open: () => open })
  } finally {
    await stop()
  }
}

const upgrade = (path: string, headers: readonly string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: here', 'Connection: Upgrade', ...headers, '', ''].join('\r\n')

const WEBSOCKET = 'Upgrade: websocket'
const KEY = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']

async function ask(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(text)
  return said(socket)
}

async function noneOpen({ open }: World): Promise<void> {
  for (let tries = 0; open() > 0 && tries < 400; tries++) await sleep(5)
  assert.equal(open(), 0, 'streams that nobody reads')
}

// biome-ignore format: a table reads by its columns
const REFUSED: readonly [what: string, request: string, status: number, why: RegExp][] = [
  ['no key',           upgrade('/ticks', [WEBSOCKET, 'Sec-WebSocket-Version: 13']),               400, /Sec-WebSocket-Key/],
  ['another version',  upgrade('/ticks', [WEBSOCKET, KEY[1]!, 'Sec-WebSocket-Version: 1']),       400, /Sec-WebSocket-Version/],
  ['no such path',     upgrade('/nope', [WEBSOCKET, ...KEY]),                                     404, /no WebSocket at/],
  ['no URL',           upgrade('//', [WEBSOCKET, ...KEY]),                                        400, /no URL/],
  ['another site',     upgrade('/ticks', [WEBSOCKET, ...KEY, 'Origin: https://elsewhere.test']),  403, /elsewhere/],
  ['nobody, a page',   upgrade('/ticks', [WEBSOCKET, ...KEY, 'Origin: null']),                    403, /may not connect/],
]
for (const [what, request, status, why] of REFUSED) {
  test(`${what}: refused as a problem, and no stream stays open`, () =>
    using(0, async (world) => {
      for (let times = 0; times < 3; times++) {
        const text = await ask(world.port, request)
        assert.match(text, new RegExp(`^HTTP/1.1 ${status} `))
        assert.match(text, /Content-Type: application\/problem\+json/)
        assert.match(text, why)
      }
      await noneOpen(world)
    }))
}

test('a page of this server connects, and so does a client that is no page', () =>
  using(0, async ({ port }) => {
    for (const headers of [{}, { origin: `http://127.0.0.1:${port}` }]) {
      const client = new WebSocket(`ws://127.0.0.1:${port}/ticks`, { headers })
      const [message] = await once(client, 'message')
      assert.equal(String(message), 'tick')
      client.terminate()
    }
  }))

// biome-ignore format: a table reads by its columns
const LEAVES: readonly [how: string, leave: (socket: Socket) => void][] = [
  ['ends its half',  (socket) => void socket.end()],
  ['breaks off',     (socket) => void socket.resetAndDestroy()],
]
for (const [how, leave] of LEAVES) {
  test(`a client that ${how} before the first message leaves no stream open`, () =>
    using(100, async (world) => {
      const socket = connect(world.port, '127.0.0.1')
      socket.write(upgrade('/ticks', [WEBSOCKET, ...KEY]))
      const ended = said(socket)
      while (world.open() === 0) await sleep(5)
      leave(socket)
      await ended
      await noneOpen(world)
    }))
}

test('an offer of another protocol is passed over', () =>
  using(0, async ({ port }) => {
    const offer = ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__', 'Connection: Upgrade, HTTP2-Settings, close']
    const got = await ask(port, ['GET /plain HTTP/1.1', 'Host: here', ...offer, '', ''].join('\r\n'))
    assert.match(got, /^HTTP\/1.1 200 .*"is":"plain"/s)
    const body = '{"sent":"whole"}'
    const head = ['POST /plain HTTP/1.1', 'Host: here', ...offer, 'Content-Type: application/json']
    const posted = await ask(port, [...head, `Content-Length: ${body.length}`, '', body].join('\r\n'))
    assert.match(posted, /^HTTP\/1.1 200 .*"sent":"whole"/s)
  }))

test('a refused client that keeps its half open does not hold up the end', () =>
  using(0, async ({ port, stop }) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => {})
    socket.write(upgrade('/nope', [WEBSOCKET, ...KEY]))
    await once(socket, 'data')
    await stop()
    socket.destroy()
  }))
