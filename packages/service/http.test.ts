import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CODES, type Code, K2Error } from '@k2/contracts/codes.ts'
import { createHealth } from './health.ts'
import { createHttpServer, type HttpApp, type HttpOptions, probeRoutes, requestSignal } from './http.ts'
import { correlationId, createLogger, silentLogger } from './logger.ts'
import { createTelemetry } from './telemetry.ts'

const CORRELATION = 'x-correlation-id'

function routes(app: HttpApp): void {
  app.get('/hello', async () => ({ correlation: correlationId() }))
  app.post('/echo', async (request) => {
    await sleep(1)
    return { correlation: correlationId(), body: request.body, aborted: requestSignal(request).aborted }
  })
  app.get<{ Params: { code: Code } }>('/fail/:code', async (request) => {
    throw new K2Error(request.params.code, 'it failed', { tries: 3 })
  })
  app.get('/bug', async () => {
    throw new TypeError('secret words')
  })
  const schema = { querystring: { type: 'object', properties: { limit: { type: 'integer', maximum: 10 } } } }
  app.get('/limited', { schema }, async () => 'ok')
  app.post('/slow', (request) => sleep(10_000, 'late', { signal: requestSignal(request) }))
}

async function using(
  work: (url: string, metrics: () => Promise<string>) => Promise<void>,
  options: Partial<HttpOptions> = {},
) {
  const telemetry = createTelemetry({ service: 'test', environment: 'test' })
  const server = createHttpServer({ port: 0, component: 'api', logger: silentLogger, telemetry, routes, ...options })
  await server.start?.(new AbortController().signal)
  try {
    await work(server.url(), telemetry.text)
  } finally {
    await server.stop?.()
  }
}

const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
// biome-ignore format: a table reads by its columns
const refusals: [name: string, path: string, init: RequestInit, code: Code, detail: string][] = [
  ['an unknown path',           '/nowhere?x=1',             {},                                       'NOT_FOUND',          'there is no /nowhere here'],
  ['another method',            '/hello',                   json,                                     'METHOD_NOT_ALLOWED', '/hello takes GET, HEAD, not POST'],
  ['another method, no body',   '/echo',                    { method: 'DELETE' },                     'METHOD_NOT_ALLOWED', '/echo takes POST, not DELETE'],
  ['an error of K2',            '/fail/LAKE_UNAVAILABLE',   {},                                       'LAKE_UNAVAILABLE',   'it failed'],
  ['a body past its limit',     '/echo',                    { ...json, body: `"${'x'.repeat(99)}"` }, 'PAYLOAD_TOO_LARGE',  'Request body is too large'],
  ['a body that is no JSON',    '/echo',                    { ...json, body: '{' },                   'INVALID_ARGUMENT',   "Body is not valid JSON but content-type is set to 'application/json'"],
  ['a body of another type',    '/echo',                    { ...json, headers: { 'content-type': 'a/b' }, body: '{' }, 'UNSUPPORTED_MEDIA', 'Unsupported Media Type'],
  ['a body that is coded',      '/echo',                    { ...json, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body: '1' }, 'UNSUPPORTED_MEDIA', 'Send the body without Content-Encoding: gzip is not read.'],
  ['a parameter out of range',  '/limited?limit=11',        {},                                       'INVALID_ARGUMENT',   'querystring/limit must be <= 10'],
  ['a path that does not read', '/%ff',                     {},                                       'INVALID_ARGUMENT',   "'/%ff' is not a valid url component"],
  ['a bug',                     '/bug',                     {},                                       'INTERNAL',           'An error of ours; the log tells of it under this correlation id.'],
  ['a bug with a code',         '/fail/INTERNAL',           {},                                       'INTERNAL',           'An error of ours; the log tells of it under this correlation id.'],
  ['an answer too late',        '/slow',                    { ...json, body: '1' },                   'DEADLINE_EXCEEDED',  'there was no answer within 50 ms'],
]

for (const [name, path, init, code, detail] of refusals) {
  test(`${name} is the problem ${code}`, () =>
    using(
      async (url) => {
        const answer = await fetch(url + path, { ...init, headers: { ...init.headers, [CORRELATION]: 'abc-1' } })
        const { details, ...problem } = (await answer.json()) as Record<string, unknown>
        const { http: status, means: title } = CODES[code]
        const type = `urn:k2:problem:${code}`
        assert.deepEqual(problem, { type, title, status, detail, code, correlation_id: 'abc-1' })
        assert.deepEqual([answer.status, answer.headers.get(CORRELATION)], [status, 'abc-1'])
        assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8')
        assert.deepEqual(
          details,
          detail === 'it failed' ? { tries: 3 } : code === 'DEADLINE_EXCEEDED' ? { answerMsMax: 50 } : undefined,
        )
      },
      { bodyBytesMax: 100, answerMsMax: 50 },
    ))
}

// biome-ignore format: a table reads by its columns
const ids: [name: string, sent: string | undefined, taken: boolean][] = [
  ['one of our kind is taken',    'Az09._-',          true],
  ['one of 64 letters is taken',  'x'.repeat(64),     true],
  ['one of 65 letters is not',    'x'.repeat(65),     false],
  ['one with a space is not',     'a b',              false],
  ['none is made',                undefined,          false],
]

