/** Over a socket, since fetch would undo what is looked at. */
import assert from 'node:assert/strict'
import { type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import zlib from 'node:zlib'
import { createHttpServer, type HttpApp } from './http.ts'
import { silentLogger } from './logger.ts'
import { createTelemetry } from './telemetry.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const ARROW = 'application/vnd.apache.arrow.stream'
const PARQUET = 'application/vnd.apache.parquet'
const [SHORT, MIDDLE, LONG] = ['é', 'é,'.repeat(1_000), 'row,'.repeat(100_000)]

function routes(app: HttpApp): void {
  const bodies = { SHORT, MIDDLE, LONG } as const
  for (const [name, text] of Object.entries(bodies))
    app.get(`/${name}`, async (_, reply) => reply.type('text/csv').send(text))
  app.get('/bytes', async (_, reply) => reply.type(ARROW).send(new Uint8Array(Buffer.from(`-${LONG}`)).subarray(1)))
  app.get('/parquet', async (_, reply) => reply.type(PARQUET).send(Buffer.from(LONG)))
  app.get('/chosen', async (_, reply) => reply.header('vary', 'Accept').type(JSON_TYPE).send(JSON.stringify(LONG)))
  app.get('/coded', async (_, reply) => reply.header('content-encoding', 'x').type('text/csv').send(LONG))
  app.get('/pieces', (_, reply) => reply.type('text/csv').send(Readable.from(['one', 'two'], { objectMode: false })))
  app.get('/none', async (_, reply) => reply.code(204).send())
  app.post('/echo', async (asked) => asked.body)
}

async function using(work: (url: string, metrics: () => Promise<string>) => Promise<void>) {
  const telemetry = createTelemetry({ service: 'test', environment: 'test' })
  const server = createHttpServer({
    port: 0,
    component: 'api',
    logger: silentLogger,
    telemetry,
    routes,
    bodyBytesMax: 2_000,
  })
  await server.start?.(new AbortController().signal)
  try {
    await work(server.url(), telemetry.text)
  } finally {
    await server.stop?.()
  }
}

interface Got {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

function got(url: string, accepted: string | undefined, method = 'GET', body?: Buffer): Promise<Got> {
  const coded = body === undefined ? {} : { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  const headers = { ...(accepted !== undefined && { 'accept-encoding': accepted }), ...coded }
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (answer) => {
      buffer(answer).then((all) => resolve({ status: answer.statusCode, headers: answer.headers, body: all }), reject)
    })
    asked.on('error', reject).end(body)
  })
}

const UNDO: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  zstd: zlib.zstdDecompressSync,
  br: zlib.brotliDecompressSync,
  gzip: zlib.gunzipSync,
  none: (body) => body,
}

// biome-ignore format: a table reads by its columns
const rows: [name: string, path: string, accepted: string | undefined, coding: string, vary: string | undefined, body: string][] = [
  ['zstd is the best',                  '/LONG',    'gzip, deflate, br, zstd',   'zstd', 'Accept-Encoding',         LONG],
  ['brotli comes next',                 '/LONG',    'gzip, deflate, br',         'br',   'Accept-Encoding',         LONG],
  ['gzip is known to all',              '/LONG',    'gzip, deflate',             'gzip', 'Accept-Encoding',         LONG],
  ['what is taken more gladly wins',    '/LONG',    'zstd;q=0.3, gzip;q=0.8',    'gzip', 'Accept-Encoding',         LONG],
  ['what is refused is not sent',       '/LONG',    'zstd;q=0, gzip',            'gzip', 'Accept-Encoding',         LONG],
  ['plain where that is wished',        '/LONG',    'identity, gzip;q=0.5',      'none', 'Accept-Encoding',         LONG],
  ['plain where nothing is known',      '/LONG',    'deflate',                   'none', 'Accept-Encoding',         LONG],
  ['plain where nothing is said',       '/LONG',    undefined,                   'none', 'Accept-Encoding',         LONG],
  ['a middling one is coded at once',   '/MIDDLE',  'zstd',                      'zstd', 'Accept-Encoding',         MIDDLE],
  ['a short one is not worth it',       '/SHORT',   'zstd',                      'none', 'Accept-Encoding',         SHORT],
  ['bytes as text',                     '/bytes',   'zstd',                      'zstd', 'Accept-Encoding',         LONG],
  ['Parquet is compressed within',      '/parquet', 'zstd',                      'none', undefined,                 LONG],
  ['what else it varies by stays',      '/chosen',  'br',                        'br',   'Accept, Accept-Encoding', JSON.stringify(LONG)],
  ['pieces come as they are made',      '/pieces',  'zstd',                      'none', undefined,                 'onetwo'],
  ['no body is none',                   '/none',    'zstd',                      'none', undefined,                 ''],
]
for (const [name, path, accepted, coding, vary, wanted] of rows) {
  test(`of answers' codings: ${name}`, () =>
    using(async (url) => {
      const { headers, body } = await got(url + path, accepted)
      assert.deepEqual([headers['content-encoding'] ?? 'none', headers.vary], [coding, vary])
      assert.equal(UNDO[coding]!(body).toString(), wanted)
      if (path !== '/pieces' && path !== '/none') assert.equal(Number(headers['content-length']), body.length)
      assert.match(headers['x-correlation-id'] as string, /./)
    }))
}

test('what has a coding of its own keeps it', () =>
  using(async (url) => {
    const { headers, body } = await got(`${url}/coded`, 'zstd')
    assert.deepEqual([headers['content-encoding'], String(body)], ['x', LONG])
  }))

test('HEAD tells what GET would', () =>
  using(async (url) => {
    for (const path of ['/LONG', '/SHORT', '/parquet']) {
      const [head, whole] = [await got(url + path, 'gzip', 'HEAD'), await got(url + path, 'gzip')]
      assert.equal(head.body.length, 0)
      for (const name of ['content-encoding', 'content-length', 'vary', 'content-type'] as const)
        assert.equal(head.headers[name], whole.headers[name], `${name} of ${path}`)
    }
  }))

test('a problem is readable in its coding, and its request counted', () =>
  using(async (url, metrics) => {
    const path = `/${'x'.repeat(3_000)}`
    const { status, headers, body } = await got(url + path, 'gzip')
    assert.deepEqual([status, headers['content-encoding']], [404, 'gzip'])
    assert.equal(JSON.parse(String(zlib.gunzipSync(body))).code, 'NOT_FOUND')
    assert.match(await metrics(), /k2_http_requests_total\{[^}]*status="404"[^}]*\} 1/)
  }))

test('a body that came compressed is refused as it stands: nothing swells', () =>
  using(async (url) => {
    const bomb = zlib.gzipSync(JSON.stringify('x'.repeat(1_000_000)))
    assert.ok(bomb.length < 2_000)
    const { status, body } = await got(`${url}/echo`, undefined, 'POST', bomb)
    assert.deepEqual([status, JSON.parse(String(body)).code], [415, 'UNSUPPORTED_MEDIA'])
  }))
