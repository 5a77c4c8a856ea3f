import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { LogBatch, TopicOffset } from '../log.ts'
import { drain, fails, numbered, numbersOf, pull, upTo, type World } from './world.ts'

export function following(world: World): void {
  async function followed(
    topics: readonly string[],
    from: readonly TopicOffset[],
    test: (batches: AsyncIterator<LogBatch>) => Promise<void>,
  ): Promise<void> {
    const stop = new AbortController()
    const batches = world.log.follow(topics, from, { signal: stop.signal })[Symbol.asyncIterator]()
    try {
      await world.within(test(batches))
    } finally {
      stop.abort()
      assert.equal((await world.within(batches.next())).done, true)
    }
  }

  it('goes from history to what is appended while it waits, each record once', async () => {
    const topic = await world.topic()
    await world.log.append(topic, numbered(0, 25))
    await followed([topic], [], async (batches) => {
      assert.deepEqual(numbersOf(await pull(batches, 25)), upTo(0, 25))
      const waiting = pull(batches, 50)
      for (let i = 25; i < 75; i += 5) await world.log.append(topic, numbered(i, i + 5))
      assert.deepEqual(numbersOf(await waiting), upTo(25, 75))
    })
  })

  it('loses nothing between appends and pulls that run side by side', async () => {
    const topic = await world.topic({ partitions: 3 })
    const append = async () => {
      for (let i = 0; i < 300; i++) await world.log.append(topic, numbered(i, i + 1, i % 3))
    }
    await followed([topic], [], async (batches) => {
      const [read] = await Promise.all([pull(batches, 300), append()])
      for (const partition of upTo(0, 3)) {
        const mine = numbersOf(read.filter((each) => each.partition === partition))
        assert.deepEqual(
          mine,
          upTo(0, 100).map((n) => n * 3 + partition),
        )
      }
    })
  })

  it("begins in each partition where it is told, and at the log's start in the others", async () => {
    const [a, b] = [await world.topic({ partitions: 2 }), await world.topic()]
    await world.log.append(a, [...numbered(0, 10, 0), ...numbered(0, 10, 1)])
    await world.log.append(b, numbered(0, 10))
    await world.log.deleteBefore(b, 0, 6n)
    await followed([a, b], [{ topic: a, partition: 1, offset: 7n }], async (batches) => {
      const read = await pull(batches, 17)
      const total = read.reduce((sum, each) => sum + Number(each.value), 0)
      assert.deepEqual([read.length, total], [17, 45 + (7 + 8 + 9) + (6 + 7 + 8 + 9)])
    })
  })

  it("says where it stands: each batch begins where its partition's last one ended", async () => {
    const topic = await world.topic()
    for (let i = 0; i < 100; i += 10) await world.log.append(topic, numbered(i, i + 10))
    await followed([topic], [{ topic, partition: 0, offset: 15n }], async (batches) => {
      for (let at = 15n; at < 100n; ) {
        const { value } = await batches.next()
        assert.equal(value.from, at)
        at = value.to
      }
    })
  })

  it('outside the log is OFFSET_OUT_OF_RANGE', async () => {
    const topic = await world.topic()
    await world.log.append(topic, numbered(0, 10))
    await world.log.deleteBefore(topic, 0, 4n)
    const { signal } = new AbortController()
    for (const offset of [3n, 11n]) {
      const reading = drain(world.log.follow([topic], [{ topic, partition: 0, offset }], { signal }))
      await assert.rejects(world.within(reading), fails('OFFSET_OUT_OF_RANGE'))
    }
    await assert.rejects(world.within(drain(world.log.follow([world.name()], [], { signal }))), fails('UNKNOWN_TOPIC'))
  })

  it('ends by return() too, also while it waits', async () => {
    const topic = await world.topic()
    const { signal } = new AbortController()
    const batches = world.log.follow([topic], [], { signal })[Symbol.asyncIterator]()
    const waiting = batches.next()
    await world.within(batches.return!())
    assert.equal((await world.within(waiting)).done, true)
  })
}
