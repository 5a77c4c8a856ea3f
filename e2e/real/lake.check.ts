/**
 * What every catalog, store and table does, held against real ones: Iceberg's REST catalog on SQLite over a folder, and
 * on PostgreSQL over S3.
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { NAMESPACE } from '@k2/contracts/tables.ts'
import { catalogContract } from '@k2/lake/catalog.contract.ts'
import { restCatalog } from '@k2/lake/rest/catalog.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { s3Store } from '@k2/lake/store/s3.ts'
import { storeContract } from '@k2/lake/store/store.contract.ts'
import type { Store } from '@k2/lake/store/store.ts'
import { tableContract } from '@k2/lake/table.contract.ts'
import { dropTables, S3_ACCESS, startServer } from '../worlds/real/servers.ts'

const s3 = await startServer('s3', 'lake')
const postgres = await startServer('postgres', 'lake')
const onFolder = await startServer('catalog', 'folder')
const onS3 = await startServer('catalog', 'lake', { POSTGRES: postgres.url, S3: s3.url })
after(async () => {
  for (const server of [onS3, onFolder, postgres, s3]) await server.stop()
})

const overS3 = (partBytes?: number) => s3Store({ ...S3_ACCESS, endpoint: s3.url, ...(partBytes && { partBytes }) })

const worlds: [name: string, uri: string, store: () => Store][] = [
  ['REST on SQLite, in a folder', onFolder.url, directoryStore],
  ['REST on PostgreSQL, in S3', onS3.url, () => overS3()],
]

for (const [name, uri, store] of worlds) {
  async function open() {
    const world = { catalog: restCatalog({ uri, access: { kind: 'none' } }), store: store(), close: async () => {} }
    await dropTables(uri, NAMESPACE, world.store)
    return world
  }
  catalogContract(name, open)
  tableContract(name, open)
}

let folders = 0
storeContract('S3', async () => ({ store: overS3(), folder: `s3://lake/test-${++folders}`, close: async () => {} }))

it('uploads in parts what is large, and leaves nothing behind', async (t) => {
  const local = await mkdtemp(join(tmpdir(), 'k2-s3-'))
  t.after(() => rm(local, { recursive: true }))
  const store = overS3(5 * 2 ** 20)
  const bytes = Buffer.alloc(12 * 2 ** 20 + 7, 'abcdefghijk')
  await writeFile(join(local, 'large'), bytes)
  await store.publish(join(local, 'large'), 's3a://lake/parts/large')
  assert.ok(bytes.equals(await store.read('s3://lake/parts/large')))
  const listed = await Array.fromAsync(store.list('s3://lake/parts'))
  assert.deepEqual(
    listed.map((file) => [file.location, file.sizeBytes]),
    [['s3://lake/parts/large', bytes.length]],
  )
})

it('lists more files than a page holds', async () => {
  const store = overS3()
  const names = Array.from({ length: 1_203 }, (_, i) => `s3://lake/pages/${String(i).padStart(5, '0')}`)
  await Promise.all(names.map((name) => store.write(name, Buffer.from('x'))))
  const listed = await Array.fromAsync(store.list('s3://lake/pages/'))
  assert.deepEqual(
    listed.map((file) => file.location),
    names,
  )
})

// biome-ignore format: a table reads by its columns
const refused: [name: string, location: string, options: object, says: RegExp][] = [
  ['a bucket that is not there', 's3://none/x',  {},                                                                    /NoSuchBucket.*Make the bucket/],
  ['another secret',             's3://lake/x',  { credentials: { ...S3_ACCESS.credentials, secretAccessKey: 'not it' } }, /AWS_SECRET_ACCESS_KEY/],
  ['a server that is not there', 's3://lake/x',  { endpoint: 'http://127.0.0.1:9' },                                    /ECONNREFUSED.*AWS_ENDPOINT_URL_S3/],
  ['a folder',                   '/lake/x',      {},                                                                    /is not in S3/],
]

for (const [name, location, options, says] of refused) {
  it(`says what to do about ${name}`, async () => {
    const store = s3Store({ ...S3_ACCESS, endpoint: s3.url, ...options })
    const refusal = (error: { code: string; message: string }) => {
      assert.equal(error.code, 'LAKE_UNAVAILABLE')
      assert.match(error.message, says)
      assert.doesNotMatch(error.message, /not it/)
      return true
    }
    await assert.rejects(store.read(location), refusal)
    await assert.rejects(store.write(location, Buffer.from('x')), refusal)
  })
}

it('tells the same etag with a file and without it, and another once it is another file', async () => {
  const store = overS3()
  const at = 's3://lake/etags/x'
  const { signal } = new AbortController()
  await store.write(at, Buffer.from('one'))
  const { etag, bytes } = await store.stream(at, signal)
  assert.equal(Buffer.concat(await Array.fromAsync(bytes)).toString(), 'one')
  assert.match(etag, /\w/)
  assert.equal(await store.etag(at, signal), etag)
  await store.write(at, Buffer.from('two'))
  assert.notEqual(await store.etag(at, signal), etag)
})
