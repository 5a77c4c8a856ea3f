/** What stands around the identity: which address may be open, which pages may ask, what is written down of who asked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { realClock } from '../clock.ts'
import { guard } from '../guard.ts'
import { createLogger } from '../logger.ts'
import { loadProtos } from '../rpc.ts'
import { readSettings } from '../settings.ts'
import { openAccess } from './access.ts'
import { type Asked, auditTo, told } from './audit.ts'
import { doors } from './doors.fixture.ts'
import { makeKey } from './keys.ts'
import { isPublic } from './public.ts'
import { needOf } from './rpc-gate.ts'
import { accessSettings } from './settings.ts'

const { key, line } = makeKey({ name: 'reader', role: 'read', created: '2026-01-01T00:00:00Z' })
const KEY_FILE = { keys: JSON.stringify(line) }
const WITH_KEYS = { apiKeyFile: 'FOLDER/keys' }

const LOCAL = ['127.0.0.1', '127.8.9.1', '::1', '[::1]', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1']
const PUBLIC = [
  '0.0.0.0',
  '::',
  '[::]',
  '10.0.0.7',
  '192.168.1.2',
  '::ffff:10.0.0.1',
  'k2',
  'localhost.example.org',
  '',
]
for (const host of LOCAL) test(`${host} is of this machine alone`, () => assert.equal(isPublic(host), false))
for (const host of PUBLIC) test(`"${host}" may be reached by others`, () => assert.equal(isPublic(host), true))

const logged = () => {
  const lines: string[] = []
  const logger = createLogger({ service: 'test', level: 'info', to: { write: (text) => void lines.push(text) } })
  return { logger, text: () => lines.join('') }
}
const opened = (host: string, settings: object) => {
  const { logger, text } = logged()
  const given = readSettings(accessSettings, settings, {})
  const access = openAccess({ ...given, host }, { clock: realClock, logger, guardOf: guard })
  return { access, text }
}

test('a public address without access control is refused with what to do, unless it is wanted', () => {
  const refusal = { code: 'SETTINGS_INVALID', message: /0\.0\.0\.0.*K2_API_KEYS.*127\.0\.0\.1.*K2_ALLOW_INSECURE=true/ }
  assert.throws(() => opened('0.0.0.0', {}), refusal)
  assert.match(opened('0.0.0.0', { isOpenAllowed: true }).text(), /anyone who reaches this address may ask/)
  assert.equal(opened('127.0.0.1', {}).text(), '')
  const jwt = { jwksUrl: 'https://id.test/jwks', jwtIssuer: 'i', jwtAudience: 'a' }
  assert.match(opened('0.0.0.0', jwt).text(), /without TLS/)
  assert.throws(() => opened('0.0.0.0', { jwksUrl: jwt.jwksUrl }), { message: /K2_JWT_ISSUER and K2_JWT_AUDIENCE/ })
})

// biome-ignore format: a table reads by its columns
const probes: [host: string, openProbes: string, health: boolean, metrics: boolean][] = [
  ['127.0.0.1', 'none',   true,  true],
  ['0.0.0.0',   'none',   false, false],
  ['0.0.0.0',   'health', true,  false],
  ['0.0.0.0',   'all',    true,  true],
]
for (const [host, openProbes, health, metrics] of probes)
  test(`on ${host} with ${openProbes} open: health ${health}, metrics ${metrics}`, async () => {
    const jwt = { jwksUrl: 'https://id.test/jwks', jwtIssuer: 'i', jwtAudience: 'a' }
    const { access } = opened(host, { ...jwt, openProbes })
    assert.equal('over' in (await access.admit('health', {})), health)
    assert.equal('over' in (await access.admit('metrics', {})), metrics)
    assert.equal('over' in (await access.admit('read', {})), false)
  })

/** Every method there is: one that is added stands here, too, with what it needs. */
const PROTOS = ['query', 'sequence', 'degradation', 'feed'].map((name) => `k2/v1/${name}.proto`)
const ADMIN = [
  'DegradationService/Override',
  'DegradationService/Report',
  'FeedService/AddSymbols',
  'FeedService/RemoveSymbols',
]
test('what changes something needs the role admin', () => {
  const protos = loadProtos(PROTOS, [fileURLToPath(new URL('../../../proto/', import.meta.url))])
  const paths = Object.values(protos).flatMap((one) =>
    'format' in one ? [] : Object.values(one).map(({ path }) => path),
  )
  assert.ok(paths.length > 30)
  const admin = paths.filter((path) => needOf(path) === 'admin').map((path) => path.replace('/k2.v1.', ''))
  assert.deepEqual(admin.sort(), ADMIN)
  assert.equal(needOf('/grpc.health.v1.Health/Check'), 'health')
  assert.equal(needOf('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo'), 'read')
  assert.equal(needOf('/k2.v1.DegradationService/ForgetHistory'), 'admin')
})

