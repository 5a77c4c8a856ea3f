/** The client over HTTP while an answer is on its way. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Client } from './client.ts'
import { connectHttp } from './http.ts'

const PATHS = {
  '/v1/replay': { post: { operationId: 'Replay' } },
  '/v1/stream': { get: { operationId: 'Follow' } },
  '/v1/stats': { get: { operationId: 'GetStats' } },
}
const RETRIES = { attemptsMax: 3, baseDelayMs: 1, delayMsMax: 5, totalMsMax: 5_000 }

/** `bodies` are what was asked, in turn. */
async function against(
  answers: readonly ((answer: ServerResponse) => void)[],
  work: (client: Client, bodies: readonly string[]) => Promise<void>,
): Promise<void> {
  const bodies: string[] = []
  const server = createServer(async (request, answer) => {
    if (request.url === '/openapi.json') return void answer.end(JSON.stringify({ paths: PATHS }))
    bodies.push(await text(request))
    answers[bodies.length - 1]!(answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const client = connectHttp({ address, retries: RETRIES, goesOn: { pauseMs: 1 } })
  try {
    await work(client, bodies)
  } finally {
    client.close()
    server.closeAllConnections()
    server.close()
  }
}

/** Sends this, and is gone. */
const cutBehind = (sent: string) => (answer: ServerResponse) => {
  answer.writeHead(200)
  answer.write(sent, () => setTimeout(() => answer.socket!.resetAndDestroy(), 20))
}
const all = (sent: string) => (answer: ServerResponse) => void answer.end(sent)

test('a replay whose connection is cut goes on behind what it gave', () =>
  against(
    [cutBehind('{"n":1}\n{"cursor":"c1"}\n{"n":2}\n{"n"'), all('{"n":2}\n{"cursor":"c2"}\n{"meta":{"count":2}}\n')],
    async (client, bodies) => {
      const batches = await Array.fromAsync(client.stream('Replay', { symbols: ['KTA'] }))
      assert.deepEqual(
        batches.flatMap(({ rows }) => rows),
        [{ n: 1 }, { n: 2 }],
      )
      assert.equal(JSON.parse(bodies[1]!).cursor, 'c1')
    },
  ))

test('a question whose answer is cut is asked again', () =>
  against([cutBehind('{"data":['), all('{"data":[],"meta":{"count":0}}')], async (client, bodies) => {
    assert.deepEqual(await client.ask('GetStats', {}), { rows: [], meta: { count: 0 } })
    assert.equal(bodies.length, 2)
  }))

// biome-ignore format: a table reads by its columns
const refusals: [status: number, code: string][] = [
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'FORBIDDEN'],
  [429, 'OVERLOADED'],
  [503, 'NOT_READY'],
]
for (const [status, code] of refusals)
  test(`a follow that is refused with ${status} is ${code}`, () =>
    against([(answer) => void answer.writeHead(status).end()], async (client) => {
      await assert.rejects(Array.fromAsync(client.stream('Follow', { symbols: ['KTA'] })), { name: 'K2Error', code })
    }))

test('who gives up is told so', () =>
  against([() => {}], async (client) => {
    const over = new AbortController()
    const asked = client.ask('GetStats', {}, over.signal)
    setTimeout(() => over.abort(new Error('enough')), 50)
    await assert.rejects(asked, { message: 'enough' })
  }))
