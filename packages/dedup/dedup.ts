/**
 * De-duplication: which records of a load are repeats, judged before they land.
 *
 * A record is a repeat where an earlier one of its partition has its message_id, is remembered there (window.ts), and is
 * decided on: in the table, or itself a repeat of one that is. Memory says where to look, the log which id stands there,
 * the table what lies in its holes. So the answer follows from log, window and table, and from nothing that a process
 * keeps: not from its clock, its memory, its restarts, or how records came in batches.
 *
 * What could go wrong, and why it does not:
 *
 *   the first was rejected         it lies in a hole, so it is no first: the repeat lands. Comes the first to be replayed,
 *                                  the repeat is in its way (beside.ts), and its hole is struck off without a row
 *   … in the same load             the stager is told of whom it is a repeat, and knows who of them could land
 *   … in a load not yet in         its rejections are known here; does that load not get in, neither does what was judged
 *                                  behind it, and all is read and judged again
 *   the first was deferred         it will be in, if it can be read: its id was seen when it was passed over, and the log says
 *                                  the rest. What is passed over is judged as what is kept, and its repeats lie in no hole:
 *                                  who fills it in judges nothing. What has no id yet is not passed over (sift.ts)
 *   the first was accepted as lost the table says so for ever (k2.lost), and is asked before each load, after the holes that
 *                                  it is judged beside: what is in neither is in. The repeat lands
 *   a hole is struck off meanwhile the commit is refused or not sent (`holds`), and judged again
 *   the first did not get in       offsets at or behind the record's own are never firsts: what is judged twice is not a
 *                                  repeat of itself
 *   the repeat cannot be read      it is rejected, whatever its id: staging decodes it first
 *   a restart, another sink        reads the log back to the floor, which any process finds at the same offset
 *   the first is forgotten         the record lands, and is the first of those that follow
 *   retention took the first       the record lands: retention is to be longer than window and lag together
 *   a repeat of a repeat           the chain ends at one that landed, for each link was decided on before the next
 *   two ids of the same hash       the log tells them apart
 *   an id that comes without end   eight places of it are known, and looked at; were those rejected, the record lands
 *   the memory is full             what it has no room for is in the shared store (older.ts), whose answers are no more
 *                                  believed than memory's. Is there none, or is it away: it may land twice, never be
 *                                  lost; that is counted, and said
 *
 *   errors  those of log and registry; a judgement that failed can be asked for again
 */
import type { LoggedRecords, Schemas } from '@k2/contracts/records/decode.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import type { Hole, TopicPartition } from '@k2/lake/table.ts'
import type { LogBatch } from '@k2/log/log.ts'
import type { SharedStore } from '@k2/shared-store/store.ts'
import { type Confirmed, confirmed, nameOf, type Seen, type SeenBatch } from './confirm.ts'
import { IdReader, type Ids, type Mix, mix, WORDS } from './ids.ts'
import { joined, type Landed, notedOf, Older, type OlderEvent, rememberedOf } from './older.ts'
import { goOn, idsOf, type Place, type ReadingPorts, sightingsAt } from './reading.ts'
import type { Candidate, Sightings } from './sightings.ts'
import { type Span, Spans } from './spans.ts'

export interface DedupPorts extends ReadingPorts {
  /** For what memory has no room for. */
  readonly shared?: SharedStore
  /** What somebody gave up of the table, as it stands. */
  readonly lost: () => Promise<readonly Hole[]>
  readonly nowMs: () => number
  /** Between batches: others may have their turn. */
  readonly turn: () => Promise<void>
  readonly told: (event: DedupEvent) => void
}

export type DedupEvent =
  | OlderEvent
  /** What is remembered of a partition was read from the log, from there on. */
  | { readonly kind: 'read'; readonly partition: TopicPartition; readonly from: bigint; readonly to: bigint }
  /** Memory has no room for what lies before. */
  | { readonly kind: 'crowded'; readonly partition: TopicPartition; readonly heldFrom: bigint }

export interface DedupSettings {
  readonly windowMs: number
  readonly memoryBytesMax: number
  readonly isJudged: (topic: string) => boolean
  /** Another hash: a weak one makes hits by the dozen that are none. */
  readonly mix?: Mix
  /** How many ids of one hash are told apart: for a weak one. */
  readonly sameMax?: number
}

/** `seen`: where some of its records were passed over, the ids of all. */
export type JudgedBatch = LoggedRecords & { readonly to: bigint; readonly seen?: Seen }

