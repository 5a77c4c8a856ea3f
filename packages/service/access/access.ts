/**
 * Who may ask what, how often: one answer for REST, WebSocket and gRPC.
 *
 *   what was shown ─► identity ─► role ─► rate ─► admitted, until it ends or its identity does
 *
 *   errors  UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED; SETTINGS_INVALID at the start
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Clock } from '../clock.ts'
import type { GuardOf } from '../guard.ts'
import type { Logger } from '../logger.ts'
import type { Service } from '../run.ts'
import { type Audit, auditTo } from './audit.ts'
import { forbidden, type Identity, NOBODY, type Presented, type Role, unauthenticated } from './identity.ts'
import { isValid, type Keys, keyOf, readKeys } from './keys.ts'
import { isPublic } from './public.ts'
import { type Rate, RateLimited, rateLimits } from './rate.ts'
import type { AccessSettings } from './settings.ts'
import { type ServerTls, serverTls } from './tls.ts'
import { type Tokens, tokens } from './tokens.ts'
import { type Watched, watched } from './watched.ts'

/** A role; or what settings may open: health, metrics; or what is open to anyone: what there is to be asked. */
export type Need = Role | 'health' | 'metrics' | 'open'

export interface Admission {
  readonly identity: Identity
  readonly rate: Rate | undefined
  /** Aborts when the identity ends before the call: a key is revoked, a token expires. */
  readonly signal: AbortSignal
  /** The call has come to its end. */
  over(): void
}

/** Why not, and what is known of who asked. */
export interface Refusal {
  readonly error: K2Error
  readonly identity?: Identity | undefined
  readonly rate?: Rate | undefined
}

export interface Access extends Service {
  /** Whether one must be known in order to ask. */
  readonly isControlled: boolean
  readonly tls: ServerTls | undefined
  readonly origins: readonly string[]
  readonly audit: Audit | undefined
  /** Rejects with nothing but bugs. */
  admit(need: Need, presented: Presented): Promise<Admission | Refusal>
}

export interface AccessPorts {
  readonly clock: Clock
  readonly logger: Logger
  readonly guardOf: GuardOf
}

const JUDGE_MS = 250

/** `host` is where the process listens; undefined: nowhere. */
export function openAccess(settings: AccessSettings & { readonly host?: string }, ports: AccessPorts): Access {
  const { logger, clock } = ports
  const tls = tlsOf(settings, logger)
  const keys = settings.apiKeyFile === undefined ? undefined : keysIn(settings.apiKeyFile, logger)
  const issued = tokensOf(settings, ports)
  const isControlled = keys !== undefined || issued !== undefined || settings.tlsClientCaFile !== undefined
  const host = settings.host ?? '127.0.0.1'
  checkBind(host, isControlled, settings, tls !== undefined, logger)
  const limits = rateLimits(settings, clock.nowMs)
  const roles = new Map(settings.tlsClientRoles.map((item) => item.split('=') as [string, Role]))
  const find = finder({ keys, issued, roles, nowMs: clock.nowMs })
  const open = new Map<AbortController, Identity>()
  const isOpen = openNeeds(settings.openProbes, isControlled, isPublic(host))

  async function admit(need: Need, presented: Presented): Promise<Admission | Refusal> {
    // A signal each: on one of all calls what listens to it would stay for ever.
    if (isOpen(need)) return { identity: NOBODY, rate: undefined, signal: new AbortController().signal, over: () => {} }
    let identity: Identity | undefined
    try {
      identity = await find(presented)
      if (identity === undefined || isOver(identity)) throw unauthenticated()
      const rate = limits.take(identity)
      const role = need === 'admin' ? 'admin' : 'read'
      if (identity.role !== 'admin' && identity.role !== role) throw forbidden(role)
      const ending = new AbortController()
      open.set(ending, identity)
      return { identity, rate, signal: ending.signal, over: () => void open.delete(ending) }
    } catch (error) {
      if (!(error instanceof K2Error)) throw error
      return { error, identity, rate: error instanceof RateLimited ? error.rate : undefined }
    }
  }

  const isOver = ({ kind, id, untilMs }: Identity): boolean =>
    (untilMs !== null && untilMs <= clock.nowMs()) || (kind === 'key' && !isStill(keys, id, clock.nowMs()))

  function judge(): void {
    for (const [ending, identity] of open) if (isOver(identity)) ending.abort(unauthenticated())
  }

  let timer: NodeJS.Timeout | undefined
  keys?.onChange(judge)
  return {
    name: 'access',
    isControlled,
    tls,
    origins: settings.corsOrigins,
    audit: (settings.isAudited ?? isControlled) ? auditTo(logger) : undefined,
    admit,
    async start() {
      timer = setInterval(judge, JUDGE_MS).unref()
      // Not waited for: keys of those who have no token do not need the issuer.
      void issued?.refresh()
    },
    async stop() {
      clearInterval(timer)
      keys?.close()
      tls?.close()
    },
  }
}

