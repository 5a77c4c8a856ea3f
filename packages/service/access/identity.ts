/** Who asks, as every door knows it, and what a door has been shown of it. */
import { K2Error } from '@k2/contracts/codes.ts'

/** read asks questions; admin also changes what others see: levels, feeds. */
export const ROLES = ['read', 'admin'] as const
export type Role = (typeof ROLES)[number]

export interface Identity {
  readonly kind: 'key' | 'token' | 'certificate' | 'nobody'
  /** Of a key, the id in it; of a token, its subject; of a certificate, its common name. */
  readonly id: string
  /** As logs have it; never a secret. */
  readonly name: string
  /** null: it is known, and may do nothing. */
  readonly role: Role | null
  /** Calls; undefined: as settings say; 0: as many as it likes. */
  readonly ratePerMinute?: number | undefined
  readonly quotaPerDay?: number | undefined
  /** ms since the epoch; null: for ever. */
  readonly untilMs: number | null
}

/** Asks at a door that has no access control, or for what is open. */
export const NOBODY: Identity = { kind: 'nobody', id: '', name: 'nobody', role: 'admin', untilMs: null }

/** Of a certificate that the TLS handshake has verified. */
export interface Certificate {
  readonly commonName: string
  readonly untilMs: number
}

/** What a caller has shown. */
export interface Presented {
  /** X-API-Key, or what stands behind Authorization: Bearer. */
  readonly credential?: string | undefined
  readonly certificate?: Certificate | undefined
}

const BEARER = /^Bearer +(\S+) *$/i

/** An Authorization of another kind is a credential as well, and a wrong one. */
export function credentialIn(header: (name: string) => string | undefined): string | undefined {
  const key = header('x-api-key')
  if (key !== undefined) return key
  const authorization = header('authorization')
  return authorization === undefined ? undefined : (BEARER.exec(authorization)?.[1] ?? '')
}

/** The same words whatever was wrong or missing: who guesses learns nothing. */
export const unauthenticated = (): K2Error =>
  new K2Error(
    'UNAUTHENTICATED',
    'Who asks is not known here. Send a valid key as X-API-Key, or a valid key or token as Authorization: Bearer.',
  )

export const forbidden = (role: Role): K2Error =>
  new K2Error('FORBIDDEN', `This needs the role ${role}. Ask with an identity that has it.`)
