/**
 * The judge of a lake: holds what the catalog and the store have against what was ever in the log. It shares no code with
 * what writes them.
 *
 *   every snapshot   the log up to its offsets: each record that can land in exactly one live file, but for repeats, each
 *                    other one in a hole, each that was passed over in neither and in a hole that says so, nothing else
 *   the head         the properties say what its history says, and count the repeats
 *   the store        nothing that is named is missing; nothing goes before its grace is over
 *
 *   errors  Fault, with a sentence
 */
import { type Content, Fault, Reader, type StoredFile } from './content.ts'
import { deferredPlaces } from './deferred.ts'
import { type Judged, Repeats } from './repeats.ts'
import { type Document, holesFile, readDocument, readLast, readOffsets, type SnapshotJson } from './table.ts'
import { judgeHoles, judgeTotals, rejectedPlaces } from './totals.ts'

export interface TrueRecord {
  readonly offset: bigint
  readonly timeMs: number
  readonly messageId: string
  readonly isGood: boolean
  /** Its schema was not known, and some day it was: what the table says first stands. */
  readonly isLate?: boolean
  readonly key: Uint8Array
}

/** What was ever in the log, by `topic/partition`, in the order of offsets. */
export type Truth = ReadonlyMap<string, readonly TrueRecord[]>

interface Seen extends Content {
  readonly id: string
  readonly offsets: ReadonlyMap<string, bigint>
  readonly progress: Readonly<Record<string, string>>
  /** Rows that another engine wrote. */
  readonly foreign: ReadonlySet<string>
  /** Passed over, and not yet filled in: `partition@offset`. */
  readonly deferred: ReadonlySet<string>
  /** Commit ids from the first snapshot on. */
  readonly commits: readonly string[]
}

const PROGRESS = ['k2.offsets', 'k2.holes', 'k2.last']
const NOTHING: Readonly<Record<string, string>> = { 'k2.offsets': '{}', 'k2.holes': '[]', 'k2.last': '{}' }
const FOREIGN = 'other@'
const POLICY = 'k2.policy.'
const TO_THE_END = 2n ** 63n
/** As far as the clocks of two processes may differ, and a note be older than its commit. */
const EARLY_MS = 60_000

export class Judge {
  private readonly files: ReadonlyMap<string, StoredFile>
  private readonly truth: () => Truth
  private readonly nowMs: () => number
  private readonly graceMs: number
  private reader: Reader
  private text: string | undefined
  private uuid = ''
  private seen = new Map<string, Seen>()
  private kept: Seen[] = []
  private head: Seen | undefined
  /** File of holes that the properties name. */
  private holesNow: string | undefined
  private readonly forgottenMs = new Map<string, number>()
  private readonly since = new Map<string, string>()
  private floors = new Map<string, bigint>()
  private policies = new Map<string, string>()
  /** Places of records that were rejected. */
  private rejected = new Set<string>()
  private readonly judged: Judged
  private repeats: Repeats
  /** Another engine has set the head back: the properties speak of what is no longer its history. */
  isRolledBack = false
  looks = 0

  constructor(
    files: ReadonlyMap<string, StoredFile>,
    truth: () => Truth,
    judged: Judged,
    nowMs: () => number,
    graceMs: number,
  ) {
    this.files = files
    this.judged = judged
    this.repeats = new Repeats(judged)
    this.truth = truth
    this.nowMs = nowMs
    this.graceMs = graceMs
    this.reader = new Reader(files)
  }

  /** Judges the table as it is, false where it has; `floors`: where the log began when the table was made. */
  look(text: string | undefined, floors: ReadonlyMap<string, bigint>): boolean {
    if (text === undefined || text === this.text) return false
    this.text = text
    this.looks++
    const document = readDocument(text)
    if (document['table-uuid'] !== this.uuid) this.begin(document['table-uuid'], floors)
    for (const [key, text] of Object.entries(document.properties))
      if (key.startsWith(POLICY)) this.policies.set(key.slice(POLICY.length), text)
    for (const snapshot of document.snapshots) if (!this.seen.has(snapshot['snapshot-id'])) this.judge(snapshot)
    const ids = new Set(document.snapshots.map((snapshot) => snapshot['snapshot-id']))
    const gone = this.kept.filter(({ id }) => !ids.has(id))
    this.kept = [...this.seen.values()].filter(({ id }) => ids.has(id))
    for (const { named } of gone) for (const path of named) this.forgottenMs.set(path, this.nowMs())
    for (const { named, id } of this.kept)
      for (const path of named)
        if (!this.files.has(path)) throw new Fault(`snapshot ${id} names ${path}, which is gone`)
    this.head = this.seen.get(document['current-snapshot-id'] ?? '')
    this.holesNow = holesFile(document.properties['k2.holes'])
    if (this.holesNow !== undefined && !this.files.has(this.holesNow))
      throw new Fault(`the properties name ${this.holesNow}, which is gone`)
    this.judgeHead(document)
    return true
  }

