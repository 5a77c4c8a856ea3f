/**
 * How a topic differs from what it should be, and what there is to do about it.
 *
 *   shape   (what is wished, what is found, copies) -> differences, none where it is as it should be; pure
 *   source  Kafka's topic configs: cleanup.policy, retention.ms, compression.type, min.insync.replicas
 */
import type { TopicSpec } from '@k2/contracts/topics.ts'

export interface FoundTopic {
  readonly partitions: number
  /** Of the partition that has the fewest. */
  readonly copies: number
  readonly configs: ReadonlyMap<string, string>
  /** There was a record in it once. */
  readonly wasUsed: boolean
}

export interface Difference {
  readonly topic: string
  readonly what: string
  readonly is: string
  readonly wished: string
  readonly todo: 'create' | 'configure' | 'grow' | 'a person'
  /** What a person must do, or why nobody may. */
  readonly remedy: string
}

/** With three copies two must have a record before it is acknowledged: one broker may be lost. */
const COPIES_FOR_TWO = 3

/** Every config that K2 has a wish about. Batches stay as their producer compressed them. */
export function configsOf({ retentionMs }: TopicSpec, copies: number): Map<string, string> {
  const configs = new Map([['cleanup.policy', retentionMs === null ? 'compact' : 'delete']])
  if (retentionMs !== null) configs.set('retention.ms', String(retentionMs))
  configs.set('compression.type', 'producer')
  if (copies >= COPIES_FOR_TWO) configs.set('min.insync.replicas', '2')
  return configs
}

/** @param copies of each partition, no more than there are brokers */
export function differences(spec: TopicSpec, found: FoundTopic | undefined, copies: number): Difference[] {
  const { name: topic, partitions } = spec
  if (found === undefined) {
    const wished = `${partitions} partitions, ${copies} ${copies === 1 ? 'copy' : 'copies'}`
    return [{ topic, what: 'topic', is: 'missing', wished, todo: 'create', remedy: '' }]
  }
  const configs = [...configsOf(spec, Math.min(copies, found.copies))]
    .map(([what, wished]) => ({ topic, what, is: found.configs.get(what) ?? '', wished }))
    .filter(({ is, wished }) => is !== wished)
    .map((one): Difference => ({ ...one, todo: 'configure', remedy: '' }))
  return [...ofPartitions(spec, found), ...ofCopies(topic, found, copies), ...configs]
}

function ofPartitions({ name: topic, partitions }: TopicSpec, found: FoundTopic): Difference[] {
  if (found.partitions === partitions) return []
  const common = { topic, what: 'partitions', is: String(found.partitions), wished: String(partitions) }
  if (found.partitions > partitions)
    return [
      { ...common, todo: 'a person', remedy: 'Kafka takes no partition away: delete the topic, or take another name' },
    ]
  if (!found.wasUsed) return [{ ...common, todo: 'grow', remedy: '' }]
  const remedy =
    "refused: it has held records, and more partitions move keys to others, which breaks a symbol's order. Delete the topic, or take another name"
  return [{ ...common, todo: 'a person', remedy }]
}

function ofCopies(topic: string, found: FoundTopic, copies: number): Difference[] {
  if (found.copies === copies) return []
  const common = { topic, what: 'replication', is: String(found.copies), wished: String(copies) }
  const remedy = 'move its partitions with kafka-reassign-partitions, or set K2_KAFKA_REPLICATION to what it has'
  return [{ ...common, todo: 'a person', remedy }]
}
