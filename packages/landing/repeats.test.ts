/** Replays where a source has repeated records: copies may have landed before the records of holes, or behind them. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { replay } from './replay.ts'
import { LATER_SCHEMA, TOPIC, tradeOf, World } from './world.fixture.ts'

const STOP = new AbortController().signal
const HOUR_MS = 3_600_000
const dedup = { windowMs: HOUR_MS, isJudged: () => true }

const later = (number: number) => tradeOf(number, { schemaId: LATER_SCHEMA })

// biome-ignore format: a table reads by its columns
const ROWS: readonly [what: string, values: readonly Buffer[], rows: readonly string[], repeats: number][] = [
  ['a copy landed behind it',              [later(1), tradeOf(1)],                      ['0/1 t1'],           1],
  ['a copy landed before it',              [tradeOf(1), later(1)],                      ['0/0 t1'],           1],
  ['no copy landed',                       [later(1), tradeOf(2)],                      ['0/0 t1', '0/1 t2'], 0],
  ['both copies are holes: the first',     [later(1), later(1), tradeOf(2), later(1)],  ['0/0 t1', '0/2 t2'], 2],
  ['holes and a copy between them',        [later(1), tradeOf(1), later(1)],            ['0/1 t1'],           2],
]

for (const [what, values, rows, repeats] of ROWS) {
  test(`a hole is replayed: ${what}`, async (t) => {
    const world = await worldOf(t, values)
    await replay(world.ports({ dedup }), { dryRun: false }, STOP)
    assert.deepEqual(await world.rows(), rows)
    assert.deepEqual(await world.holes(), [])
    assert.equal((await world.table.upkeep.repeats()).get(`${TOPIC}/0`) ?? 0, repeats)
  })
}

test('where nobody judges, both land', async (t) => {
  const world = await worldOf(t, [later(1), tradeOf(1)])
  await replay(world.ports(), { dryRun: false }, STOP)
  assert.deepEqual(await world.rows(), ['0/0 t1', '0/1 t1'])
})

test('a copy that was given up as lost is in nobody’s way', async (t) => {
  const world = await worldOf(t, [later(1), later(1)])
  const { progress } = await world.table.head()
  const [hole] = progress.holes
  const lost = [{ ...hole!, to: hole!.from + 1n }]
  const advances = [{ topic: TOPIC, partition: 0, expected: 2n, to: 2n }]
  const holes = { holesRead: progress.holes, holesAdded: [], holesStruck: lost, lost }
  await world.table.commit({ commitId: 'accepted', files: [], advances, ...holes })
  await replay(world.ports({ dedup }), { dryRun: false }, STOP)
  assert.deepEqual(await world.rows(), ['0/1 t1'])
})

test('a copy that a sink lands meanwhile is seen', async (t) => {
  const world = await worldOf(t, [later(1), tradeOf(2)])
  let landing: Promise<void> | undefined
  const commit = world.table.commit.bind(world.table)
  world.table.commit = async (intent) => {
    if (landing === undefined && intent.said?.['k2.replayed'] !== undefined) {
      await world.append([tradeOf(1)])
      landing = world.land()
      await landing
    }
    return commit(intent)
  }
  await replay(world.ports({ dedup }), { dryRun: false }, STOP)
  assert.ok(landing)
  assert.deepEqual(await world.rows(), ['0/1 t2', '0/2 t1'])
  assert.deepEqual(await world.holes(), [])
})

test('where repeats are judged it waits for what was deferred', async (t) => {
  const world = await worldOf(t, [later(1), tradeOf(2), tradeOf(3)])
  const { progress } = await world.table.head()
  const deferred = { topic: TOPIC, partition: 0, from: 1n, to: 2n, reason: 'deferred', policy: 'p' } as const
  const advances = [{ topic: TOPIC, partition: 0, expected: 3n, to: 3n }]
  const holes = { holesRead: progress.holes, holesAdded: [deferred], holesStruck: [] }
  const policies = new Map([['p', 'a policy']])
  await world.table.commit({ commitId: 'deferring', files: [], advances, ...holes, policies })
  const [waits] = await replay(world.ports({ dedup }), { dryRun: false }, STOP)
  assert.deepEqual([waits!.code, waits!.records, (await world.holes()).length], ['deferred', 1, 2])
  const [done] = await replay(world.ports(), { dryRun: false }, STOP)
  assert.deepEqual([done!.code, done!.records], [undefined, 1], 'where they are not, it does not')
})

/** Landed by a sink that knows no later schema; from then on it is known. */
async function worldOf(t: TestContext, values: readonly Buffer[]): Promise<World> {
  const world = await World.open()
  t.after(() => world.close())
  await world.append(values)
  await world.land()
  await world.learn()
  return world
}
