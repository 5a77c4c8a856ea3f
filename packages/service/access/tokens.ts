/**
 * Tokens (JWT), by the keys that their issuer publishes (JWKS). Keys are fetched anew every few minutes beside the questions, and
 * at once for a token whose key is not known, so that an issuer may change them; while the issuer is away those known go on.
 *
 *   errors  undefined for any token that is not right; NOT_READY where no key of the issuer is known
 */
import { createHash } from 'node:crypto'
import { K2Error } from '@k2/contracts/codes.ts'
import { createLocalJWKSet, errors, type JWTPayload, jwtVerify, type LocalJWKSet } from 'jose'
import type { Clock } from '../clock.ts'
import type { Guard } from '../guard.ts'
import type { Logger } from '../logger.ts'
import { type Identity, ROLES, type Role } from './identity.ts'

export interface TokenSettings {
  readonly jwksUrl: string
  readonly issuer: string
  readonly audience: string
  readonly algorithms: readonly string[]
  /** Of the payload: a name in it, or a path with dots. */
  readonly roleClaim: string
  readonly toleranceMs: number
  /** Keys older than this are fetched again. */
  readonly refreshMs: number
  /** Keys older than this are not used any more. */
  readonly keptMs: number
}

export interface TokenPorts {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly logger: Logger
  readonly guard: Guard
  readonly fetch?: typeof fetch
}

export interface Tokens {
  identityOf(token: string): Promise<Identity | undefined>
  /** Fetches the keys; while they cannot be had it says so in the log. */
  refresh(): Promise<void>
}

interface IssuersKeys {
  readonly find: LocalJWKSet
  readonly text: string
  readonly fetchedMs: number
  /**
   * A signature is verified on one of libuv's threads, which statements hold: once a token is enough. By these keys: one that
   * is on its way while they change must not be taken by the next ones.
   */
  readonly verified: Map<string, Identity>
}

const BYTES_MAX = 2 ** 20
const TOKEN_CHARACTERS_MAX = 8_192
/** Tokens with unknown keys cost the issuer no more than one exchange in this time. */
const COOLDOWN_MS = 5_000
const VERIFIED_MAX = 1_000
const NAME_CHARACTERS_MAX = 200

export function tokens({ clock, logger, guard, fetch: get = fetch }: TokenPorts, settings: TokenSettings): Tokens {
  let keys: IssuersKeys | undefined
  let triedMs = Number.NEGATIVE_INFINITY
  let fetching: Promise<void> | undefined

  async function take(): Promise<void> {
    triedMs = clock.nowMs()
    try {
      const text = await guard.once(() => fetched(get, settings.jwksUrl, guard.policy.deadlineMs))
      const verified = text === keys?.text ? keys.verified : new Map<string, Identity>()
      keys = { find: createLocalJWKSet(JSON.parse(text)), text, verified, fetchedMs: clock.nowMs() }
    } catch (error) {
      const then = keys === undefined ? 'Tokens are refused until it is.' : 'Those known go on.'
      logger.warn(`the keys of ${settings.issuer} cannot be had: ${(error as Error).message} ${then}`)
    }
  }

  function refresh(): Promise<void> {
    fetching ??= take().finally(() => {
      fetching = undefined
    })
    return fetching
  }

  /** Or somebody has just asked, whose answer is waited for. */
  const mayAsk = () => fetching !== undefined || clock.nowMs() - triedMs >= COOLDOWN_MS
  const known = () => (keys !== undefined && clock.nowMs() - keys.fetchedMs <= settings.keptMs ? keys : undefined)

  /** Errors: NOT_READY where none is known. */
  async function keysNow(): Promise<IssuersKeys> {
    if (known() === undefined && mayAsk()) await refresh()
    const now = known()
    if (now !== undefined) return now
    throw new K2Error('NOT_READY', 'The keys that tokens are verified by cannot be had now. Ask again later.')
  }

  /** The payload; undefined: it is wrong; null: of a key that is not known. */
  async function payloadOf(token: string, { find }: IssuersKeys): Promise<JWTPayload | null | undefined> {
    const { issuer, audience, algorithms, toleranceMs } = settings
    try {
      const { payload } = await jwtVerify(token, find, {
        ...{ issuer, audience, algorithms: [...algorithms], clockTolerance: toleranceMs / 1000 },
        ...{ requiredClaims: ['exp', 'sub'], currentDate: new Date(clock.nowMs()) },
      })
      return typeof payload.sub === 'string' ? payload : undefined
    } catch (error) {
      return error instanceof errors.JWKSNoMatchingKey ? null : undefined
    }
  }

  async function identityOf(token: string): Promise<Identity | undefined> {
    if (token.length > TOKEN_CHARACTERS_MAX) return undefined
    let by = await keysNow()
    const digest = createHash('sha256').update(token).digest('base64')
    const before = by.verified.get(digest)
    if (before !== undefined) return before
    let payload = await payloadOf(token, by)
    if (payload === null && mayAsk()) {
      await refresh()
      by = await keysNow()
      payload = await payloadOf(token, by)
    }
    if (!payload) return undefined
    const identity = identityIn(payload, settings)
    const { verified } = by
    if (verified.size >= VERIFIED_MAX) verified.delete(verified.keys().next().value!)
    verified.set(digest, identity)
    return identity
  }

  return {
    async identityOf(token) {
      // Beside the questions: nobody waits for it while the keys known are good.
      if (keys !== undefined && clock.nowMs() - Math.max(keys.fetchedMs, triedMs) >= settings.refreshMs) void refresh()
      return identityOf(token)
    },
    refresh,
  }
}

async function fetched(get: typeof fetch, url: string, deadlineMs: number): Promise<string> {
  try {
    const answer = await get(url, { signal: AbortSignal.timeout(deadlineMs), redirect: 'error' })
    if (!answer.ok) throw new Error(`it answers with ${answer.status}.`)
    const text = await textOf(answer)
    createLocalJWKSet(JSON.parse(text)) // throws where it is none
    return text
  } catch (error) {
    throw new K2Error('NOT_READY', `${url}: ${(error as Error).message}`, {}, error)
  }
}

async function textOf({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body ?? []) {
    bytes += part.length
    if (bytes > BYTES_MAX) throw new Error('it sends too much.')
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

function identityIn(payload: JWTPayload, { roleClaim, toleranceMs }: TokenSettings): Identity {
  const inside = (of: unknown, name: string) => (of as Record<string, unknown> | undefined)?.[name]
  const claim = payload[roleClaim] ?? roleClaim.split('.').reduce<unknown>(inside, payload)
  const given = [claim].flat()
  const role: Role | null = [...ROLES].reverse().find((one) => given.includes(one)) ?? null
  const id = payload.sub!.slice(0, NAME_CHARACTERS_MAX)
  return { kind: 'token', id, name: id, role, untilMs: payload.exp! * 1000 + toleranceMs }
}
