/** A store that is not as we left it: nothing is lost by it, and nobody waits for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { K2Error } from '@k2/contracts/codes.ts'
import { memoryStore } from '@k2/shared-store/memory.ts'
import type { SharedStore } from '@k2/shared-store/store.ts'
import { mix } from './ids.ts'
import { sightingsAt } from './reading.ts'
import { entriesOf, MINUTE, TOPIC, World } from './world.fixture.ts'

const KEY = `dedup/${TOPIC}/0`

for (const value of [
  '',
  '{',
  'null',
  '{}',
  '{"from":"x","slices":[],"holes":[]}',
  '{"from":"0","slices":7,"holes":[]}',
]) {
  test(`a position that says ${JSON.stringify(value)} is none, and the log is read`, async () => {
    const world = new World(entriesOf('a b c a'))
    const store = memoryStore()
    await world.commit(world.dedup({ memoryBytesMax: 0 }, store), 0, 3)
    await store.drop([KEY])
    await store.advance([{ key: KEY, offset: 3n, value }])
    assert.deepEqual(await world.commit(world.dedup({ memoryBytesMax: 0 }, store), 3, 4), [])
    assert.ok(world.events.includes('refilled'))
  })
}

test('an id that all records have costs no more than others, and lands once', async () => {
  const world = new World(Array.from({ length: 12_000 }, () => ({ name: 'a', minute: 1 })))
  const dedup = world.dedup()
  assert.deepEqual(await world.commit(dedup, 0, 6_000), [0])
  assert.ok(dedup.ids() <= 8)
  assert.deepEqual(await world.commit(dedup, 6_000, 9_000), [])
  assert.deepEqual(await world.commit(world.dedup(), 9_000, 12_000), [])
})

/** As Redis lets go of what nobody wrote to: positions after half as long as ids. */
function lasting(ms: number, now: () => number): SharedStore {
  const store = memoryStore()
  const writtenMs = new Map<string, number>()
  const isThere = (key: string, lastsMs: number) => now() - (writtenMs.get(key) ?? Number.NEGATIVE_INFINITY) < lastsMs
  return {
    ...store,
    positions: async (keys) =>
      (await store.positions(keys)).map((one, i) => (isThere(keys[i]!, ms / 2) ? one : undefined)),
    async advance(positions) {
      for (const { key } of positions) writtenMs.set(key, now())
      return store.advance(positions)
    },
    async remember(scope, slice, seen, alive) {
      for (const one of [slice, ...alive]) writtenMs.set(`${scope} ${one}`, now())
      return store.remember(scope, slice, seen, alive)
    },
    seen: (scope, slices, ids) =>
      store.seen(
        scope,
        slices.filter((slice) => isThere(`${scope} ${slice}`, ms)),
        ids,
      ),
  }
}

for (const [what, text] of [
  ['records with ids', 'a b c d e f a'],
  ['nothing but records without', 'a b:cut c:cut d:cut e:cut f:cut a'],
] as const) {
  test(`ids last as long as the position that tells of them, while there come ${what}`, async () => {
    const entries = entriesOf(text).map(({ bad, ...one }) => (bad ? { ...one, bad: 'unknown schema' as const } : one))
    const world = new World(entries)
    let nowMs = 0
    const store = lasting(1_000, () => nowMs)
    for (let at = 0; at < 6; at++, nowMs += 400) {
      await world.commit(world.dedup({ memoryBytesMax: 0 }, store), at, at + 1)
      await setImmediate()
    }
    world.events.length = 0
    assert.deepEqual(await world.commit(world.dedup({ memoryBytesMax: 0 }, store), 6, 7), [])
    assert.ok(!world.events.includes('refilled'), 'without the log')
  })
}

test('a store that does not answer is left alone for a while', async () => {
  const world = new World(entriesOf('a b c d e f'))
  let asked = 0
  const gone = new Proxy(memoryStore(), {
    get: () => async () => {
      asked++
      throw new K2Error('STORE_UNAVAILABLE', 'it is away')
    },
  })
  const dedup = world.dedup({ memoryBytesMax: 0 }, gone)
  const landed = async (from: number) => {
    await world.commit(dedup, from, from + 1)
    await setImmediate()
  }
  for (const from of [0, 1, 2, 3]) await landed(from)
  assert.equal(asked, 1)
  world.nowMs = MINUTE
  await landed(4)
  assert.equal(asked, 2)
})

test('a start holds no more of the log than there is room for, and knows from where', async () => {
  const entries = Array.from({ length: 6_000 }, (_, i) => ({ name: String(i), minute: i / 1_000 }))
  const world = new World(entries)
  const memoryBytesMax = 24_000
  const sightings = await sightingsAt(world, { topic: TOPIC, partition: 0 }, 6_000n, {
    ...{ windowMs: 60 * MINUTE, mix, memoryBytesMax },
  })
  assert.equal(sightings.floor, 0n)
  assert.ok(sightings.index.bytes < memoryBytesMax * 1.1, `${sightings.index.bytes} bytes`)
  assert.ok(sightings.heldFrom > 0n && sightings.heldFrom < 6_000n)
})
