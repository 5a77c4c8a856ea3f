/**
 * Progress as the table carries it: in the summary of every snapshot of ours, and again in the table's properties,
 * set by the same commit, because expiry may take the snapshot and heads of others carry no keys of ours.
 *
 *   shape   k2.offsets {topic: {partition: next}} · k2.holes [[topic, partition, from, to, reason, policy?], …], or the
 *           file that has it (holes-file.ts) · k2.last {topic: {partition: [offset, message id, ms]}} ·
 *           k2.commit-id text; as compact JSON text
 *           k2.snapshot-id: the snapshot that the properties speak of (properties only)
 *           k2.policy.<hash>: text of a policy that holes name (properties only, and never taken away: as of an older
 *           snapshot its holes still name it)
 *           k2.lost: as k2.holes, what somebody gave up (properties only: no snapshot that expires takes it along)
 *           k2.repeats {topic: {partition: records}}: what repeats others, and is neither a row nor in a hole (properties only)
 *   errors  K2Error LAKE_DISAGREES where properties and history contradict each other, LAKE_DAMAGED for text that is
 *           no progress
 *   source  SPEC.md 1, "Offsets", "A hole"; SUBSTRATE.md, Iceberg trap 3
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { Advance, Head, Hole, LastRecord, Progress, TopicPartition } from '../table.ts'
import { topicPartition } from '../table.ts'
import { headId, lineage, snapshotOf } from './history.ts'
import { addHoles, compact, holesText } from './holes.ts'
import { parseJson } from './json.ts'
import type { TableMetadata } from './metadata.ts'

export const OFFSETS = 'k2.offsets'
export const HOLES = 'k2.holes'
export const LAST = 'k2.last'
export const COMMIT_ID = 'k2.commit-id'
export const SNAPSHOT_ID = 'k2.snapshot-id'
const LOST = 'k2.lost'
const POLICY = 'k2.policy.'
const REPEATS = 'k2.repeats'

const NO_HOLES = '[]'
export const EMPTY: Progress = { offsets: new Map(), holes: [], last: new Map() }

type Texts = Readonly<Record<string, string>>

/** The texts that speak for a snapshot, and whose they are: for sentences. */
export interface Said {
  readonly texts: Texts
  readonly where: string
}

const splitAt = (key: TopicPartition): [topic: string, partition: number] => {
  const slash = key.lastIndexOf('/')
  return [key.slice(0, slash), Number(key.slice(slash + 1))]
}

/** `{topic: {partition: value}}`, topics and partitions in order; `value` is JSON text. */
function byTopic<T>(map: ReadonlyMap<TopicPartition, T>, value: (member: T) => string): string {
  const topics = new Map<string, [number, string][]>()
  for (const [key, member] of map) {
    const [topic, partition] = splitAt(key)
    const rows = topics.get(topic) ?? []
    rows.push([partition, value(member)])
    topics.set(topic, rows)
  }
  const rows = [...topics]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([topic, partitions]) => {
      const cells = partitions.sort(([a], [b]) => a - b).map(([partition, text]) => `"${partition}":${text}`)
      return `${JSON.stringify(topic)}:{${cells.join(',')}}`
    })
  return `{${rows.join(',')}}`
}

/** The keys that a snapshot summary and the properties share, but for the commit id. */
export interface ProgressText {
  readonly [OFFSETS]: string
  readonly [HOLES]: string
  readonly [LAST]: string
}

export function progressText(progress: Progress, holes = holesText(progress.holes)): ProgressText {
  const last = (record: LastRecord) => `[${record.offset},${JSON.stringify(record.messageId)},${record.timeMs}]`
  return {
    [OFFSETS]: byTopic(progress.offsets, String),
    [HOLES]: holes,
    [LAST]: byTopic(progress.last, last),
  }
}

const NOTHING: Said = { texts: { ...progressText(EMPTY) }, where: 'an empty table' }

