/** Expiry and sweeping, on a table with real files. */
import assert from 'node:assert/strict'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import type { Hole } from '../table.ts'
import { check } from './check.ts'
import { COMPACTION, type CompactionLimits } from './choose.ts'
import { compact } from './compact.ts'
import { expire, sweep } from './expire.ts'
import { orphans } from './orphans.ts'
import { type Lake, lake } from './world.fixture.ts'

const ALL: CompactionLimits = { ...COMPACTION, tierFiles: 2 }
const HOUR = 3_600_000
const never = new AbortController().signal
type Note = Parameters<Lake['table']['upkeep']['expire']>[1]

async function opened(t: TestContext): Promise<Lake> {
  const world = await lake()
  t.after(() => world.close())
  return world
}

const checked = (world: Lake) => check(world, never)

it('drops old snapshots, and their files only after the grace', async (t) => {
  const world = await opened(t)
  for (let i = 0; i < 9; i++) await world.land(20)
  const before = await world.rows()
  await compact(world, never, ALL)
  assert.equal(await expire(world), 0, 'all are young')
  world.pass(2 * HOUR)
  await world.land(20)
  const past = (await world.table.snapshots()).at(-3)!.id
  const dropped = await expire(world)
  assert.ok(dropped >= 8, `${dropped} snapshots`)
  await assert.rejects((await world.again()).plan({}, past), { code: 'NOT_FOUND' })
  assert.equal(await sweep(world, HOUR), 0, 'readers may be at them')
  const count = async () => (await Array.fromAsync(world.store.list(world.table.location))).length
  const files = await count()
  world.pass(HOUR)
  const deleted = await sweep(world, HOUR)
  assert.ok(deleted > 0)
  // The notes too, one a call of expire that dropped any.
  assert.equal(await count(), files - deleted - 1)
  assert.equal(await sweep(world, HOUR), 0)
  assert.equal((await world.rows()).length, before.length + 20)
  assert.deepEqual((await checked(world)).faults, [])
})

it('deletes nothing that is still named, whatever a note says', async (t) => {
  const world = await opened(t)
  for (let i = 0; i < 3; i++) await world.land(20)
  const { dataFiles, manifests, lists } = await world.table.upkeep.named()
  const note = join(world.table.location, 'metadata', `k2-expired-${world.now()}-00.json`)
  await world.store.write(note, Buffer.from(JSON.stringify([...dataFiles.keys(), ...manifests, ...lists])))
  world.pass(HOUR)
  assert.equal(await sweep(world, HOUR), 0)
  assert.deepEqual((await checked(world)).faults, [])
})

it('lets a file wait for the youngest note: the commit behind an older one may never have come', async (t) => {
  const world = await opened(t)
  for (let i = 0; i < 4; i++) await world.land(20)
  await compact(world, never, ALL)
  world.pass(2 * HOUR)
  await world.land(1)
  const { upkeep } = world.table
  const away = {
    ...upkeep,
    expire: (ids: readonly bigint[], note: Note) =>
      upkeep.expire(ids, async (freed) => {
        await note(freed)
        throw new Error('the catalog is away')
      }),
  }
  await assert.rejects(expire({ ...world, table: { ...world.table, upkeep: away } }), /is away/)
  world.pass(0.9 * HOUR)
  assert.ok((await expire(world)) > 0)
  world.pass(0.2 * HOUR)
  assert.equal(await sweep(world, HOUR), 0, 'the older note is due')
  world.pass(HOUR)
  assert.ok((await sweep(world, HOUR)) > 0)
  assert.deepEqual((await checked(world)).faults, [])
})

it('sweeps a file of holes with the last snapshot that names it', async (t) => {
  const world = await opened(t)
  const table = await world.again({ holesInlineBytesMax: 0 })
  const at = { topic: 'others', partition: 0 }
  const holes = ['a', 'b', 'c'].map((policy, i): Hole => {
    return { ...at, from: BigInt(i), to: BigInt(i + 1), reason: 'deferred', policy }
  })
  for (const [i, hole] of holes.entries()) {
    await table.commit({
      commitId: `${i}`,
      files: [],
      advances: [{ ...at, expected: i === 0 ? null : BigInt(i), to: BigInt(i + 1) }],
      holesRead: holes.slice(0, i),
      holesAdded: [hole],
      holesStruck: [],
    })
  }
  const before = [...(await table.upkeep.named()).holes]
  assert.equal(before.length, 3)
  world.pass(2 * HOUR)
  assert.equal(await expire(world), 2)
  world.pass(HOUR)
  await sweep(world, HOUR)
  const there = (await Array.fromAsync(world.store.list(table.location))).map(({ location }) => location)
  assert.deepEqual(
    there.filter((location) => location.includes('k2-holes')),
    before.slice(-1),
  )
  const old = new Date(Date.now() - 30 * 24 * HOUR)
  await utimes(before.at(-1)!, old, old)
  assert.deepEqual(await Array.fromAsync(orphans(world)), [])
  assert.deepEqual((await (await world.again()).head()).progress.holes, holes)
})
