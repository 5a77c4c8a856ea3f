/**
 * Which pages of other origins may ask from a browser (CORS). What a browser asks beforehand is answered without an identity, as
 * it cannot show one then; the question itself needs one.
 *
 *   source  Fetch Standard, 3.2 "CORS protocol"
 */
import type { FastifyInstance } from 'fastify'

const SHOWN =
  'X-Correlation-ID, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, RateLimit-Policy, Retry-After, X-Record-Count, X-Complete, X-Incomplete-Reasons, X-Next-Cursor, X-Snapshot-ID, Server-Timing'
const TAKEN = 'Authorization, X-API-Key, Content-Type, Accept, X-Correlation-ID, traceparent'
const MAX_AGE_SECONDS = '600'

export const isAllowedOrigin = (origin: string, allowed: readonly string[]): boolean =>
  allowed.includes('*') || allowed.includes(origin)

export function letOriginsIn(app: FastifyInstance, allowed: readonly string[]): void {
  if (allowed.length === 0) return
  app.addHook('onRequest', async ({ method, headers }, reply) => {
    const { origin, 'access-control-request-method': asked } = headers
    if (method !== 'OPTIONS' || asked === undefined || origin === undefined || !isAllowedOrigin(origin, allowed)) return
    reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': TAKEN,
        'access-control-max-age': MAX_AGE_SECONDS,
      })
      .send()
    return reply
  })
  // At the end, when a route has said its own Vary.
  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('vary', [reply.getHeader('vary'), 'Origin'].flat().filter(Boolean).join(', '))
    const { origin } = request.headers
    if (origin !== undefined && isAllowedOrigin(origin, allowed)) {
      reply.header('access-control-allow-origin', origin)
      reply.header('access-control-expose-headers', SHOWN)
    }
    done(null, payload)
  })
}
