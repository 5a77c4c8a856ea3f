/**
 * One exchange with the catalog, and what came of it as a value. Whether a request may have arrived although no answer
 * came is what decides if a commit's outcome is known.
 *
 *   limits  a deadline over the whole exchange; bytes of the answer's body
 *   errors  none: what fails is an Answer of kind "none"
 *   source  Iceberg REST catalog, ErrorModel; undici's error codes
 */
import { parseJson } from '../iceberg/json.ts'

export interface Exchange {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly deadlineMs: number
}

export type Answer =
  /** json: undefined where the body is something else, as a proxy's page. `said`: its words about it, in one line. */
  | { readonly kind: 'answer'; readonly status: number; readonly json: unknown; readonly said: string }
  | { readonly kind: 'none'; readonly why: string; readonly mayHaveArrived: boolean }

/** A table's metadata has some hundred bytes a snapshot and thousands where writers say much in their summaries. */
const BODY_BYTES_MAX = 256 * 2 ** 20

/** Of the network, before a byte of the request has left. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

export async function exchange({ method, url, headers, body, deadlineMs }: Exchange): Promise<Answer> {
  const signal = AbortSignal.timeout(deadlineMs)
  try {
    // Following would turn a POST into a GET, or carry the token elsewhere.
    const init = { method, headers, redirect: 'manual' as const, signal, ...(body === undefined ? {} : { body }) }
    const response = await fetch(url, init)
    const text = await bodyOf(response)
    if (text === undefined) {
      return { kind: 'none', why: `its answer is larger than ${BODY_BYTES_MAX} bytes`, mayHaveArrived: true }
    }
    const json = jsonOf(text)
    return { kind: 'answer', status: response.status, json, said: said(response, json) }
  } catch (error) {
    if (signal.aborted) return { kind: 'none', why: `no answer within ${deadlineMs} ms`, mayHaveArrived: true }
    const { code, why } = causeOf(error)
    return { kind: 'none', why, mayHaveArrived: !NOT_SENT.has(code) }
  }
}

/** undefined where it is too large. */
async function bodyOf(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  // Leaving the loop early cancels the rest.
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.length
    if (sizeBytes > BODY_BYTES_MAX) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** The innermost cause has the code: fetch itself says only "fetch failed". */
function causeOf(error: unknown): { code: string; why: string } {
  let inner = error as Error & { code?: string }
  while (inner.cause instanceof Error) inner = inner.cause as typeof inner
  return { code: inner.code ?? '', why: inner.message || inner.code || 'the connection failed' }
}

const SAID_CHARS_MAX = 300

function said(response: Response, json: unknown): string {
  const { error, message } = (json ?? {}) as { error?: unknown; message?: unknown }
  const words = typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : message
  if (typeof words === 'string' && words !== '') return words.replace(/\s+/g, ' ').slice(0, SAID_CHARS_MAX)
  if (typeof error === 'string') return error.slice(0, SAID_CHARS_MAX) // OAuth2's form
  const to = response.headers.get('location')
  if (to !== null) return `it redirects to ${to.slice(0, SAID_CHARS_MAX)}`
  return json === undefined ? `it answers ${response.headers.get('content-type') ?? 'no type'}, not JSON` : 'no reason'
}
