/**
 * What shows the catalog who we are: a token given, or one fetched for a client id and secret and renewed before it
 * expires.
 *
 *   errors  K2Error LAKE_UNAVAILABLE; no message ever holds a token or a secret
 *   source  RFC 6749, 4.4; Iceberg REST catalog, POST /v1/oauth/tokens
 */
import { errorOf } from './errors.ts'
import { exchange } from './http.ts'

export type Access =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'credential'
      /** `id:secret`, or a secret alone. */
      readonly credential: string
      readonly scope: string
      /** Where tokens are given out. */
      readonly uri: string
    }

export interface Tokens {
  /** undefined: none is sent. */
  current(): Promise<string | undefined>
  /** After a refusal: whether there will be another one to try. */
  renew(): boolean
}

/** A token is not used up to its last second: clocks differ and requests take their time. */
const SPARE_MS = 60_000
/** Of a token that does not say when it expires. */
const LIFE_SECONDS = 3_600

interface Held {
  readonly token: string
  readonly usableUntilMs: number
}

export function tokensOf(access: Access, nowMs: () => number, deadlineMs: number): Tokens {
  if (access.kind !== 'credential') {
    return { current: async () => (access.kind === 'token' ? access.token : undefined), renew: () => false }
  }
  let fetching: Promise<Held> | undefined
  const fetchOnce = () => {
    const fresh = fetchToken(access, nowMs, deadlineMs)
    fetching = fresh
    fresh.catch(() => {
      if (fetching === fresh) fetching = undefined
    })
    return fresh
  }
  return {
    async current() {
      const held = await (fetching ?? fetchOnce())
      return (nowMs() < held.usableUntilMs ? held : await fetchOnce()).token
    },
    renew() {
      fetching = undefined
      return true
    },
  }
}

async function fetchToken(
  { credential, scope, uri }: Access & { kind: 'credential' },
  nowMs: () => number,
  deadlineMs: number,
): Promise<Held> {
  const [id, secret] = credential.includes(':') ? cut(credential) : [undefined, credential]
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_secret: secret, scope })
  if (id !== undefined) form.set('client_id', id)
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
  const answer = await exchange({ method: 'POST', url: uri, headers, body: form.toString(), deadlineMs })
  const json = (answer.kind === 'answer' && answer.status === 200 ? answer.json : null) as Record<
    string,
    unknown
  > | null
  if (typeof json?.access_token !== 'string') {
    throw errorOf(answer, { what: 'giving out a token', uri, isCommit: false })
  }
  const seconds = typeof json.expires_in === 'number' ? json.expires_in : LIFE_SECONDS
  const spareMs = Math.min(SPARE_MS, seconds * 500)
  return { token: json.access_token, usableUntilMs: nowMs() + seconds * 1000 - spareMs }
}

function cut(credential: string): [id: string, secret: string] {
  const at = credential.indexOf(':')
  return [credential.slice(0, at), credential.slice(at + 1)]
}
