/** The same cases at REST, WebSocket and gRPC: one answer at all of them. */
import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { WebSocket } from 'ws'
import { authority } from './certificates.fixture.ts'
import { type Doors, doors, rpcClient, type Shown } from './doors.fixture.ts'
import { makeKey } from './keys.ts'
import { LOOK_MS } from './watched.ts'

const created = '2026-01-01T00:00:00Z'
const reader = makeKey({ name: 'reader', role: 'read', created })
const chief = makeKey({ name: 'chief', role: 'admin', created })
const former = makeKey({ name: 'former', role: 'read', created, expires: '2026-01-02T00:00:00Z' })
const gone = makeKey({ name: 'gone', role: 'read', created })
const slow = makeKey({ name: 'slow', role: 'read', created, ratePerMinute: 2 })
const revoked = { id: gone.line.id, revoked: created }
const text = [reader.line, chief.line, former.line, gone.line, slow.line, revoked].map((line) => JSON.stringify(line))
const KEY_FILE = { keys: `${text.join('\n')}\n` }
const WITH_KEYS = { apiKeyFile: 'FOLDER/keys' }

const asKey = (key: string): Shown => ({ headers: { 'x-api-key': key } })
const asBearer = (key: string): Shown => ({ headers: { authorization: `Bearer ${key}` } })
const turned = (key: string) => key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A')

// biome-ignore format: a table reads by its columns
const cases: [name: string, shown: Shown, code: string][] = [
  ['nothing is shown',               {},                                                  'UNAUTHENTICATED'],
  ['a key',                          asKey(reader.key),                                   'ok'],
  ['a key as a bearer',              asBearer(reader.key),                                'ok'],
  ['a key of more',                  asKey(chief.key),                                    'ok'],
  ['a secret that is wrong',         asKey(turned(reader.key)),                           'UNAUTHENTICATED'],
  ["another key's id",               asKey(`k2_${chief.line.id}_${reader.key.slice(16)}`), 'UNAUTHENTICATED'],
  ['an id that nobody has',          asKey(`k2_000000000000_${reader.key.slice(16)}`),     'UNAUTHENTICATED'],
  ['no key at all',                  asKey('secret'),                                     'UNAUTHENTICATED'],
  ['another kind of credential',     { headers: { authorization: 'Basic YTpi' } },        'UNAUTHENTICATED'],
  ['a token, where none are taken',  asBearer('eyJhbGciOiJub25lIn0.e30.'),                'UNAUTHENTICATED'],
  ['one that has expired',           asKey(former.key),                                   'UNAUTHENTICATED'],
  ['one that was revoked',           asKey(gone.key),                                     'UNAUTHENTICATED'],
]

test('what is shown is taken, or not, at each door alike', () =>
  doors(
    WITH_KEYS,
    async (all) => {
      const sentences = new Set<string>()
      for (const [name, shown, code] of cases) {
        const said = await Promise.all([
          all.rest(shown),
          all.socket(shown),
          all.rpc(shown),
          all.rpc(shown, 'WatchWords'),
        ])
        assert.deepEqual(
          said.map((one) => one.code),
          [code, code, code, code],
          name,
        )
        for (const { message } of said) if (code !== 'ok') sentences.add(message)
        if (code !== 'ok') assert.equal(said[0]!.headers['www-authenticate'], 'Bearer realm="k2"', name)
      }
      assert.equal(sentences.size, 1, 'a refusal does not tell what was wrong')
      assert.match([...sentences][0]!, /Send a valid key/)
      for (const { key } of [reader, chief, former, gone])
        assert.ok(!all.log().includes(key.slice(16)), 'a secret stands in the log')
    },
    KEY_FILE,
  ))

test('what changes something needs the role admin; what is not known needs it, too', () =>
  doors(
    WITH_KEYS,
    async ({ rpc }) => {
      assert.equal((await rpc(asKey(chief.key), 'ChangeWord')).code, 'ok')
      const said = await rpc(asKey(reader.key), 'ChangeWord')
      assert.equal(said.code, 'FORBIDDEN')
      assert.match(said.message, /role admin/)
    },
    KEY_FILE,
  ))

