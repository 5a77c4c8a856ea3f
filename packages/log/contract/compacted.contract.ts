import assert from 'node:assert/strict'
import { it } from 'node:test'
import { bytes, fails, numbersOf, readAll, record, upTo, type World } from './world.ts'

export function compacted(world: World): void {
  it('hold the last value of each key, and no deleted key', async () => {
    const topic = await world.topic({ partitions: 3, retentionMs: null })
    const beforeMs = Date.now()
    await world.log.append(
      topic,
      ['a', 'b', 'c', 'd'].map((key) => record(key, `${key}1`, 1)),
    )
    await world.log.append(topic, [
      record('b', 'b2', 1),
      record('c', null, 1),
      record('d', null, 1),
      record('d', 'd3', 1),
    ])
    const latest = await world.log.latest(topic)
    const byKey = latest.sort((a, b) => (a.key < b.key ? -1 : 1))
    assert.deepEqual(
      byKey.map(({ key, value, offset }) => [key, Buffer.from(value).toString(), offset]),
      [
        ['a', 'a1', 0n],
        ['b', 'b2', 4n],
        ['d', 'd3', 7n],
      ],
    )
    for (const { timeMs } of latest) assert.ok(timeMs >= beforeMs && timeMs <= Date.now())
  })

  it('are empty at first, and when all is deleted', async () => {
    const topic = await world.topic({ retentionMs: null })
    assert.deepEqual(await world.log.latest(topic), [])
    await world.log.append(topic, [record('a', '1'), record('a', null)])
    assert.deepEqual(await world.log.latest(topic), [])
  })

  it('want a key in each record, and drop nothing by offset', async () => {
    const topic = await world.topic({ retentionMs: null })
    const keyless = world.log.append(topic, [{ key: null, value: bytes('v') }])
    await assert.rejects(keyless, fails('INVALID_ARGUMENT'))
    await world.log.append(topic, [record('a', '1')])
    await assert.rejects(world.log.deleteBefore(topic, 0, 1n), fails('INVALID_ARGUMENT'))
    assert.equal(await world.log.retentionMs(topic), null)
  })

  it('say the same after a restart, at the same offsets', () =>
    world.restarting(async (under) => {
      const topic = await world.topic({ retentionMs: null, log: under.log })
      const records = upTo(0, 3_000).map((i) => record(`key ${i % 10}`, `${i}`))
      await under.log.append(topic, records)
      const before = await under.log.latest(topic)
      const log = await under.reopen()
      assert.deepEqual(await log.latest(topic), before)
      assert.deepEqual(await log.append(topic, [record('new', '3000')]), [
        { topic, partition: 0, from: 3_000n, to: 3_001n },
      ])
      // Some or all of the old values may be gone; what is left keeps its offset and its order.
      const read = await readAll(log, topic)
      assert.deepEqual(
        numbersOf(read),
        read.map((each) => Number(each.offset)),
      )
      assert.deepEqual(numbersOf(read).slice(-11), upTo(2_990, 3_001))
    }))
}