for (const [name, sent, taken] of ids) {
  test(`of correlation ids, ${name}`, () =>
    using(async (url) => {
      const headers = sent === undefined ? {} : { [CORRELATION]: sent }
      for (const answer of [
        await fetch(`${url}/hello`, { headers }),
        await fetch(`${url}/echo`, { ...json, body: '{"a":1}', headers: { ...json.headers, ...headers } }),
      ]) {
        const { correlation, aborted } = (await answer.json()) as { correlation: string; aborted?: boolean }
        assert.equal(correlation, answer.headers.get(CORRELATION))
        assert.equal(correlation === sent, taken)
        assert.match(correlation, /^[\w.-]{1,64}$/)
        assert.ok(!aborted)
      }
    }))
}

test('a bug is logged whole, under the correlation id of its request', async () => {
  const lines: string[] = []
  const logger = createLogger({ service: 'test', level: 'error', to: { write: (line) => lines.push(line) } })
  await using((url) => fetch(`${url}/bug`, { headers: { [CORRELATION]: 'abc' } }).then(() => {}), { logger })
  assert.match(lines.join(''), /secret words.*"correlation_id":"abc"|"correlation_id":"abc".*secret words/)
})

test('requests are counted by pattern, method and status', () =>
  using(async (url, metrics) => {
    for (const path of ['/hello', '/hello', '/fail/NOT_FOUND', '/nowhere/1', '/nowhere/2'])
      await (await fetch(url + path)).text()
    await sleep(20)
    const lines = (await metrics()).split('\n').filter((line) => line.startsWith('k2_http'))
    const count = (route: string, status: number) =>
      lines
        .find(
          (line) => line.startsWith('k2_http_requests_total') && line.includes(`route="${route}",status="${status}"`),
        )
        ?.split(' ')
        .at(-1)
    assert.deepEqual([count('/hello', 200), count('/fail/:code', 404), count('none', 404)], ['2', '1', '2'])
    assert.ok(lines.some((line) => line.startsWith('k2_http_request_duration_seconds_count') && line.endsWith(' 2')))
    assert.ok(lines.some((line) => line.startsWith('k2_http_in_flight_requests{') && line.endsWith(' 0')))
  }))

test('probes answer by health, and metrics are there', async () => {
  const health = createHealth('test')
  let why: string | undefined
  health.watchReady('log', () => why)
  await using(
    async (url) => {
      const probe = async (path: string) => {
        const answer = await fetch(url + path)
        return [answer.status, await answer.json()]
      }
      assert.deepEqual(await probe('/health/ready'), [
        200,
        { status: 'ready', service: 'test', components: { log: 'ok' } },
      ])
      why = 'the log cannot be reached'
      assert.deepEqual(await probe('/health/ready'), [
        503,
        { status: 'not ready', service: 'test', components: { log: why } },
      ])
      assert.deepEqual(await probe('/health/live'), [200, { status: 'live', service: 'test', components: {} }])
      const metrics = await fetch(`${url}/metrics`)
      assert.deepEqual(
        [await metrics.text(), metrics.headers.get('content-type')],
        ['k2 1\n', 'text/plain; version=0.0.4; charset=utf-8'],
      )
    },
    { routes: (app) => probeRoutes(app, { health, metrics: async () => 'k2 1\n' }) },
  )
})

test('a client that goes away aborts the work for it', async () => {
  const { promise: reason, resolve } = Promise.withResolvers<unknown>()
  await using(
    async (url) => {
      const away = new AbortController()
      const asked = fetch(`${url}/wait`, { ...json, body: '1', signal: away.signal }).catch(() => {})
      await sleep(50)
      away.abort()
      await asked
      assert.match(String(await reason), /the client went away/)
    },
    {
      routes: (app) =>
        void app.post('/wait', async (request) => {
          requestSignal(request).addEventListener('abort', () => resolve(requestSignal(request).reason))
          await reason
        }),
    },
  )
})

test('an answer under way may take longer than its beginning', () => {
  const answer = async function* () {
    for (const word of ['one ', 'two ', 'three']) {
      yield word
      await sleep(40)
    }
  }
  const routes = (app: HttpApp) =>
    void app.get('/', (_, reply) => reply.send(Readable.from(answer(), { objectMode: false })))
  return using(async (url) => assert.equal(await (await fetch(url)).text(), 'one two three'), {
    routes,
    answerMsMax: 50,
  })
})

test('what is not HTTP is refused as a problem', () =>
  using(async (url) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write('hello\r\n\r\n')
    assert.match(
      await text(socket),
      /^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json.*"code":"INVALID_ARGUMENT"/s,
    )
  }))

// biome-ignore format: a table reads by its columns
const ends: [name: string, drainMsMax: number, outcome: string][] = [
  ['waits for the requests under way', 5_000, 'done'],
  ['cuts them at its deadline',        10,    'cut'],
]
for (const [name, drainMsMax, outcome] of ends) {
  test(`a server that stops ${name}`, async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<void>()
    const telemetry = createTelemetry({ service: 'test', environment: 'test' })
    const slow = async () => {
      resolve()
      await sleep(100)
      return 'done'
    }
    const server = createHttpServer({
      port: 0,
      component: 'api',
      logger: silentLogger,
      telemetry,
      drainMsMax,
      routes: (app) => void app.get('/', slow),
    })
    await server.start?.(new AbortController().signal)
    const asked = fetch(server.url()).then(
      (answer) => answer.text(),
      () => 'cut',
    )
    await arrived
    await server.stop?.()
    assert.equal(await asked, outcome)
  })
}