const PAGE = 'https://charts.test'
// biome-ignore format: a table reads by its columns
const pages: [name: string, allowed: string[], origin: string, isLetIn: boolean][] = [
  ['a page that is listed',     [PAGE],              PAGE,                     true],
  ['any page',                  ['*'],               PAGE,                     true],
  ['a page that is not listed', [PAGE],              'https://evil.test',      false],
  ['one whose name is longer',  [PAGE],              `${PAGE}.evil.test`,      false],
  ['another port',              [PAGE],              `${PAGE}:8443`,           false],
  ['where none are listed',     [],                  PAGE,                     false],
]
for (const [name, corsOrigins, origin, isLetIn] of pages)
  test(`${name} may ${isLetIn ? '' : 'not '}ask from a browser`, () =>
    doors(
      { ...WITH_KEYS, corsOrigins },
      async ({ rest, socket }) => {
        const shown = { headers: { origin, 'x-api-key': key } }
        const { code, headers } = await rest(shown)
        assert.equal(code, 'ok')
        assert.equal(headers['access-control-allow-origin'], isLetIn ? origin : undefined)
        if (corsOrigins.length > 0) assert.match(headers.vary!, /Origin/)
        // Refusals are told to the page as well; who asks beforehand has no key to show.
        assert.equal(
          (await rest({ headers: { origin } })).headers['access-control-allow-origin'],
          isLetIn ? origin : undefined,
        )
        const before = await rest({ headers: { origin, 'access-control-request-method': 'GET' } }, '/word', 'OPTIONS')
        assert.equal(before.code, isLetIn ? 'ok' : 'UNAUTHENTICATED')
        assert.equal(before.headers['access-control-allow-headers']?.includes('X-API-Key') ?? false, isLetIn)
        assert.equal((await socket(shown)).code, isLetIn ? 'ok' : 'FORBIDDEN')
      },
      KEY_FILE,
    ))

const audits = (log: string): (Asked & Record<string, unknown>)[] =>
  log.split('\n').flatMap((text) => (text.includes('"audit"') ? [JSON.parse(text)] : []))

test('who asked what is a line each, at every door, refusals too; secrets are in none', () =>
  doors(
    WITH_KEYS,
    async ({ rest, socket, rpc, url, log }) => {
      const shown = { headers: { 'x-api-key': key, 'x-correlation-id': 'c-1' } }
      await rest(shown, `/word?symbol=BHP&api_key=${key}&text=${key}`)
      await rest(shown, '/nowhere')
      await rest({ headers: { 'x-api-key': `${key}x` } })
      await socket(shown, '/words?symbol=KTA')
      await socket(shown, `/words/${key}`)
      await rpc(shown)
      await rpc(shown, 'ChangeWord')
      await rest(shown, '/health')
      await rest(shown, '/open')
      const mine = { who: `reader (${line.id})`, by: 'key', role: 'read', correlation_id: 'c-1' }
      for (let tries = 0; audits(log()).length < 7 && tries < 200; tries++) await realClock.sleep(5)
      const lines = audits(log()).map(
        ({ who, by, role, door, question, status, rows, parameters, correlation_id }) => ({
          ...{ who, by, role, door, question, status, parameters },
          ...(rows !== undefined && { rows }),
          ...(correlation_id === 'c-1' && { correlation_id }),
        }),
      )
      const byQuestion = (a: { question: string; status: unknown }, b: typeof a) =>
        `${a.question} ${a.status}`.localeCompare(`${b.question} ${b.status}`)
      const sockets = lines
        .filter(({ door }) => door === 'websocket')
        .sort((a, b) => Number(a.status) - Number(b.status))
      assert.deepEqual(
        sockets.map(({ rows, ...rest }) => [rest, Number(rows) > 0]),
        [
          [{ ...mine, door: 'websocket', question: 'GET /words', status: 101, parameters: { symbol: 'KTA' } }, true],
          [{ ...mine, door: 'websocket', question: 'GET none', status: 404, parameters: {} }, false],
        ],
      )
      const { correlation_id: _, ...unknown } = { ...mine, who: null, by: null, role: null }
      assert.deepEqual(
        lines.filter(({ door }) => door !== 'websocket').sort(byQuestion),
        [
          {
            ...mine,
            door: 'rest',
            question: 'GET /word',
            status: 200,
            rows: 3,
            parameters: { symbol: 'BHP', api_key: '[secret]', text: '[secret]' },
          },
          { ...unknown, door: 'rest', question: 'GET /word', status: 401, parameters: {} },
          { ...mine, door: 'rest', question: 'GET none', status: 404, parameters: { '*': 'nowhere' } },
          { ...mine, door: 'grpc', question: 'k2.test.Gate/ChangeWord', status: 'PERMISSION_DENIED', parameters: {} },
          { ...mine, door: 'grpc', question: 'k2.test.Gate/GetWord', status: 'OK', parameters: {} },
        ].sort(byQuestion),
      )
      assert.ok(url && !log().includes(key.split('_')[2]!), 'a secret stands in the log')
    },
    KEY_FILE,
  ))

