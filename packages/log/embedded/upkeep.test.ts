import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { fails, numbered, numbersOf, readAll, record, recordsOf, upTo } from '../contract/world.ts'
import { type EmbeddedLog, openEmbeddedLog } from './embedded.ts'
import { Store } from './store.ts'

const DAY_MS = 86_400_000
const T = 't'

/** A log whose clock the test sets. */
async function withClock(
  test: (clock: { nowMs: number; log: EmbeddedLog; folder: string; reopen: () => Promise<void> }) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-upkeep-'))
  const options = { now: () => clock.nowMs }
  const clock = {
    nowMs: 1_000_000,
    folder,
    log: undefined as unknown as EmbeddedLog,
    reopen: async () => {
      await clock.log.close()
      clock.log = openEmbeddedLog(folder, options)
    },
  }
  clock.log = openEmbeddedLog(folder, options)
  try {
    await test(clock)
  } finally {
    await clock.log.close()
    await rm(folder, { recursive: true })
  }
}

const startOf = async (log: EmbeddedLog) => (await log.ranges([T])).map((range) => Number(range.from))

it('retention drops whole batches, at most once a minute while it runs', () =>
  withClock(async (clock) => {
    const { log } = clock
    await log.createTopics([{ name: T, partitions: 1, retentionMs: 100_000 }])
    const steps: [nowMs: number, start: number, why: string][] = [
      [1_000_000, 0, 'the first ten'],
      [1_050_000, 0, 'nothing is old'],
      [1_100_000, 0, 'the first ones are exactly as old as they may be'],
      [1_110_000, 0, 'they are older, but it has looked ten seconds ago'],
      [1_161_000, 20, 'a minute later the first two appends are too old'],
      [1_500_000, 50, 'all are, but for this one'],
    ]
    for (const [i, [nowMs, start, why]] of steps.entries()) {
      clock.nowMs = nowMs
      await log.append(T, numbered(i * 10, i * 10 + 10))
      assert.deepEqual(await startOf(log), [start], why)
      assert.deepEqual(numbersOf(await readAll(log, T)), upTo(start, i * 10 + 10))
    }
  }))

it('retention is applied when the log is opened, and offsets go on where they were', () =>
  withClock(async (clock) => {
    await clock.log.createTopics([{ name: T, partitions: 1, retentionMs: 100_000 }])
    await clock.log.append(T, numbered(0, 10))
    clock.nowMs += 100_001
    await clock.reopen()
    assert.deepEqual(await clock.log.ranges([T]), [{ topic: T, partition: 0, from: 10n, to: 10n }])
    await clock.reopen()
    assert.equal((await clock.log.append(T, numbered(10, 11)))[0]!.from, 10n)
  }))

it('a follower that retention overtakes is told; a group goes on at the start', () =>
  withClock(async (clock) => {
    const { log } = clock
    await log.createTopics([{ name: T, partitions: 1, retentionMs: 100_000 }])
    await log.append(T, numbered(0, 10))
    const { signal } = new AbortController()
    const follower = log.follow([T], [{ topic: T, partition: 0, offset: 3n }], { signal })[Symbol.asyncIterator]()
    const range = log.readRange({ topic: T, partition: 0, from: 3n, to: 10n })[Symbol.asyncIterator]()
    const member = log.subscribe('g', [T], { signal, startAt: async () => 3n })[Symbol.asyncIterator]()
    clock.nowMs += 200_000
    await log.append(T, numbered(10, 12))
    await log.append(T, numbered(12, 13))
    await assert.rejects(range.next(), fails('OFFSET_OUT_OF_RANGE'))
    await assert.rejects(
      follower.next().then(() => follower.next()),
      fails('OFFSET_OUT_OF_RANGE'),
    )
    const { value } = await member.next()
    assert.deepEqual([value!.from, numbersOf(recordsOf(value!))], [10n, [10, 11, 12]])
    await member.return!()
  }))

