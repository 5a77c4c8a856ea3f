/** Where logs begin and end, and what groups have noted. */
import { K2Error } from '@k2/contracts/codes.ts'
import type { OffsetRange, TopicOffset } from '../log.ts'
import type { PartitionName } from '../recordbatch.ts'
import type { Client } from './client.ts'
import { Refused } from './errors.ts'
import { typeOf } from './kafkajs.ts'

const EARLIEST = '-2'
const LATEST = '-1'

/** Of all partitions of those topics. */
export async function rangesOf(client: Client, topics: readonly string[]): Promise<OffsetRange[]> {
  const doing = `say where ${topics.join(', ')} begin and end`
  return client.trying({ doing }, async () => {
    const partitions: PartitionName[] = []
    for (const topic of topics) {
      const leaders = await client.leaders(topic)
      partitions.push(...leaders.map((_, partition) => ({ topic, partition })))
    }
    // The end first: a log that is trimmed in between must not seem to begin behind its end.
    const ends = await listed(client, partitions, LATEST)
    const starts = await listed(client, partitions, EARLIEST)
    return partitions.map(({ topic, partition }) => {
      const name = `${topic}/${partition}`
      const from = starts.get(name)!
      const to = ends.get(name)!
      return { topic, partition, from, to: to < from ? from : to }
    })
  })
}

export async function rangeOf(client: Client, { topic, partition }: PartitionName): Promise<OffsetRange> {
  return client.trying({ doing: `say where ${topic}/${partition} begins and ends` }, async () => {
    const [to, from] = [
      (await listed(client, [{ topic, partition }], LATEST)).get(`${topic}/${partition}`)!,
      (await listed(client, [{ topic, partition }], EARLIEST)).get(`${topic}/${partition}`)!,
    ]
    return { topic, partition, from, to: to < from ? from : to }
  })
}

async function listed(client: Client, partitions: readonly PartitionName[], timestamp: string) {
  const byLeader = new Map<number, PartitionName[]>()
  for (const each of partitions) {
    const leader = await client.leader(each.topic, each.partition)
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), each])
  }
  const found = new Map<string, bigint>()
  for (const [leader, own] of byLeader) {
    const broker = await client.broker(leader)
    const topics = byTopic(own, ({ partition }) => ({ partition, timestamp }))
    const { responses } = await broker.listOffsets({ replicaId: -1, isolationLevel: 1, topics })
    for (const { topic, partitions: answered } of responses)
      for (const { partition, offset } of answered) found.set(`${topic}/${partition}`, BigInt(offset))
  }
  return found
}

/** What a group has noted for those topics; partitions without a note are left out. */
export async function committedOf(client: Client, group: string, topics: readonly string[]): Promise<TopicOffset[]> {
  return client.trying({ doing: `say what group ${group} has noted` }, async () => {
    const partitions: PartitionName[] = []
    for (const topic of topics)
      partitions.push(...(await client.leaders(topic)).map((_, partition) => ({ topic, partition })))
    const coordinator = await client.coordinator(group)
    const asked = byTopic(partitions, ({ partition }) => ({ partition }))
    const { responses } = await coordinator.offsetFetch({ groupId: group, topics: asked })
    return responses.flatMap(({ topic, partitions: answered }) =>
      answered.flatMap(({ partition, offset, errorCode }) => {
        if (errorCode !== 0) throw new Refused(typeOf(errorCode))
        return BigInt(offset) < 0n ? [] : [{ topic, partition, offset: BigInt(offset) }]
      }),
    )
  })
}

/** Partitions under their topics, as requests want them. */
export function byTopic<P extends PartitionName>(partitions: readonly P[], write: (of: P) => object) {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, own]) => ({
    topic,
    partitions: own.map(write),
  }))
}

export function outOfRange({ topic, partition, from, to }: OffsetRange, offset: bigint): K2Error {
  const sentence = `Offset ${offset} of ${topic}/${partition} lies outside the log, which holds ${from} to ${to}. Begin within that range.`
  return new K2Error('OFFSET_OUT_OF_RANGE', sentence, { topic, partition, offset: String(offset) })
}