/**
 * By partition and offset, those of the same load that a record repeats: it is a repeat if one of them lands or is one.
 * None named: it is, whatever becomes of the load.
 */
export type Repeats = ReadonlyMap<TopicPartition, ReadonlyMap<bigint, readonly bigint[]>>

/** Holes by partition, as a load was judged beside them. */
export type Beside = ReadonlyMap<TopicPartition, Spans>

export interface Judgement {
  readonly repeats: Repeats
  /** Repeats among what was passed over, ascending. */
  readonly passed: ReadonlyMap<TopicPartition, readonly bigint[]>
  readonly beside: Beside
  /** What the shared store is to know once it has landed. */
  readonly noted: ReadonlyMap<TopicPartition, Landed>
}

export const NOT_JUDGED: Judgement = { repeats: new Map(), passed: new Map(), beside: new Map(), noted: new Map() }

export class Dedup {
  private readonly ports: DedupPorts
  private readonly settings: DedupSettings
  private readonly partitions = new Map<TopicPartition, Sightings>()
  /** Holes that the next load is judged beside: those of the table, and of loads on their way. */
  private readonly undecided = new Map<TopicPartition, Spans>()
  private ahead: Span[] = []
  private lost: readonly Hole[] = []
  private readonly older: Older | undefined

  constructor(ports: DedupPorts, settings: DedupSettings) {
    this.ports = ports
    this.settings = settings
    this.older = ports.shared && new Older({ ...ports, store: ports.shared }, settings.windowMs)
  }

  judges(topic: string): boolean {
    return this.settings.isJudged(topic)
  }

  /** For what is passed over: its repeats are judged by these alone. */
  idsOf(batch: LogBatch): Promise<Ids> {
    return idsOf(this.ports, batch)
  }

  /** From where the table stands. */
  begin(): void {
    this.ahead = []
  }

  /** @param batches of each partition one behind the other; @param holes of the table */
  async judge(batches: readonly JudgedBatch[], schemas: Schemas, holes: readonly Hole[]): Promise<Judgement> {
    const own = batches.filter(({ topic }) => this.settings.isJudged(topic))
    if (own.length === 0) return NOT_JUDGED
    this.lost = await this.ports.lost()
    const repeats = new Map<TopicPartition, ReadonlyMap<bigint, readonly bigint[]>>()
    const passed = new Map<TopicPartition, readonly bigint[]>()
    const beside = new Map<TopicPartition, Spans>()
    const noted = new Map<TopicPartition, Landed>()
    for (const [partition, some] of Map.groupBy(own, nameOf)) {
      const undecided = this.beside(some[0]!, holes)
      beside.set(partition, undecided)
      const found = await this.judgePartition(partition, some, schemas, undecided)
      if (found.repeats.size > 0) repeats.set(partition, found.repeats)
      if (found.passed.length > 0) passed.set(partition, found.passed)
      if (found.noted !== undefined) noted.set(partition, found.noted)
      this.fit()
    }
    return { repeats, passed, beside, noted }
  }

  /** A load that was judged is in the table, up to those offsets; `holes` are the table's by now. */
  landed({ noted }: Judgement, to: ReadonlyMap<TopicPartition, bigint>, holes: readonly Hole[]): void {
    for (const [partition, all] of noted) {
      const end = to.get(partition)
      if (end === undefined) continue
      const undecided = this.spansOf(partition, holes, [])
      const isIn = all.offsets.map((offset) => offset < end && !undecided.has(offset))
      const kept = {
        ...all,
        offsets: all.offsets.filter((_, i) => isIn[i]),
        timesMs: all.timesMs.filter((_, i) => isIn[i]),
        words: all.words.filter((_, i) => isIn[Math.floor(i / WORDS)]),
      }
      this.older?.landed(partition, kept, end, undecided)
    }
  }

  /** What became of a load that was judged: these are holes once it is in. */
  staged(rejected: readonly { readonly topic: string; readonly partition: number; readonly offset: bigint }[]): void {
    for (const { topic, partition, offset } of rejected) {
      if (this.settings.isJudged(topic)) this.ahead.push({ topic, partition, from: offset, to: offset + 1n })
    }
  }

  /** Whether the table's holes are still those that a load was judged beside, once what was ahead of it is in. */
  holds({ beside }: Pick<Judgement, 'beside'>, holes: readonly Hole[]): boolean {
    return [...beside].every(([partition, judged]) => judged.equals(this.spansOf(partition, holes, [])))
  }

