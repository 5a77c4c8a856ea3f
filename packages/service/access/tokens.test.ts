import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignJWT, UnsecuredJWT } from 'jose'
import { manualClock } from '../clock.ts'
import { guard } from '../guard.ts'
import { silentLogger } from '../logger.ts'
import { type Doors, doors } from './doors.fixture.ts'
import { type Claims, type Issuer, issuer } from './issuer.fixture.ts'
import { type TokenSettings, tokens } from './tokens.ts'

const START_MS = Date.parse('2026-06-01T00:00:00Z')
const HOUR_S = 3_600
const NOW_S = START_MS / 1000
const RIGHT = { iss: 'https://id.test', aud: 'k2', sub: 'ann', roles: ['read'], exp: NOW_S + HOUR_S }

async function using(
  work: (world: {
    readonly from: Issuer
    readonly clock: ReturnType<typeof manualClock>
    readonly who: (token: string) => Promise<string>
  }) => Promise<void>,
  settings: Partial<TokenSettings> = {},
): Promise<void> {
  const from = await issuer()
  const clock = manualClock(START_MS)
  const taken = tokens(
    { clock, logger: silentLogger, guard: guard('issuer', { clock, policy: { openMs: 1_000 } }) },
    {
      ...{ jwksUrl: from.url, issuer: 'https://id.test', audience: 'k2', algorithms: ['ES256', 'RS256'] },
      ...{ roleClaim: 'roles', toleranceMs: 30_000, refreshMs: 300_000, keptMs: 86_400_000 },
      ...settings,
    },
  )
  const who = async (token: string) => {
    const found = await taken.identityOf(token).catch((error) => error.code)
    return typeof found === 'string' ? found : found === undefined ? 'nobody' : `${found.name} ${found.role}`
  }
  try {
    await work({ from, clock, who })
  } finally {
    await from.stop()
  }
}

// biome-ignore format: a table reads by its columns
const claims: [name: string, payload: Claims, who: string, settings?: Partial<TokenSettings>][] = [
  ['a right one',                       RIGHT,                                            'ann read'],
  ['an audience among others',          { ...RIGHT, aud: ['x', 'k2'] },                   'ann read'],
  ['a role among others',               { ...RIGHT, roles: ['x', 'read', 'admin'] },      'ann admin'],
  ['a role as a text',                  { ...RIGHT, roles: 'admin' },                     'ann admin'],
  ['no role of ours',                   { ...RIGHT, roles: ['root'] },                    'ann null'],
  ['no roles at all',                   { ...RIGHT, roles: undefined },                   'ann null'],
  ['a role inside',                     { ...RIGHT, realm: { roles: ['admin'] } },        'ann admin', { roleClaim: 'realm.roles' }],
  ['a claim with dots in its name',     { ...RIGHT, 'https://k2.test/role': 'admin' },    'ann admin', { roleClaim: 'https://k2.test/role' }],
  ['another issuer',                    { ...RIGHT, iss: 'https://evil.test' },           'nobody'],
  ['another audience',                  { ...RIGHT, aud: 'x' },                           'nobody'],
  ['no audience',                       { ...RIGHT, aud: undefined },                     'nobody'],
  ['no subject',                        { ...RIGHT, sub: undefined },                     'nobody'],
  ['a subject that is no text',         { ...RIGHT, sub: { toString: 1 } as never },      'nobody'],
  ['one that never expires',            { ...RIGHT, exp: undefined },                     'nobody'],
  ['one that has expired',              { ...RIGHT, exp: NOW_S - 31 },                    'nobody'],
  ['one that has just expired',         { ...RIGHT, exp: NOW_S - 29 },                    'ann read'],
  ['one that is not valid yet',         { ...RIGHT, nbf: NOW_S + 31 },                    'nobody'],
  ['one that is nearly valid',          { ...RIGHT, nbf: NOW_S + 29 },                    'ann read'],
]
for (const [name, payload, expected, settings] of claims)
  test(`a token: ${name}`, () =>
    using(async ({ from, who }) => assert.equal(await who(await from.sign(payload)), expected), settings))

test('signatures: none, another key, a shared secret and an algorithm that is not listed are refused', () =>
  using(async ({ from, who }) => {
    const right = await from.sign(RIGHT)
    assert.equal(await who(right), 'ann read')
    assert.equal(await who(new UnsecuredJWT(RIGHT).encode()), 'nobody')
    const [head, , signature] = right.split('.')
    const other = Buffer.from(JSON.stringify({ ...RIGHT, roles: ['admin'] })).toString('base64url')
    assert.equal(await who(`${head}.${other}.${signature}`), 'nobody')
    // Of a verifier that lets the token choose, the public key would be the secret.
    const published = new TextEncoder().encode(await (await fetch(from.url)).text())
    assert.equal(await who(await new SignJWT(RIGHT).setProtectedHeader({ alg: 'HS256' }).sign(published)), 'nobody')
    assert.equal(await who(`${'x'.repeat(9_000)}.a.b`), 'nobody')
  }))
