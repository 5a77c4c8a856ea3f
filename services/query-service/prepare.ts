/**
 * What an answer covers, of one table or of several at one moment: a view of each (head + tail ranges, pinned), the offsets
 * that follow from it, and for a later page those of the first one.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import { type Filter, type Head, type Table, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import type { Meta } from './answers.ts'
import { type Cover, cover, coverPage, ofMoment, type Page, type TailState } from './core/cover.ts'
import { type Cursor, holesIdOf, type Key, readCursor, writeCursor } from './core/cursor.ts'
import { behind, type PagedQuestion } from './core/pages.ts'
import type { AsOf } from './core/params.ts'
import type { DataQuestion } from './core/question.ts'
import { holesAbout } from './deferred.ts'
import type { FirstAnswers } from './firsts.ts'
import type { Tail } from './tail.ts'
import type { View } from './view.ts'

/** A table, and what the log holds behind it. */
export interface Held {
  readonly table: Table
  readonly tail: Tail
  readonly firsts: FirstAnswers
}

/** Of one table what an answer covers. */
export interface Part {
  readonly held: Held
  readonly covered: Cover
  readonly head: Head
  readonly view?: View
}

export interface Prepared<Q extends DataQuestion = DataQuestion> {
  /** The question, narrowed to what a cursor leaves of it. */
  readonly asked: Q
  readonly parts: readonly Part[]
  /** What the question itself is of, whatever a cursor leaves of it. */
  readonly whole: Filter
}

/** Views of several tables are taken in one step. Release them when the answer is there. */
export async function prepare<Q extends DataQuestion>(
  helds: readonly Held[],
  question: Q,
  signal: AbortSignal,
): Promise<Prepared<Q>> {
  if ('cursor' in question && question.cursor !== undefined) {
    const paged = question as Q & PagedQuestion
    return goOn(helds, paged, readCursor(question.cursor, paged.digest, secretOf(standing(helds))), signal)
  }
  const { asOf, source, filter } = question
  if (asOf !== undefined) {
    const parts = helds.map(async (held): Promise<Part> => {
      const newest = await held.table.head()
      // Beside another table one that never had a snapshot is what it was: empty.
      const isEmpty = helds.length > 1 && newest.snapshotId === null
      const head = isEmpty ? newest : (await held.table.plan({ symbols: [] }, await snapshotAt(held.table, asOf))).head
      const holes = holesAbout(head.progress.holes, head.policies, filter)
      return { held, head, covered: cover({ ...head.progress, holes }, NO_TAIL, 'lake', filter) }
    })
    return { asked: question, parts: await Promise.all(parts), whole: filter }
  }
  const areCaughtUp = await Promise.all(helds.map(({ tail }) => source === 'lake' || tail.caughtUp(filter, signal)))
  const parts = viewed(helds, (held, i) => {
    const view = standOn(held, areCaughtUp[i])
    return { held, head: view.head, view, covered: cover(progressOf(view, filter), view.tail, source, filter) }
  })
  return { asked: question, parts, whole: filter }
}

export const release = ({ parts }: Prepared): void => {
  for (const { view } of parts) view?.release()
}

/** What was read of the tail is what the views said. */
export function checkWhole({ parts }: Prepared): void {
  for (const { covered, view } of parts) if (covered.tail.length > 0 && view?.isWhole() === false) throw notReady()
}

/** A view that an answer is given on. */
function standOn({ tail, firsts }: Held, isCaughtUp?: boolean): View {
  const view = tail.view(isCaughtUp)
  const first = firsts.begin()
  if (first === undefined) return view
  const release = () => {
    view.release()
    first.end()
  }
  return { ...view, release }
}

/** Without leaving a head pinned where one of them fails. */
function viewed(helds: readonly Held[], of: (held: Held, i: number) => Part): Part[] {
  const parts: Part[] = []
  try {
    for (const [i, held] of helds.entries()) parts.push(of(held, i))
    return parts
  } catch (error) {
    for (const { view } of parts) view?.release()
    throw error
  }
}

const NO_TAIL: TailState = { ranges: new Map(), limited: false, behind: false, unreadable: false }

/** The rest of an answer, within the bounds of its first page. */
export async function goOn<Q extends PagedQuestion>(
  helds: readonly Held[],
  question: Q,
  cursor: Cursor,
  signal: AbortSignal,
): Promise<Prepared<Q>> {
  const pages = helds.map((held) => pageOf(cursor, held))
  await Promise.all(helds.map(({ tail }, i) => tail.reached(pages[i]!.to, signal)))
  const parts = viewed(helds, (held, i) => {
    const view = standOn(held)
    const covered = coverPage(progressOf(view, question.filter), view.tail, pages[i]!, question.filter)
    if (covered !== undefined) return { held, covered, head: view.head, view }
    view.release()
    throw notReady()
  })
  const whole = wholeOf(question, cursor)
  if (cursor.holesId === null || holesIdOf(holesIn(parts)) === cursor.holesId)
    return { asked: narrowed(question, cursor), parts, whole }
  for (const { view } of parts) view?.release()
  throw new K2Error(
    'CURSOR_EXPIRED',
    'Records below the offsets of this cursor were deferred, or filled in, since its first page. Ask again from the start.',
  )
}

