import assert from 'node:assert/strict'
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { crc32 } from 'node:zlib'
import { K2Error } from '@k2/contracts/codes.ts'
import { WholeFiles } from '../duckdb/whole.ts'
import { file, filesIn, opened, readAll, remote } from './cache.fixture.ts'
import { keyOf, markOf, nameOf, readName } from './cached.ts'
import { overFiles } from './files.ts'

const CAME = { etag: '"abc-2"', crc32: 0xfedc }

it('a name says what it is a copy of, and by what it is held', () => {
  const own = keyOf('s3://lake/x-crc32-0123abcd.parquet')
  assert.deepEqual(readName(nameOf(own, 7, CAME)), { key: own })
  const other = keyOf('s3://lake/x.parquet')
  assert.match(nameOf(other, 7, CAME), /^[0-9a-f]{64}-7-etag-[0-9a-f]{16}-crc32-0000fedc\.parquet$/)
  assert.deepEqual(readName(nameOf(other, 7, CAME)), { key: other, mark: markOf(CAME.etag) })
  for (const name of ['half.coming', `${'0'.repeat(64)}-1.parquet`, 'x-crc32-0123abcd.parquet'])
    assert.equal(readName(name), undefined)
})

it("names another writer's file by the checksum of what came", async (t) => {
  const { cache } = await opened(t)
  const { paths, release } = await cache.pin([{ path: 's3://lake/part-3.parquet', sizeBytes: 3 }])
  release()
  const named = /-etag-[0-9a-f]{16}-crc32-([0-9a-f]{8})\.parquet$/.exec(paths[0]!)?.[1]
  assert.equal(
    named,
    crc32(await readFile(paths[0]!))
      .toString(16)
      .padStart(8, '0'),
  )
})

const OWN = { path: 's3://lake/x-3-crc32-0123abcd.parquet', sizeBytes: 3, rows: 1 }

it('asks once whether the store still has what an earlier process fetched, and not for files that say what they are', async (t) => {
  const first = await opened(t)
  await readAll(first.cache, file('a', 3), OWN)
  assert.deepEqual(first.asked, [])
  await first.cache.close()
  const next = await opened(t, { folder: first.folder })
  for (let i = 0; i < 2; i++) {
    const answers = Array.from({ length: 4 }, () => readAll(next.cache, file('a', 3), OWN))
    for (const answer of await Promise.all(answers)) assert.deepEqual(answer, ['aaa', 'ttt'])
  }
  assert.deepEqual([next.asked, next.fetched], [[file('a', 3).path], []])
})

it('fetches anew where the store has another object at that place by now', async (t) => {
  const first = await opened(t)
  await readAll(first.cache, file('a', 3), OWN)
  await first.cache.close()
  const { fetch, etag, fetched } = remote(2)
  const next = await opened(t, { folder: first.folder, fetch, etag })
  assert.deepEqual(await readAll(next.cache, file('a', 3), OWN), ['aaa', 'ttt'])
  assert.deepEqual(fetched, [file('a', 3).path])
  assert.equal(next.cache.bytes(), 6)
  assert.equal((await filesIn(first.folder)).length, 2)
})

it('keeps nothing that the store has no more, and asks again where it could not be asked', async (t) => {
  const first = await opened(t)
  await readAll(first.cache, file('a', 3))
  await first.cache.close()
  const gone = async () => Promise.reject(new K2Error('NOT_FOUND', 'no such file'))
  const next = await opened(t, { folder: first.folder, etag: gone })
  await assert.rejects(readAll(next.cache, file('a', 3)), { code: 'LAKE_DAMAGED', message: /is not there/ })
  assert.equal(next.cache.bytes(), 0)
  assert.deepEqual(await readAll(next.cache, file('a', 3)), ['aaa'])
  assert.equal(next.fetched.length, 1)
})

it("fetches another writer's file anew within the same work where its copy has rotted", async (t) => {
  const { cache, fetched } = await opened(t)
  const located = { path: 's3://lake/part-3.parquet', sizeBytes: 3 }
  const read = () =>
    overFiles(cache, [located], undefined, async ([path]) => {
      await new WholeFiles().check([path!], () => {})
      return { path: path!, text: await readFile(path!, 'utf8') }
    })
  const { path, text } = await read()
  assert.equal(text, 'ttt')
  await writeFile(path, 'tTt')
  assert.equal((await read()).text, 'ttt')
  assert.equal(fetched.length, 2)
})

async function stored(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-stored-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'staged'), text)
  return join(folder, 'staged')
}

it('takes in what its own process has stored, and fetches it no more', async (t) => {
  const { cache, fetched } = await opened(t)
  const local = await stored(t, 'own')
  await cache.adopt(local, OWN.path)
  await assert.rejects(access(local), { code: 'ENOENT' })
  assert.deepEqual(await readAll(cache, OWN), ['own'])
  assert.deepEqual([fetched, cache.bytes()], [[], 3])
})

// biome-ignore format: a table reads by its columns
const unwanted: [name: string, location: string, text: string][] = [
  ['is too large',                       OWN.path,                 'x'.repeat(101)],
  ['does not say what it should be',     's3://lake/part.parquet', 'own'],
]

for (const [name, location, text] of unwanted) {
  it(`removes what ${name}`, async (t) => {
    const { cache, folder } = await opened(t)
    await readAll(cache, file('a', 3))
    const local = await stored(t, text)
    await cache.adopt(local, location)
    await assert.rejects(access(local), { code: 'ENOENT' })
    assert.deepEqual([cache.bytes(), (await filesIn(folder)).length], [3, 1], 'what is there stays')
  })
}

it('is content with a file that an earlier try took in', async (t) => {
  const { cache } = await opened(t)
  const local = await stored(t, 'own')
  for (let i = 0; i < 2; i++) await cache.adopt(local, OWN.path)
  assert.deepEqual(await readAll(cache, OWN), ['own'])
})