test('every line of the log of a request tells who asked', () =>
  doors(
    WITH_KEYS,
    async ({ rest, log }) => {
      await rest({ headers: { 'x-api-key': key } })
      for (let tries = 0; !log().includes('"msg":"request"') && tries < 200; tries++) await realClock.sleep(5)
      const request = log()
        .split('\n')
        .find((text) => text.includes('"msg":"request"'))
      assert.equal(JSON.parse(request!).who, `reader (${line.id})`)
    },
    KEY_FILE,
  ))

test('a body that is a text or a list is one parameter of the audit', () =>
  doors(
    WITH_KEYS,
    async ({ url, log }) => {
      for (const body of ['word', ['a', 'b']])
        await fetch(`${url}/word?symbol=KTA`, {
          ...{ method: 'POST', body: JSON.stringify(body) },
          headers: { 'x-api-key': key, 'content-type': 'application/json' },
        })
      for (let tries = 0; audits(log()).length < 2 && tries < 200; tries++) await realClock.sleep(5)
      assert.deepEqual(
        audits(log()).map(({ parameters }) => parameters),
        [
          { symbol: 'KTA', body: 'word' },
          { symbol: 'KTA', body: ['a', 'b'] },
        ],
      )
    },
    KEY_FILE,
  ))

test('where anyone may ask no call leaves anything behind on a signal of all calls', async () => {
  const { access } = opened('127.0.0.1', {})
  const [one, other] = [await access.admit('health', {}), await access.admit('health', {})]
  assert.ok('signal' in one && 'signal' in other && one.signal !== other.signal)
})

test('the audit can be switched off, and on where anyone may ask', async () => {
  const count = async (settings: Parameters<typeof doors>[0]) => {
    let lines = 0
    await doors(
      settings,
      async ({ rest, log, rpc }) => {
        await rest({ headers: { 'x-api-key': key } })
        await rpc({ headers: { 'x-api-key': key } })
        await realClock.sleep(20)
        lines = audits(log()).length
      },
      KEY_FILE,
    )
    return lines
  }
  assert.equal(await count({ ...WITH_KEYS, isAudited: false }), 0)
  assert.equal(await count({}), 0)
  assert.equal(await count({ isAudited: true }), 2)
})

test('an audit is written whatever level the log has', () => {
  const lines: string[] = []
  const logger = createLogger({ service: 'test', level: 'error', to: { write: (text) => void lines.push(text) } })
  auditTo(logger)({
    ...{ identity: undefined, peer: '', door: 'rest', question: 'q', parameters: {} },
    ...{ status: 200, rows: 1, durationMs: 1 },
  })
  assert.equal(lines.length, 1)
})

// biome-ignore format: a table reads by its columns
const texts: [name: string, value: unknown, as: unknown][] = [
  ['a long list',          { symbols: Array.from({ length: 30 }, (_, i) => i) }, { symbols: [...Array(20).keys(), '… (30)'] }],
  ['a long text',          'x'.repeat(300),                                       `${'x'.repeat(200)}… (300)`],
  ['bytes',                { data: new Uint8Array(3) },                           { data: '3 bytes' }],
  ['what is not given',    { a: '', b: 0, c: [], d: undefined, e: 'x' },          { e: 'x' }],
  ['a token in a text',    'is eyJhbGciOi.eyJzdWIi.c2ln one?',                    'is [secret] one?'],
  ['what is no token',     'eyJzeW1ib2wi.eyJ',                                    'eyJzeW1ib2wi.eyJ'],
  // Going back over it again and again takes minutes.
  ['what nearly is one',   'eyJ'.repeat(350_000),                                 `${'eyJ'.repeat(67).slice(0, 200)}… (1050000)`],
  ['what is called one',   { password: 'p', Authorization: 'a', accessToken: 't' }, { password: '[secret]', Authorization: '[secret]', accessToken: '[secret]' }],
  ['deep things',          { a: { b: { c: { d: { e: 1 } } } } },                  { a: { b: { c: { d: '…' } } } }],
]
for (const [name, value, as] of texts) test(`${name} in an audit`, () => assert.deepEqual(told(value), as))

test('a socket of a page that is not let in opens nothing', () =>
  doors({}, async ({ url }) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/words`, { origin: 'https://evil.test' })
    const error = await new Promise<Error>((resolve) => socket.on('error', resolve))
    assert.match(error.message, /403/)
  }))