  /** A file is about to go. */
  deleting(path: string): void {
    const holder = this.kept.find(({ named }) => named.has(path))
    if (holder !== undefined) throw new Fault(`${path} is deleted, and snapshot ${holder.id} names it`)
    if (path === this.holesNow) throw new Fault(`${path} is deleted, and the properties name it`)
    const forgottenMs = this.forgottenMs.get(path)
    if (forgottenMs !== undefined && this.nowMs() < forgottenMs + this.graceMs - EARLY_MS)
      throw new Fault(`${path} is deleted ${this.nowMs() - forgottenMs} ms after its snapshot was dropped`)
  }

  /** By partition, where the newest snapshot stands. */
  offsets(): ReadonlyMap<string, bigint> {
    return this.head?.offsets ?? new Map()
  }

  /** The first offset of the partition that is to be filled in, by the newest snapshot. */
  deferredFrom(partition: string): bigint | undefined {
    let first: bigint | undefined
    for (const place of this.head?.deferred ?? []) {
      if (!place.startsWith(`${partition}@`)) continue
      const offset = BigInt(place.slice(partition.length + 1))
      if (first === undefined || offset < first) first = offset
    }
    return first
  }

  private begin(uuid: string, floors: ReadonlyMap<string, bigint>): void {
    this.uuid = uuid
    this.seen = new Map()
    this.kept = []
    this.forgottenMs.clear()
    this.policies = new Map()
    this.rejected = new Set()
    this.isRolledBack = false
    this.floors = new Map(floors)
    this.repeats = new Repeats(this.judged)
    this.reader = new Reader(this.files)
  }

  private judge(snapshot: SnapshotJson): void {
    const id = snapshot['snapshot-id']
    const { summary } = snapshot
    const parentId = snapshot['parent-snapshot-id']
    const parent = parentId === undefined ? undefined : this.seen.get(parentId)
    if (parentId !== undefined && parent === undefined) throw new Fault(`snapshot ${id} has a parent that never was`)
    const isOurs = summary['k2.offsets'] !== undefined
    const content = this.reader.content(snapshot)
    const said = isOurs ? summary : (parent?.progress ?? NOTHING)
    const progress = Object.fromEntries(PROGRESS.map((key) => [key, said[key]!]))
    const offsets = readOffsets(progress['k2.offsets']!)
    const holes = this.reader.holes(progress['k2.holes']!)
    for (const place of rejectedPlaces(holes)) this.rejected.add(place)
    const deferred = deferredPlaces(holes, this.policies, (partition) =>
      this.landed(partition, offsets.get(partition) ?? 0n),
    )
    const foreign = this.judgeRows(id, content, offsets, deferred)
    judgeForeign(id, foreign, parent, isOurs)
    judgeHoles(id, holes, offsets, deferred, (partition, to) => this.landed(partition, to))
    this.judgeLast(id, progress, offsets, deferred, parent)
    this.judgeAges(id, content)
    judgeTotals(id, summary, content, parent)
    for (const [partition, offset] of parent?.offsets ?? [])
      if ((offsets.get(partition) ?? -1n) < offset) throw new Fault(`snapshot ${id} goes back in ${partition}`)
    const commit = summary['k2.commit-id']
    const commits = [...(parent?.commits ?? []), ...(commit === undefined ? [] : [commit])]
    if (new Set(commits).size < commits.length) throw new Fault(`snapshot ${id} repeats commit ${commit}`)
    this.seen.set(id, { id, ...content, offsets, progress, foreign, deferred, commits })
  }

  /** Returns rows that another engine wrote. */
  private judgeRows(
    id: string,
    { live }: Content,
    offsets: ReadonlyMap<string, bigint>,
    deferred: ReadonlySet<string>,
  ): Set<string> {
    const found = new Set<string>()
    let rows = 0
    for (const file of live.values()) {
      rows += file.rows.length
      for (const row of file.rows) found.add(row)
    }
    if (found.size < rows) throw new Fault(`snapshot ${id} holds ${rows - found.size} records more than once`)
    for (const [partition, to] of offsets) {
      for (const { offset, isGood } of this.landed(partition, to)) {
        const place = `${partition}@${offset}`
        const isRow = isGood && !deferred.has(place) && !this.repeatsOf(partition).has(offset)
        if (found.delete(place) !== isRow) throw new Fault(`snapshot ${id} ${isRow ? 'lacks' : 'holds'} ${place}`)
      }
    }
    const others = [...found].filter((row) => !row.startsWith(FOREIGN))
    if (others.length > 0) throw new Fault(`snapshot ${id} holds ${others[0]}, beyond its offsets`)
    return found
  }

