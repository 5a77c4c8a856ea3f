import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fails, type Member, numbered, numbersOf, upTo, type World } from './world.ts'

const PARTITIONS = 4

export function sharing(world: World): void {
  /** Until the members own all partitions, each of them some and none together. */
  const dealt = (members: readonly Member[], partitions = PARTITIONS) =>
    world.until('partitions are dealt', () => {
      const shares = members.map((member) => member.partitions())
      const all = new Set(shares.flat())
      return all.size === partitions && shares.flat().length === partitions && shares.every((share) => share.length > 0)
    })

  const everywhere = (from: number, to: number) =>
    upTo(0, PARTITIONS).flatMap((partition) => numbered(from, to, partition))

  it('one member reads all partitions, two read half each', async () => {
    const topic = await world.topic({ partitions: PARTITIONS })
    const group = world.name()
    const first = world.member(group, [topic])
    await dealt([first])
    const second = world.member(group, [topic])
    await dealt([first, second])
    assert.deepEqual([first.partitions().length, second.partitions().length], [2, 2])
    await world.log.append(topic, everywhere(0, 10))
    for (const member of [first, second]) {
      await member.has(20)
      for (const partition of member.partitions()) {
        assert.deepEqual(numbersOf(member.read.filter((each) => each.partition === partition)), upTo(0, 10))
      }
    }
    await Promise.all([first.stop(), second.stop()])
  })

  it('when a member leaves, the other repeats what was not noted', async () => {
    const topic = await world.topic({ partitions: PARTITIONS })
    const group = world.name()
    const [stays, leaves] = [world.member(group, [topic]), world.member(group, [topic])]
    await dealt([stays, leaves])
    await world.log.append(topic, everywhere(0, 10))
    await Promise.all([stays.has(20), leaves.has(20)])
    const left = leaves.partitions()
    const offsets = [...stays.partitions(), ...left].map((partition) => ({ topic, partition, offset: 10n }))
    await stays.subscription.commit(offsets.slice(0, 2))
    await leaves.subscription.commit([{ ...offsets[2]!, offset: 4n }])
    const before = stays.read.length
    await leaves.stop()
    await dealt([stays])
    await stays.has(before + 16)
    const repeated = stays.read.slice(before)
    assert.deepEqual(numbersOf(repeated.filter((each) => each.partition === left[0])), upTo(4, 10))
    assert.deepEqual(numbersOf(repeated.filter((each) => each.partition === left[1])), upTo(0, 10))
    await stays.stop()
  })

  it('when a member joins, it repeats what the other had not noted of the partitions that move', async () => {
    const topic = await world.topic({ partitions: PARTITIONS })
    const group = world.name()
    await world.log.append(topic, everywhere(0, 10))
    const first = world.member(group, [topic])
    await first.has(40)
    await first.subscription.commit(upTo(0, PARTITIONS).map((partition) => ({ topic, partition, offset: 6n })))
    const second = world.member(group, [topic])
    await dealt([first, second])
    await second.has(8)
    for (const partition of second.partitions()) {
      assert.deepEqual(numbersOf(second.read.filter((each) => each.partition === partition)), upTo(6, 10))
    }
    await Promise.all([first.stop(), second.stop()])
  })

  it('a commit for a partition that has moved is STALE_MEMBER, and notes nothing', async () => {
    const topic = await world.topic({ partitions: PARTITIONS })
    const group = world.name()
    await world.log.append(topic, everywhere(0, 10))
    const first = world.member(group, [topic])
    await first.has(40)
    const second = world.member(group, [topic])
    await dealt([first, second])
    const [kept, moved] = [first.partitions()[0]!, second.partitions()[0]!]
    const both = [kept, moved].map((partition) => ({ topic, partition, offset: 10n }))
    await assert.rejects(first.subscription.commit(both), fails('STALE_MEMBER'))
    assert.deepEqual(await world.log.committed(group, [topic]), [])
    await first.subscription.commit(both.slice(0, 1))
    await second.subscription.commit(both.slice(1))
    assert.equal((await world.log.committed(group, [topic])).length, 2)
    await Promise.all([first.stop(), second.stop()])
  })

  it('startAt is asked again for what a member is dealt anew', async () => {
    const topic = await world.topic({ partitions: 2 })
    const group = world.name()
    await world.log.append(topic, [...numbered(0, 10, 0), ...numbered(0, 10, 1)])
    const options = { startAt: async () => 8n }
    const first = world.member(group, [topic], options)
    await first.has(4)
    const second = world.member(group, [topic], options)
    await dealt([first, second], 2)
    await second.has(2)
    assert.deepEqual(numbersOf(second.read), [8, 9])
    await Promise.all([first.stop(), second.stop()])
  })

  it('a member more than there are partitions waits, and steps in', async () => {
    const topic = await world.topic()
    const group = world.name()
    const first = world.member(group, [topic])
    await dealt([first], 1)
    const second = world.member(group, [topic])
    await world.log.append(topic, numbered(0, 5))
    await world.until('one has read', () => first.read.length + second.read.length >= 5)
    await first.stop()
    await dealt([second], 1)
    await second.has(5)
    assert.deepEqual(numbersOf(second.read).slice(-5), upTo(0, 5))
    await second.stop()
  })
}
