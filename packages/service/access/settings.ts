/** Settings of who may ask, and of how a process itself asks others. */

import { defineSettings, type Settings } from '../settings.ts'
import { ROLES } from './identity.ts'

/** Of signatures alone: with a secret that both sides share (HS…) whoever can verify can also sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const

export const accessSettings = defineSettings({
  apiKeyFile: {
    env: 'K2_API_KEYS',
    kind: 'string',
    unit: 'file',
    optional: true,
    doc: 'API keys that are let in, as `k2 keys` makes it; read again within a second of a change. With it, or K2_JWT_JWKS, or K2_TLS_CLIENT_CA, nobody asks unknown.',
  },
  jwksUrl: {
    env: 'K2_JWT_JWKS',
    kind: 'string',
    unit: 'url',
    optional: true,
    matches: /^https?:\/\/\S+$/,
    doc: 'Where the issuer of tokens publishes its keys; K2_JWT_ISSUER and K2_JWT_AUDIENCE go with it.',
  },
  jwtIssuer: { env: 'K2_JWT_ISSUER', kind: 'string', optional: true, doc: 'What `iss` of a token must be.' },
  jwtAudience: { env: 'K2_JWT_AUDIENCE', kind: 'string', optional: true, doc: 'What `aud` of a token must have.' },
  jwtAlgorithms: {
    env: 'K2_JWT_ALGORITHMS',
    kind: 'list',
    choices: ALGORITHMS,
    default: ['RS256', 'ES256', 'EdDSA'],
    doc: 'Signatures that are taken.',
  },
  jwtRoleClaim: {
    env: 'K2_JWT_ROLE_CLAIM',
    kind: 'string',
    default: 'roles',
    doc: 'Where a token says read or admin: a text or a list; a path has dots (realm_access.roles).',
  },
  jwtToleranceMs: {
    env: 'K2_JWT_TOLERANCE',
    kind: 'duration',
    unit: 'ms',
    min: 0,
    max: 600_000,
    default: 30_000,
    doc: "How far the issuer's clock may be off.",
  },
  jwtRefreshMs: {
    env: 'K2_JWT_REFRESH',
    kind: 'duration',
    unit: 'ms',
    min: 1_000,
    max: 86_400_000,
    default: 300_000,
    doc: "The issuer's keys are fetched again at that age; one that it withdrew is taken until then.",
  },
  jwtKeptMs: {
    env: 'K2_JWT_KEPT',
    kind: 'duration',
    unit: 'ms',
    min: 1_000,
    max: 30 * 86_400_000,
    default: 86_400_000,
    doc: 'While the issuer is away its keys are used up to that age.',
  },
  tlsCertFile: {
    env: 'K2_TLS_CERT',
    kind: 'string',
    unit: 'file',
    optional: true,
    doc: 'Certificate of this process (PEM, the chain behind it), for REST and gRPC and where it asks others; read again when it changes. Ports of health and metrics alone stay without TLS.',
  },
  tlsKeyFile: { env: 'K2_TLS_KEY', kind: 'string', unit: 'file', optional: true, doc: 'Its key (PEM).' },
  tlsClientCaFile: {
    env: 'K2_TLS_CLIENT_CA',
    kind: 'string',
    unit: 'file',
    optional: true,
    doc: 'Authority (PEM) that certificates of clients must be of; read again when it changes.',
  },
  tlsClients: {
    env: 'K2_TLS_CLIENTS',
    kind: 'choice',
    choices: ['required', 'optional'],
    default: 'required',
    doc: 'With K2_TLS_CLIENT_CA: whether a connection needs a certificate, or may show a key or token instead.',
  },
  tlsClientRoles: {
    env: 'K2_TLS_CLIENT_ROLES',
    kind: 'list',
    unit: 'name=role',
    default: [],
    matches: new RegExp(`^[^=]+=(${ROLES.join('|')})$`),
    doc: 'Role of a client by the common name of its certificate; * is any other name. Who is not named may do nothing.',
  },
  ratePerMinute: {
    env: 'K2_RATE_LIMIT',
    kind: 'integer',
    unit: 'calls a minute',
    min: 0,
    max: 1e9,
    default: 600,
    doc: 'Of an identity that reads and has no rate of its own, in each process; 0: none. Where there is no access control there is none either.',
  },
  quotaPerDay: {
    env: 'K2_DAILY_QUOTA',
    kind: 'integer',
    unit: 'calls a day',
    min: 0,
    max: 1e12,
    default: 0,
    doc: 'The same for a day (UTC).',
  },
  openProbes: {
    env: 'K2_OPEN_PROBES',
    kind: 'choice',
    choices: ['none', 'health', 'all'],
    default: 'health',
    doc: 'What of health and metrics needs no identity on a public address; on a local one nothing of it does.',
  },
  corsOrigins: {
    env: 'K2_CORS_ORIGINS',
    kind: 'list',
    unit: 'origins',
    default: [],
    matches: /^(\*|https?:\/\/[^/\s]+)$/,
    doc: 'Pages that may ask from a browser, such as https://charts.example.org; * is any.',
  },
  isAudited: {
    env: 'K2_AUDIT',
    kind: 'boolean',
    optional: true,
    doc: 'A line of the log (component audit) for each question: who, what, its parameters, status, rows, duration. By default where there is access control.',
  },
  isOpenAllowed: {
    env: 'K2_ALLOW_INSECURE',
    kind: 'boolean',
    default: false,
    doc: 'Listens on a public address without access control, which is refused else: where something before it keeps others out.',
  },
})

/** Of whoever asks: services among each other, and the command line. */
export const callerSettings = defineSettings({
  apiKey: {
    env: 'K2_API_KEY',
    kind: 'secret',
    optional: true,
    doc: 'API key or token to ask other services with; in a fleet of services it needs the role admin, since reports of pressure change the level.',
  },
  tlsCaFile: {
    env: 'K2_TLS_CA',
    kind: 'string',
    unit: 'file',
    optional: true,
    doc: 'Asks by TLS, of servers whose certificates are of this authority (PEM); with K2_TLS_CERT and K2_TLS_KEY it shows these.',
  },
})

export type AccessSettings = Settings<typeof accessSettings>
