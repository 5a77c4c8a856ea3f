import assert from 'node:assert/strict'
import { it } from 'node:test'
import { drain, fails, numbered, numbersOf, pull, readAll, upTo, type World } from './world.ts'

export function ranges(world: World): void {
  // Offsets 0 to 29, appended by tens: both sides of each boundary between what was appended together.
  const bounds: [from: number, to: number][] = [
    [0, 30],
    [0, 0],
    [30, 30],
    [0, 1],
    [29, 30],
    [9, 10],
    [9, 11],
    [10, 20],
    [10, 11],
    [15, 15],
    [5, 25],
    [11, 19],
  ]

  it(`are read exactly: ${bounds.map(([from, to]) => `${from}..${to}`).join(' ')}`, async () => {
    const topic = await world.topic()
    for (const from of [0, 10, 20]) await world.log.append(topic, numbered(from, from + 10))
    for (const [from, to] of bounds) {
      const read = await readAll(world.log, topic, { from: BigInt(from), to: BigInt(to) })
      assert.deepEqual(numbersOf(read), upTo(from, to), `${from}..${to}`)
      assert.deepEqual(
        read.map((each) => Number(each.offset)),
        upTo(from, to),
      )
    }
  })

  it('are kept as long as the topic says', async () => {
    assert.equal(await world.log.retentionMs(await world.topic({ retentionMs: 7_200_000 })), 7_200_000)
    await assert.rejects(world.log.retentionMs('market.crypto.trades.nowhere'), fails('UNKNOWN_TOPIC'))
  })

  it('outside the log are OFFSET_OUT_OF_RANGE, also when nothing lies between', async () => {
    const topic = await world.topic()
    await world.log.append(topic, numbered(0, 10))
    await world.log.deleteBefore(topic, 0, 4n)
    const bad: [bigint, bigint][] = [
      [3n, 10n],
      [3n, 3n],
      [4n, 11n],
      [11n, 11n],
      [0n, 0n],
      [6n, 5n],
    ]
    for (const [from, to] of bad) {
      const reading = drain(world.log.readRange({ topic, partition: 0, from, to }))
      await assert.rejects(reading, fails('OFFSET_OUT_OF_RANGE'), `${from}..${to}`)
    }
    assert.deepEqual(numbersOf(await readAll(world.log, topic)), upTo(4, 10))
  })

  it('end where they were asked to end, whatever comes later', async () => {
    const topic = await world.topic()
    await world.log.append(topic, numbered(0, 10))
    const batches = world.log.readRange({ topic, partition: 0, from: 0n, to: 10n })[Symbol.asyncIterator]()
    await world.log.append(topic, numbered(10, 20))
    assert.deepEqual(numbersOf(await pull(batches, 10)), upTo(0, 10))
    assert.equal((await batches.next()).done, true)
  })

  it('come in batches of their own: what fills its buffer can be taken away', async () => {
    const topic = await world.topic()
    const large = { ...numbered(0, 1)[0]!, value: Buffer.alloc(100_000) }
    for (let i = 0; i < 3; i++) await world.log.append(topic, [large, ...numbered(1, 10)])
    for (let time = 0; time < 2; time++) {
      const whole = new Set<ArrayBufferLike>()
      let count = 0
      for await (const batch of world.log.readRange({ topic, partition: 0, from: 0n, to: 30n })) {
        const { keys, values, offsetDeltas, timesMs } = batch
        const arrays = [values.bytes, values.starts, values.ends, keys.starts, keys.ends, offsetDeltas, timesMs]
        const own = arrays.filter(({ buffer, byteLength }) => buffer.byteLength === byteLength)
        for (const { buffer } of own) {
          assert.ok(!whole.has(buffer), 'no other array lies there')
          whole.add(buffer)
        }
        assert.equal(values.ends[0]! - values.starts[0]!, 100_000, 'and nobody took it before')
        structuredClone(null, { transfer: own.map(({ buffer }) => buffer as ArrayBuffer) })
        count += batch.count
      }
      assert.equal(count, 30)
    }
  })

  it('can be given up, and an aborted one is no complete one', async () => {
    const topic = await world.topic()
    await world.log.append(topic, numbered(0, 10))
    const stop = new AbortController()
    stop.abort()
    const reading = drain(world.log.readRange({ topic, partition: 0, from: 0n, to: 10n }, { signal: stop.signal }))
    await assert.rejects(reading, { name: 'AbortError' })
    for await (const _ of world.log.readRange({ topic, partition: 0, from: 0n, to: 10n })) break
  })

  it('lose their front by deleteBefore, whose offset may lie anywhere in the log and not past it', async () => {
    const topic = await world.topic({ partitions: 2 })
    await world.log.append(topic, numbered(0, 10))
    for (const [offset, start] of [
      [3n, 3n],
      [2n, 3n],
      [10n, 10n],
    ] as const) {
      await world.log.deleteBefore(topic, 0, offset)
      const [range, other] = await world.log.ranges([topic])
      assert.deepEqual([range!.from, range!.to, other!.from, other!.to], [start, 10n, 0n, 0n])
    }
    await assert.rejects(world.log.deleteBefore(topic, 0, 11n), fails('OFFSET_OUT_OF_RANGE'))
    await world.log.append(topic, numbered(10, 12))
    assert.deepEqual(numbersOf(await readAll(world.log, topic)), [10, 11])
  })

  it('of partitions that are not there are UNKNOWN_TOPIC', async () => {
    const topic = await world.topic()
    for (const [name, partition] of [
      [topic, 1],
      [topic, -1],
      [world.name(), 0],
    ] as const) {
      const reading = drain(world.log.readRange({ topic: name, partition, from: 0n, to: 0n }))
      await assert.rejects(reading, fails('UNKNOWN_TOPIC'))
    }
  })
}
