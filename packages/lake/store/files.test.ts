import assert from 'node:assert/strict'
import { it } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { inPlace, type LocalFiles, overFiles } from './files.ts'
import { filesBySchemes } from './schemes.ts'

const planned = (...paths: string[]) => paths.map((path) => ({ path, sizeBytes: 1, rows: 1 }))

/** Copies under other names; notes what is given back and what is not trusted. */
function copies() {
  const noted: string[] = []
  const files: LocalFiles = {
    pin: async (asked) => ({
      paths: asked.map(({ path }) => path.replace('s3://lake', '/cache')),
      release: () => void noted.push('released'),
      distrust: (path) => noted.push(`distrusts ${path}`) > 0,
    }),
    here: () => undefined,
  }
  return { noted, files }
}

it('gives each file its path, in the order asked, wherever it lies', async () => {
  const { files } = copies()
  const both = filesBySchemes(inPlace, files)
  const asked = planned('/lake/a', 's3://lake/b', '/lake/c', 's3://lake/d')
  assert.deepEqual((await both.pin(asked)).paths, ['/lake/a', '/cache/b', '/lake/c', '/cache/d'])
  assert.deepEqual((await both.pin(planned('/lake/a'))).paths, ['/lake/a'])
  assert.deepEqual((await both.pin([])).paths, [])
  assert.deepEqual(asked.map(both.here), ['/lake/a', undefined, '/lake/c', undefined])
})

it('gives files back when the work is done', async () => {
  const { noted, files } = copies()
  assert.equal(await overFiles(files, planned('s3://lake/a'), undefined, async ([path]) => path), '/cache/a')
  assert.deepEqual(noted, ['released'])
})

const damage = (file: string) => new K2Error('LAKE_DAMAGED', `data file ${file} cannot be read: cut`, { file })

it('works again over a copy that was damaged, once it is fetched anew', async () => {
  const { noted, files } = copies()
  const work = async () => (noted.length === 0 ? Promise.reject(damage('/cache/a')) : 'done')
  assert.equal(await overFiles(files, planned('s3://lake/a'), undefined, work), 'done')
  assert.deepEqual(noted, ['distrusts /cache/a', 'released', 'released'])
})

it('does not work again over what is no copy', async () => {
  let works = 0
  const work = async () => {
    works++
    throw damage('/lake/a')
  }
  await assert.rejects(overFiles(inPlace, planned('/lake/a'), undefined, work), { code: 'LAKE_DAMAGED' })
  assert.equal(works, 1)
})

it('names a file that is damaged in the store too as the table does', async () => {
  const { noted, files } = copies()
  const work = async () => {
    throw damage('/cache/b')
  }
  await assert.rejects(overFiles(files, planned('s3://lake/a', 's3://lake/b'), undefined, work), {
    code: 'LAKE_DAMAGED',
    message: 'data file s3://lake/b cannot be read: cut',
    details: { file: 's3://lake/b' },
  })
  assert.deepEqual(noted, ['distrusts /cache/b', 'released', 'distrusts /cache/b', 'released'])
})

it('trusts its copies where something else fails', async () => {
  const { noted, files } = copies()
  for (const error of [damage('/elsewhere'), new K2Error('OVERLOADED', 'full'), new Error('/cache/a')]) {
    const work = async () => Promise.reject(error)
    await assert.rejects(overFiles(files, planned('s3://lake/a'), undefined, work), (thrown) => thrown === error)
  }
  assert.deepEqual(noted, ['released', 'released', 'released'])
})
