/**
 * API keys: `k2_<id>_<secret>`, of which a file has the id and a hash. The file is lines of JSON that are only added to: a key,
 * or that one is revoked.
 *
 *   shape   text of the file -> keys by id, or an error with the line and what is wrong
 *   why     a secret is 256 random bits, so nobody finds it by trying, and one HMAC-SHA256 a call is right: scrypt would slow
 *           down every question to protect what cannot be guessed. The salt keeps equal secrets of two files apart.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { ROLES, type Role } from './identity.ts'

export interface Key {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly ratePerMinute?: number
  readonly quotaPerDay?: number
  /** ISO 8601. */
  readonly created: string
  readonly expires?: string
  readonly revoked?: string
  readonly salt: string
  readonly hash: string
}

export type Keys = ReadonlyMap<string, Key>

const SHAPE = /^k2_([a-f0-9]{12})_([\w-]{43})$/
/** As they may stand in a text by mistake. */
export const KEYS_IN_TEXT = /k2_[a-f0-9]{12}_[\w-]{43}/g
const SECRET_BYTES = 32
const SALT_BYTES = 16

const hmac = (salt: string, secret: string): Buffer =>
  createHmac('sha256', Buffer.from(salt, 'base64url')).update(secret).digest()

/** A new key, to be shown once, and its line for the file. */
export function makeKey(about: Omit<Key, 'id' | 'salt' | 'hash'>): { readonly key: string; readonly line: Key } {
  const id = randomBytes(6).toString('hex')
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  const salt = randomBytes(SALT_BYTES).toString('base64url')
  const { name, role, ratePerMinute, quotaPerDay, created, expires } = about
  const limits = {
    ...(ratePerMinute !== undefined && { ratePerMinute }),
    ...(quotaPerDay !== undefined && { quotaPerDay }),
  }
  const hash = hmac(salt, secret).toString('base64url')
  return {
    key: `k2_${id}_${secret}`,
    line: { id, name, role, ...limits, created, ...(expires && { expires }), salt, hash },
  }
}

// Nobody's: what is not the shape of a key, or has an id that no key has, is compared with it, for the same time.
const DECOY = {
  salt: randomBytes(SALT_BYTES).toString('base64url'),
  hash: randomBytes(SECRET_BYTES).toString('base64url'),
}

/** The key of that text, unless it is wrong, revoked or expired. Each text costs one hash and one comparison of equal time. */
export function keyOf(keys: Keys, text: string, nowMs: number): Key | undefined {
  const [, id = '', secret = ''] = SHAPE.exec(text) ?? []
  const key = keys.get(id)
  const { salt, hash } = key ?? DECOY
  const isRight = timingSafeEqual(hmac(salt, secret), Buffer.from(hash, 'base64url'))
  return isRight && key !== undefined && isValid(key, nowMs) ? key : undefined
}

export const isValid = ({ revoked, expires }: Key, nowMs: number): boolean =>
  revoked === undefined && (expires === undefined || Date.parse(expires) > nowMs)

/** The keys that a file has, revoked ones too. */
export function readKeys(text: string): Keys {
  const keys = new Map<string, Key>()
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    try {
      addLine(keys, JSON.parse(line))
    } catch (error) {
      const why = error instanceof SyntaxError ? 'it is no JSON' : (error as Error).message
      throw new Error(`line ${index + 1}: ${why}`)
    }
  }
  return keys
}

function addLine(keys: Map<string, Key>, line: Partial<Key> | null): void {
  if (line === null || typeof line !== 'object') throw new Error('it is no object')
  const { id = '', revoked, hash } = line
  const known = keys.get(id)
  if (hash === undefined && revoked !== undefined) {
    if (known === undefined) throw new Error(`it revokes ${JSON.stringify(id)}, and no line before it has that key`)
    keys.set(id, { ...known, revoked: instant('revoked', revoked) })
    return
  }
  if (known !== undefined) throw new Error(`the id ${id} stands in a line before`)
  keys.set(id, checked(line))
}

function checked(line: Partial<Key>): Key {
  const { id, name, role, salt, hash, ratePerMinute, quotaPerDay, created, expires } = line
  if (!/^[a-f0-9]{12}$/.test(String(id))) throw new Error('id must be 12 hexadecimal digits')
  if (typeof name !== 'string' || name === '') throw new Error('name must be a text')
  if (!ROLES.includes(role as Role)) throw new Error(`role must be ${ROLES.join(' or ')}`)
  for (const [what, text, bytes] of [
    ['salt', salt, SALT_BYTES],
    ['hash', hash, SECRET_BYTES],
  ] as const)
    if (typeof text !== 'string' || Buffer.from(text, 'base64url').length !== bytes)
      throw new Error(`${what} must be ${bytes} bytes in base64url`)
  for (const [what, count] of [
    ['ratePerMinute', ratePerMinute],
    ['quotaPerDay', quotaPerDay],
  ] as const)
    if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0))
      throw new Error(`${what} must be a whole number of 0 or more`)
  instant('created', created)
  if (expires !== undefined) instant('expires', expires)
  return line as Key
}

function instant(what: string, text: unknown): string {
  if (typeof text !== 'string' || Number.isNaN(Date.parse(text))) throw new Error(`${what} must be a time in ISO 8601`)
  return text
}
