/** The flow of a lane: what overlaps, what is given up, and what is held. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Intent } from '@k2/lake/table.ts'
import { sizeOf } from '@k2/landing/batch.ts'
import { batch, PARTITION, running, TOPIC, turns, unavailable, until, world } from './lane.fixture.ts'

const timeout = 20_000
/** Eight records, two a batch and a commit. */
const EIGHT = [0, 2, 4, 6].map((from) => batch(from, from + 2))

/** What went in: from where to where, in the order of the commits. */
const steps = (intents: readonly Intent[]) => intents.map(({ advances: [one] }) => [one!.expected, one!.to])
const IN_ORDER = [
  [null, 2n],
  [2n, 4n],
  [4n, 6n],
  [6n, 8n],
]

/** The files that are stored are those of the table. */
const checkNoOrphans = ({ stored, lake }: ReturnType<typeof world>) => assert.deepEqual([...stored], [...lake.files])

test('while a commit blocks, the next is prepared and waits; nothing is prepared beyond it', { timeout }, async () => {
  const gate = Promise.withResolvers<void>()
  const held = world({ batches: EIGHT, poison: [1n, 2n], committing: () => gate.promise })
  await running(held.lane, async () => {
    await until(() => held.stored.size === 2)
    await turns()
    assert.equal(held.lake.intents.length, 0)
    assert.equal(held.staged.length, 2)
    assert.equal(held.lane.buffered().rows, 6, 'one being committed, one prepared, one that waits, and no more is read')
    gate.resolve()
    await until(() => held.lake.next === 8n)
  })
  assert.deepEqual(steps(held.lake.intents), IN_ORDER)
  assert.deepEqual(
    held.lake.intents.map(({ holesRead, holesAdded }) => [holesRead.length, holesAdded.length]),
    [
      [0, 1],
      [1, 1],
      [2, 0],
      [2, 0],
    ],
    'holes read by the second are those after the first',
  )
  assert.equal(held.lane.buffered().rows, 0)
  checkNoOrphans(held)
})

test('the ids of commits are those of the same work done one after the other', { timeout }, async () => {
  const ids = async (committing: () => Promise<void>) => {
    const one = world({ batches: EIGHT, committing })
    await running(one.lane, () => until(() => one.lake.next === 8n))
    return one.lake.intents.map(({ commitId }) => commitId)
  }
  assert.deepEqual(await ids(turns), await ids(async () => {}))
})

test('a commit that is refused drops what is prepared behind it, and nothing is lost or doubled', {
  timeout,
}, async () => {
  const gate = Promise.withResolvers<void>()
  const own = world({ batches: EIGHT, committing: () => gate.promise })
  await running(own.lane, async () => {
    await until(() => own.stored.size === 2)
    // Another writer took three records, and cut the log elsewhere.
    own.lake.next = 3n
    gate.resolve()
    await until(() => own.lake.next === 8n)
  })
  assert.deepEqual(steps(own.lake.intents).at(0)?.[0], 3n)
  assert.deepEqual(
    steps(own.lake.intents).map(([from]) => from),
    [3n, ...steps(own.lake.intents).map(([, to]) => to)].slice(0, -1),
    'each begins where the one before ended',
  )
  assert.equal(own.events.filter(({ kind }) => kind === 'stale').length, 1, 'the second is not even sent')
  checkNoOrphans(own)
})

test('an outage beyond the budget is told in health, and over when it is over; files of failed commits go', {
  timeout,
}, async () => {
  let away = true
  const one = world({
    batches: EIGHT,
    committing: async () => {
      if (away) throw unavailable()
    },
  })
  await running(one.lane, async () => {
    await until(() => one.lane.ready() !== undefined)
    assert.match(one.lane.ready()!, /trades_v2 takes nothing in.*the catalog is away/)
    assert.deepEqual([...one.stored], [])
    away = false
    await until(() => one.lake.next === 8n)
    assert.equal(one.lane.ready(), undefined)
  })
  assert.deepEqual(steps(one.lake.intents), IN_ORDER)
  checkNoOrphans(one)
})

test('files of a commit whose outcome is unknown stay, for they may be in the table', { timeout }, async () => {
  const one: ReturnType<typeof world> = world({
    batches: EIGHT,
    committing: async (intent, number) => {
      if (number !== 1) return
      one.apply(intent)
      throw new K2Error('COMMIT_UNKNOWN', 'its answer was lost')
    },
  })
  await running(one.lane, () => until(() => one.lake.next === 8n))
  assert.deepEqual(steps(one.lake.intents), IN_ORDER)
  checkNoOrphans(one)
})

test('a publication that fails now and then is tried again', { timeout }, async () => {
  const one = world({
    batches: EIGHT,
    publishing: (number) => {
      if (number % 2 === 1) throw unavailable()
    },
  })
  await running(one.lane, () => until(() => one.lake.next === 8n))
  assert.equal(one.staged.length, 4)
  checkNoOrphans(one)
})

