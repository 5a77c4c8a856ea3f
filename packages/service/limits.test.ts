/** What a client may cost before it has asked anything: time, connections, bytes. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client, credentials, status } from '@grpc/grpc-js'
import { createHealth } from './health.ts'
import { createHttpServer, type HttpOptions } from './http.ts'
import { silentLogger } from './logger.ts'
import { createRpcClient, createRpcServer, loadProtos, rpcService, serviceIn } from './rpc.ts'
import { said } from './said.fixture.ts'
import { createTelemetry } from './telemetry.ts'

const telemetry = createTelemetry({ service: 'test', environment: 'test' })
const shared = { port: 0, component: 'test', logger: silentLogger, telemetry }
const { signal } = new AbortController()

async function using(work: (port: number) => Promise<void>, options: Partial<HttpOptions>): Promise<void> {
  const routes: HttpOptions['routes'] = (app) => void app.post('/echo', async ({ body }) => body)
  const server = createHttpServer({ ...shared, routes, drainMsMax: 100, ...options })
  await server.start?.(signal)
  try {
    await work(Number(new URL(server.url()).port))
  } finally {
    await server.stop?.()
  }
}

const HEAD = 'POST /echo HTTP/1.1\r\nHost: here\r\n'
const JSON_HEAD = `${HEAD}Content-Type: application/json\r\n`
// biome-ignore format: a table reads by its columns
const slow: [name: string, first: string, then: string][] = [
  ['a head that never ends',   HEAD,                                                   'X: y\r\n'],
  ['a body that never ends',   `${JSON_HEAD}Content-Length: 1000000\r\n\r\n`,          ' '],
  ['chunks that never end',    `${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n`,       '1\r\n \r\n'],
  ['nothing at all',           '',                                                     ''],
]
for (const [name, first, then] of slow)
  test(`${name} is refused once its time is over`, { timeout: 20_000 }, () =>
    using(
      async (port) => {
        const socket = connect(port, '127.0.0.1')
        if (first !== '') socket.write(first)
        const dripping = setInterval(() => then !== '' && socket.writable && socket.write(then), 20)
        const text = await said(socket)
        clearInterval(dripping)
        assert.match(text, /^HTTP\/1\.1 408 .*DEADLINE_EXCEEDED/s)
      },
      { requestMsMax: 200 },
    ),
  )

test('a head that is too long is refused', () =>
  using(async (port) => {
    const socket = connect(port, '127.0.0.1')
    socket.write(`${HEAD}X: ${'x'.repeat(20_000)}\r\n\r\n`)
    assert.match(await said(socket), /^HTTP\/1\.1 413 .*PAYLOAD_TOO_LARGE/s)
  }, {}))

test('connections beyond the most are not served, and those before are', () =>
  using(
    async (port) => {
      const first = connect(port, '127.0.0.1')
      await once(first, 'connect')
      const second = connect(port, '127.0.0.1')
      assert.equal(await said(second), '')
      first.write(`${JSON_HEAD}Content-Length: 2\r\n\r\n{}`)
      assert.match(String((await once(first, 'data'))[0]), /^HTTP\/1\.1 200 /)
      first.destroy()
    },
    { connectionsMax: 1 },
  ))

test('a message of gRPC beyond what a question needs is refused, also where it is small until it is unpacked', async () => {
  const protos = loadProtos([fileURLToPath(new URL('rpc.fixture.proto', import.meta.url))])
  const say = async (request: { text: string }) => ({ text: String(request.text.length) })
  const services = [rpcService('k2.test.Echo', { Say: say, Count: say } as never)]
  const server = createRpcServer({ ...shared, protos, services, health: createHealth('test') })
  await server.start?.(signal)
  const client = createRpcClient<never>(serviceIn(protos, 'k2.test.Echo'), { address: server.address() })
  // Eight MiB, which are a few KB on their way.
  const packed = new Client(server.address(), credentials.createInsecure(), { 'grpc.default_compression_algorithm': 2 })
  const bomb = Buffer.concat([Buffer.from([0x0a, 0x80, 0x80, 0x80, 0x04]), Buffer.alloc(8 * 2 ** 20, 'x')])
  const asIs = (bytes: Buffer) => bytes
  const ask = (length: number) =>
    client.call('Say' as never, { text: 'x'.repeat(length) } as never).catch((error: { code: string }) => error.code)
  try {
    assert.equal(((await ask(1e6)) as unknown as { text: string }).text, '1000000')
    assert.equal(await ask(2 ** 20), 'PAYLOAD_TOO_LARGE')
    const code = await new Promise((resolve) =>
      packed.makeUnaryRequest('/k2.test.Echo/Say', asIs, asIs, bomb, (failure) => resolve(failure?.code)),
    )
    assert.equal(code, status.RESOURCE_EXHAUSTED)
  } finally {
    client.close()
    packed.close()
    await server.stop?.()
  }
})
