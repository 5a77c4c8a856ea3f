/** Who sends a request byte by byte, or opens connection after connection, holds nothing for long. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { createHttpServer, type HttpOptions } from './http.ts'
import { silentLogger } from './logger.ts'
import { createTelemetry } from './telemetry.ts'

async function using(options: Partial<HttpOptions>, work: (port: number) => Promise<void>): Promise<void> {
  const telemetry = createTelemetry({ service: 'test', environment: 'test' })
  const routes: HttpOptions['routes'] = (app) => void app.post('/', async ({ body }) => body)
  const server = createHttpServer({ port: 0, component: 'api', logger: silentLogger, telemetry, routes, ...options })
  await server.start?.(new AbortController().signal)
  try {
    await work(Number(new URL(server.url()).port))
  } finally {
    await server.stop?.()
  }
}

const HEAD = 'POST / HTTP/1.1\r\nHost: k2\r\n'
// biome-ignore format: a table reads by its columns
const slow: readonly (readonly [name: string, first: string, then: string])[] = [
  ['a head that never ends',   HEAD,                                                                      'X: y\r\n'],
  ['a body that never ends',   `${HEAD}Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n`, ' '],
  ['chunks that never end',    `${HEAD}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
  ['nothing at all',           '',                                                                        ''],
]
for (const [name, first, then] of slow) {
  test(`${name} is refused when its time is over`, { timeout: 20_000 }, () =>
    using({ requestMsMax: 200 }, async (port) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      if (first !== '') socket.write(first)
      const dripping = setInterval(() => then !== '' && socket.writable && socket.write(then), 20)
      const told = await text(socket)
      clearInterval(dripping)
      assert.match(told, /^HTTP\/1\.1 408 Request Timeout\r\n.*"code":"DEADLINE_EXCEEDED"/s)
    }),
  )
}

test('beyond so many connections the next is closed at once, and others are served', () =>
  using({ connectionsMax: 2 }, async (port) => {
    const open = Array.from({ length: 2 }, () => connect(port, '127.0.0.1'))
    for (const socket of open) await once(socket, 'connect')
    assert.equal(await text(connect(port, '127.0.0.1')), '')
    const [first] = open
    first!.write(`${HEAD}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`)
    assert.match(String((await once(first!, 'data'))[0]), /^HTTP\/1\.1 200 /)
    for (const socket of open) socket.destroy()
  }))