test('an error that does not pass ends the service at once', { timeout }, async () => {
  let tries = 0
  const broken = async () => {
    tries++
    throw new K2Error('LAKE_DAMAGED', 'the metadata cannot be read')
  }
  const one = world({ batches: EIGHT, committing: broken })
  await assert.rejects(
    running(one.lane, () => new Promise(() => {})),
    /the metadata cannot be read/,
  )
  assert.equal(tries, 1)
})

test('a stop sees through the commit in flight, and gives back what is prepared behind it', { timeout }, async () => {
  const gate = Promise.withResolvers<void>()
  const one = world({ batches: EIGHT, committing: () => gate.promise })
  const ended = running(one.lane, () => until(() => one.stored.size === 2))
  await until(() => one.stored.size === 2)
  await turns()
  gate.resolve()
  await ended
  assert.deepEqual(steps(one.lake.intents), IN_ORDER.slice(0, 1))
  checkNoOrphans(one)
})

test('a stop does not wait for a log that cannot be told of the commit', { timeout }, async () => {
  const one = world({ batches: EIGHT, appending: () => new Promise(() => {}) })
  await running(one.lane, () => until(() => one.lake.next === 2n))
  assert.deepEqual(steps(one.lake.intents), IN_ORDER.slice(0, 1))
})

const LARGE = 8 * 2 ** 20
const BOUND = 2 ** 20
// biome-ignore format: a table reads by its columns
const sizes: [name: string, valueBytes: number[]][] = [
  ['values of 100 KB',                              Array(40).fill(100_000)],
  ['a value of 8 MB among small ones',              [10, 10, LARGE, 10, 100_000, 10]],
  ['values beyond the bound, one after the other',  [LARGE, LARGE, LARGE]],
]
for (const [name, valueBytes] of sizes) {
  test(`${name}: no more is held than the bound and a batch, and all lands`, { timeout }, async () => {
    const batches = valueBytes.map((bytes, i) => batch(i, i + 1, bytes))
    const largest = Math.max(...batches.map(sizeOf))
    let delivered = 0
    let done = 0
    let most = 0
    const one = world({
      batches,
      bufferBytesMax: BOUND,
      limits: { rows: 1_000, rowsMax: 1_000, bytes: 2 ** 30, ageMs: 1 },
      delivered: (each) => {
        delivered += sizeOf(each)
        most = Math.max(most, delivered - done)
      },
      staging: async (request) => {
        await turns(20)
        done += request.batches.reduce((sum, each) => sum + sizeOf(each), 0)
      },
    })
    await running(one.lane, () => until(() => one.lake.next === BigInt(batches.length)))
    assert.ok(most <= BOUND + largest, `${most} bytes were held`)
    assert.ok(most > Math.min(delivered, BOUND) / 2, 'and the bound is made use of')
    assert.equal(one.lane.buffered().bytes, 0)
  })
}

test('a backlog makes full commits, and what trickles in one by age', { timeout }, async () => {
  const batches = Array.from({ length: 25 }, (_, i) => batch(i, i + 1))
  const one = world({ batches, limits: { rows: 10, rowsMax: 10, bytes: 2 ** 20, ageMs: 100 } })
  await running(one.lane, () => until(() => one.lake.next === 25n))
  assert.deepEqual(
    steps(one.lake.intents).map(([, to]) => to),
    [10n, 20n, 25n],
  )
})

test('a backlog makes larger commits, up to their most', { timeout }, async () => {
  const batches = Array.from({ length: 40 }, (_, i) => batch(i, i + 1))
  const limits = { rows: 2, rowsMax: 8, bytes: 2 ** 20, ageMs: 100 }
  const one = world({ batches, limits, staging: () => turns(20) })
  await running(one.lane, () => until(() => one.lake.next === 40n))
  const rows = steps(one.lake.intents).map(([from, to]) => Number(to! - (from ?? 0n)))
  assert.equal(Math.max(...rows), 8, `commits of ${rows}`)
})

test('what retention took before a first landing is counted once', { timeout }, async () => {
  const one = world({ batches: EIGHT.slice(2) })
  await running(one.lane, async () => {
    await until(() => one.lake.next === 8n)
    await one.lane.begin(AbortSignal.timeout(timeout))
  })
  assert.deepEqual(
    one.events.filter(({ kind }) => kind === 'lost'),
    [{ kind: 'lost', topic: TOPIC.name, records: 4 }],
  )
  assert.equal(one.lake.intents[0]!.advances[0]!.expected, null)
})

test('a lane that retention overtakes refuses with a sentence', { timeout }, async () => {
  const one = world({ batches: EIGHT })
  one.lake.next = 2n
  await one.lane.start(AbortSignal.timeout(timeout))
  one.log.start = 4n
  await assert.rejects(one.lane.run(AbortSignal.timeout(timeout)), /holds offsets up to 2, and the log begins at 4/)
  assert.deepEqual(one.lake.intents, [])
  assert.equal(one.lane.place.pending.landed(PARTITION), 2n)
})