test('an algorithm that is not listed is refused', () =>
  using(async ({ from, who }) => assert.equal(await who(await from.sign(RIGHT)), 'nobody'), { algorithms: ['RS256'] }))

test('a key that is new is asked for at once, and no more often than every few seconds', () =>
  using(async ({ from, who, clock }) => {
    assert.equal(await who(await from.sign(RIGHT)), 'ann read')
    const old = await from.sign({ ...RIGHT, sub: 'old' })
    await from.rotate('beside')
    await clock.advance(5_000)
    const both = await Promise.all([from.sign(RIGHT), from.sign({ ...RIGHT, sub: 'bob' })])
    assert.deepEqual(await Promise.all(both.map(who)), ['ann read', 'bob read'])
    assert.equal(from.asked(), 2)
    assert.equal(await who(old), 'old read')
    await from.rotate('in place')
    // Just asked: tokens with keys of someone's own invention must not make us ask.
    for (let i = 0; i < 10; i++) assert.equal(await who(await from.sign({ ...RIGHT, sub: `s${i}` })), 'nobody')
    assert.equal(from.asked(), 2)
    await clock.advance(5_000)
    assert.equal(await who(await from.sign(RIGHT)), 'ann read')
    assert.equal(await who(old), 'nobody')
  }))

test('while the issuer is away its keys go on, and not for ever', () =>
  using(async ({ from, who, clock }) => {
    const token = await from.sign({ ...RIGHT, exp: NOW_S + 100 * HOUR_S })
    assert.equal(await who(token), 'ann read')
    for (const [status, body] of [
      [500, ''],
      [200, '<html>'],
      [200, '{"keys":1}'],
      [200, `{"keys":[]${' '.repeat(2 ** 20)}}`],
      [302, ''],
    ] as const) {
      from.fail(status, body)
      await clock.advance(300_000)
      assert.equal(await who(token), 'ann read')
      assert.equal(await who(await from.sign({ ...RIGHT, sub: 'bob', exp: NOW_S + 100 * HOUR_S })), 'bob read')
    }
    await clock.advance(86_400_000)
    assert.equal(await who(await from.sign({ ...RIGHT, sub: 'eve', exp: NOW_S + 100 * HOUR_S })), 'NOT_READY')
    from.fail(undefined)
    await clock.advance(300_000)
    assert.equal(await who(await from.sign({ ...RIGHT, sub: 'eve', exp: NOW_S + 100 * HOUR_S })), 'eve read')
  }))

test('an issuer that never answered: tokens wait for it, and it is asked again', () =>
  using(async ({ from, who, clock }) => {
    from.fail(503)
    assert.equal(await who(await from.sign(RIGHT)), 'NOT_READY')
    from.fail(undefined)
    assert.equal(await who(await from.sign(RIGHT)), 'NOT_READY')
    await clock.advance(5_000)
    assert.equal(await who(await from.sign(RIGHT)), 'ann read')
  }))

test('tokens at each door: taken, without a role, wrong', async () => {
  const from = await issuer('EdDSA')
  const exp = Math.floor(Date.now() / 1000) + HOUR_S
  const sign = (roles: string[]) => from.sign({ ...RIGHT, roles, exp })
  const settings = { jwksUrl: from.url, jwtIssuer: 'https://id.test', jwtAudience: 'k2' }
  const at = async ({ rest, socket, rpc }: Doors, token: string) => {
    const shown = { headers: { authorization: `Bearer ${token}` } }
    const said = [await rest(shown), await socket(shown), await rpc(shown), await rpc(shown, 'ChangeWord')]
    return said.map(({ code }) => code)
  }
  try {
    await doors(settings, async (all) => {
      assert.deepEqual(await at(all, await sign(['read'])), ['ok', 'ok', 'ok', 'FORBIDDEN'])
      assert.deepEqual(await at(all, await sign(['admin'])), ['ok', 'ok', 'ok', 'ok'])
      assert.deepEqual(await at(all, await sign([])), Array(4).fill('FORBIDDEN'))
      assert.deepEqual(await at(all, `${await sign(['read'])}x`), Array(4).fill('UNAUTHENTICATED'))
      assert.ok(!all.log().includes('eyJ'), 'a token stands in the log')
    })
  } finally {
    await from.stop()
  }
})
