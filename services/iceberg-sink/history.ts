/**
 * Whether lake and log are of one history. A topic that was made anew, a log that lost its end, or one whose retention
 * ran past the lake would else be skipped or read twice in silence.
 *
 *   errors  LAKE_DISAGREES with a sentence
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { LastRecord, Progress, TopicPartition } from '@k2/lake/table.ts'
import { topicPartition } from '@k2/lake/table.ts'
import type { Log, OffsetRange } from '@k2/log/log.ts'

export async function checkHistory(
  log: Log,
  table: string,
  progress: Progress,
  ranges: readonly OffsetRange[],
): Promise<void> {
  for (const range of ranges) {
    const partition = topicPartition(range.topic, range.partition)
    const offset = progress.offsets.get(partition)
    if (offset === undefined) continue
    if (offset > range.to)
      throw disagreement(table, partition, `the table holds offsets up to ${offset}, and the log ends at ${range.to}`)
    if (offset < range.from)
      throw disagreement(
        table,
        partition,
        `the table holds offsets up to ${offset}, and the log begins at ${range.from}: what lay between is gone`,
      )
    const last = progress.last.get(partition)
    if (last && last.offset >= range.from) await checkLast(log, table, range, last)
  }
}

/** Records of a partition that retention took before the table had any of it: nobody can land them any more. */
export interface Lost {
  readonly name: TopicPartition
  readonly topic: string
  readonly records: number
}

export function lostBefore(progress: Progress, ranges: readonly OffsetRange[]): Lost[] {
  return ranges
    .map(({ topic, partition, from }) => ({ name: topicPartition(topic, partition), topic, records: Number(from) }))
    .filter(({ name, records }) => records > 0 && !progress.offsets.has(name))
}

async function checkLast(log: Log, table: string, range: OffsetRange, last: LastRecord): Promise<void> {
  const partition = topicPartition(range.topic, range.partition)
  for await (const batch of log.readRange({ ...range, from: last.offset, to: last.offset + 1n })) {
    const end = batch.count > 0 ? batch.values.ends[0]! : -1
    const value = end < 0 ? Buffer.alloc(0) : Buffer.from(batch.values.bytes.subarray(batch.values.starts[0]!, end))
    // message_id is a record's first field in every version of the schema, so its text stands in the value as it is.
    if (batch.timesMs[0] === last.timeMs && value.includes(last.messageId)) return
  }
  throw disagreement(
    table,
    partition,
    `the record at offset ${last.offset} is not the one that was landed from there (${last.messageId})`,
  )
}

function disagreement(table: string, partition: string, what: string): K2Error {
  return new K2Error(
    'LAKE_DISAGREES',
    `Table ${table} and log partition ${partition} tell different histories: ${what}. ` +
      'The topic was made anew, restored, or cut by retention. Nothing was written. Point the sink at the log that the table came from, or at a new warehouse.',
    { table, partition },
  )
}
