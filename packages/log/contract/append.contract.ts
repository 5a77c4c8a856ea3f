import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sliceAt } from '../batches.ts'
import type { NewRecord } from '../log.ts'
import { partitionOf } from '../partitioner.ts'
import { bytes, fails, numbered, numbersOf, readAll, record, upTo, type World } from './world.ts'

export function appending(world: World): void {
  it('gives consecutive offsets from 0 on, and says which', async () => {
    const topic = await world.topic()
    const first = await world.log.append(topic, numbered(0, 3))
    const second = await world.log.append(topic, numbered(3, 5))
    assert.deepEqual(first, [{ topic, partition: 0, from: 0n, to: 3n }])
    assert.deepEqual(second, [{ topic, partition: 0, from: 3n, to: 5n }])
    const read = await readAll(world.log, topic)
    assert.deepEqual(
      read.map((each) => each.offset),
      [0n, 1n, 2n, 3n, 4n],
    )
    assert.deepEqual(numbersOf(read), upTo(0, 5))
  })

  it('sends a key to the partition that murmur2 gives it, and keeps its order there', async () => {
    const topic = await world.topic({ partitions: 6 })
    const keys = ['BHP', 'CBA', 'BTCUSDT', 'ETHUSDT', 'RIO', 'ключ', '']
    const records = upTo(0, 350).map((i) => record(keys[i % keys.length]!, `${i}`))
    const ranges = await world.log.append(topic, records)
    assert.equal(
      ranges.reduce((sum, range) => sum + Number(range.to - range.from), 0),
      records.length,
    )
    for (const [i, key] of keys.entries()) {
      const read = await readAll(world.log, topic, { partition: partitionOf(bytes(key), 6) })
      const mine = numbersOf(read.filter((each) => each.key === key))
      assert.deepEqual(
        mine,
        upTo(0, 50).map((n) => n * keys.length + i),
      )
    }
  })

  it('puts a record where its partition says, and a keyless one anywhere', async () => {
    const topic = await world.topic({ partitions: 3 })
    await world.log.append(topic, [record('BHP', 'a', 0), record('BHP', 'b', 1), record(null, 'c', 2)])
    for (const [partition, value] of ['a', 'b', 'c'].entries()) {
      assert.deepEqual(
        (await readAll(world.log, topic, { partition })).map((each) => each.value),
        [value],
      )
    }
    await world.log.append(topic, [record(null, 'd')])
    const all = await Promise.all([0, 1, 2].map((partition) => readAll(world.log, topic, { partition })))
    assert.deepEqual(
      all
        .flat()
        .map((each) => each.value)
        .sort(),
      ['a', 'b', 'c', 'd'],
    )
  })

  // biome-ignore format: a table reads by its columns
  const rows: [name: string, NewRecord][] = [
    ['plain',             { key: 'k', value: bytes('v') }],
    ['no key',            { key: null, value: bytes('v') }],
    ['no value',          { key: 'k', value: null }],
    ['neither',           { key: null, value: null }],
    ['empty ones',        { key: '', value: bytes('') }],
    ['headers',           { key: 'k', value: bytes('v'), headers: { traceparent: '00-4bf9', 'имя': 'значение', empty: '' } }],
    ['a binary key',      { key: Uint8Array.of(0, 255, 128, 10, 13), value: bytes('v') }],
    ['every byte twice',  { key: 'k', value: Uint8Array.from({ length: 512 }, (_, i) => i) }],
    ['a million bytes',   { key: 'k', value: new Uint8Array(1_000_000).fill(171) }],
    ['just under 1 MiB',  { key: 'k', value: new Uint8Array(1_048_000).fill(172) }],
  ]

  it(`keeps every byte: ${rows.map(([name]) => name).join(', ')}`, async () => {
    const topic = await world.topic()
    await world.log.append(
      topic,
      rows.map(([, each]) => ({ ...each, partition: 0 })),
    )
    let at = 0
    for await (const batch of world.log.readRange({ topic, partition: 0, from: 0n, to: BigInt(rows.length) })) {
      for (let i = 0; i < batch.count; i++, at++) {
        const [name, { key, value, headers }] = rows[at]!
        const keyBytes = typeof key === 'string' ? bytes(key) : key
        assert.ok(isSame(sliceAt(batch.keys, i), keyBytes), `key of ${name}`)
        assert.ok(isSame(sliceAt(batch.values, i), value), `value of ${name}`)
        assert.deepEqual(batch.headers?.[i], headers, `headers of ${name}`)
      }
    }
    assert.equal(at, rows.length)
  })

  it('takes an append that is larger than a batch, in order', async () => {
    const topic = await world.topic()
    const value = (i: number) => new Uint8Array(100_000).fill(i)
    await world.log.append(
      topic,
      upTo(0, 40).map((i) => ({ key: `${i}`, value: value(i), partition: 0 })),
    )
    await world.log.append(
      topic,
      upTo(0, 9_000).map((i) => record(`${i}`, `${i}`, 0)),
    )
    const keys = (await readAll(world.log, topic)).map((each) => Number(each.key))
    assert.deepEqual(keys, [...upTo(0, 40), ...upTo(0, 9_000)])
  })

  it("refuses a record over a broker's limit, and stores nothing of that append", async () => {
    const topic = await world.topic()
    const append = world.log.append(topic, [record('k', 'small'), { key: 'k', value: new Uint8Array(1_049_000) }])
    await assert.rejects(append, fails('PAYLOAD_TOO_LARGE'))
    assert.deepEqual(await world.log.ranges([topic]), [{ topic, partition: 0, from: 0n, to: 0n }])
  })

  it('gives records the time of their ingestion', async () => {
    const topic = await world.topic()
    const beforeMs = Date.now()
    await world.log.append(topic, numbered(0, 3))
    const afterMs = Date.now()
    for (const { timeMs } of await readAll(world.log, topic)) {
      assert.ok(timeMs >= beforeMs && timeMs <= afterMs, `${beforeMs} <= ${timeMs} <= ${afterMs}`)
    }
  })

  it('keeps the order of appends that are not awaited', async () => {
    const topic = await world.topic()
    await Promise.all(upTo(0, 50).map((i) => world.log.append(topic, numbered(i * 10, i * 10 + 10))))
    assert.deepEqual(numbersOf(await readAll(world.log, topic)), upTo(0, 500))
  })

  it('takes an append of nothing', async () => {
    assert.deepEqual(await world.log.append(await world.topic(), []), [])
  })

  it('names the topic or partition that it does not have', async () => {
    const topic = await world.topic({ partitions: 2 })
    const missing = world.name()
    await assert.rejects(world.log.append(missing, numbered(0, 1)), fails('UNKNOWN_TOPIC'))
    await assert.rejects(world.log.append(topic, numbered(0, 1, 2)), fails('UNKNOWN_TOPIC'))
    await assert.rejects(world.log.ranges([topic, missing]), fails('UNKNOWN_TOPIC'))
    await assert.rejects(world.log.latest(missing), fails('UNKNOWN_TOPIC'))
  })

  it('creates what is missing, again and again, and refuses another count of partitions', async () => {
    const [a, b] = [world.name(), world.name()]
    await world.log.createTopics([{ name: a, partitions: 2, retentionMs: 86_400_000 }])
    await world.log.append(a, numbered(0, 3, 1))
    const both = [a, b].map((name) => ({ name, partitions: 2, retentionMs: 86_400_000 }))
    await world.log.createTopics(both)
    await world.log.createTopics(both)
    assert.deepEqual(numbersOf(await readAll(world.log, a, { partition: 1 })), [0, 1, 2])
    const other = world.log.createTopics([{ name: a, partitions: 3, retentionMs: 86_400_000 }])
    await assert.rejects(other, fails('SETTINGS_INVALID'))
    assert.equal((await world.log.ranges([a, b])).length, 4)
  })

  it('has it all after a restart', () =>
    world.restarting(async (under) => {
      const topic = await world.topic({ log: under.log })
      await under.log.append(topic, numbered(0, 100))
      const log = await under.reopen()
      assert.deepEqual(numbersOf(await readAll(log, topic)), upTo(0, 100))
      assert.deepEqual(await log.append(topic, numbered(100, 101)), [{ topic, partition: 0, from: 100n, to: 101n }])
    }))
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0
}