it('compaction keeps the last value of a key at its offset, and batches stand for the gaps', () =>
  withClock(async (clock) => {
    await clock.log.createTopics([{ name: T, partitions: 2, retentionMs: null }])
    const padding = 'x'.repeat(100)
    for (let i = 0; i < 20_000; i += 500) {
      await clock.log.append(
        T,
        upTo(i, i + 500).map((n) => record(`key ${n % 50}`, `${n} ${padding}`, 1)),
      )
    }
    await clock.log.append(T, [record('key 3', null, 1), record('gone', null, 1)])
    const before = await clock.log.latest(T)
    await clock.reopen()

    assert.deepEqual(await clock.log.latest(T), before)
    assert.deepEqual(await clock.log.ranges([T]), [
      { topic: T, partition: 0, from: 0n, to: 0n },
      { topic: T, partition: 1, from: 0n, to: 20_002n },
    ])
    const read = await readAll(clock.log, T, { partition: 1 })
    const kept = [...upTo(19_950, 20_000).filter((n) => n % 50 !== 3), 20_000, 20_001]
    assert.deepEqual(
      read.map((each) => Number(each.offset)),
      kept,
    )
    assert.deepEqual(
      read.slice(0, -2).map((each) => Number.parseInt(each.value!, 10)),
      kept.slice(0, -2),
    )
    assert.deepEqual(await readAll(clock.log, T, { partition: 1, from: 5n, to: 700n }), [])
    assert.deepEqual((await clock.log.append(T, [record('key 0', 'new', 1)]))[0]!.from, 20_002n)
  }))

it('compaction keeps a tombstone for a day', () =>
  withClock(async (clock) => {
    await clock.log.createTopics([{ name: T, partitions: 1, retentionMs: null }])
    const churn = () => upTo(0, 2_000).map((n) => record('other', `${n} ${'x'.repeat(50)}`))
    const keys = async () => (await readAll(clock.log, T)).map((each) => each.key)
    await clock.log.append(T, [record('a', '1'), record('a', null), ...churn()])
    clock.nowMs += DAY_MS
    await clock.reopen()
    assert.deepEqual(await keys(), ['a', 'other'])
    await clock.log.append(T, churn())
    clock.nowMs += 1
    await clock.reopen()
    assert.deepEqual(await keys(), ['other'])
  }))

it("compaction makes the file's space free for what comes", () =>
  withClock(async (clock) => {
    await clock.log.createTopics([{ name: T, partitions: 1, retentionMs: null }])
    const size = async () => (await stat(join(clock.folder, 'log.sqlite'))).size
    const sizes: number[] = []
    for (let round = 0; round < 4; round++) {
      await clock.log.append(
        T,
        upTo(0, 9_000).map((n) => record(`${n % 9}`, `${n} ${'x'.repeat(200)}`)),
      )
      await clock.reopen()
      sizes.push(await size())
    }
    assert.ok(sizes[3]! <= sizes[1]!, `${sizes}`)
  }))

it('a full disk is LOG_UNAVAILABLE, and the log stands as before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'k2-upkeep-'))
  const store = new Store(folder)
  try {
    store.createTopics([{ name: T, partitions: 1, retentionMs: DAY_MS }])
    const partition = store.partition(T, 0)
    const batch = (from: bigint, size: number) => [
      { partition, from, to: from + 1n, maxTimeMs: 0, bytes: new Uint8Array(size) },
    ]
    store.append(batch(0n, 10))
    const { page_count } = store.database.prepare('PRAGMA page_count').get() as { page_count: number }
    store.database.exec(`PRAGMA max_page_count = ${page_count + 5}`)
    assert.throws(() => store.append(batch(1n, 1_000_000)), {
      code: 'LOG_UNAVAILABLE',
      message: /full\. Free some disk/,
    })
    assert.deepEqual([partition.start, partition.end], [0n, 1n])
    store.append(batch(1n, 10))
    assert.equal(partition.end, 2n)
  } finally {
    store.close()
    await rm(folder, { recursive: true })
  }
})
