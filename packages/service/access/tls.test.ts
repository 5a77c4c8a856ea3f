/** Certificates at each door: who is let in by one, and that they change without a restart. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { authority, type Issued } from './certificates.fixture.ts'
import { type Doors, doors, type Said, type Shown } from './doors.fixture.ts'
import { makeKey } from './keys.ts'

const ca = authority('K2 test')
const server = ca.issue('localhost')
const clientCa = authority('clients of K2')
const FILES = { cert: server.cert, key: server.key, ca: clientCa.cert }
const TLS = { tlsCertFile: 'FOLDER/cert', tlsKeyFile: 'FOLDER/key' }
const MUTUAL = { ...TLS, tlsClientCaFile: 'FOLDER/ca', tlsClientRoles: ['ann=admin', 'bob=read'] }

const as = (client: Issued | undefined, more: Shown = {}): Shown => ({ ...more, tls: { ca: ca.cert, ...client } })
const outcome = (said: Promise<Said>) =>
  said.then(
    ({ code }) => code,
    () => 'no connection',
  )
const at = async ({ rest, socket, rpc }: Doors, shown: Shown) => [
  await outcome(rest(shown)),
  await outcome(socket(shown)),
  // A client of gRPC cannot tell one that refuses it from one that is away.
  (await outcome(rpc(shown))).replace('NOT_READY', 'no connection'),
]

// biome-ignore format: a table reads by its columns
const clients: [name: string, client: Issued | undefined, required: string, optional: string][] = [
  ['a name with the role admin', clientCa.issue('ann'),          'ok',            'ok'],
  ['a name with the role read',  clientCa.issue('bob'),          'ok',            'ok'],
  ['a name without a role',      clientCa.issue('eve'),          'FORBIDDEN',     'FORBIDDEN'],
  ['no certificate',             undefined,                      'no connection', 'UNAUTHENTICATED'],
  ['one of another authority',   authority('x').issue('ann'),    'no connection', 'UNAUTHENTICATED'],
  ['one that has expired',       clientCa.issue('ann', { validMs: -60_000 }), 'no connection', 'UNAUTHENTICATED'],
]
for (const [place, tlsClients] of ['required', 'optional'].entries())
  test(`certificates of clients, ${tlsClients}`, () =>
    doors(
      { ...MUTUAL, tlsClients },
      async (all) => {
        for (const [name, client, ...expected] of clients)
          assert.deepEqual(await at(all, as(client)), Array(3).fill(expected[place]), name)
        assert.equal((await all.rpc(as(clientCa.issue('ann')), 'ChangeWord')).code, 'ok')
        assert.equal((await all.rpc(as(clientCa.issue('bob')), 'ChangeWord')).code, 'FORBIDDEN')
      },
      FILES,
    ))

test('a key that is shown counts before the certificate, also where it is wrong', () => {
  const { key, line } = makeKey({ name: 'k', role: 'read', created: '2026-01-01T00:00:00Z' })
  return doors(
    { ...MUTUAL, apiKeyFile: 'FOLDER/keys' },
    async (all) => {
      const ann = clientCa.issue('ann')
      const withKey = (text: string) => as(ann, { headers: { 'x-api-key': text } })
      assert.equal((await all.rpc(withKey(key), 'ChangeWord')).code, 'FORBIDDEN')
      assert.deepEqual(await at(all, withKey('wrong')), Array(3).fill('UNAUTHENTICATED'))
    },
    { ...FILES, keys: JSON.stringify(line) },
  )
})

/** The common name of the certificate that a door shows. */
function shownBy(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] })
    socket.on('error', reject)
    socket.on('secureConnect', () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
  })
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 500, `${what} did not come`)
    await sleep(10)
  }
}

test('certificates are changed without a restart; a pair that does not fit is told, and the old one stays', () =>
  doors(
    { ...TLS, apiKeyFile: 'FOLDER/keys' },
    async ({ folder, log, url, address, access }) => {
      const ports = [url, `https://${address}`].map((text) => Number(new URL(text).port))
      const both = () => Promise.all(ports.map(shownBy))
      assert.deepEqual(await both(), ['localhost', 'localhost'])
      const next = ca.issue('renewed')
      writeFileSync(join(folder, 'cert'), next.cert)
      await until('the refusal', () => log().includes('the certificates stay as they were'))
      assert.deepEqual(await both(), ['localhost', 'localhost'])
      writeFileSync(join(folder, 'key'), next.key)
      await until('the new certificate', () => log().includes('the certificates were read again'))
      assert.deepEqual(await both(), ['renewed', 'renewed'])
      assert.ok(access.tls)
    },
    { ...FILES, keys: '' },
  ))

test('an authority of clients that is replaced lets in its own, and no longer those before', () =>
  doors(
    MUTUAL,
    async (all) => {
      const [old, next] = [clientCa.issue('ann'), authority('clients, again')]
      assert.deepEqual(await at(all, as(old)), Array(3).fill('ok'))
      writeFileSync(join(all.folder, 'ca'), next.cert)
      await until('the new authority', () => all.log().includes('the certificates were read again'))
      assert.deepEqual(await at(all, as(old)), Array(3).fill('no connection'))
      assert.deepEqual(await at(all, as(next.issue('ann'))), Array(3).fill('ok'))
    },
    FILES,
  ))

// biome-ignore format: a table reads by its columns
const wrong: [name: string, settings: object, files: Record<string, string>, why: RegExp][] = [
  ['a certificate without its key',    { tlsCertFile: 'FOLDER/cert' },  FILES,                              /go together/],
  ['clients without TLS',              { tlsClientCaFile: 'FOLDER/ca' }, FILES,                             /needs TLS/],
  ['a file that is not there',         { ...TLS, tlsKeyFile: 'nowhere' }, FILES,                            /K2_TLS_KEY is nowhere.*ENOENT/],
  ['a key of another certificate',     TLS, { ...FILES, key: ca.issue('x').key },                           /the certificates there cannot be used: .*mismatch/],
  ['an authority that is none',        MUTUAL, { ...FILES, ca: 'x' },                                       /the certificates there cannot be used/],
]
for (const [name, settings, files, why] of wrong)
  test(`a start with ${name} is refused`, () =>
    assert.rejects(
      doors(settings as Record<string, string>, async () => {}, files),
      { code: 'SETTINGS_INVALID', message: why },
    ))