const isStill = (keys: Watched<Keys> | undefined, id: string, nowMs: number): boolean => {
  const key = keys?.now().get(id)
  return key !== undefined && isValid(key, nowMs)
}

interface Known {
  readonly keys: Watched<Keys> | undefined
  readonly issued: Tokens | undefined
  readonly roles: ReadonlyMap<string, Role>
  readonly nowMs: () => number
}

/** What is shown on purpose counts before the certificate of the connection. */
function finder({ keys, issued, roles, nowMs }: Known) {
  return async ({ credential, certificate }: Presented): Promise<Identity | undefined> => {
    if (credential !== undefined) {
      const isToken = issued !== undefined && credential.split('.').length === 3
      if (isToken) return issued.identityOf(credential)
      const key = keyOf(keys?.now() ?? new Map(), credential, nowMs())
      if (key === undefined) return undefined
      const { id, name, role, ratePerMinute, quotaPerDay, expires } = key
      const untilMs = expires === undefined ? null : Date.parse(expires)
      return { kind: 'key', id, name: `${name} (${id})`, role, ratePerMinute, quotaPerDay, untilMs }
    }
    if (certificate === undefined) return undefined
    const { commonName: id, untilMs } = certificate
    return { kind: 'certificate', id, name: id, role: roles.get(id) ?? roles.get('*') ?? null, untilMs }
  }
}

function openNeeds(probes: AccessSettings['openProbes'], isControlled: boolean, isPublicHost: boolean) {
  const isProbeOpen = { health: probes !== 'none', metrics: probes === 'all' }
  return (need: Need): boolean => {
    if (!isControlled || need === 'open') return true
    return (need === 'health' || need === 'metrics') && (!isPublicHost || isProbeOpen[need])
  }
}

const keysIn = (file: string, logger: Logger): Watched<Keys> =>
  watched('the API keys', { K2_API_KEYS: file }, ({ K2_API_KEYS: text }) => readKeys(text!.toString()), logger)

function tlsOf(settings: AccessSettings, logger: Logger): ServerTls | undefined {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, tlsClientCaFile: clientCaFile, tlsClients } = settings
  if ((certFile === undefined) !== (keyFile === undefined))
    throw wrong('K2_TLS_CERT and K2_TLS_KEY go together: give both, or none.')
  if (certFile === undefined || keyFile === undefined) {
    if (clientCaFile !== undefined) throw wrong('K2_TLS_CLIENT_CA needs TLS: give K2_TLS_CERT and K2_TLS_KEY as well.')
    return undefined
  }
  return serverTls({ certFile, keyFile, clientCaFile, isClientRequired: tlsClients === 'required' }, logger)
}

function tokensOf(settings: AccessSettings, { clock, logger, guardOf }: AccessPorts): Tokens | undefined {
  const { jwksUrl, jwtIssuer: issuer, jwtAudience: audience } = settings
  if (jwksUrl === undefined) return undefined
  if (issuer === undefined || audience === undefined)
    throw wrong('K2_JWT_JWKS needs K2_JWT_ISSUER and K2_JWT_AUDIENCE: else tokens for anyone would be taken.')
  return tokens(
    { clock, logger, guard: guardOf('issuer') },
    {
      ...{ jwksUrl, issuer, audience, algorithms: settings.jwtAlgorithms, roleClaim: settings.jwtRoleClaim },
      ...{ toleranceMs: settings.jwtToleranceMs, refreshMs: settings.jwtRefreshMs, keptMs: settings.jwtKeptMs },
    },
  )
}

function checkBind(
  host: string,
  isControlled: boolean,
  { isOpenAllowed }: AccessSettings,
  hasTls: boolean,
  logger: Logger,
): void {
  if (!isPublic(host)) return
  if (!isControlled && !isOpenAllowed)
    throw wrong(
      `K2_HOST is ${host}, which others can reach, and anyone could ask. Give K2_API_KEYS, K2_JWT_JWKS or K2_TLS_CLIENT_CA; listen on 127.0.0.1; or say K2_ALLOW_INSECURE=true where something before it keeps others out.`,
    )
  if (!isControlled) logger.warn({ host }, 'anyone who reaches this address may ask: K2_ALLOW_INSECURE says so')
  else if (!hasTls)
    logger.warn({ host }, 'keys and tokens come without TLS: K2_TLS_CERT and K2_TLS_KEY give it, or a proxy does')
}

const wrong = (sentence: string): K2Error => new K2Error('SETTINGS_INVALID', sentence)
