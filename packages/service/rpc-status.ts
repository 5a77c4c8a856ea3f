/** K2 errors as gRPC statuses and back: the code in metadata `k2-code`, details beside it, the sentence as the message. */
import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js'
import { CODES, type Code, K2Error } from '@k2/contracts/codes.ts'

export const CORRELATION_KEY = 'x-correlation-id'
const CODE_KEY = 'k2-code'
const DETAILS_KEY = 'k2-details-bin' // binary, since a header's text is ASCII and details need not be

/** The status that tells of an error. What INTERNAL is about stays in the log. */
export function statusOf(error: K2Error): StatusObject {
  const metadata = new Metadata()
  metadata.set(CODE_KEY, error.code)
  if (error.code === 'INTERNAL') {
    return {
      code: status.INTERNAL,
      details: 'an error of ours; the log tells of it under this correlation id',
      metadata,
    }
  }
  const { retryAfterSeconds } = error.details
  if (retryAfterSeconds !== undefined) metadata.set('retry-after', String(retryAfterSeconds))
  if (Object.keys(error.details).length > 0) metadata.set(DETAILS_KEY, Buffer.from(JSON.stringify(error.details)))
  return { code: CODES[error.code].grpc, details: cut(error.message), metadata }
}

/** It goes in a header: one that repeats a long word of the request would be too long for that, and half a letter cannot be sent. */
const SENTENCE_CHARS_MAX = 2_000
const cut = (sentence: string): string =>
  (sentence.length > SENTENCE_CHARS_MAX ? `${sentence.slice(0, SENTENCE_CHARS_MAX)}…` : sentence).toWellFormed()

// biome-ignore format: a table reads by its columns
const FOREIGN: Partial<Record<status, Code>> = {
  [status.INVALID_ARGUMENT]:   'INVALID_ARGUMENT',
  [status.OUT_OF_RANGE]:       'INVALID_ARGUMENT',
  [status.NOT_FOUND]:          'NOT_FOUND',
  [status.UNIMPLEMENTED]:      'METHOD_NOT_ALLOWED',
  [status.UNAUTHENTICATED]:    'UNAUTHENTICATED',
  [status.PERMISSION_DENIED]:  'FORBIDDEN',
  [status.RESOURCE_EXHAUSTED]: 'OVERLOADED',
  [status.DEADLINE_EXCEEDED]:  'DEADLINE_EXCEEDED',
  [status.CANCELLED]:          'DEADLINE_EXCEEDED',
  [status.UNAVAILABLE]:        'NOT_READY',
}

/** The K2Error that a failed call means; one that no K2 service sent is judged by its status. */
export function errorOf(failure: ServiceError): K2Error {
  const [sent] = failure.metadata?.get(CODE_KEY) ?? []
  if (typeof sent === 'string' && sent in CODES) {
    return new K2Error(sent as Code, failure.details, detailsOf(failure.metadata), failure)
  }
  const isTooLarge = failure.code === status.RESOURCE_EXHAUSTED && /larger than max/i.test(failure.details)
  const code = isTooLarge ? 'PAYLOAD_TOO_LARGE' : (FOREIGN[failure.code] ?? 'INTERNAL')
  return new K2Error(code, failure.details || failure.message, {}, failure)
}

/** No service sent it: there is none, or none yet, or none any more. */
export function isUnreachable({ code, cause }: K2Error): boolean {
  return code === 'NOT_READY' && (cause as ServiceError | undefined)?.metadata?.get(CODE_KEY).length === 0
}

function detailsOf(metadata: Metadata): Readonly<Record<string, string | number>> {
  const [bytes] = metadata.get(DETAILS_KEY)
  if (!Buffer.isBuffer(bytes)) return {}
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return {} // details are an extra: an answer is not refused over them
  }
}
