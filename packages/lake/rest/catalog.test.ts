import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { TRADES } from '@k2/contracts/tables.ts'
import { manualClock } from '@k2/service/clock.ts'
import { guard } from '@k2/service/guard.ts'
import { TRANSIENT } from '@k2/service/policies.ts'
import { retry } from '@k2/service/retry.ts'
import { catalogContract } from '../catalog.contract.ts'
import type { Requirement, Update } from '../catalog.ts'
import { newTable } from '../iceberg/create.ts'
import { openTable } from '../iceberg/table.ts'
import { directoryStore } from '../store/directory.ts'
import { tableContract } from '../table.contract.ts'
import { assertOnce, intent, NAME } from '../table.examples.ts'
import { restCatalog } from './catalog.ts'
import { json, type Meddler, type Meddling, type Request, refusal, restServer } from './server.fixture.ts'
import type { Access } from './token.ts'

const QUICK = { baseDelayMs: 1, delayMsMax: 10 }

async function open(prefix?: string, meddler?: Meddler, access: Access = { kind: 'none' }, deadlineMs = 5_000) {
  const folder = await mkdtemp(join(tmpdir(), 'k2-rest-'))
  const server = await restServer(folder, prefix, meddler)
  const guarded = { deadlineMs, guard: guard('catalog', { retries: QUICK }) }
  const catalog = restCatalog({ uri: `${server.uri}/`, warehouse: 'the lake', access, ...guarded })
  return {
    catalog,
    server,
    store: directoryStore(),
    close: async () => {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

catalogContract('REST', () => open())
tableContract('over REST, under a prefix', () => open('catalogs/one'))

async function opened(t: TestContext, meddler?: Meddler, access?: Access, deadlineMs?: number) {
  const world = await open('p', meddler, access, deadlineMs)
  t.after(world.close)
  return world
}

const isCommit = ({ method, path }: Request) => method === 'POST' && path.endsWith(`/${NAME.name}`)
const isLoad = ({ method, path }: Request) => method === 'GET' && path.endsWith(`/${NAME.name}`)
const set: Update[] = [{ action: 'set-properties', updates: { a: 'b' } }]
const PAGE = { status: 502, body: '<html>Bad Gateway</html>', headers: { 'content-type': 'text/html' } }
const CUT = { status: 200, body: '{"metadata":{"format-ver', headers: { 'content-type': 'application/json' } }
const LOGIN = { status: 302, body: '', headers: { location: 'https://login.example/' } }

// biome-ignore format: a table reads by its columns
const answers: [name: string, reply: Meddling, ofLoad: string | null, ofCommit: string, says: RegExp][] = [
  ['another came first',          refusal(409, 'CommitFailedException', 'branch main has changed'), 'LAKE_CONFLICT',    'LAKE_CONFLICT',    /branch main has changed/],
  ['no such table',               refusal(404, 'NoSuchTableException'),                             null,               'NOT_FOUND',        /NoSuchTable/],
  ["a proxy's 404",               { ...PAGE, status: 404 },                                         'LAKE_UNAVAILABLE', 'LAKE_UNAVAILABLE', /\(404\): it answers text\/html, not JSON/],
  ['no token',                    refusal(401, 'NotAuthorizedException', 'who are you'),            'LAKE_UNAVAILABLE', 'LAKE_UNAVAILABLE', /who are you. Set ICEBERG_CATALOG_TOKEN/],
  ['no right',                    refusal(403, 'ForbiddenException'),                               'LAKE_UNAVAILABLE', 'LAKE_UNAVAILABLE', /Grant its user/],
  ['too many requests',           refusal(429, 'SlowDownException'),                                'LAKE_UNAVAILABLE', 'LAKE_UNAVAILABLE', /\(429\)/],
  ['a request it cannot read',    refusal(400, 'BadRequestException', 'timestamp is before'),       'INTERNAL',         'INTERNAL',         /timestamp is before/],
  ['an error of the server',      refusal(500, 'CommitStateUnknownException'),                      'LAKE_UNAVAILABLE', 'COMMIT_UNKNOWN',   /500/],
  ['not ready',                   refusal(503, 'ServiceUnavailableException'),                      'LAKE_UNAVAILABLE', 'COMMIT_UNKNOWN',   /503/],
  ["a gateway's page",            PAGE,                                                             'LAKE_UNAVAILABLE', 'COMMIT_UNKNOWN',   /502.*text\/html/],
  ['a page that says 200',        { ...PAGE, status: 200 },                                         'LAKE_UNAVAILABLE', 'COMMIT_UNKNOWN',   /200.*text\/html/],
  ['an answer cut short',         CUT,                                                              'LAKE_UNAVAILABLE', 'COMMIT_UNKNOWN',   /not JSON/],
  ['a redirect',                  LOGIN,                                                            'LAKE_UNAVAILABLE', 'LAKE_UNAVAILABLE', /redirects to https:\/\/login/],
  ['a closed connection',         'reset',                                                          'LAKE_UNAVAILABLE', 'COMMIT_UNKNOWN',   /.../],
  ['no answer',                   'hang',                                                           'LAKE_UNAVAILABLE', 'COMMIT_UNKNOWN',   /no answer within 200 ms/],
  ['metadata of another version', json(200, { metadata: { 'format-version': 3 } }),                 'LAKE_DAMAGED',     'COMMIT_UNKNOWN',   /format version is 3/],
]

for (const [name, reply, ofLoad, ofCommit, says] of answers) {
  it(`${name}: ${ofLoad ?? 'no table'} to a load, ${ofCommit} to a commit`, async (t) => {
    const { catalog } = await opened(
      t,
      { before: (r) => (isCommit(r) || isLoad(r) ? reply : undefined) },
      undefined,
      200,
    )
    const refused = (code: string) => (error: { code: string; message: string }) =>
      assert.equal(error.code, code) ?? assert.match(error.message, says) ?? true
    if (ofLoad === null) assert.equal(await catalog.load(NAME), undefined)
    else await assert.rejects(catalog.load(NAME), refused(ofLoad))
    await assert.rejects(catalog.commit(NAME, [], set), refused(ofCommit))
  })
}

it('sends a commit once, and a load again while the catalog is not ready', async (t) => {
  let left = 2
  const busy = (r: Request) => ((isCommit(r) || isLoad(r)) && left-- > 0 ? PAGE : undefined)
  const { catalog, server } = await opened(t, { before: busy })
  assert.equal(await catalog.load(NAME), undefined)
  assert.equal(server.requests.filter(isLoad).length, 3)
  left = 1
  await assert.rejects(catalog.commit(NAME, [], set), { code: 'COMMIT_UNKNOWN' })
  assert.equal(server.requests.filter(isCommit).length, 1)
})

it('is not known to be in doubt where nobody listens', async (t) => {
  const { catalog, server } = await opened(t)
  await catalog.load(NAME)
  await server.close()
  await assert.rejects(catalog.load(NAME), { code: 'LAKE_UNAVAILABLE' }) // which also forgets the open connection
  await assert.rejects(catalog.commit(NAME, [], set), { code: 'LAKE_UNAVAILABLE', message: /ICEBERG_CATALOG_URI/ })
})

it('has one copy where the answer is lost on its way back', async (t) => {
  let lost = 0
  const after = (r: Request): Meddling => (isCommit(r) && lost++ === 1 ? 'reset' : undefined)
  const { catalog, store } = await opened(t, { after })
  const options = { spec: TRADES, catalog, store, now: Date.now, random: Math.random, sleep: async () => {} }
  const table = await openTable(options) // its creation is the first
  assert.equal((await table.commit(intent(0, null, 10n))).kind, 'already')
  await assertOnce(table, intent(0, null, 10n))
})

it('asks for its configuration once, and again after it failed', async (t) => {
  let isDown = true
  const before = (r: Request) =>
    isDown && r.path.startsWith('/v1/config') ? refusal(400, 'Bad', 'no warehouse') : undefined
  const { catalog, server } = await opened(t, { before })
  await assert.rejects(catalog.load(NAME), { message: /for the warehouse the lake .*no warehouse/ })
  isDown = false
  await catalog.load(NAME)
  await catalog.load(NAME)
  const paths = server.requests.map(({ path }) => path)
  const config = '/v1/config?warehouse=the%20lake'
  const table = '/v1/p/namespaces/market_data/tables/trades_v2'
  assert.deepEqual(paths, [config, config, table, table])
})

it('never takes an unknown warehouse for a missing table', async (t) => {
  const before = (r: Request) => (r.path.startsWith('/v1/config') ? refusal(404, 'NotFoundException') : undefined)
  const { catalog } = await opened(t, { before })
  await assert.rejects(catalog.load(NAME), { code: 'LAKE_UNAVAILABLE', message: /ICEBERG_WAREHOUSE/ })
})

it('gives its field ids to the table, whatever the catalog makes of a create', async (t) => {
  const { catalog, server } = await opened(t)
  const first = newTable(TRADES, 'a uuid of ours', Date.now())
  const { metadata } = await catalog.create(NAME, first)
  assert.deepEqual(metadata.schemas[0]!.fields, first.schemas[0]!.fields)
  const commit = JSON.parse(server.requests.find(isCommit)!.body) as { requirements: Requirement[] }
  assert.deepEqual(commit.requirements, [{ type: 'assert-create' }])
})

const bearer = ({ headers }: Request) => headers.authorization

it('shows its token, and never in an error', async (t) => {
  const before = (r: Request) => (isLoad(r) ? refusal(403, 'ForbiddenException') : undefined)
  const { catalog, server } = await opened(t, { before }, { kind: 'token', token: 'sesame' })
  const error = await catalog.load(NAME).catch((thrown) => thrown)
  assert.equal(error.code, 'LAKE_UNAVAILABLE')
  assert.doesNotMatch(inspect(error, { depth: 9 }), /sesame/)
  assert.deepEqual([...new Set(server.requests.map(bearer))], ['Bearer sesame'])
})

it('fetches a token for its credential, uses it while it lasts, and another when it is refused', async (t) => {
  let given = 0
  const before = (r: Request): Meddling => {
    if (r.path === '/v1/oauth/tokens') return json(200, { access_token: `token ${++given}`, expires_in: 3600 })
    return bearer(r) === 'Bearer token 1' && isCommit(r) ? refusal(401, 'NotAuthorizedException') : undefined
  }
  let uri = ''
  const access = {
    kind: 'credential' as const,
    credential: 'me:pass:word',
    scope: 'all',
    get uri() {
      return `${uri}/v1/oauth/tokens`
    },
  }
  const { catalog, server } = await opened(t, { before }, access)
  uri = server.uri
  await catalog.load(NAME)
  await catalog.load(NAME)
  await assert.rejects(catalog.commit(NAME, [], set), { code: 'NOT_FOUND' })
  const asked = server.requests.filter((r) => r.path === '/v1/oauth/tokens').map((r) => r.body)
  const form = 'grant_type=client_credentials&client_secret=pass%3Aword&scope=all&client_id=me'
  assert.deepEqual(asked, [form, form])
  assert.deepEqual(server.requests.filter(isCommit).map(bearer), ['Bearer token 1', 'Bearer token 2'])
})

it('says where tokens are refused, without the secret', async (t) => {
  const before = (r: Request) => (r.path === '/v1/oauth/tokens' ? json(401, { error: 'invalid_client' }) : undefined)
  let uri = ''
  const access = {
    kind: 'credential' as const,
    credential: 'me:password',
    scope: 'all',
    get uri() {
      return `${uri}/v1/oauth/tokens`
    },
  }
  const { catalog, server } = await opened(t, { before }, access)
  uri = server.uri
  const error = await catalog.load(NAME).catch((thrown) => thrown)
  assert.match(error.message, /does not allow giving out a token \(401\): invalid_client. Set ICEBERG_CATALOG_TOKEN or/)
  assert.doesNotMatch(inspect(error, { depth: 9 }), /password/)
})

// biome-ignore format: a table reads by its columns
const tries: [name: string, reply: Meddling, loads: number][] = [
  ['an error of the server', refusal(500, 'CommitStateUnknownException'), 4],
  ['too many requests',      refusal(429, 'SlowDownException'),           4],
  ["a gateway's page",       PAGE,                                        4],
  ['a closed connection',    'reset',                                     4],
  ['no token',               refusal(401, 'NotAuthorizedException'),      1],
  ['no right',               refusal(403, 'ForbiddenException'),          1],
  ['what it cannot read',    refusal(400, 'BadRequestException'),         1],
]

for (const [name, reply, loads] of tries) {
  it(`asks ${loads} times at ${name}, and no retry around it again; a commit is sent once`, async (t) => {
    const { catalog, server } = await opened(t, { before: (r) => (isCommit(r) || isLoad(r) ? reply : undefined) })
    await assert.rejects(retry(() => catalog.load(NAME), { ...TRANSIENT, baseDelayMs: 1 }))
    assert.equal(server.requests.filter(isLoad).length, loads)
    await assert.rejects(catalog.commit(NAME, [], set))
    assert.equal(server.requests.filter(isCommit).length, 1)
  })
}

it('leaves a commit in doubt where the answer is lost and the circuit opens behind it', async (t) => {
  let isAway = false
  const lose = (r: Request): Meddling => {
    if (isCommit(r) && !r.body.includes('assert-create')) isAway = true
    return isAway ? 'reset' : undefined
  }
  const clock = manualClock()
  const policy = { failuresToOpen: 1, openMs: 60_000 }
  const world = await open('p', { after: lose, before: (r) => (isAway && isLoad(r) ? 'reset' : undefined) })
  t.after(world.close)
  const guarded = guard('catalog', { clock, policy })
  const catalog = restCatalog({ uri: world.server.uri, access: { kind: 'none' }, guard: guarded })
  const options = { spec: TRADES, store: world.store, now: Date.now, random: Math.random, sleep: async () => {} }
  const table = await openTable({ ...options, catalog })
  await assert.rejects(table.commit(intent(0, null, 10n)), { code: 'COMMIT_UNKNOWN' })
  assert.equal(guarded.state(), 'OPEN')
  // Nothing is sent now, and what was sent is still not known to be out: nobody may take it for that.
  await assert.rejects(table.commit(intent(0, null, 10n)), { code: 'LAKE_UNAVAILABLE', message: /OPEN/ })
  isAway = false
  await clock.advance(policy.openMs)
  assert.equal((await table.commit(intent(0, null, 10n))).kind, 'already')
  await assertOnce(table, intent(0, null, 10n))
})
