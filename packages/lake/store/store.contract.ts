/** What every store does. An adapter's test calls this; `open` gives an empty folder in one. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { joined } from './location.ts'
import type { Store } from './store.ts'

export interface StoreWorld {
  readonly store: Store
  /** Location of a folder that nobody else uses. */
  readonly folder: string
  close(): Promise<void>
}

const bytes = (text: string) => new TextEncoder().encode(text)

export function storeContract(name: string, open: () => Promise<StoreWorld>): void {
  async function opened(t: TestContext) {
    const world = await open()
    t.after(() => world.close())
    const text = async (location: string) => new TextDecoder().decode(await world.store.read(location))
    const names = async (folder: string) =>
      (await Array.fromAsync(world.store.list(folder)))
        .map((file) => file.location.slice(world.folder.length + 1))
        .sort()
    return { ...world, text, names, at: (path: string) => joined(world.folder, path) }
  }

  describe(`${name}: a store`, () => {
    it('reads what was written, in folders that were not there', async (t) => {
      const { store, at, text } = await opened(t)
      await store.write(at('a/b/one.avro'), bytes('one'))
      assert.equal(await text(at('a/b/one.avro')), 'one')
      await store.write(at('empty'), bytes(''))
      assert.equal(await text(at('empty')), '')
    })

    it('says NOT_FOUND of what is not there', async (t) => {
      const { store, at } = await opened(t)
      await assert.rejects(store.read(at('none')), { code: 'NOT_FOUND' })
    })

    it('takes a finished local file in, also when it is asked again', async (t) => {
      const { store, at, text } = await opened(t)
      const local = await mkdtemp(join(tmpdir(), 'k2-store-'))
      t.after(() => rm(local, { recursive: true, force: true }))
      await writeFile(join(local, 'data.parquet'), 'rows')
      await store.publish(join(local, 'data.parquet'), at('data/exchange_date=2014-03-09/x.parquet'))
      assert.equal(await text(at('data/exchange_date=2014-03-09/x.parquet')), 'rows')
      // As after a try that failed when the file was there already.
      await store.publish(join(local, 'data.parquet'), at('data/exchange_date=2014-03-09/x.parquet'))
      assert.equal(await text(at('data/exchange_date=2014-03-09/x.parquet')), 'rows')
      await assert.rejects(store.publish(join(local, 'none'), at('none')), { code: 'NOT_FOUND' })
    })

    it('deletes, also what is gone already', async (t) => {
      const { store, at } = await opened(t)
      await store.write(at('one'), bytes('one'))
      await store.delete(at('one'))
      await store.delete(at('one'))
      await assert.rejects(store.read(at('one')), { code: 'NOT_FOUND' })
    })

    it('lists every file below a folder, with size and time', async (t) => {
      const { store, at, names, folder } = await opened(t)
      assert.deepEqual(await names(at('none')), [])
      await store.write(at('a/1'), bytes('1'))
      await store.write(at('a/b/22'), bytes('22'))
      await store.write(at('ab/3'), bytes('3'))
      assert.deepEqual(await names(folder), ['a/1', 'a/b/22', 'ab/3'])
      assert.deepEqual(await names(at('a')), ['a/1', 'a/b/22'])
      const file = (await Array.fromAsync(store.list(at('a/b'))))[0]!
      assert.equal(file.sizeBytes, 2)
      assert.ok(Math.abs(Date.now() - file.modifiedMs) < 60_000)
    })

    it('shows a file whole or not at all while it is written', async (t) => {
      const { store, at } = await opened(t)
      const large = new Uint8Array(4_000_000).fill(7)
      const writing = store.write(at('large'), large)
      for (let isDone = false; !isDone; ) {
        isDone = await Promise.race([
          writing.then(() => true),
          new Promise<false>((go) => setImmediate(() => go(false))),
        ])
        const seen = await store.read(at('large')).catch((error) => error.code)
        assert.ok(seen === 'NOT_FOUND' || seen.length === large.length)
      }
    })
  })
}
