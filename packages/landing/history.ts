/**
 * Whether lake and log are of one history. A topic that was made anew, a log that lost its end, or one whose retention
 * ran past the lake would else be skipped or read twice in silence; and so would a table that lost its newest commits,
 * where the log no longer holds what they had landed.
 *
 *   errors  LAKE_DISAGREES with a sentence; LOG_UNAVAILABLE where the log changed meanwhile: ask for its ranges again
 */
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import { LAKE_COMMITS } from '@k2/contracts/topics.ts'
import type { Head, LastRecord, Progress, TopicPartition } from '@k2/lake/table.ts'
import { topicPartition } from '@k2/lake/table.ts'
import { sliceAt } from '@k2/log/batches.ts'
import type { Log, LogBatch, OffsetRange } from '@k2/log/log.ts'

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
  for await (const batch of read(log, { ...range, from: last.offset, to: last.offset + 1n })) {
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

/** What is told of each commit, on k2.lake.commits. */
export interface CommitNote {
  readonly table: string
  readonly snapshot_id: string
  readonly committed_at_ms: number | null
}

export const noteOf = (table: string, { snapshotId, committedAtMs }: Head): CommitNote => ({
  table,
  snapshot_id: String(snapshotId),
  committed_at_ms: committedAtMs,
})

/** Tells readers of a new snapshot, sooner than they would look. */
export async function sendNote(log: Log, note: CommitNote): Promise<void> {
  await log.append(LAKE_COMMITS, [{ key: note.table, value: Buffer.from(JSON.stringify(note)) }])
}

/** Notes that are looked through from the end: a table whose last one lies further back goes unchecked. */
const NOTES_MAX = 4_096n

/**
 * What a person should know of a table that lacks commits which the log has noted; undefined where there is nothing.
 * The log holds all that must be landed again, or LAKE_DISAGREES.
 */
export function lostCommits(
  note: CommitNote | undefined,
  table: string,
  { committedAtMs, progress }: Head,
  ranges: readonly OffsetRange[],
): string | undefined {
  // By time, not by id: the snapshot that was noted may have expired since.
  const hasAll = note === undefined || (note.committed_at_ms ?? 0) <= (committedAtMs ?? -1)
  const short = ranges.find(
    ({ topic, partition, from }) => from > 0n && !progress.offsets.has(topicPartition(topic, partition)),
  )
  if (hasAll) return undefined
  if (short === undefined)
    return `the table lacks the commits up to snapshot ${note.snapshot_id}, which the log has noted: they are landed again`
  throw new K2Error(
    'LAKE_DISAGREES',
    `Table ${table} lacks the commits up to snapshot ${note.snapshot_id}, which the log has noted, and the log no longer holds all that they landed: ${short.topic}/${short.partition} begins at offset ${short.from}. ` +
      "Nothing was written. Restore the table's folder from a copy, or begin with a new data folder and load the files again.",
    { table },
  )
}

/** To be read before the head that it is held against, or another's commit in between would seem to be missing. */
export async function newestNote(log: Log, table: string): Promise<CommitNote | undefined> {
  let newest: CommitNote | undefined
  for (const range of await log.ranges([LAKE_COMMITS])) {
    const from = range.to - range.from > NOTES_MAX ? range.to - NOTES_MAX : range.from
    for await (const { count, keys, values } of read(log, { ...range, from })) {
      for (let i = 0; i < count; i++) {
        const value = sliceAt(values, i)
        if (value !== null && Buffer.from(sliceAt(keys, i) ?? []).toString() === table)
          newest = JSON.parse(Buffer.from(value).toString())
      }
    }
  }
  return newest
}

/** Retention may take what the log has just said that it holds: then it is asked anew. */
async function* read(log: Log, range: OffsetRange): AsyncGenerator<LogBatch> {
  try {
    yield* log.readRange(range)
  } catch (error) {
    if (codeOf(error) !== 'OFFSET_OUT_OF_RANGE') throw error
    const sentence = `Offset ${range.from} of ${range.topic}/${range.partition} went while it was asked for. Ask again.`
    throw new K2Error('LOG_UNAVAILABLE', sentence, {}, error)
  }
}

function disagreement(table: string, partition: string, what: string): K2Error {
  return new K2Error(
    'LAKE_DISAGREES',
    `Table ${table} and log partition ${partition} tell different histories: ${what}. ` +
      'The topic was made anew, restored, or cut by retention. Nothing was written. Restore the log that the table came from, or begin with a new data folder and load the files again.',
    { table, partition },
  )
}
