/** Records given up: their holes are gone, the table knows of them for ever, and their letters say by whom. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openEngine } from '@k2/lake/duckdb/engine.ts'
import { check } from '@k2/lake/maintenance/check.ts'
import { inPlace } from '@k2/lake/store/files.ts'
import { accept } from './accept.ts'
import { entriesOf, isAt, readLetters } from './letters.ts'
import { type Place, rejectedWithin } from './places.ts'
import { replay } from './replay.ts'
import { LATER_SCHEMA, TOPIC, tradeOf, World } from './world.fixture.ts'

const STOP = new AbortController().signal
const ANN = { who: 'ann', why: 'damaged by its producer' }

const later = (number: number) => tradeOf(number, { schemaId: LATER_SCHEMA })
const cut = (number: number) => tradeOf(number).subarray(0, 40)

async function worldOf(t: TestContext): Promise<World> {
  const world = await World.open()
  t.after(() => world.close())
  await world.append([tradeOf(1), cut(2), cut(3), tradeOf(4), later(5)])
  await world.append([tradeOf(6)], 1)
  await world.land()
  return world
}

const holesAt = async (world: World, place: Place) => rejectedWithin((await world.table.head()).progress.holes, place)
const at = (from: bigint, to: bigint): Place => ({ topic: TOPIC, partition: 0, from, to })

async function states(world: World): Promise<string[]> {
  const { progress } = await world.table.head()
  return entriesOf(TOPIC, await readLetters(world.log, TOPIC), progress).map(
    ({ place, code, state, records }) => `${place.slice(TOPIC.length + 1)} ${code} ${state} ${records}`,
  )
}

async function faults(world: World): Promise<readonly string[]> {
  const engine = await openEngine({ memoryMb: 256, threads: 1, tempFolder: join(world.folder, 'tmp') })
  try {
    return (await check({ table: world.table, store: world.store, files: inPlace, engine }, STOP)).faults
  } finally {
    await engine.close()
  }
}

test('what is given up is no hole, no row, and no damage', async (t) => {
  const world = await worldOf(t)
  assert.deepEqual(await states(world), ['0/1 avro open 1', '0/2 avro open 1', '0/4 schema open 1'])
  await accept(world.ports(), await holesAt(world, at(1n, 2n)), ANN, STOP)
  assert.deepEqual(await world.holes(), ['0/2-3', '0/4-5'])
  assert.deepEqual(await states(world), ['0/1 avro accepted 1', '0/2 avro open 1', '0/4 schema open 1'])
  await accept(world.ports(), await holesAt(world, at(2n, 3n)), ANN, STOP)
  await world.learn()
  await replay(world.ports(), { dryRun: false }, STOP)
  assert.deepEqual(await states(world), ['0/1 avro accepted 1', '0/2 avro accepted 1', '0/4 schema struck off 1'])
  assert.deepEqual(await world.rows(), ['0/0 t1', '0/3 t4', '0/4 t5', '1/0 t6'])
  const said = (await world.table.snapshots()).map(({ summary }) => [summary['k2.accepted'], summary['k2.accepted-by']])
  assert.deepEqual(said.slice(1), [
    [`${TOPIC}/0/1`, 'ann'],
    [`${TOPIC}/0/2`, 'ann'],
    [undefined, undefined],
  ])

  // The snapshots that say so expire, and what was given up is known still.
  assert.deepEqual(await world.table.upkeep.lost(), [
    { topic: TOPIC, partition: 0, from: 1n, to: 3n, reason: 'rejected' },
  ])
  await world.table.upkeep.expire(
    (await world.table.snapshots()).map(({ id }) => id),
    async () => {},
  )
  assert.equal((await world.table.snapshots()).length, 1)
  assert.deepEqual(await faults(world), [])
})

test('holes that another has struck off meanwhile are not given up', async (t) => {
  const world = await worldOf(t)
  const holes = await holesAt(world, at(0n, 5n))
  await accept(world.ports(), holes.slice(0, 1), ANN, STOP)
  await assert.rejects(accept(world.ports(), holes, ANN, STOP), {
    code: 'LAKE_CONFLICT',
    message: /Nothing was struck off/,
  })
  assert.deepEqual(await world.holes(), ['0/4-5'])
})

test('letters that are gone leave their holes to be seen, and those before a commit are undecided', async (t) => {
  const world = await worldOf(t)
  await world.log.deleteBefore(`k2.dlq.${TOPIC}`, 0, 1n)
  assert.deepEqual(await states(world), ['0/2 avro open 1', '0/4 schema open 1', '0/1  open 1'])
  const elsewhere = await World.open()
  t.after(() => elsewhere.close())
  const nothing = entriesOf(TOPIC, await readLetters(world.log, TOPIC), (await elsewhere.table.head()).progress)
  assert.deepEqual([...new Set(nothing.map(({ state }) => state))], ['undecided'])
})

// biome-ignore format: a table reads by its columns
const PLACES: readonly [place: Place | undefined, found: readonly string[]][] = [
  [undefined,                                    ['1', '2', '4']],
  [{ topic: TOPIC },                             ['1', '2', '4']],
  [{ topic: TOPIC, partition: 1 },               []],
  [at(2n, 5n),                                   ['2', '4']],
  [{ topic: 'market.equities.quotes.asx' },      []],
]

test('letters are found by their place', async (t) => {
  const world = await worldOf(t)
  const entries = entriesOf(TOPIC, await readLetters(world.log, TOPIC), (await world.table.head()).progress)
  for (const [place, found] of PLACES) {
    const offsets = entries.filter((one) => isAt(one, place)).map((one) => one.place.slice(TOPIC.length + 3))
    assert.deepEqual(offsets, found)
  }
})
