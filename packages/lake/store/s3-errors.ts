/**
 * What S3 and its SDK throw, as our errors: the one translation. Servers differ in the names of their errors, and agree
 * in the status.
 *
 *   shape   unknown -> K2Error; the original is its cause
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { settled } from '@k2/service/retry.ts'

interface Thrown {
  readonly name?: string
  readonly message?: string
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number }
}

const ACCESS = /AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|Credentials/

const notFound = (location: string, cause: unknown): K2Error =>
  new K2Error('NOT_FOUND', `There is no file ${location}.`, { location }, cause)

export function translate(error: unknown, what: string, location: string): K2Error {
  if (error instanceof K2Error) return error
  const { name = '', message, code, $metadata: { httpStatusCode: status } = {} } = error as Thrown
  if (name !== 'NoSuchBucket' && (name === 'NoSuchKey' || name === 'NotFound' || status === 404)) {
    return notFound(location, error)
  }
  const why = [name === 'Error' ? '' : name, message || code].filter(Boolean).join(': ')
  const failure = new K2Error(
    'LAKE_UNAVAILABLE',
    `${what} ${location} failed: ${why}. ${remedy(name, status)}`,
    { location, ...(status === undefined ? {} : { status }) },
    error,
  )
  return isRefusal(name, status) ? settled(failure) : failure
}

/** Clocks that differ are corrected by the SDK for the next try. */
const PASSING = /RequestTimeout|RequestTimeTooSkewed|RequestExpired|Throttl|SlowDown|TooManyRequests/

/** The server answers, and will answer the same until people have mended it. */
function isRefusal(name: string, status: number | undefined): boolean {
  if (PASSING.test(name)) return false
  if (ACCESS.test(name)) return true
  return status !== undefined && status >= 300 && status < 500 && status !== 408 && status !== 429
}

function remedy(name: string, status: number | undefined): string {
  if (name === 'NoSuchBucket') return 'Make the bucket, or point ICEBERG_WAREHOUSE to one that is there.'
  if (ACCESS.test(name) || status === 403)
    return 'See that AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION are right, and that they allow it.'
  if (status === 301 || name === 'PermanentRedirect') return 'Set AWS_REGION to the region of the bucket.'
  return 'See that AWS_ENDPOINT_URL_S3 and AWS_REGION are right and that the server runs, then try again.'
}
