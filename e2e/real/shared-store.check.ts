/** What every shared store does, held against a real Redis; and what is heard of one that is away, or has lost everything. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomContract } from '@k2/dedup/random.contract.ts'
import { redisStore } from '@k2/shared-store/redis.ts'
import { storeContract } from '@k2/shared-store/store.contract.ts'
import type { SharedStore } from '@k2/shared-store/store.ts'
import { startServer } from '../worlds/real/servers.ts'

const server = await startServer('redis', 'shared-store')
after(() => server.stop())

const open = async () => redisStore(server.url, { lastsMs: 3_600_000, prefix: randomUUID() })

storeContract('a store in Redis', open)

const opened: SharedStore[] = []
after(() => Promise.all(opened.map((store) => store.close())))
randomContract('a store in Redis', 5, () => {
  const store = redisStore(server.url, { lastsMs: 3_600_000, prefix: randomUUID() })
  opened.push(store)
  return store
})

test('one that is away is said to be, and what it has lost is missing when it is back', async () => {
  const store = await open()
  const position = { key: 'a', offset: 7n, value: 'here' }
  await store.advance([position])
  await server.down()
  await assert.rejects(store.positions(['a']), { code: 'STORE_UNAVAILABLE', message: /does not answer/ })
  await assert.rejects(store.advance([position]), { code: 'STORE_UNAVAILABLE' })
  const other = await open()
  await assert.rejects(other.positions(['a']), { code: 'STORE_UNAVAILABLE' })
  await other.close()
  await server.restart()
  assert.deepEqual(await eventually(() => store.positions(['a'])), [undefined])
  assert.deepEqual(await store.advance([{ ...position, offset: 3n }]), [undefined])
  await store.close()
})

test('one that is killed between two calls answers the next ones', async () => {
  const store = await open()
  await store.advance([{ key: 'a', offset: 7n, value: 'here' }])
  await server.crash()
  assert.deepEqual(await eventually(() => store.positions(['a'])), [undefined])
  await store.close()
})

async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries === 100) throw error
      // An open circuit says so at once.
      await sleep(200)
    }
  }
}
