/** Making topics, and dropping what lies before an offset. */
import { K2Error } from '@k2/contracts/codes.ts'
import type { TopicSpec } from '@k2/contracts/topics.ts'
import { type Client, partitionMissing } from './client.ts'
import { configsOf } from './drift.ts'
import { troubleOf } from './errors.ts'
import type { Foreign } from './kafkajs.ts'
import { outOfRange, rangeOf } from './offsets.ts'

const FOR_EVER = -1
const TIMEOUT_MS = 20_000
const TOPIC = 2

/** At most `copies` of each partition, and as many as there are brokers where those are fewer. */
export async function createTopics(client: Client, topics: readonly TopicSpec[], copies: number): Promise<void> {
  await client.trying({ doing: 'create topics' }, async () => {
    const { broker, brokers } = await client.controller()
    const replicationFactor = Math.min(copies, brokers)
    try {
      const asked = topics.map((topic) => creation(topic, replicationFactor))
      await broker.createTopics({ topics: asked, timeout: TIMEOUT_MS })
    } catch (error) {
      const faults = (error as Foreign).errors ?? [error as Foreign]
      const other = faults.find((fault) => troubleOf(fault).type !== 'TOPIC_ALREADY_EXISTS')
      if (other !== undefined) throw other
    }
  })
  for (const { name, partitions } of topics) {
    const { length: found } = await client.leadersAtLast(name)
    if (found !== partitions) throw otherPartitions(name, found, partitions)
  }
}

function creation(topic: TopicSpec, replicationFactor: number) {
  const configEntries = [...configsOf(topic, replicationFactor)].map(([name, value]) => ({ name, value }))
  return { topic: topic.name, numPartitions: topic.partitions, replicationFactor, configEntries }
}

/** Whether a topic is kept by key: each of its records needs one, and none is dropped by offset. */
export async function isCompacted(client: Client, topic: string, deadlineMs?: number): Promise<boolean> {
  const configs = await keptHow(client, topic, deadlineMs)
  return configs.get('cleanup.policy')?.includes('compact') ?? false
}

/** As it is set now, whoever set it; null: for ever, or the last one of each key. */
export async function retentionMs(client: Client, topic: string): Promise<number | null> {
  await client.leaders(topic)
  const configs = await keptHow(client, topic)
  const ms = Number(configs.get('retention.ms') ?? FOR_EVER)
  return ms === FOR_EVER || configs.get('cleanup.policy')?.includes('delete') === false ? null : ms
}

function keptHow(client: Client, topic: string, deadlineMs?: number): Promise<Map<string, string>> {
  const effort = { doing: `say how topic ${topic} is kept`, ...(deadlineMs !== undefined && { deadlineMs }) }
  return client.trying(effort, async () => {
    const broker = await client.anyBroker()
    const resources = [{ type: TOPIC, name: topic, configNames: ['cleanup.policy', 'retention.ms'] }]
    const answer = await broker.describeConfigs({ resources })
    const entries = answer.resources[0]?.configEntries ?? []
    return new Map(entries.map(({ configName, configValue }) => [configName, configValue]))
  })
}

export async function deleteBefore(client: Client, topic: string, partition: number, offset: bigint): Promise<void> {
  if (await isCompacted(client, topic)) throw keptByKey(topic)
  const { length: found } = await client.leaders(topic)
  if (!(partition >= 0 && partition < found)) throw partitionMissing(topic, partition, found)
  await client.trying({ doing: `drop records of ${topic}` }, async () => {
    const broker = await client.broker(await client.leader(topic, partition))
    try {
      await broker.deleteRecords({ topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }] })
    } catch (error) {
      if (troubleOf(error).type !== 'OFFSET_OUT_OF_RANGE') throw error
      throw outOfRange(await rangeOf(client, { topic, partition }), offset)
    }
  })
}

function keptByKey(topic: string): K2Error {
  const sentence = `Topic ${topic} is kept by key, so nothing is dropped by offset. Append null values instead.`
  return new K2Error('INVALID_ARGUMENT', sentence, { topic })
}

function otherPartitions(name: string, found: number, asked: number): K2Error {
  const sentence = `Topic ${name} has ${found} partitions, and ${asked} are asked for. A key's partition depends on their number, so it is not changed: create the topic under another name, or delete it.`
  return new K2Error('SETTINGS_INVALID', sentence, { topic: name, partitions: found })
}
