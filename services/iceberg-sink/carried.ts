/**
 * Contexts of traces that records brought, until what they came with is landed. A commit goes on from those of its records.
 *
 *   shape   batches read -> contexts of what is landed
 */
import { type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import type { LogBatch } from '@k2/log/log.ts'
import { traceparentsOf } from '@k2/log/traced.ts'

/** Beyond it the oldest goes: a trace then ends in the log. */
const CARRIED_MAX = 1_000

interface Context {
  readonly partition: TopicPartition
  readonly offset: bigint
  readonly parent: string
}

export class Carried {
  private contexts: Context[] = []

  note(batch: LogBatch): void {
    const partition = topicPartition(batch.topic, batch.partition)
    for (const { parent, offset } of traceparentsOf(batch)) {
      if (this.contexts.length === CARRIED_MAX) this.contexts.shift()
      this.contexts.push({ partition, offset, parent })
    }
  }

  /** Takes those of records below these offsets, the oldest first, each once. */
  take(to: ReadonlyMap<TopicPartition, bigint>): string[] {
    const isBelow = ({ partition, offset }: Context) => offset < (to.get(partition) ?? 0n)
    const taken = new Set(this.contexts.filter(isBelow).map(({ parent }) => parent))
    if (taken.size > 0) this.contexts = this.contexts.filter((one) => !isBelow(one))
    return [...taken]
  }
}