const isOurs = (texts: Texts): boolean => texts[OFFSETS] !== undefined

/** As it stands there, to be said again. */
export const saidAgain = ({ texts }: Said): ProgressText => ({
  [OFFSETS]: texts[OFFSETS]!,
  [HOLES]: texts[HOLES] ?? NO_HOLES,
  [LAST]: texts[LAST] ?? '{}',
})

/** The reverse of `progressText`; `holes` is what k2.holes says, or its file. */
export function readProgress({ texts, where }: Said, holes = texts[HOLES] ?? NO_HOLES): Progress {
  try {
    const offsets = new Map<TopicPartition, bigint>()
    for (const [key, next] of cells(texts[OFFSETS] ?? '{}')) offsets.set(key, integer(next))
    const last = new Map<TopicPartition, LastRecord>()
    for (const [key, row] of cells(texts[LAST] ?? '{}')) {
      const [offset, messageId, timeMs] = row as unknown[]
      last.set(key, { offset: integer(offset), messageId: text(messageId), timeMs: Number(integer(timeMs)) })
    }
    return { offsets, holes: readHoles(holes), last }
  } catch (cause) {
    throw new K2Error(
      'LAKE_DAMAGED',
      `The progress that ${where} carries (keys k2.*) cannot be read: ${(cause as Error).message}. Somebody has edited it; roll the table back to the snapshot before.`,
      { where },
      cause,
    )
  }
}

/** Errors for text that is none. */
export const readHoles = (holes: string): Hole[] => compact((parseJson(holes) as unknown[][]).map(toHole))

function toHole([topic, partition, from, to, reason, policy]: unknown[]): Hole {
  if (reason !== 'deferred' && reason !== 'rejected') throw new TypeError(`${reason} is no reason`)
  const range = { topic: text(topic), partition: Number(integer(partition)), from: integer(from), to: integer(to) }
  return policy === undefined ? { ...range, reason } : { ...range, reason, policy: text(policy) }
}

function* cells(json: string): Generator<[TopicPartition, unknown]> {
  for (const [topic, partitions] of Object.entries(parseJson(json) as object)) {
    for (const [partition, value] of Object.entries(partitions as object)) {
      yield [topicPartition(topic, Number(partition)), value]
    }
  }
}

function integer(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new TypeError(`${value} is no offset`)
  return BigInt(value)
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${value} is no text`)
  return value
}

function refusal(what: string): K2Error {
  return new K2Error(
    'LAKE_DISAGREES',
    `${what} Nothing is written until a person decides: bring the table back to where its properties stand, or, to go on from its head, set its k2.* properties to those of the newest snapshot with such keys in the head's history and replay the log from there.`,
  )
}

function namedSnapshot(metadata: TableMetadata): bigint | undefined {
  const named = metadata.properties[SNAPSHOT_ID]
  if (named === undefined) return undefined
  if (/^-?\d+$/.test(named)) return BigInt(named)
  throw new K2Error(
    'LAKE_DAMAGED',
    `The table's property ${SNAPSHOT_ID} is ${named}, which is no snapshot id: set it to that of the newest snapshot with k2.* keys.`,
  )
}

/**
 * What says how far the log has come into the table's head: the nearest snapshot with our keys, from the head through its
 * parents. The properties must speak of one of these ancestors; they are believed in its place only where expiry
 * has cut the history before such a snapshot, and theirs is gone as well.
 */
