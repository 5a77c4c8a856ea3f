/** Who asked what: a line of the log for each question, without its secrets. */
import type { Logger } from '../logger.ts'
import type { Identity } from './identity.ts'
import { KEYS_IN_TEXT } from './keys.ts'

export interface Asked {
  /** undefined: it was not found out. */
  readonly identity: Identity | undefined
  readonly peer: string
  readonly door: 'rest' | 'websocket' | 'grpc'
  /** Route or method. */
  readonly question: string
  readonly parameters: unknown
  /** Of HTTP, or the name of gRPC's. */
  readonly status: number | string
  readonly rows: number | undefined
  readonly durationMs: number
}

export type Audit = (asked: Asked) => void

const TEXT_CHARACTERS_MAX = 200
const ITEMS_MAX = 20
const DEPTH_MAX = 4
const SECRET_NAME = /key|token|secret|password|authorization|cookie/i
// Each run is gone over once: with the dots in the pattern a long one without them would be, from each of its places.
const MAYBE_TOKENS = /eyJ[\w.-]{5,}/g
const SECRET = '[secret]'

export function auditTo(logger: Logger): Audit {
  // Of a level of its own: who wants no other lines may want these.
  const lines = logger.child({ component: 'audit' }, { level: 'info' })
  return ({ identity, parameters, durationMs, ...rest }) =>
    lines.info(
      {
        who: identity?.name ?? null,
        by: identity?.kind ?? null,
        role: identity?.role ?? null,
        ...rest,
        parameters: told(parameters),
        duration_ms: Math.round(durationMs * 10) / 10,
      },
      'asked',
    )
}

/** As much of it as a line may have: long lists and texts are cut, empty fields left out. */
export function told(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') {
    const text = withoutSecrets(value)
    return text.length > TEXT_CHARACTERS_MAX ? `${text.slice(0, TEXT_CHARACTERS_MAX)}… (${text.length})` : text
  }
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (depth === DEPTH_MAX) return '…'
  if (Array.isArray(value)) {
    const more = value.length > ITEMS_MAX ? [`… (${value.length})`] : []
    return [...value.slice(0, ITEMS_MAX).map((item) => told(item, depth + 1)), ...more]
  }
  const fields = Object.entries(value).filter(([, field]) => !isEmpty(field))
  return Object.fromEntries(
    fields
      .slice(0, ITEMS_MAX)
      .map(([name, field]) => [
        withoutSecrets(name).slice(0, TEXT_CHARACTERS_MAX),
        SECRET_NAME.test(name) ? SECRET : told(field, depth + 1),
      ]),
  )
}

const withoutSecrets = (text: string): string =>
  text.replace(KEYS_IN_TEXT, SECRET).replace(MAYBE_TOKENS, (run) => (hasThreeParts(run) ? SECRET : run))

const hasThreeParts = (run: string): boolean => run.indexOf('.') !== run.lastIndexOf('.')

const isEmpty = (field: unknown): boolean =>
  field === undefined || field === '' || field === 0 || field === '0' || (Array.isArray(field) && field.length === 0)
