/** Requests while traces are taken: each is answered once, and its span ends however it ends. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Attributes, trace } from '@opentelemetry/api'
import { createHttpServer, type HttpServer } from './http.ts'
import { createLogger } from './logger.ts'
import { createTelemetry } from './telemetry.ts'
import { startTracing } from './tracing.ts'

const ended: [name: string, status: unknown][] = []
let handled = 0
let hear = () => {}
let server: HttpServer
let stopTracing: () => Promise<void>

/** Keeps what the SDK would send. */
const tracer = {
  startSpan: (name: string) => {
    const all: Attributes = {}
    return {
      ...trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 }),
      spanContext: () => ({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 }),
      isRecording: () => true,
      setStatus: () => {},
      setAttributes: (more: Attributes) => Object.assign(all, more),
      end: () => {
        ended.push([name, all['http.response.status_code']])
        hear()
      },
    }
  },
}

before(async () => {
  trace.setGlobalTracerProvider({ getTracer: () => tracer } as never)
  stopTracing = await startTracing('test')
  server = createHttpServer({
    ...{ port: 0, component: 'test', telemetry: createTelemetry({ service: 'test', environment: 'test' }) },
    logger: createLogger({ service: 'test', level: 'fatal' }),
    routes: (app) => {
      for (const method of ['GET', 'POST'])
        app.route({ method, url: '/word', handler: async () => ({ handled: ++handled }) })
      app.get('/never', () => new Promise(() => {}))
    },
  })
  await server.start?.(new AbortController().signal)
})

after(async () => {
  await server.stop?.()
  await stopTracing()
})

for (const method of ['GET', 'POST'])
  test(`${method}: a request is handled once`, async () => {
    const earlier = handled
    const answer = await fetch(`${server.url()}/word`, {
      method,
      ...(method === 'POST' && { body: '{}', headers: { 'content-type': 'application/json' } }),
    })
    assert.equal(answer.status, 200)
    await answer.text()
    assert.equal(handled, earlier + 1)
  })

test('the span of a request whose client goes away ends', async () => {
  const isOver = new Promise<void>((resolve) => {
    hear = () => ended.some(([name]) => name === 'GET /never') && resolve()
  })
  const left = new AbortController()
  const asked = fetch(`${server.url()}/never`, { signal: left.signal })
  setTimeout(() => left.abort(), 50)
  await assert.rejects(asked)
  await isOver
  assert.deepEqual(
    ended.filter(([name]) => name === 'GET /never'),
    [['GET /never', 499]],
  )
})