export function headSaid(metadata: TableMetadata): Said {
  const stands = namedSnapshot(metadata)
  let nearest: Said | undefined
  let confirmed = stands === undefined
  const ancestors = lineage(metadata, headId(metadata))
  let step = ancestors.next()
  for (; !step.done; step = ancestors.next()) {
    const { summary, 'snapshot-id': id } = step.value
    if (isOurs(summary)) nearest ??= { texts: summary, where: `snapshot ${id}` }
    confirmed ||= id === stands
    if (nearest !== undefined && confirmed) return nearest
  }
  const { cut } = step.value
  const head = headId(metadata) ?? 'none'
  const expired = cut && nearest === undefined && stands !== undefined && snapshotOf(metadata, stands) === undefined
  if (!confirmed && !expired) {
    throw refusal(
      `The table's properties speak of snapshot ${stands}, which is not in the history of its head ${head}: somebody has rolled the table back, or replaced its content.`,
    )
  }
  if (nearest !== undefined) return nearest
  if (!cut && stands === undefined) return NOTHING
  if (isOurs(metadata.properties)) return { texts: metadata.properties, where: 'the table' }
  throw refusal(
    `The history of the table's head ${head} has expired, and its k2.* properties are gone: what has landed is not known.`,
  )
}

/**
 * The same at one snapshot, for questions about the past; the properties say nothing about those. NOT_FOUND where the
 * table has no such snapshot, or the ancestor that would say has expired.
 */
export function saidAt(metadata: TableMetadata, id: bigint): Said {
  if (snapshotOf(metadata, id) === undefined) {
    throw new K2Error(
      'NOT_FOUND',
      `The table has no snapshot ${id}; it may have expired. List its snapshots and choose another.`,
    )
  }
  const ancestors = lineage(metadata, id)
  let step = ancestors.next()
  for (; !step.done; step = ancestors.next()) {
    const { summary, 'snapshot-id': at } = step.value
    if (isOurs(summary)) return { texts: summary, where: `snapshot ${at}` }
  }
  if (!step.value.cut) return NOTHING
  if (id === headId(metadata)) return headSaid(metadata)
  throw new K2Error(
    'NOT_FOUND',
    `Which offsets snapshot ${id} stands for is no longer known: the ancestor that said so has expired. Choose a newer snapshot.`,
  )
}

export function headWith(metadata: TableMetadata, id: bigint | null, progress: Progress): Head {
  const snapshot = id === null ? undefined : snapshotOf(metadata, id)
  return {
    tableUuid: metadata['table-uuid'],
    snapshotId: id,
    committedAtMs: snapshot?.['timestamp-ms'] ?? null,
    progress,
    policies: policiesOf(metadata),
  }
}

const policiesOf = ({ properties }: TableMetadata): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(properties)
      .filter(([key]) => key.startsWith(POLICY))
      .map(([key, text]) => [key.slice(POLICY.length), text]),
  )

export const policiesText = (policies: ReadonlyMap<string, string> = new Map()): Readonly<Record<string, string>> =>
  Object.fromEntries([...policies].map(([hash, text]) => [`${POLICY}${hash}`, text]))

/** Offsets that are neither rows nor in holes, for somebody gave them up. */
export const lostOf = ({ properties }: TableMetadata): readonly Hole[] => readHoles(properties[LOST] ?? NO_HOLES)

/** With those beside what was lost before. */
export const lostText = (metadata: TableMetadata, lost: readonly Hole[]): Readonly<Record<string, string>> =>
  lost.length === 0 ? {} : { [LOST]: holesText(addHoles(lostOf(metadata), lost)) }

/** Of each partition, records that are neither rows nor in holes, for they repeat others. */
export const repeatsOf = ({ properties }: TableMetadata): ReadonlyMap<TopicPartition, number> =>
  new Map([...cells(properties[REPEATS] ?? '{}')].map(([key, records]) => [key, Number(integer(records))]))

/** With those beside what was counted before. */
export function repeatsText(metadata: TableMetadata, advances: readonly Advance[]): Texts {
  const repeats = new Map(repeatsOf(metadata))
  let more = 0
  for (const { topic, partition, repeats: records = 0 } of advances) {
    const key = topicPartition(topic, partition)
    if (records > 0) repeats.set(key, (repeats.get(key) ?? 0) + records)
    more += records
  }
  return more === 0 ? {} : { [REPEATS]: byTopic(repeats, String) }
}
