import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { seeded } from '../table.examples.ts'
import { file, filesIn, opened, readAll, remote } from './cache.fixture.ts'
import type { CacheOptions } from './cache.ts'

it('fetches a file once for all who ask, at once and later', async (t) => {
  const { cache, fetched } = await opened(t)
  const answers = await Promise.all(Array.from({ length: 8 }, () => readAll(cache, file('a', 3), file('b', 2))))
  for (const answer of answers) assert.deepEqual(answer, ['aaa', 'bb'])
  assert.deepEqual(await readAll(cache, file('b', 2)), ['bb'])
  assert.equal(fetched.length, 2)
  const here = [file('b', 2), file('b', 3), file('c', 2)].map((one) => cache.here(one))
  const { paths, release } = await cache.pin([file('b', 2)])
  release()
  assert.deepEqual(here, [paths[0], undefined, undefined])
})

it('lets go of what was read least lately, and never of what is being read', async (t) => {
  const { cache, fetched, folder } = await opened(t)
  const a = await cache.pin([file('a', 40)])
  await readAll(cache, file('b', 40))
  await readAll(cache, file('c', 40)) // b goes: a came before it, but is being read
  assert.equal(await readFile(a.paths[0]!, 'utf8'), 'a'.repeat(40))
  await readAll(cache, file('a', 40), file('c', 40))
  assert.equal(fetched.length, 3)
  a.release()
  await readAll(cache, file('d', 60)) // a goes
  assert.equal(cache.bytes(), 100)
  await cache.close()
  assert.equal((await filesIn(folder)).length, 2)
})

it('refuses as a whole what does not fit beside what is being read, and holds nothing of it', async (t) => {
  const { cache } = await opened(t)
  const a = await cache.pin([file('a', 50)])
  const full = { code: 'OVERLOADED', message: /raise K2_LAKE_CACHE/ }
  await assert.rejects(cache.pin([file('b', 30), file('c', 30)]), full)
  await assert.rejects(cache.pin([file('d', 101)]), full)
  a.release()
  assert.equal((await readAll(cache, file('b', 30), file('c', 30), file('e', 40))).length, 3)
})

const failures: [name: string, fetch: CacheOptions['fetch'], code: string, says: RegExp][] = [
  [
    'is not there',
    async () => {
      throw new K2Error('NOT_FOUND', 'no such file')
    },
    'LAKE_DAMAGED',
    /s3:\/\/lake\/x-3\.a is not there/,
  ],
  [
    'has another size',
    async () => ({ sizeBytes: 4, etag: 'e', bytes: [].values() as never }),
    'LAKE_DAMAGED',
    /has 4 bytes where the table says 3/,
  ],
  [
    'breaks off',
    async () => ({ sizeBytes: 3, etag: 'e', bytes: [Buffer.from('aa')].values() as never }),
    'LAKE_UNAVAILABLE',
    /2 of 3 bytes/,
  ],
  [
    'never ends',
    async () => ({ sizeBytes: 3, etag: 'e', bytes: Array(9).fill(Buffer.from('aa')).values() as never }),
    'LAKE_UNAVAILABLE',
    /4 of 3 bytes/,
  ],
]

for (const [name, fetch, code, says] of failures) {
  it(`keeps nothing of a file that ${name}, and tries again for the next who asks`, async (t) => {
    let isBroken = true
    const good = remote().fetch
    const { cache, folder } = await opened(t, {
      fetch: (location, signal) => (isBroken ? fetch : good)(location, signal),
    })
    await assert.rejects(cache.pin([file('b', 3), file('a', 3)].slice(1)), { code, message: says })
    assert.equal(cache.bytes(), 0)
    assert.deepEqual(await filesIn(folder), [])
    isBroken = false
    assert.deepEqual(await readAll(cache, file('a', 3)), ['aaa'])
  })
}

it('tries again by itself where a fetch breaks off', async (t) => {
  const good = remote().fetch
  let calls = 0
  const { cache } = await opened(t, {
    fetch: async (location, signal) =>
      calls++ === 0 ? { sizeBytes: 3, etag: 'e', bytes: [].values() as never } : good(location, signal),
  })
  assert.deepEqual(await readAll(cache, file('a', 3)), ['aaa'])
  assert.equal(calls, 2)
})

it('stops waiting when its question is stopped, while the fetch goes on for others', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const good = remote().fetch
  const { cache } = await opened(t, { fetch: async (...asked) => promise.then(() => good(...asked)) })
  const stop = new AbortController()
  const stopped = cache.pin([file('a', 3)], stop.signal)
  const other = readAll(cache, file('a', 3))
  stop.abort()
  await assert.rejects(stopped, { code: 'DEADLINE_EXCEEDED' })
  resolve()
  assert.deepEqual(await other, ['aaa'])
})

