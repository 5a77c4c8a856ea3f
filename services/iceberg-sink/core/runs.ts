/**
 * What is passed over goes on as one range for as long as one policy decides, whatever it keeps in between: so the holes of a
 * storm are as many as its policies, not as its commits.
 *
 *   shape   state moved forward by values; no clock, no I/O
 */
import type { TopicPartition } from '@k2/lake/table.ts'
import type { StageBatch } from '@k2/landing/stage.ts'

export class Runs {
  /** Which policy decides on what is being read of a partition, and where the range ends that it last passed over. */
  private readonly runs = new Map<TopicPartition, { readonly policy: string; readonly end: bigint | undefined }>()

  /** With the range that went before it, if that policy has decided on all in between. */
  joined(partition: TopicPartition, batch: StageBatch, policy: string): StageBatch {
    const run = this.runs.get(partition)
    const before = run?.policy === policy ? run.end : undefined
    this.runs.set(partition, { policy, end: batch.passed?.to ?? before })
    const { passed } = batch
    return passed === undefined || before === undefined ? batch : { ...batch, passed: { ...passed, from: before } }
  }

  /** Of other partitions somebody else reads on. */
  keep(owned: ReadonlySet<TopicPartition>): void {
    for (const partition of this.runs.keys()) if (!owned.has(partition)) this.runs.delete(partition)
  }

  /** What is read of it next may not go on where this ended. */
  end(partition: TopicPartition): void {
    this.runs.delete(partition)
  }
}