  /** What a table up to that offset has decided on. */
  private landed(partition: string, to: bigint): TrueRecord[] {
    const floor = this.floors.get(partition) ?? 0n
    const records = this.truth().get(partition) ?? []
    return records
      .filter(({ offset }) => offset >= floor && offset < to)
      .map((record) =>
        record.isLate && this.rejected.has(`${partition}@${record.offset}`) ? { ...record, isGood: false } : record,
      )
  }

  /** Each record, with what became of it. */
  fates(): Truth {
    return new Map([...this.truth().keys()].map((name) => [name, this.landed(name, TO_THE_END)]))
  }

  private repeatsOf(partition: string): ReadonlySet<bigint> {
    return this.repeats.of(partition, this.landed(partition, TO_THE_END))
  }

  /** Filling in lands older ones, and changes nothing of what was last. */
  private judgeLast(
    id: string,
    progress: Seen['progress'],
    offsets: ReadonlyMap<string, bigint>,
    deferred: ReadonlySet<string>,
    parent: Seen | undefined,
  ): void {
    const last = readLast(progress['k2.last']!)
    const before = readLast(parent?.progress['k2.last'] ?? '{}')
    for (const [partition, to] of offsets) {
      const is = last.get(partition)
      const from = parent?.offsets.get(partition) ?? 0n
      const repeats = this.repeatsOf(partition)
      const isKept = ({ offset, isGood }: TrueRecord) =>
        isGood && offset >= from && !repeats.has(offset) && !deferred.has(`${partition}@${offset}`)
      const ought = this.landed(partition, to).findLast(isKept) ?? before.get(partition)
      if (is?.offset !== ought?.offset || is?.messageId !== ought?.messageId || is?.timeMs !== ought?.timeMs)
        throw new Fault(
          `snapshot ${id} says that ${is?.offset} was the last of ${partition}, and it was ${ought?.offset}`,
        )
    }
  }

  private judgeAges(id: string, { live }: Content): void {
    for (const [path, { sequence, addedBy }] of live) {
      const since = `${sequence} by ${addedBy}`
      const known = this.since.get(path) ?? since
      this.since.set(path, known)
      if (known !== since)
        throw new Fault(`snapshot ${id} says that ${path} was added at ${since}, and it was ${known}`)
    }
  }

  private judgeHead({ properties, snapshots, refs, ...document }: Document): void {
    const head = document['current-snapshot-id'] ?? undefined
    if (refs.main?.['snapshot-id'] !== head) throw new Fault('the branch main is not at the current snapshot')
    if (this.isRolledBack) return
    const byId = new Map(snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]))
    let at = head
    while (at !== undefined && byId.has(at) && byId.get(at)!.summary['k2.offsets'] === undefined)
      at = byId.get(at)!['parent-snapshot-id']
    const progress = at === undefined ? NOTHING : this.seen.get(at)!.progress
    for (const key of PROGRESS)
      if (properties[key] !== progress[key])
        throw new Fault(`the properties say ${key} ${properties[key]}, and snapshot ${at} says otherwise`)
    const counts = readOffsets(properties['k2.repeats'] ?? '{}')
    for (const [partition, to] of this.head?.offsets ?? []) {
      const ought = [...this.repeatsOf(partition)].filter((offset) => offset < to).length
      const is = counts.get(partition) ?? 0n
      if (is !== BigInt(ought))
        throw new Fault(`the properties count ${is} repeats in ${partition}, and there are ${ought}`)
    }
    const isNamed = at === undefined || !byId.has(at) || properties['k2.snapshot-id'] === at
    if (!isNamed)
      throw new Fault(`the properties speak of ${properties['k2.snapshot-id']}, and the head stands on ${at}`)
    const commit = head === undefined ? undefined : this.seen.get(head)!.commits.at(-1)
    if (commit !== undefined && properties['k2.commit-id'] !== commit)
      throw new Fault(`the properties name commit ${properties['k2.commit-id']}, and ${commit} was the last`)
  }
}

function judgeForeign(id: string, foreign: ReadonlySet<string>, parent: Seen | undefined, isOurs: boolean): void {
  const before = parent?.foreign ?? new Set()
  for (const row of before) if (!foreign.has(row as string)) throw new Fault(`snapshot ${id} has lost ${row}`)
  if (isOurs && foreign.size > before.size) throw new Fault(`snapshot ${id} adds another engine's rows`)
}
