import assert from 'node:assert/strict'
import { it } from 'node:test'
import { FileCache } from './cache.ts'

function counted() {
  const reads: string[] = []
  const cache = new FileCache<string>(10, (text) => text.length)
  const get = (path: string) =>
    cache.get(path, async () => {
      reads.push(path)
      return path
    })
  return { cache, reads, get }
}

it('reads a file once, also for two who ask at once', async () => {
  const { reads, get } = counted()
  assert.deepEqual(await Promise.all([get('a'), get('a')]), ['a', 'a'])
  assert.equal(await get('a'), 'a')
  assert.deepEqual(reads, ['a'])
})

it('lets go of what was used longest ago, by weight', async () => {
  const { reads, get } = counted()
  for (const path of ['aaaa', 'bbbb', 'aaaa', 'cccc', 'aaaa', 'bbbb']) await get(path)
  assert.deepEqual(reads, ['aaaa', 'bbbb', 'cccc', 'bbbb'])
})

it('holds one that is too heavy only until the next', async () => {
  const { reads, get } = counted()
  for (const path of ['a', 'heavy heavy heavy', 'a', 'heavy heavy heavy']) await get(path)
  assert.deepEqual(reads, ['a', 'heavy heavy heavy', 'a', 'heavy heavy heavy'])
})

it('holds as much as it is told to', async () => {
  const { cache, reads, get } = counted()
  cache.bound(4)
  for (const path of ['aaaa', 'bbbb', 'aaaa']) await get(path)
  cache.bound(8)
  for (const path of ['aaaa', 'bbbb', 'aaaa']) await get(path)
  assert.deepEqual(reads, ['aaaa', 'bbbb', 'aaaa', 'bbbb'])
})

it('tries again what failed', async () => {
  const { cache, get } = counted()
  await assert.rejects(
    cache.get('a', () => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(await get('a'), 'a')
})
