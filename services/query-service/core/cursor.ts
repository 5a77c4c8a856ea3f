/**
 * Where an answer goes on. A cursor holds what makes its pages one answer: the offsets up to which the first page read,
 * and the key of the last row given. Each page is of the records below those offsets and goes on behind that key, from lake
 * or log, wherever they are by then; so commits and compaction between two pages change nothing.
 *
 *   shape   Cursor <-> opaque base64url text, signed
 *   units   offsets: bigint, half open; times: µs since the epoch
 *   errors  K2Error INVALID_CURSOR: damaged, forged, or of another question
 *
 * It is signed with the UUIDs of the tables that it is of: no setting, the same in all instances and after a restart, in
 * no answer, and gone with the tables whose offsets it names.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { K2Error } from '@k2/contracts/codes.ts'
import { type Hole, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import type { Reason } from './cover.ts'

/** A row's place in its answer's order: what pages.ts names, as text. */
export type Key = readonly (string | null)[]

export interface Cursor {
  /** Of the question that it goes on with. */
  readonly digest: string
  /** Where the first page began, for answers from the tail alone; null where it began with the log. */
  readonly from: ReadonlyMap<TopicPartition, bigint> | null
  readonly to: ReadonlyMap<TopicPartition, bigint>
  /** Of the holes below these offsets; null where each answer tells its own. */
  readonly holesId: string | null
  /** Why the first page was not complete, where a later one could not tell: the log held, or may have held, more. */
  readonly reasons: readonly Reason[]
  /** A window's start: a page must not begin later than the one before it did. */
  readonly fromMicros: number | null
  /** Of the last row given; null before the first. */
  readonly key: Key | null
}

const MAC_BYTES = 16

export function writeCursor(cursor: Cursor, secret: string): string {
  const { digest, from, to, holesId, reasons, fromMicros, key } = cursor
  const content = [digest, from && byTopic(from), byTopic(to), holesId, reasons, fromMicros, key]
  const bytes = Buffer.from(JSON.stringify(content))
  return Buffer.concat([macOf(bytes, secret), bytes]).toString('base64url')
}

export function readCursor(text: string, digest: string, secret: string): Cursor {
  const bytes = Buffer.from(text, 'base64url')
  const [mac, content] = [bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES)]
  // Written again, for Buffer.from passes over what is no base64url.
  const isWhole = mac.length === MAC_BYTES && bytes.toString('base64url') === text
  if (!isWhole || !timingSafeEqual(mac, macOf(content, secret)))
    throw new K2Error('INVALID_CURSOR', 'The cursor is not one of ours, or was damaged. Send next_cursor as it came.')
  const [whose, from, to, holesId, reasons, fromMicros, key] = JSON.parse(content.toString())
  if (whose !== digest)
    throw new K2Error(
      'INVALID_CURSOR',
      'The cursor is of another question. Send it with the parameters that it came from; limit, fields and format may change.',
    )
  return { digest, from: from && flat(from), to: flat(to), holesId, reasons, fromMicros, key }
}

/** Of what was asked, as text that is the same whenever the question is. */
export const digestOf = (asked: string): string => createHash('sha256').update(asked).digest('base64url').slice(0, 22)

/** Of the offsets that holes cover; how they are cut into ranges, and why they are holes, makes no difference. */
export function holesIdOf(holes: readonly Hole[]): string {
  const ranges = Map.groupBy(holes, ({ topic, partition }) => topicPartition(topic, partition))
  const texts = [...ranges].sort(([a], [b]) => (a < b ? -1 : 1)).map(([partition, of]) => `${partition} ${union(of)}`)
  return texts.length === 0 ? '' : digestOf(texts.join('\n'))
}

function union(holes: readonly Hole[]): string {
  const merged: { from: bigint; to: bigint }[] = []
  for (const { from, to } of [...holes].sort((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last.to) last.to = to > last.to ? to : last.to
    else merged.push({ from, to })
  }
  return merged.map(({ from, to }) => `${from}-${to}`).join()
}

const macOf = (content: Uint8Array, secret: string): Buffer =>
  createHmac('sha256', `k2 cursor 3 ${secret}`).update(content).digest().subarray(0, MAC_BYTES)

type ByTopic = Record<string, Record<string, string>>

/** Topics' names once and no zeros, for the sake of the URL's length; in one order, so that the same place has one text. */
function byTopic(offsets: ReadonlyMap<TopicPartition, bigint>): ByTopic {
  const topics: ByTopic = {}
  for (const [key, offset] of [...offsets].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (offset === 0n) continue
    const slash = key.lastIndexOf('/')
    const topic = key.slice(0, slash)
    topics[topic] ??= {}
    topics[topic][key.slice(slash + 1)] = String(offset)
  }
  return topics
}

function flat(topics: ByTopic): Map<TopicPartition, bigint> {
  const offsets = new Map<TopicPartition, bigint>()
  for (const [topic, partitions] of Object.entries(topics))
    for (const [partition, offset] of Object.entries(partitions))
      offsets.set(topicPartition(topic, Number(partition)), BigInt(offset))
  return offsets
}
