/**
 * Makes topics what they should be, as far as that harms nobody, and says what is left. Doing it again does nothing.
 *
 *   errors  LOG_UNAVAILABLE; what a broker refuses is told of its topic
 */

import { codeOf } from '@k2/contracts/codes.ts'
import type { TopicSpec } from '@k2/contracts/topics.ts'
import { guard } from '@k2/service/guard.ts'
import { Client, type ClientOptions } from './client.ts'
import { setConfigs } from './configs.ts'
import { configsOf, type Difference, differences, type FoundTopic } from './drift.ts'
import { isUnanswered, Refused, troubleOf } from './errors.ts'
import { rangesOf } from './offsets.ts'
import { createTopics } from './topics.ts'

export interface Applied extends Difference {
  /** What was done, or what a person must do. */
  readonly done: string
  /** It still differs. */
  readonly isLeft: boolean
}

export interface TopicKeeper {
  /** What differs; `dryRun`: nothing is changed. */
  apply(topics: readonly TopicSpec[], dryRun: boolean): Promise<readonly Applied[]>
  close(): Promise<void>
}

const TIMEOUT_MS = 20_000
const TOPIC = 2

/** @param copies of each partition; as many as there are brokers, where those are fewer */
export function topicKeeper(options: Omit<ClientOptions, 'standing' | 'guard'>, copies: number): TopicKeeper {
  const client = new Client({
    ...options,
    standing: { trouble: undefined },
    guard: guard('kafka', { isFailure: isUnanswered }),
  })
  return { apply: (topics, dryRun) => apply(client, topics, copies, dryRun), close: () => client.close() }
}

async function apply(
  client: Client,
  topics: readonly TopicSpec[],
  copies: number,
  dryRun: boolean,
): Promise<Applied[]> {
  const { brokers } = await client.trying({ doing: 'name its brokers' }, () => client.controller())
  const possible = Math.min(copies, brokers)
  const applied: Applied[] = []
  for (const spec of topics) {
    const found = await find(client, spec)
    for (const [todo, own] of Map.groupBy(differences(spec, found, possible), (one) => one.todo)) {
      const fault = dryRun || todo === 'a person' ? undefined : await change(client, spec, todo, own, copies)
      applied.push(...own.map((one) => ({ ...one, ...told(one, dryRun, fault) })))
    }
  }
  return applied
}

const DONE = {
  create: ['created', 'to create'],
  configure: ['changed', 'to change'],
  grow: ['grown', 'to grow'],
} as const

function told(
  { todo, remedy }: Difference,
  dryRun: boolean,
  fault: string | undefined,
): Pick<Applied, 'done' | 'isLeft'> {
  if (todo === 'a person') return { done: remedy, isLeft: true }
  if (fault !== undefined) return { done: `Kafka refuses it: ${fault}`, isLeft: true }
  return { done: DONE[todo][dryRun ? 1 : 0], isLeft: dryRun }
}

/** Why it could not be done; undefined where it is. */
async function change(
  client: Client,
  spec: TopicSpec,
  todo: Exclude<Difference['todo'], 'a person'>,
  own: readonly Difference[],
  copies: number,
): Promise<string | undefined> {
  const { name: topic, partitions: count } = spec
  if (todo === 'create') {
    await createTopics(client, [spec], copies)
    return undefined
  }
  return client.trying({ doing: `change topic ${topic}` }, async () => {
    const { broker } = await client.controller()
    if (todo === 'configure') {
      const configs = new Map(own.map(({ what, wished }) => [what, wished]))
      return setConfigs(broker, topic, configs, client.options.requestMs)
    }
    try {
      await broker.createPartitions({ topicPartitions: [{ topic, count }], timeout: TIMEOUT_MS })
      client.forget(topic)
      return undefined
    } catch (error) {
      const { type, mayPass, why } = troubleOf(error)
      if (mayPass || type === '') throw error
      return why
    }
  })
}

/** undefined: there is no such topic. */
async function find(client: Client, spec: TopicSpec): Promise<FoundTopic | undefined> {
  const { name } = spec
  try {
    const found = await client.trying({ doing: `describe topic ${name}` }, async () => {
      const broker = await client.anyBroker()
      const { topicMetadata } = await broker.metadata([name])
      const topic = topicMetadata.find((each) => each.topic === name)
      if (topic === undefined) throw new Refused('UNKNOWN_TOPIC_OR_PARTITION')
      const resources = [{ type: TOPIC, name, configNames: [...configsOf(spec, Number.POSITIVE_INFINITY).keys()] }]
      const { resources: described } = await broker.describeConfigs({ resources })
      const entries = described[0]?.configEntries ?? []
      return {
        partitions: topic.partitionMetadata.length,
        copies: Math.min(...topic.partitionMetadata.map(({ replicas }) => replicas.length)),
        configs: new Map(entries.map(({ configName, configValue }) => [configName, configValue])),
      }
    })
    const ranges = found.partitions === spec.partitions ? [] : await rangesOf(client, [name])
    return { ...found, wasUsed: ranges.some(({ to }) => to > 0n) }
  } catch (error) {
    if (codeOf(error) === 'UNKNOWN_TOPIC') return undefined
    throw error
  }
}
