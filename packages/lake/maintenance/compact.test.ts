import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMPACTION } from './choose.ts'
import { compact } from './compact.ts'
import { type Lake, lake } from './world.fixture.ts'

const ALL = { ...COMPACTION, tierFiles: 2 }
const never = new AbortController().signal

test('files that hold other rows than their manifests say stay; what is made of files is named by its bytes', async (t) => {
  const world = await lake()
  t.after(() => world.close())
  for (let i = 0; i < 3; i++) await world.land(40)
  const before = await world.table.upkeep.files()
  const rewriter: Lake['rewriter'] = {
    rewrite: (request) => world.rewriter.rewrite({ ...request, rows: request.rows + 1 }),
  }
  const miscounted = { code: 'LAKE_DAMAGED', message: /hold \d+ rows, and their manifests say \d+/ }
  await assert.rejects(compact({ ...world, rewriter }, never, ALL), miscounted)
  assert.deepEqual(await world.table.upkeep.files(), before)
  await compact(world, never, ALL)
  for (const { path } of await world.table.upkeep.files()) assert.match(path, /-crc32-[0-9a-f]{8}\.parquet$/)
})
