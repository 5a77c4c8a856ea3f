import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { type Answer, askHttps } from './requests.ts'

const NEVER = new AbortController().signal
const CHUNK = Buffer.alloc(1_000, '[')

async function asked(listener: RequestListener, bytesMax: number): Promise<Answer> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await askHttps(5_000, bytesMax)(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      '/trades',
      NEVER,
    )
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('an answer up to the limit is taken, with what it says of weights', async () => {
  const { status, bytes, usedWeight } = await asked((_, response) => {
    response.setHeader('x-mbx-used-weight-1m', '25').end(CHUNK)
  }, CHUNK.length)
  assert.deepEqual([status, bytes.length, usedWeight], [200, CHUNK.length, 25])
})

test('an answer without end is cut at the limit', async () => {
  let sent = 0
  const { status, why } = await asked((_, response) => {
    const more = () => {
      // As fast as it is read, and for ever.
      while (!response.destroyed && response.write(CHUNK)) sent += CHUNK.length
      response.once('drain', more)
    }
    more()
  }, 10 * CHUNK.length)
  assert.equal(status, 0)
  assert.match(why, /longer than 10000 bytes/)
  assert.ok(sent < 64 * 2 ** 20)
})

test('an answer that points elsewhere is not followed', async () => {
  const paths: (string | undefined)[] = []
  const { status } = await asked((request, response) => {
    paths.push(request.url)
    if (request.url === '/elsewhere') response.end('[]')
    else response.writeHead(302, { location: '/elsewhere' }).end()
  }, 1_000)
  assert.deepEqual([status, paths], [0, ['/trades']])
})
