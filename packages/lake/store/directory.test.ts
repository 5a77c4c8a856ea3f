import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { directoryStore } from './directory.ts'
import { storeContract } from './store.contract.ts'

async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'k2-store-'))
  return { store: directoryStore(), folder, close: () => rm(folder, { recursive: true, force: true }) }
}

storeContract('directories', open)

it('reads locations as URIs too, however many slashes their writer likes', async (t) => {
  const { store, folder, close } = await open()
  t.after(close)
  await store.write(join(folder, 'one'), Buffer.from('one'))
  for (const prefix of ['file://', 'file:']) assert.equal(String(await store.read(`${prefix}${folder}/one`)), 'one')
})

it('says what to do about a location that is not on disk', async () => {
  await assert.rejects(directoryStore().read('s3://bucket/one'), {
    code: 'LAKE_UNAVAILABLE',
    message: /not in a directory/,
  })
})