/** Reflection: a stream of both sides, which is not ours. The request asks for the names of the services. */
function reflect(address: string, headers: Record<string, string>): Promise<string> {
  const client = new Client(address, credentials.createInsecure())
  const metadata = Metadata.fromHttp2Headers(headers)
  const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo'
  const asIs = (bytes: Buffer) => bytes
  const call = client.makeBidiStreamRequest(path, asIs, asIs, metadata)
  call.write(Buffer.from([0x3a, 0]))
  return new Promise<string>((resolve) => {
    call.on('data', (bytes) => resolve(String(bytes)))
    call.on('error', ({ message }) => resolve(message))
  }).finally(() => {
    call.cancel()
    client.close()
  })
}

test('reflection is a question like any other', () =>
  doors(
    WITH_KEYS,
    async ({ address }) => {
      assert.match(await reflect(address, {}), /^16 UNAUTHENTICATED/)
      assert.match(await reflect(address, { 'x-api-key': reader.key }), /k2\.test\.Gate/)
    },
    KEY_FILE,
  ))

test('every call that is let in is known to have ended', () =>
  doors(
    WITH_KEYS,
    async (all) => {
      const shown = asKey(chief.key)
      for (const path of ['/word', '/nowhere']) await all.rest(shown, path)
      await all.rest(shown, '/word', 'DELETE')
      for (const path of ['/words', '/nowhere']) await all.socket(shown, path)
      for (const method of ['GetWord', 'WatchWords', 'ChangeWord'] as const) await all.rpc(shown, method)
      await reflect(all.address, { 'x-api-key': chief.key })
      const left = new AbortController()
      const asked = fetch(`${all.url}/word`, { ...shown, signal: left.signal }).catch(() => {})
      left.abort()
      await asked
      for (let tries = 0; all.open() > 0 && tries < 200; tries++) await sleep(10)
      assert.equal(all.open(), 0)
    },
    KEY_FILE,
  ))

test('a path that is not there, another method and a body are not looked at before it is known who asks', () =>
  doors(
    WITH_KEYS,
    async ({ rest }) => {
      for (const [path, method] of [
        ['/nowhere', 'GET'],
        ['/word', 'DELETE'],
        ['/word', 'POST'],
      ] as const)
        assert.equal((await rest({}, path, method)).code, 'UNAUTHENTICATED')
      assert.equal((await rest(asKey(reader.key), '/nowhere')).code, 'NOT_FOUND')
      assert.equal((await rest({}, '/open')).code, 'ok')
      for (const path of ['/health', '/health/live', '/health/ready', '/metrics'])
        assert.notEqual((await rest({}, path)).code, 'UNAUTHENTICATED', path)
    },
    KEY_FILE,
  ))

test('without access control anyone on this machine may ask', () =>
  doors({}, async ({ rest, socket, rpc }) => {
    for (const said of [await rest({}), await socket({}), await rpc({}), await rpc({}, 'ChangeWord')])
      assert.equal(said.code, 'ok')
    assert.equal((await rest({})).headers['x-ratelimit-limit'], undefined)
  }))

// biome-ignore format: a table reads by its columns
const doorsOf: [name: string, ask: (all: Doors, shown: Shown) => ReturnType<Doors['rest']>][] = [
  ['REST',      (all, shown) => all.rest(shown)],
  ['WebSocket', (all, shown) => all.socket(shown)],
  ['gRPC',      (all, shown) => all.rpc(shown)],
]
for (const [name, ask] of doorsOf) {
  test(`${name}: beyond its rate an identity is told when to come again, and another is not held up`, () =>
    doors(
      WITH_KEYS,
      async (all) => {
        for (let i = 0; i < 2; i++) assert.equal((await ask(all, asKey(slow.key))).code, 'ok')
        const { code, message, headers } = await ask(all, asKey(slow.key))
        assert.equal(code, 'RATE_LIMITED')
        assert.match(message, /2 times a minute/)
        const shown = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'ratelimit-policy'].map((one) => headers[one])
        assert.deepEqual(shown, ['2', '0', '"minute";q=2;w=60'])
        const seconds = Number(headers['retry-after'])
        assert.ok(seconds > 0 && seconds <= 60, `retry-after is ${headers['retry-after']}`)
        assert.match(headers.ratelimit!, /^"minute";r=0;t=\d+$/)
        assert.equal((await ask(all, asKey(reader.key))).code, 'ok')
      },
      KEY_FILE,
    ))
}

