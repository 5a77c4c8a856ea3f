/** The registry's client against answers that no registry in good order gives. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { guard } from '@k2/service/guard.ts'
import type { SchemaRegistry } from '../log.ts'
import { openRegistry, type RegistryOptions } from './registry.ts'

type Reply = (request: IncomingMessage, response: ServerResponse) => void

const json =
  (status: number, body: object): Reply =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

async function against(
  reply: Reply,
  work: (registry: SchemaRegistry, asked: () => number) => Promise<void>,
  more: Partial<RegistryOptions> = {},
): Promise<void> {
  let count = 0
  const server = createServer((request, response) => {
    count++
    reply(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`
  const guarded = guard('registry', { retries: { attemptsMax: 3, baseDelayMs: 1, delayMsMax: 2 } })
  const options = { url, deadlineMs: 300, incompatibility: () => undefined, guard: guarded, ...more }
  try {
    await work(openRegistry(options), () => count)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

// biome-ignore format: a table reads by its columns
const rows: [name: string, reply: Reply, code: string, says: RegExp, tries: number][] = [
  ['it fails',               json(500, { message: 'out of order' }),                 'LOG_UNAVAILABLE', /out of order\. Check SCHEMA_REGISTRY_URL/, 3],
  ['it says nothing',        () => {},                                               'LOG_UNAVAILABLE', /no answer within 300 ms/,                  3],
  ['it hangs up',            (request) => request.socket.destroy(),                  'LOG_UNAVAILABLE', /cannot be used/,                           3],
  ['it lets nobody in',      json(401, { message: 'Unauthorized' }),                 'LOG_UNAVAILABLE', /SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO/,     1],
  ['it is something else',   (_, response) => response.writeHead(404).end('<html>'), 'LOG_UNAVAILABLE', /is it a schema registry/,                  3],
  ['another 404',            json(404, { message: 'no such route' }),                'LOG_UNAVAILABLE', /no such route/,                            1],
  ['the id is not there',    json(404, { error_code: 40403, message: 'not found' }), 'SCHEMA_UNKNOWN',  /no Avro schema 7/,                         1],
  ['it is of another kind',  json(200, { schema: '{}', schemaType: 'JSON' }),        'SCHEMA_UNKNOWN',  /no Avro schema 7/,                         1],
]

for (const [name, reply, code, says, tries] of rows) {
  test(`${name}: ${code}`, () =>
    against(reply, async (registry, asked) => {
      await assert.rejects(registry.schema(7), (error: { code: string; message: string }) => {
        assert.equal(error.code, code)
        assert.match(error.message, says)
        return true
      })
      assert.equal(asked(), tries)
    }))
}

test('what it said once is known while it is away, and asked for once', async () => {
  let isAway = false
  const reply: Reply = (request, response) =>
    isAway ? void request.socket.destroy() : json(200, { id: 7, schema: '"long"' })(request, response)
  await against(reply, async (registry, asked) => {
    assert.deepEqual(await Promise.all([registry.schema(7), registry.schema(7)]), ['"long"', '"long"'])
    assert.equal(await registry.register('a-value', '"long"'), 7)
    const before = asked()
    isAway = true
    assert.equal(await registry.schema(7), '"long"')
    assert.equal(await registry.register('a-value', ' "long"'), 7)
    assert.equal(asked(), before)
    await assert.rejects(registry.schema(8), { code: 'LOG_UNAVAILABLE' })
    isAway = false
    assert.equal(await registry.schema(8), '"long"')
  })
})

// biome-ignore format: a table reads by its columns
const refused: [name: string, until: number, code: string | undefined, posts: number][] = [
  ['that another registered it meanwhile is no refusal', 1,        undefined,             1],
  ['a registry that is stricter than we are',            Infinity, 'SCHEMA_INCOMPATIBLE', 3],
]

for (const [name, until, code, posts] of refused) {
  test(name, async () => {
    let count = 0
    const reply: Reply = (request, response) => {
      const isThere = count >= until
      const answer = request.url!.endsWith('/versions')
        ? json(409, { message: `already exists ${++count}` })
        : isThere && request.method === 'POST'
          ? json(200, { id: 5 })
          : json(404, { error_code: 40401, message: 'not found' })
      answer(request, response)
    }
    await against(reply, async (registry) => {
      const registered = registry.register('a-value', '"long"')
      if (code === undefined) assert.equal(await registered, 5)
      else await assert.rejects(registered, { code, message: /already exists/ })
      assert.equal(count, posts)
    })
  })
}

test('an id that is not there is asked for again after ten seconds, not with each record', async () => {
  let nowMs = 0
  await against(
    json(404, { error_code: 40403, message: 'not found' }),
    async (registry, asked) => {
      for (const [atMs, total] of [
        [0, 1],
        [9_999, 1],
        [10_000, 2],
      ] as const) {
        nowMs = atMs
        await assert.rejects(registry.schema(7), { code: 'SCHEMA_UNKNOWN' })
        assert.equal(asked(), total)
      }
    },
    { now: () => nowMs },
  )
})

test('name and password go with each request', () =>
  against(
    (request, response) => json(200, { schema: JSON.stringify(request.headers.authorization) })(request, response),
    async (registry) => assert.equal(await registry.schema(7), '"Basic eDp5"'),
    { authorization: 'Basic eDp5' },
  ))
