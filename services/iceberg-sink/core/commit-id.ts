/**
 * The id of a commit: the same work has the same id, so an attempt whose answer was lost is known again.
 *
 *   shape   (table, partitions with their offsets, what is passed over of them) -> 32 hex digits
 */
import { createHash } from 'node:crypto'
import type { Advance, Hole } from '@k2/lake/table.ts'

export function commitId(tableUuid: string, advances: readonly Advance[], deferred: readonly Hole[] = []): string {
  const lines = advances.map(({ topic, partition, expected, to }) => `${topic}/${partition}:${expected ?? ''}-${to}`)
  for (const { topic, partition, from, to, policy } of deferred)
    lines.push(`${topic}/${partition}:${from}-${to} ${policy}`)
  return createHash('sha256')
    .update([tableUuid, ...lines.sort()].join('\n'))
    .digest('hex')
    .slice(0, 32)
}
