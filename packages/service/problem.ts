/** Errors as problem details (RFC 9457), by contracts/codes.ts. */
import { CODES, type Code, K2Error } from '@k2/contracts/codes.ts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: Code
  readonly correlation_id: string
  readonly details?: Readonly<Record<string, string | number>>
}

/** The problem that tells of an error. What INTERNAL is about stays in the log. */
export function problemOf(error: K2Error, correlationId: string, status: number = CODES[error.code].http): Problem {
  const { code, details } = error
  const isOurs = code === 'INTERNAL'
  const detail = isOurs ? 'An error of ours; the log tells of it under this correlation id.' : error.message
  const more = isOurs || Object.keys(details).length === 0 ? {} : { details }
  return {
    type: `urn:k2:problem:${code}`,
    title: CODES[code].means,
    status,
    detail,
    code,
    correlation_id: correlationId,
    ...more,
  }
}

/** What the head of a refusal tells beside its status. */
export function refusalHeaders({ code, retry, details }: K2Error): Record<string, string> {
  return {
    ...(retry === 'later' && { 'retry-after': String(details.retryAfterSeconds ?? 1) }),
    ...(code === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer realm="k2"' }),
  }
}

/** What fastify and its plugins say of a request that they refuse. */
interface Refusal {
  readonly statusCode?: number
  readonly validation?: unknown
}

const BY_STATUS: Readonly<Record<number, Code>> = {
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'DEADLINE_EXCEEDED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA',
  429: 'OVERLOADED',
}

/** Any thrown value as a K2Error: the server's own refusals by their status, everything else a bug. */
export function asK2Error(error: unknown): K2Error {
  if (error instanceof K2Error) return error
  if (!(error instanceof Error)) return new K2Error('INTERNAL', String(error))
  const { statusCode = 500, validation } = error as Refusal
  if (validation !== undefined) return new K2Error('INVALID_ARGUMENT', error.message, {}, error)
  if (statusCode >= 400 && statusCode < 500) {
    return new K2Error(BY_STATUS[statusCode] ?? 'INVALID_ARGUMENT', error.message, {}, error)
  }
  return new K2Error('INTERNAL', error.message, {}, error)
}
