/**
 * Whether work may enter the table, decided anew at every attempt on the metadata as it is then, and the head that it
 * tells of. A blind retry after a conflict would double rows; here offsets and holes decide.
 *
 *   shape   (metadata, Head, Intent) -> already | stale | append; pure
 *   errors  RangeError for an intent that contradicts itself: our own bug
 *   source  SPEC.md 1, G1, "Offsets", "A hole"; SUBSTRATE.md, Iceberg traps 1, 2
 */
import type { Advance, Head, Hole, Intent, LastRecord, Progress, TopicPartition } from '../table.ts'
import { topicPartition } from '../table.ts'
import { headId, lineage } from './history.ts'
import { addHoles, describeHole, holesText, strikeHoles } from './holes.ts'
import type { TableMetadata } from './metadata.ts'
import { COMMIT_ID } from './progress.ts'

export type Decision =
  | { readonly kind: 'already'; readonly head: Head }
  | { readonly kind: 'stale'; readonly head: Head; readonly why: string }
  | { readonly kind: 'append'; readonly head: Head; readonly next: Progress }

export function decide(metadata: TableMetadata, head: Head, intent: Intent): Decision {
  checkIntent(intent)
  if (isIn(metadata, intent.commitId)) return { kind: 'already', head }
  const why = staleness(head.progress, intent)
  if (why !== undefined) return { kind: 'stale', head, why }
  return { kind: 'append', head, next: advanced(head.progress, intent) }
}

/** headSaid has seen to it that the properties speak of an ancestor, so their commit is in as well. */
function isIn(metadata: TableMetadata, commitId: string): boolean {
  if (metadata.properties[COMMIT_ID] === commitId) return true
  for (const { summary } of lineage(metadata, headId(metadata))) if (summary[COMMIT_ID] === commitId) return true
  return false
}

const keyOf = (at: { readonly topic: string; readonly partition: number }): TopicPartition =>
  topicPartition(at.topic, at.partition)

function ownPartitions(intent: Intent): ReadonlySet<TopicPartition> {
  const { advances, holesRead, holesAdded, holesStruck } = intent
  return new Set([...advances, ...holesRead, ...holesAdded, ...holesStruck].map(keyOf))
}

function checkIntent({ commitId, advances }: Intent): void {
  if (commitId === '') throw new RangeError('a commit needs an id')
  const seen = new Set<TopicPartition>()
  for (const { topic, partition, expected, to } of advances) {
    const key = topicPartition(topic, partition)
    if (seen.has(key)) throw new RangeError(`${key} advances twice in one commit`)
    seen.add(key)
    if (to < (expected ?? 0n)) throw new RangeError(`${key} would go back from ${expected ?? 0n} to ${to}`)
  }
}

const readAgain = "Read the table's head again and start from there."

function staleness(is: Progress, intent: Intent): string | undefined {
  for (const { topic, partition, expected } of intent.advances) {
    const key = topicPartition(topic, partition)
    const found = is.offsets.get(key) ?? null
    if (found === expected) continue
    return `${key} stands at offset ${found ?? 'none'} in the table, and this commit was prepared from ${expected ?? 'none'}. ${readAgain}`
  }
  for (const key of ownPartitions(intent)) {
    const found = is.holes.filter((hole) => keyOf(hole) === key)
    const expected = intent.holesRead.filter((hole) => keyOf(hole) === key)
    if (holesText(found) === holesText(expected)) continue
    return `${key} has the holes ${list(found)} in the table, and this commit was prepared from ${list(expected)}. ${readAgain}`
  }
  return undefined
}

const LISTED_MAX = 5

function list(holes: readonly Hole[]): string {
  if (holes.length === 0) return 'none'
  const more = holes.length > LISTED_MAX ? ` and ${holes.length - LISTED_MAX} more` : ''
  return holes.slice(0, LISTED_MAX).map(describeHole).join(', ') + more
}

/** Holes are struck before new ones are added: back-filling a deferred range may find a record to reject in it. */
function advanced(is: Progress, intent: Intent): Progress {
  const offsets = new Map(is.offsets)
  const last = new Map(is.last)
  for (const advance of intent.advances) step(offsets, last, advance)
  for (const hole of intent.holesAdded) {
    const next = offsets.get(keyOf(hole)) ?? 0n
    if (hole.to > next) throw new RangeError(`${describeHole(hole)} lies beyond ${next}, the next offset to land`)
  }
  return { offsets, last, holes: addHoles(strikeHoles(is.holes, intent.holesStruck), intent.holesAdded) }
}

function step(offsets: Map<TopicPartition, bigint>, last: Map<TopicPartition, LastRecord>, advance: Advance): void {
  const key = keyOf(advance)
  offsets.set(key, advance.to)
  if (advance.last !== undefined) last.set(key, advance.last)
}
