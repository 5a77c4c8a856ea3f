/**
 * What a catalog's answer means to us: the one translation.
 *
 *   shape   (Answer, what was asked) -> K2Error; pure
 *   source  Iceberg REST catalog: 409 is a requirement that does not hold; 500, 502, 503 and 504 to a commit leave open
 *           whether it is in
 */
import { type Code, K2Error } from '@k2/contracts/codes.ts'
import { settled } from '@k2/service/retry.ts'
import type { Answer } from './http.ts'

export interface Asked {
  /** As "loading market_data.trades_v2". */
  readonly what: string
  /** Of the catalog; without secrets. */
  readonly uri: string
  /** Something may have changed although the answer does not say so. */
  readonly isCommit: boolean
}

const sentence = (words: string): string => (words.endsWith('.') ? words : `${words}.`)
const isError = (json: unknown): boolean => typeof (json as { error?: unknown } | null)?.error === 'object'

export function errorOf(answer: Answer, { what, uri, isCommit }: Asked): K2Error {
  const error = (code: Code, sentence: string) => new K2Error(code, sentence, { catalog: uri })
  const unknown = (why: string) =>
    error('COMMIT_UNKNOWN', `Whether ${what} is in is not known: ${why}. Load the table again and look for it.`)
  if (answer.kind === 'none') {
    if (isCommit && answer.mayHaveArrived) return unknown(answer.why)
    return error(
      'LAKE_UNAVAILABLE',
      `The catalog ${uri} gives no answer to ${what}: ${answer.why}. See that it runs and that ICEBERG_CATALOG_URI names it.`,
    )
  }
  const { status, json, said } = answer
  if (status === 409)
    return error('LAKE_CONFLICT', `The catalog refused ${what}: ${sentence(said)} Load again and decide again.`)
  // Only the catalog's own word counts: a proxy's page says nothing of tables.
  if (status === 404 && isError(json))
    return error('NOT_FOUND', `The catalog ${uri} has not what ${what} needs: ${sentence(said)}`)
  if (status === 401 || status === 403 || status === 419) {
    const remedy =
      status === 403 ? 'Grant its user that right' : 'Set ICEBERG_CATALOG_TOKEN or ICEBERG_CATALOG_CREDENTIAL'
    const why = `The catalog ${uri} does not allow ${what} (${status}): ${sentence(said)} ${remedy}.`
    return settled(error('LAKE_UNAVAILABLE', why))
  }
  if (status === 400 || status === 422) {
    return error('INTERNAL', `The catalog ${uri} does not understand ${what} (${status}): ${sentence(said)}`)
  }
  if (isCommit && (status >= 500 || status < 300)) return unknown(`the catalog answered ${status}, ${said}`)
  return error(
    'LAKE_UNAVAILABLE',
    `The catalog ${uri} failed at ${what} (${status}): ${sentence(said)} See its log, and that ICEBERG_CATALOG_URI and ICEBERG_WAREHOUSE are right.`,
  )
}
