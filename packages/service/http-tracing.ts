/** Traces of a server's requests, from the traceparent that a caller may send. */
import { K2Error } from '@k2/contracts/codes.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Begun, begin, isTracing, TRACEPARENT } from './tracing.ts'

/** A span of each request, in the caller's trace where it names one. */
export function traceRequests(app: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, Begun>()
  app.addHook('onRequest', (request, reply, done) => {
    if (!isTracing()) return done()
    const { [TRACEPARENT]: parent } = request.headers
    const route = request.routeOptions.url ?? 'none'
    const attributes = { 'http.request.method': request.method, 'http.route': route }
    const from = typeof parent === 'string' ? [parent] : []
    const span = begin(`${request.method} ${route}`, { attributes, from, isRequest: true })
    spans.set(request, span)
    // 'close' comes also where the client went away, which no hook of the server tells.
    reply.raw.once('close', () => {
      const status = reply.raw.writableFinished ? reply.statusCode : 499
      const failure = status < 500 ? undefined : new K2Error('INTERNAL', `status ${status}`)
      span.end(failure, { 'http.response.status_code': status })
    })
    span.enter(done)
  })
  // As with the correlation id: a body that is read leaves the request's context.
  app.addHook('preValidation', (request, _, done) => {
    const span = spans.get(request)
    if (span === undefined) done()
    else span.enter(done)
  })
}