it('keeps the checksum at the end of a name, and the name through a take-over', async (t) => {
  const named = { path: 's3://lake/x-4-crc32-0123abcd.parquet', sizeBytes: 4, rows: 1 }
  const { cache, folder } = await opened(t)
  const { paths, release } = await cache.pin([named])
  assert.match(paths[0]!, /-crc32-0123abcd\.parquet$/)
  release()
  await cache.close()
  const next = await opened(t, { folder })
  const again = await next.cache.pin([named])
  assert.match(again.paths[0]!, /-crc32-0123abcd\.parquet$/)
  again.release()
  assert.equal(next.fetched.length, 0)
})

it('fetches anew what could not be read as written', async (t) => {
  const { cache, fetched } = await opened(t)
  const pinned = await cache.pin([file('a', 3)])
  await writeFile(pinned.paths[0]!, 'xyz')
  pinned.distrust('/another')
  assert.equal(fetched.length, 1)
  pinned.distrust(pinned.paths[0]!)
  pinned.release()
  assert.deepEqual(await readAll(cache, file('a', 3)), ['aaa'])
  assert.equal(fetched.length, 2)
})

it('ends what is being fetched when it closes', async (t) => {
  const fetch: CacheOptions['fetch'] = (_, signal) =>
    new Promise((_go, stop) => signal.addEventListener('abort', () => stop(signal.reason)))
  const { cache, folder } = await opened(t, { fetch })
  const waiting = assert.rejects(cache.pin([file('a', 3)]), { code: 'NOT_READY' })
  await cache.close()
  await waiting
  assert.deepEqual(await filesIn(folder), [])
})

it('takes over what an ended process left, and what a killed one left after a while; never what is in use', async (t) => {
  const first = await opened(t)
  await readAll(first.cache, file('a', 30), file('b', 30))
  const beside = await opened(t, { folder: first.folder })
  assert.deepEqual(await readAll(beside.cache, file('a', 30)), ['a'.repeat(30)])
  assert.equal(beside.fetched.length, 1) // the first lives, so it fetches its own
  await first.cache.close()
  const after = await opened(t, { folder: first.folder })
  await readAll(after.cache, file('a', 30), file('b', 30))
  assert.equal(after.fetched.length, 0)
  // As if nobody had touched the folders for long: a clock far ahead.
  const late = await opened(t, { folder: first.folder, now: () => Date.now() + 3_600_000 })
  await readAll(late.cache, file('a', 30), file('b', 30))
  assert.equal(late.fetched.length, 0)
  assert.equal((await readdir(first.folder)).length, 1)
  // Those two slept meanwhile, and find that nothing is theirs any more.
  await after.cache.tend()
  assert.deepEqual(await readAll(after.cache, file('a', 30)), ['a'.repeat(30)])
})

it('removes what a killed process had half fetched', async (t) => {
  const { cache, folder } = await opened(t)
  const dead = join(folder, 'of-a-killed-process')
  await mkdir(dead)
  await writeFile(join(dead, 'half.coming'), 'ha')
  await writeFile(join(dead, `${'0'.repeat(64)}-1-etag-0123456789abcdef-crc32-01234567.a`), 'whole')
  await writeFile(join(dead, `${'1'.repeat(64)}-1.a`), 'of whom nobody knows what it should be')
  const late = await opened(t, { folder, now: () => Date.now() + 3_600_000 })
  assert.deepEqual(
    (await filesIn(folder)).map(({ name }) => name),
    [`${'0'.repeat(64)}-1-etag-0123456789abcdef-crc32-01234567.a`],
  )
  assert.equal(late.cache.bytes(), 5)
  await cache.close()
})

it('gives whole and right files through any order of pins, releases and failures', async (t) => {
  const seed = Number(process.hrtime.bigint() % 1_000_000n)
  t.diagnostic(`seed ${seed}`)
  const random = seeded(seed)
  const good = remote().fetch
  const fetch: CacheOptions['fetch'] = async (location, signal) => {
    await new Promise((go) => setImmediate(go))
    if (random() < 0.1) throw new K2Error('LAKE_DAMAGED', 'not today')
    return good(location, signal)
  }
  const { cache, folder } = await opened(t, { fetch, bytesMax: 30 })
  async function asks(): Promise<void> {
    for (let i = 0; i < 50; i++) {
      const files = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
        const letter = Math.floor(random() * 8)
        return file('abcdefgh'[letter]!, 5 + letter)
      })
      try {
        const answers = await readAll(cache, ...files)
        assert.deepEqual(
          answers,
          files.map(({ path, sizeBytes }) => path.at(-1)!.repeat(sizeBytes)),
        )
      } catch (error) {
        assert.match(String((error as K2Error).code), /LAKE_DAMAGED|OVERLOADED/)
      }
      assert.ok(cache.bytes() <= 30)
    }
  }
  await Promise.all(Array.from({ length: 6 }, asks))
  await cache.close()
  const sizes = await Promise.all(
    (await filesIn(folder)).map(async (f) => (await readFile(join(f.parentPath, f.name))).length),
  )
  assert.equal(
    sizes.reduce((a, b) => a + b, 0),
    cache.bytes(),
  )
})
