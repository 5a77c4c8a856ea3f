import assert from 'node:assert/strict'
import { it } from 'node:test'
import { drain, fails, numbered, numbersOf, pull, readAll, upTo, type World } from './world.ts'

export function groups(world: World): void {
  it("begin at the log's start, and go on with what comes", async () => {
    const topic = await world.topic()
    await world.log.append(topic, numbered(0, 10))
    const member = world.member(world.name(), [topic])
    await member.has(10)
    await world.log.append(topic, numbered(10, 20))
    await member.has(20)
    assert.deepEqual(numbersOf(member.read), upTo(0, 20))
    await member.stop()
  })

  it('go on at what they have noted, and repeat what they have not', async () => {
    const topic = await world.topic()
    const group = world.name()
    await world.log.append(topic, numbered(0, 20))
    const first = world.member(group, [topic])
    await first.has(20)
    assert.deepEqual(await world.log.committed(group, [topic]), [])
    await first.subscription.commit([{ topic, partition: 0, offset: 7n }])
    assert.deepEqual(await world.log.committed(group, [topic]), [{ topic, partition: 0, offset: 7n }])
    await first.stop()
    const second = world.member(group, [topic])
    await second.has(13)
    assert.deepEqual(numbersOf(second.read), upTo(7, 20))
    await second.stop()
  })

  it('go on after a restart of the log', () =>
    world.restarting(async (under) => {
      const topic = await world.topic({ log: under.log, partitions: 2 })
      const group = world.name()
      await under.log.append(topic, [...numbered(0, 10, 0), ...numbered(0, 10, 1)])
      const first = world.member(group, [topic], {}, under.log)
      await first.has(20)
      await first.subscription.commit([{ topic, partition: 1, offset: 10n }])
      await first.stop()
      const log = await under.reopen()
      const second = world.member(group, [topic], {}, log)
      await second.has(10)
      assert.deepEqual(
        second.read.map((each) => [each.partition, Number(each.value)]),
        upTo(0, 10).map((i) => [0, i]),
      )
      await second.stop()
    }))

  it('begin where startAt says, before what they have noted', async () => {
    const topic = await world.topic({ partitions: 2 })
    const group = world.name()
    await world.log.append(topic, [...numbered(0, 10, 0), ...numbered(0, 10, 1)])
    const asked: string[] = []
    const startAt = async (name: string, partition: number) => {
      asked.push(`${name}/${partition}`)
      return partition === 0 ? 6n : undefined
    }
    const member = world.member(group, [topic], { startAt })
    await member.has(14)
    for (const [partition, from] of [6, 0].entries()) {
      assert.deepEqual(numbersOf(member.read.filter((each) => each.partition === partition)), upTo(from, 10))
    }
    assert.deepEqual(new Set(asked), new Set([`${topic}/0`, `${topic}/1`]))
    await member.stop()
  })

  it("begin at the log's start where what they noted is gone, as with auto.offset.reset=earliest", async () => {
    const topic = await world.topic()
    const group = world.name()
    await world.log.append(topic, numbered(0, 20))
    const first = world.member(group, [topic])
    await first.has(20)
    await first.subscription.commit([{ topic, partition: 0, offset: 5n }])
    await first.stop()
    await world.log.deleteBefore(topic, 0, 12n)
    const second = world.member(group, [topic])
    await second.has(8)
    assert.deepEqual(numbersOf(second.read), upTo(12, 20))
    await second.stop()
  })

  it('know nothing of each other', async () => {
    const topic = await world.topic()
    await world.log.append(topic, numbered(0, 10))
    const [a, b] = [world.name(), world.name()]
    const members = [world.member(a, [topic]), world.member(b, [topic])]
    for (const member of members) await member.has(10)
    await members[0]!.subscription.commit([{ topic, partition: 0, offset: 10n }])
    assert.deepEqual(await world.log.committed(b, [topic]), [])
    for (const member of members) {
      assert.deepEqual(numbersOf(member.read), upTo(0, 10))
      await member.stop()
    }
  })

  it('seek to and fro', async () => {
    const topic = await world.topic()
    await world.log.append(topic, numbered(0, 100))
    const stop = new AbortController()
    const subscription = world.log.subscribe(world.name(), [topic], { signal: stop.signal })
    const batches = subscription[Symbol.asyncIterator]()
    await world.within(pull(batches, 100))
    for (const offset of [90, 15, 99]) {
      subscription.seek(topic, 0, BigInt(offset))
      const read = await world.within(pull(batches, 100 - offset))
      assert.deepEqual(numbersOf(read), upTo(offset, 100))
    }
    subscription.seek(topic, 7, 0n)
    stop.abort()
    assert.equal((await world.within(batches.next())).done, true)
  })

  it('a seek reaches a member that waits', async () => {
    const topic = await world.topic()
    await world.log.append(topic, numbered(0, 10))
    const member = world.member(world.name(), [topic])
    await member.has(10)
    member.subscription.seek(topic, 0, 8n)
    await member.has(12)
    assert.deepEqual(numbersOf(member.read), [...upTo(0, 10), 8, 9])
    await member.stop()
  })

  it('hold a paused partition back while the others go on', async () => {
    const topic = await world.topic({ partitions: 2 })
    await world.log.append(topic, [...numbered(0, 5, 0), ...numbered(0, 5, 1)])
    const member = world.member(world.name(), [topic])
    await member.has(10)
    member.subscription.pause(topic, 0)
    await world.log.append(topic, numbered(5, 10, 0))
    await world.log.append(topic, numbered(5, 10, 1))
    await member.has(15)
    assert.deepEqual(
      member.read.slice(10).map((each) => each.partition),
      [1, 1, 1, 1, 1],
    )
    member.subscription.resume(topic, 0)
    await member.has(20)
    assert.deepEqual(numbersOf(member.read.filter((each) => each.partition === 0)), upTo(0, 10))
    await member.stop()
  })

  it('read several topics, and a long partition does not starve a short one', async () => {
    const [long, short] = [await world.topic(), await world.topic()]
    for (let i = 0; i < 8; i++) {
      const value = new Uint8Array(1_000_000)
      await world.log.append(long, [{ key: null, value }])
    }
    await world.log.append(short, numbered(0, 1))
    const stop = new AbortController()
    const subscription = world.log.subscribe(world.name(), [long, short], { signal: stop.signal })
    const batches = subscription[Symbol.asyncIterator]()
    let pulls = 1
    while ((await world.within(batches.next())).value!.topic !== short) pulls++
    assert.ok(pulls < 8, `the short one came ${pulls}th`)
    await batches.return!()
  })

  it('of a topic that is not there fail when they are read', async () => {
    const { signal } = new AbortController()
    const reading = drain(world.log.subscribe(world.name(), [world.name()], { signal }))
    await assert.rejects(world.within(reading), fails('UNKNOWN_TOPIC'))
  })

  it('do not stand in the way of an append that nobody reads', async () => {
    const topic = await world.topic()
    const stop = new AbortController()
    const idle = world.log.subscribe(world.name(), [topic], { signal: stop.signal })
    for (let i = 0; i < 20; i++) await world.log.append(topic, numbered(i, i + 1))
    stop.abort()
    assert.equal((await world.within(idle[Symbol.asyncIterator]().next())).done, true)
    assert.equal((await readAll(world.log, topic)).length, 20)
  })
}