/** What cursors of these tables are signed with. */
export const secretOf = (heads: readonly Head[]): string => heads.map(({ tableUuid }) => tableUuid).join(' ')
export const standing = (helds: readonly Held[]): Head[] => helds.map(({ tail }) => tail.standing())
const holesIn = (parts: readonly Part[]) => parts.flatMap(({ covered }) => covered.holes)

/** Of a cursor what is of one table: tables have topics of their own. */
function pageOf({ from, to, reasons }: Cursor, { table }: Held): Page {
  const isOf = (partition: TopicPartition) =>
    marketTopic(partition.slice(0, partition.lastIndexOf('/')))?.table.name === table.spec.name
  const own = (offsets: Cursor['to']) => new Map([...offsets].filter(([partition]) => isOf(partition)))
  return { from: from && own(from), to: own(to), reasons }
}

const wholeOf = ({ filter }: PagedQuestion, { fromMicros }: Pick<Cursor, 'fromMicros'>): Filter =>
  fromMicros === null ? filter : { ...filter, fromMicros }

/** To what lies behind the cursor's key. */
export function narrowed<Q extends PagedQuestion>(question: Q, cursor: Pick<Cursor, 'fromMicros' | 'key'>): Q {
  const { key } = cursor
  const whole = { ...question, filter: wholeOf(question, cursor) }
  return key === null ? whole : { ...whole, filter: behind(whole, key), after: key }
}

/** The id of what as_of names. Of a time: the last snapshot of the head's own history that was committed by then. */
async function snapshotAt(table: Table, asOf: AsOf): Promise<bigint> {
  if ('snapshotId' in asOf) return asOf.snapshotId
  const [{ snapshotId }, snapshots] = [await table.head(), await table.snapshots()]
  const byId = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]))
  for (let at = snapshotId; at !== null; ) {
    const snapshot = byId.get(at)
    if (snapshot === undefined) break
    if (snapshot.committedAtMs * 1000 <= asOf.micros) return snapshot.id
    at = snapshot.parentId
  }
  throw new K2Error(
    'NOT_FOUND',
    'No snapshot that is still kept was committed by then. /v1/snapshots lists those kept.',
  )
}

/** What the snapshot says, and what the tail found that it cannot hold. */
function progressOf({ head: { progress, policies }, rejected }: View, filter: Filter) {
  const known = rejected.filter(
    (hole) => hole.from >= (progress.offsets.get(topicPartition(hole.topic, hole.partition)) ?? 0n),
  )
  return { ...progress, holes: holesAbout([...progress.holes, ...known], policies, filter) }
}

const notReady = (): K2Error =>
  new K2Error('NOT_READY', 'The log is being read anew and has not come far enough. Ask again in a moment.')

/** Asks for what is behind the last row given, where there is more. */
export function cursorOf(prepared: Prepared, { rows, last }: { rows: number; last: Key | null }): string | null {
  const { asked, parts } = prepared
  if (!('digest' in asked) || rows <= asked.limit || last === null) return null
  return writeCursor({ ...placeOf(prepared, asked.digest), key: last }, secretOf(parts.map(({ head }) => head)))
}

/** What an answer covers, as a cursor that has not come anywhere yet. */
export function placeOf({ parts, whole }: Prepared, digest: string): Cursor {
  const covers = parts.map(({ covered }) => covered)
  const together = (of: (covered: Cover) => Cover['from']) =>
    new Map(covers.flatMap((covered) => [...(of(covered) ?? [])]))
  return {
    digest,
    from: covers.some(({ from }) => from !== null) ? together(({ from }) => from) : null,
    to: together(({ offsets }) => offsets),
    holesId: holesIdOf(holesIn(parts)),
    reasons: [...new Set(covers.flatMap(({ reasons }) => ofMoment(reasons)))],
    fromMicros: whole.fromMicros ?? null,
    key: null,
  }
}

export type Proof = Pick<Meta, 'complete' | 'reasons' | 'snapshot' | 'snapshots' | 'offsets' | 'from' | 'holes'>

export function proofOf(parts: readonly Part[]): Proof {
  const snapshots = parts.flatMap(({ held, head: { snapshotId, committedAtMs }, covered }) => {
    if (!covered.lake || snapshotId === null) return []
    if (committedAtMs === null) throw new K2Error('LAKE_DAMAGED', 'The snapshot has no time.')
    return [{ table: held.table.spec.name, id: snapshotId, committedAtMs }]
  })
  const covers = parts.map(({ covered }) => covered)
  return {
    complete: covers.every(({ complete }) => complete),
    reasons: [...new Set(covers.flatMap(({ reasons }) => reasons))].sort(),
    ...(parts.length === 1 ? { snapshot: snapshots[0] ?? null } : { snapshot: null, snapshots }),
    offsets: new Map(covers.flatMap(({ offsets }) => [...offsets])),
    ...(covers.some(({ from }) => from !== null) && { from: new Map(covers.flatMap(begun)) }),
    holes: holesIn(parts),
  }
}

/** Where it begins in the partitions of which it has anything to say. */
const begun = ({ from, offsets }: Cover) => [...(from ?? [])].filter(([partition]) => offsets.has(partition))