test('250 calls in a row at 100 a minute are 100 answers and 150 refusals', () => {
  const { key, line } = makeKey({ name: 'busy', role: 'read', created, ratePerMinute: 100 })
  return doors(
    WITH_KEYS,
    async ({ rest }) => {
      const counts: Record<string, number> = {}
      const left: string[] = []
      for (let i = 0; i < 250; i++) {
        const { code, headers } = await rest(asKey(key))
        counts[code] = (counts[code] ?? 0) + 1
        left.push(headers['x-ratelimit-remaining']!)
        assert.equal(headers['retry-after'] !== undefined, code !== 'ok')
      }
      assert.deepEqual(counts, { ok: 100, RATE_LIMITED: 150 })
      assert.deepEqual(
        left,
        Array.from({ length: 250 }, (_, i) => String(Math.max(0, 99 - i))),
      )
    },
    { keys: `${JSON.stringify(line)}\n` },
  )
})

test('a revoked key stops within a second, at every door and in streams that are open', (t) =>
  doors(
    WITH_KEYS,
    async (all) => {
      const shown = asKey(reader.key)
      const socket = new WebSocket(`${all.url.replace('http', 'ws')}/words`, shown)
      const messages: string[] = []
      socket.on('message', (data) => messages.push(String(data)))
      const closed = new Promise<number>((resolve) => socket.on('close', resolve))
      const client = rpcClient(all.address, shown)
      const stream = (async () => {
        for await (const _ of client.stream('WatchWords', {}));
      })().catch((error) => error)
      assert.equal((await all.rest(shown)).code, 'ok')
      const atMs = performance.now()
      appendFileSync(join(all.folder, 'keys'), `${JSON.stringify({ id: reader.line.id, revoked: created })}\n`)
      assert.equal((await stream).code, 'UNAUTHENTICATED')
      assert.equal(await closed, 1008)
      assert.equal(JSON.parse(messages.at(-1)!).error.code, 'UNAUTHENTICATED')
      const codes = await Promise.all([all.rest(shown), all.socket(shown), all.rpc(shown)])
      assert.deepEqual(
        codes.map(({ code }) => code),
        ['UNAUTHENTICATED', 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
      )
      // Within a second by construction, since a machine may be slow; what it took is told.
      assert.ok(LOOK_MS <= 500)
      t.diagnostic(`all had ended after ${Math.round(performance.now() - atMs)} ms`)
      assert.equal((await all.rest(asKey(chief.key))).code, 'ok')
      client.close()
    },
    KEY_FILE,
  ))

test('a key file that is broken later is told, and the keys that were known go on', () =>
  doors(
    WITH_KEYS,
    async (all) => {
      appendFileSync(join(all.folder, 'keys'), 'no JSON\n')
      for (let tries = 0; !all.log().includes('stay as they were') && tries < 200; tries++) await sleep(20)
      assert.match(all.log(), /the API keys stay as they were: .*line 7: it is no JSON/)
      assert.equal((await all.rest(asKey(reader.key))).code, 'ok')
    },
    KEY_FILE,
  ))

test('TLS: one certificate for all doors; who comes without it gets no answer', () => {
  const ca = authority('K2 test')
  const server = ca.issue('localhost')
  return doors(
    { ...WITH_KEYS, tlsCertFile: 'FOLDER/cert', tlsKeyFile: 'FOLDER/key' },
    async ({ rest, socket, rpc, url }) => {
      assert.match(url, /^https:/)
      const shown = { ...asKey(reader.key), tls: { ca: ca.cert } }
      for (const said of [await rest(shown), await socket(shown), await rpc(shown)]) assert.equal(said.code, 'ok')
      const stranger = { ...shown, tls: { ca: authority('another').cert } }
      await assert.rejects(rest(stranger))
      await assert.rejects(socket(stranger))
      assert.equal((await rpc(stranger)).code, 'NOT_READY')
    },
    { ...KEY_FILE, cert: server.cert, key: server.key },
  )
})
