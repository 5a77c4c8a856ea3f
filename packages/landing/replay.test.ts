/** Replays over an embedded log and a table in a folder: once, whoever is beside it and whatever is lost on the way. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Table } from '@k2/lake/table.ts'
import type { Log } from '@k2/log/log.ts'
import { realClock } from '@k2/service/clock.ts'
import { replay } from './replay.ts'
import { LATER_SCHEMA, TOPIC, tradeOf, World } from './world.fixture.ts'

const STOP = new AbortController().signal
const ALL = { dryRun: false }

const later = (number: number, day = 0) => tradeOf(number, { schemaId: LATER_SCHEMA, day })
const cut = (number: number) => tradeOf(number).subarray(0, 40)

async function worldOf(t: TestContext, partitions: readonly (readonly (Uint8Array | null)[])[]): Promise<World> {
  const world = await World.open()
  t.after(() => world.close())
  for (const [partition, values] of partitions.entries()) await world.append(values, partition)
  await world.land()
  return world
}

const told = async (replayed: ReturnType<typeof replay>) =>
  (await replayed).map(({ code, records, first }) => [code, records, first.slice(TOPIC.length + 1)])

test('what can be decoded by now lands with its own offset, and the rest stays a hole with its reason', async (t) => {
  const world = await worldOf(t, [
    [tradeOf(1), later(2), cut(3), later(4), tradeOf(5), null],
    [later(6), tradeOf(7)],
  ])
  assert.deepEqual(await world.holes(), ['0/1-4', '0/5-6', '1/0-1'])
  assert.deepEqual(await told(replay(world.ports(), ALL, STOP)), [
    ['schema', 3, '0/1'],
    ['avro', 1, '0/2'],
    ['no-value', 1, '0/5'],
  ])
  assert.deepEqual(await world.rows(), ['0/0 t1', '0/4 t5', '1/1 t7'])

  await world.learn()
  const would = await told(replay(world.ports(), { dryRun: true }, STOP))
  assert.deepEqual(await world.holes(), ['0/1-4', '0/5-6', '1/0-1'], 'a dry run writes nothing')
  const done = await told(replay(world.ports(), ALL, STOP))
  assert.deepEqual(done, [
    ['avro', 1, '0/2'],
    ['no-value', 1, '0/5'],
    [undefined, 3, '0/1'],
  ])
  assert.deepEqual(would, done)
  assert.deepEqual(await world.rows(), ['0/0 t1', '0/1 t2', '0/3 t4', '0/4 t5', '1/0 t6', '1/1 t7'])
  assert.deepEqual(await world.holes(), ['0/2-3', '0/5-6'])
  assert.equal((await world.table.snapshots()).at(-1)!.summary['k2.replayed'], '3')

  const files = await world.filesStored()
  assert.deepEqual(await told(replay(world.ports(), ALL, STOP)), [
    ['avro', 1, '0/2'],
    ['no-value', 1, '0/5'],
  ])
  assert.equal(await world.filesStored(), files, 'again adds nothing')
})

test('only the place that is named, only the code that is named', async (t) => {
  const world = await worldOf(t, [[later(1), later(2), later(3), cut(4), later(5)], [later(6)]])
  await world.learn()
  const place = { topic: TOPIC, partition: 0, from: 1n, to: 4n }
  await replay(world.ports(), { place, code: 'schema', dryRun: false }, STOP)
  assert.deepEqual(await world.rows(), ['0/1 t2', '0/2 t3'])
  assert.deepEqual(await told(replay(world.ports(), { code: 'avro', dryRun: true }, STOP)), [['avro', 1, '0/3']])
  await replay(world.ports(), { place: { topic: TOPIC, partition: 1 }, dryRun: false }, STOP)
  assert.deepEqual(await world.holes(), ['0/0-1', '0/3-5'])
})

test('records of more days than one commit may touch take several', async (t) => {
  const count = 100
  const world = await worldOf(t, [Array.from({ length: count }, (_, i) => later(i, i))])
  await world.learn()
  const before = (await world.table.snapshots()).length
  assert.deepEqual(await told(replay(world.ports(), ALL, STOP)), [[undefined, count, '0/0']])
  assert.equal((await world.table.snapshots()).length - before, 2)
  assert.equal((await world.rows()).length, count)
  assert.deepEqual(await world.holes(), [])
})

test('two at once land each record once', async (t) => {
  const world = await worldOf(t, [[later(1), later(2)], [later(3)], [later(4), cut(5)]])
  await world.learn()
  const [one, other] = await Promise.all([world.tableOf(), world.tableOf()])
  // Both have read the holes before one of them commits.
  const both = Promise.withResolvers<void>()
  let waiting = 2
  const meeting = (table: Table): Table => ({
    ...table,
    async commit(intent) {
      if (--waiting === 0) both.resolve()
      await both.promise
      return table.commit(intent)
    },
  })
  const [first, second] = await Promise.all(
    [one, other].map((table) => told(replay(world.ports({ table: meeting(table) }), ALL, STOP))),
  )
  const landed = [...first!, ...second!].filter(([code]) => code === undefined)
  assert.equal(
    landed.reduce((sum, [, records]) => sum + Number(records), 0),
    4,
    'each is told by one of them',
  )
  assert.deepEqual(await world.rows(), ['0/0 t1', '0/1 t2', '1/0 t3', '2/0 t4'])
  assert.deepEqual(await world.holes(), ['2/1-2'])
})

test('a sink that commits in between is waited out, and one that always does is told of', async (t) => {
  const world = await worldOf(t, [[later(1), tradeOf(2)]])
  await world.learn()
  let number = 10
  const racing = (races: number): Table => ({
    ...world.table,
    async commit(intent) {
      if (races-- > 0) {
        // A poisoned one as well: holes of the same partition change, and ours is still there.
        await world.append([tradeOf(number++), cut(number++)])
        await world.land()
      }
      return world.table.commit(intent)
    },
  })
  const clock = { ...realClock, sleep: async () => {} }
  const files = await world.filesStored()
  const beaten = replay(world.ports({ table: racing(1_000), clock }), ALL, STOP)
  await assert.rejects(beaten, { code: 'LAKE_CONFLICT', message: /Nothing of this one is in/ })
  assert.equal(await world.filesStored(), files + 30, 'of thirty commits of the sink; its own files are deleted')
  assert.ok((await world.holes()).includes('0/0-1'))

  await replay(
    world.ports({ table: racing(3), clock }),
    { place: { topic: TOPIC, partition: 0, from: 0n, to: 1n }, dryRun: false },
    STOP,
  )
  assert.ok(!(await world.holes()).includes('0/0-1'))
  const rows = await world.rows()
  assert.equal(rows.filter((row) => row === '0/0 t1').length, 1)
  assert.equal(new Set(rows).size, rows.length)
})

// biome-ignore format: a table reads by its columns
const LOST: readonly [what: string, isIn: (tries: number) => boolean, ends: 'in' | 'unknown'][] = [
  ['an answer that is lost behind the commit',        () => true,           'in'],
  ['a request that is lost before it',                (tries) => tries > 1, 'in'],
  ['every answer, and no commit is in',               () => false,          'unknown'],
]

for (const [what, isIn, ends] of LOST) {
  test(`lost: ${what}`, async (t) => {
    const world = await worldOf(t, [[later(1), later(2)]])
    await world.learn()
    let tries = 0
    const table: Table = {
      ...world.table,
      async commit(intent) {
        tries++
        if (isIn(tries)) {
          const outcome = await world.table.commit(intent)
          if (outcome.kind === 'already' || (ends === 'in' && tries > 1)) return outcome
        }
        throw new K2Error('COMMIT_UNKNOWN', 'the answer was lost')
      },
    }
    const ports = world.ports({ table, clock: { ...realClock, sleep: async () => {} } })
    if (ends === 'in') assert.deepEqual(await told(replay(ports, ALL, STOP)), [[undefined, 2, '0/0']])
    else await assert.rejects(replay(ports, ALL, STOP), { code: 'COMMIT_UNKNOWN' })
    if (ends === 'unknown') assert.equal(await world.filesStored(), 1, 'a file that may be named stays')
    await replay(world.ports(), ALL, STOP)
    assert.deepEqual(await world.rows(), ['0/0 t1', '0/1 t2'])
    assert.deepEqual(await world.holes(), [])
  })
}

test('what retention took is read from its letter, where that has it whole', async (t) => {
  const large = Buffer.concat([later(3), Buffer.alloc(70_000)])
  const world = await worldOf(t, [[later(1), later(2), large, tradeOf(4), later(5)]])
  await world.learn()
  await world.log.deleteBefore(TOPIC, 0, 4n)
  const replayed = await replay(world.ports(), ALL, STOP)
  assert.deepEqual(
    replayed.map(({ code, records }) => [code, records]),
    [
      ['gone', 1],
      [undefined, 3],
    ],
  )
  assert.match(replayed[0]!.reason, /only 65536 of its \d+ bytes/)
  assert.deepEqual(await world.rows(), ['0/0 t1', '0/1 t2', '0/3 t4', '0/4 t5'])
  assert.deepEqual(await world.holes(), ['0/2-3'])
})

test('a topic that was made anew is told of, and nothing is landed from it', async (t) => {
  const world = await worldOf(t, [[later(1)], [tradeOf(2)]])
  await world.learn()
  const elsewhere = await worldOf(t, [[tradeOf(9)], [tradeOf(2)]])
  const log: Pick<Log, 'ranges' | 'readRange'> = {
    ranges: (topics) => world.log.ranges(topics),
    readRange: (range) => (range.topic === TOPIC ? elsewhere : world).log.readRange(range),
  }
  await assert.rejects(replay(world.ports({ log: log as Log }), ALL, STOP), {
    code: 'LAKE_DISAGREES',
    message: /not the one/,
  })
  assert.deepEqual(await world.holes(), ['0/0-1'])
})