  /** Bytes of memory that its tables take. */
  bytes(): number {
    return [...this.partitions.values()].reduce((sum, { index }) => sum + index.bytes, 0)
  }

  ids(): number {
    return [...this.partitions.values()].reduce((sum, { index }) => sum + index.count, 0)
  }

  private beside(first: JudgedBatch, holes: readonly Hole[]): Spans {
    const partition = nameOf(first)
    // What is in the table by now is told by its holes alone.
    const known = this.spansOf(partition, holes, [])
    this.ahead = this.ahead.filter(
      (span) => nameOf(span) !== partition || (span.from < first.from && !known.has(span.from)),
    )
    const undecided = this.spansOf(partition, holes, this.ahead)
    const before = this.undecided.get(partition)
    this.undecided.set(partition, undecided)
    const sightings = this.partitions.get(partition)
    // A record that could not be read may be read by now: what was a hole, and is none, has to be seen again.
    if (before !== undefined && sightings !== undefined && before.hasBeyond(undecided, sightings.floor, first.from))
      this.partitions.delete(partition)
    return undecided
  }

  private spansOf(partition: TopicPartition, holes: readonly Hole[], ahead: readonly Span[]): Spans {
    const rejected = holes.filter(({ reason }) => reason === 'rejected')
    return new Spans([...rejected, ...this.lost, ...ahead].filter((span) => nameOf(span) === partition))
  }

  private async judgePartition(
    partition: TopicPartition,
    batches: readonly JudgedBatch[],
    schemas: Schemas,
    undecided: Spans,
  ): Promise<Confirmed & { noted: Landed | undefined }> {
    const first = batches[0]!
    const sightings = await this.standAt(partition, first, first.from, batches.at(-1)!.to)
    sightings.mark()
    const window = sightings.windowNow()
    const { floor, heldFrom } = sightings
    const reader = new IdReader(marketTopic(first.topic)!, schemas)
    const seen: SeenBatch[] = []
    const candidates: Candidate[] = []
    for (const { from, to, ...batch } of batches) {
      const all = batch.seen ?? { ...batch, ids: reader.read(batch) }
      sightings.see({ from, to, ...all }, all.ids, candidates)
      seen.push({ from, to, all, kept: batch.offsetDeltas })
      await this.ports.turn()
    }
    const noted = this.older && {
      ...joined(seen.map(({ from, all }) => notedOf({ from, ...all }, all.ids))),
      ...{ from: first.from, floor },
    }
    if (this.older !== undefined && noted !== undefined && floor < heldFrom) {
      const older = await this.older.ask(partition, first, [floor, heldFrom], noted, undecided)
      if (older.size > 0) candidates.push(...rememberedOf(older, noted, seen, sightings, window))
    }
    const asked = candidates.filter(({ earlier }) => !undecided.has(earlier))
    return { ...(await confirmed(this.ports, seen, first, asked)), noted }
  }

  /** What is remembered, exactly up to where the load begins. */
  private async standAt(partition: TopicPartition, place: Place, from: bigint, to: bigint): Promise<Sightings> {
    const known = this.partitions.get(partition)
    if (known?.hasRoomTo(to) && (known.at <= from || known.back(from))) {
      if (known.at === from || (await goOn(this.ports, place, known, from))) return known
    }
    const fresh = await sightingsAt(this.ports, place, from, { mix, ...this.settings })
    this.partitions.set(partition, fresh)
    this.ports.told({ kind: 'read', partition, from: fresh.floor, to: from })
    if (fresh.heldFrom > fresh.floor) this.crowded(partition, fresh)
    return fresh
  }

  /** Within the budget; the partition that takes most gives first. */
  private fit(): void {
    const isEnough = () => this.bytes() <= this.settings.memoryBytesMax
    while (!isEnough()) {
      const [partition, largest] = [...this.partitions].reduce((a, b) => (a[1].index.bytes >= b[1].index.bytes ? a : b))
      const before = largest.index.bytes
      const isCrowded = largest.shrink(isEnough)
      if (isCrowded) this.crowded(partition, largest)
      if (largest.index.bytes >= before) return
    }
  }

  private crowded(partition: TopicPartition, { heldFrom }: Sightings): void {
    if (this.older === undefined) this.ports.told({ kind: 'crowded', partition, heldFrom })
  }
}
