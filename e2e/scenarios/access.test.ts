/** Keys, certificates and TLS before the platform itself: REST, WebSocket, gRPC, the command line, and services among each other. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { trackersAt } from '@k2/query-service/adapters/trackers.ts'
import { callerOf } from '@k2/service/access/caller.ts'
import { authority } from '@k2/service/access/certificates.fixture.ts'
import { Secret } from '@k2/service/settings.ts'
import { WebSocket } from 'ws'
import { killAll, live } from '../worlds/embedded.ts'
import { k2 } from '../worlds/k2.ts'
import { type Serving, serve } from '../worlds/serve.ts'

const ca = authority('K2 test')
const server = ca.issue('localhost')
const client = ca.issue('charts')
let folder: string
let world: Serving
const said = () => world.log?.() ?? ''
const file = (name: string) => join(folder, name)

async function makeKey(name: string, ...flags: readonly string[]): Promise<{ key: string; id: string }> {
  const { code, out, err } = await k2(['keys', 'create', name, '--file', file('keys'), '--json', ...flags], '').ended
  assert.equal(code, 0, err)
  return JSON.parse(out)
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k2-access-'))
  const files = { cert: server.cert, key: server.key, ca: ca.cert, ownCert: client.cert, ownKey: client.key }
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(file(name), text)))
  await makeKey('first')
  world = await serve(['--data', file('data'), '--no-feed'], {
    ...{ K2_API_KEYS: file('keys'), K2_TLS_CERT: file('cert'), K2_TLS_KEY: file('key') },
    ...{ K2_TLS_CLIENT_CA: file('ca'), K2_TLS_CLIENTS: 'optional', K2_TLS_CLIENT_ROLES: 'charts=read' },
  })
})

after(async () => {
  killAll()
  await world?.stop()
  await rm(folder, { recursive: true })
})

function ask(path: string, key?: string) {
  return new Promise<{ status: number | undefined; headers: object; text: string }>((resolve, reject) => {
    const headers = key === undefined ? {} : { 'x-api-key': key }
    const asked = request(`${world.url}${path}`, { ca: ca.cert, headers }, async (answer) => {
      let text = ''
      for await (const chunk of answer) text += chunk
      resolve({ status: answer.statusCode, headers: answer.headers, text })
    })
    asked.on('error', reject).end()
  })
}

test('REST: a question needs a key; health and what there is to be asked do not', async () => {
  const { key } = await makeKey('rest', '--rate', '3')
  assert.equal((await ask('/v1/trades?symbol=KTA')).status, 401)
  await until(async () => (await ask('/v1/trades?symbol=KTA&limit=7', key)).status === 200)
  const again = await ask('/v1/trades?symbol=KTA&limit=7', key)
  assert.equal(JSON.parse(again.text).data.length, 7)
  assert.ok('x-ratelimit-remaining' in again.headers)
  for (const path of ['/health/live', '/health/ready', '/metrics', '/openapi.json', '/docs'])
    assert.equal((await ask(path)).status, 200, path)
  const { security, components } = JSON.parse((await ask('/openapi.json')).text)
  assert.deepEqual(Object.keys(components.securitySchemes), ['apiKey', 'bearer', 'certificate'])
  assert.equal(security.length, 4)
  await until(async () => said().includes('"component":"audit"'))
  const audit = said()
    .split('\n')
    .find((line) => line.includes('"component":"audit"') && line.includes('"status":200'))
  const { who, question, rows, parameters, status } = JSON.parse(audit!)
  assert.match(who, /^rest \([a-f0-9]{12}\)$/)
  const asked = { question: 'GET /v1/trades', rows: 7, parameters: { symbol: 'KTA', limit: '7' }, status: 200 }
  assert.deepEqual({ question, rows, parameters, status }, asked)
  assert.ok(!said().includes(key.slice(16)))
})

/** A key file is read again within a second. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 100, 'it did not come to hold')
    await sleep(50)
  }
}

test('the command line shows a key, or a certificate', async () => {
  const { key } = await makeKey('cli')
  const tls = { K2_TLS_CA: file('ca') }
  const line = ['stats']
  const withKey = () => k2(line, world.grpcAddress, { ...tls, K2_API_KEY: key }).ended
  await until(async () => (await withKey()).code === 0)
  const own = { ...tls, K2_TLS_CERT: file('ownCert'), K2_TLS_KEY: file('ownKey') }
  const [flags, certificate, nothing, wrong, plain] = await Promise.all([
    k2([...line, '--tls-ca', file('ca'), '--api-key', key], world.grpcAddress).ended,
    k2(line, world.grpcAddress, own).ended,
    k2(line, world.grpcAddress, tls).ended,
    k2(line, world.grpcAddress, { ...tls, K2_API_KEY: `${key}x` }).ended,
    k2(line, world.grpcAddress, { K2_API_KEY: key }).ended,
  ])
  assert.deepEqual([flags.code, certificate.code], [0, 0], flags.err + certificate.err)
  for (const { code, err } of [nothing, wrong]) assert.match(`${code} ${err}`, /^1 .*\(UNAUTHENTICATED\)$/ms)
  assert.match(`${plain.code} ${plain.err}`, /^3 No K2 can be reached/)
  for (const { out, err } of [flags, nothing, wrong, plain]) assert.ok(!`${out}${err}`.includes(key.slice(16)))
})

test('a key that is revoked ends what it has open: a follow over gRPC, a WebSocket', async () => {
  const { key, id } = await makeKey('streams')
  await until(async () => (await ask('/v1/symbols', key)).status === 200)
  const socket = new WebSocket(`${world.url.replace('https', 'wss')}/v1/stream?symbol=KTA`, {
    ...{ ca: ca.cert, headers: { authorization: `Bearer ${key}` } },
  })
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  const asked = k2(['follow', 'KTA', '--start-time', '2014-03-10'], world.grpcAddress, {
    ...{ K2_TLS_CA: file('ca'), K2_API_KEY: key },
  })
  await until(async () => asked.printed() !== '')
  assert.equal((await k2(['keys', 'revoke', id, '--file', file('keys')], '').ended).code, 0)
  const { code, err } = await asked.ended
  assert.match(`${code} ${err}`, /^1 .*\(UNAUTHENTICATED\)$/ms)
  assert.equal(await closed, 1008)
})

test('services ask each other with a key of theirs', async () => {
  const { key } = await makeKey('service', '--role', 'admin')
  const { signal } = new AbortController()
  const gaps = async (apiKey?: string) => {
    const caller = callerOf({ tlsCaFile: file('ca'), ...(apiKey && { apiKey: new Secret(apiKey) }) })
    const [tracker] = trackersAt([world.grpcAddress], caller)
    try {
      return await tracker!.gaps({} as never, signal).then(
        () => 'ok',
        (error) => error.code,
      )
    } finally {
      tracker!.close?.()
    }
  }
  await until(async () => (await gaps(key)) === 'ok')
  assert.equal(await gaps(), 'UNAUTHENTICATED')
})

test('a public address without access control ends the start with what to do', async () => {
  const settings = { K2_HOST: '0.0.0.0' }
  const { code, err } = await live({ data: file('open'), csv: ['none'], once: false, settings }).ended
  assert.equal(code, 2)
  assert.match(err, /^K2_HOST is 0\.0\.0\.0.*K2_ALLOW_INSECURE=true.*\(SETTINGS_INVALID\)$/m)
})
