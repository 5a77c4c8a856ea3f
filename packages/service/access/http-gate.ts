/**
 * The gate of an HTTP server: who asks is found out before a body is read, each answer has the rate in its head, and what was
 * asked is audited when its answer is sent. Pages of other origins are let in by the same list.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { asking } from '../correlation.ts'
import type { Access, Admission, Need } from './access.ts'
import { credentialIn, type Identity, type Presented } from './identity.ts'
import { rateHeaders } from './rate.ts'
import { certificateOf } from './tls.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** By default the role read. */
    access?: 'health' | 'metrics' | 'open'
  }
}

export function presentedIn({ headers, socket }: FastifyRequest['raw']): Presented {
  const header = (name: string) => [headers[name]].flat()[0]
  return { credential: credentialIn(header), certificate: certificateOf(socket) }
}

/** `end` ends a request whose identity has ended. */
export function gateRequests(
  app: FastifyInstance,
  access: Access,
  end: (request: FastifyRequest, why: unknown) => void,
): void {
  app.addHook('onRequest', async (request, reply) => {
    const need: Need = request.routeOptions.config?.access ?? 'read'
    const admitted = await access.admit(need, presentedIn(request.raw))
    if (admitted.rate !== undefined) reply.headers(rateHeaders(admitted.rate))
    const isAudited = need === 'read' && access.audit !== undefined
    if (isAudited) auditAtEnd(access, request, reply, admitted.identity)
    if ('error' in admitted) throw admitted.error
    if (reply.raw.closed) return admitted.over() // the client left meanwhile, and nothing will tell so again
    follow(admitted, request, reply, end)
  })
}

function follow(
  { identity, signal, over }: Admission,
  request: FastifyRequest,
  reply: FastifyReply,
  end: (request: FastifyRequest, why: unknown) => void,
): void {
  const call = asking()
  if (call !== undefined && identity.kind !== 'nobody') call.who = identity.name
  const ended = () => end(request, signal.reason)
  signal.addEventListener('abort', ended, { once: true })
  reply.raw.once('close', () => {
    signal.removeEventListener('abort', ended)
    over()
  })
}

function auditAtEnd({ audit }: Access, request: FastifyRequest, reply: FastifyReply, identity: Identity | undefined) {
  const startMs = performance.now()
  const call = asking()
  reply.raw.once('close', () => {
    const { method, query, params, body } = request
    audit!({
      identity,
      peer: request.ip,
      door: 'rest',
      question: `${method} ${request.routeOptions.url ?? 'none'}`,
      parameters: { ...(query as object), ...(params as object), ...fieldsOf(body) },
      status: reply.raw.writableFinished ? reply.statusCode : 499,
      rows: call?.rows,
      durationMs: performance.now() - startMs,
    })
  })
}

/** A text or a list has a place each for as many fields as a body has bytes. */
const fieldsOf = (body: unknown): object =>
  typeof body === 'object' && !Array.isArray(body) ? (body ?? {}) : body === undefined ? {} : { body }
