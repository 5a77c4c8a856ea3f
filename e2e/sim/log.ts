/**
 * The log: partitions with offsets that may have gaps, consumer groups (group.ts), retention, topics that are deleted and
 * made anew. `history` keeps what was ever in it, for the judge.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { LAKE_COMMITS } from '@k2/contracts/topics.ts'
import { topicPartition } from '@k2/lake/table.ts'
import type { Log, LogBatch, NewRecord, OffsetRange, Slices } from '@k2/log/log.ts'
import type { Faults } from './faults.ts'
import { Group } from './group.ts'
import type { Host } from './host.ts'
import { type Judged, rememberedAt } from './oracle/repeats.ts'
import { badValue, GOOD_KINDS, goodValue, lateValue, messageId, symbolOf } from './records.ts'
import type { Scheduler } from './scheduler.ts'

export interface SimRecord {
  readonly offset: bigint
  readonly timeMs: number
  readonly messageId: string
  readonly key: Buffer
  /** Of the run, and what it is about. */
  readonly number: number
  readonly kind: number
  readonly value: Buffer | null
  /** It can land. */
  readonly isGood: boolean
  /** It can once its schema is known. */
  readonly isLate?: boolean
}

export class Partition {
  readonly topic: string
  readonly partition: number
  readonly name: string
  readonly records: SimRecord[] = []
  readonly first: bigint
  start: bigint
  end: bigint

  constructor(topic: string, partition: number, first: bigint) {
    this.topic = topic
    this.partition = partition
    this.name = topicPartition(topic, partition)
    this.first = first
    this.start = first
    this.end = first
  }

  /** Index of the first record at or behind the offset. */
  at(offset: bigint): number {
    let low = 0
    let high = this.records.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.records[middle]!.offset < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Offsets [from, to), with what they hold. */
  batch(from: bigint, to: bigint): LogBatch {
    const records = this.records.slice(this.at(from), this.at(to))
    return {
      topic: this.topic,
      partition: this.partition,
      from,
      to,
      count: records.length,
      offsetDeltas: Int32Array.from(records, ({ offset }) => Number(offset - from)),
      timesMs: Float64Array.from(records, ({ timeMs }) => timeMs),
      keys: slices(records.map(({ key }) => key)),
      values: slices(records.map(({ value }) => value)),
    }
  }
}

function slices(values: readonly (Buffer | null)[]): Slices {
  const bytes = Buffer.concat(values.filter((value) => value !== null))
  const starts = new Int32Array(values.length)
  const ends = new Int32Array(values.length)
  let at = 0
  for (const [i, value] of values.entries()) {
    starts[i] = value === null ? 0 : at
    at += value?.length ?? 0
    ends[i] = value === null ? -1 : at
  }
  return { bytes, starts, ends }
}

/** What a seed's producers do. */
export interface Producing {
  readonly badShare: number
  readonly lateShare: number
  readonly repeatShare: number
  readonly jitterMs: number
}

const RECENT = 30

/** Records that may be sent again; where there are none yet, nothing. */
const recent = ({ records }: Partition): readonly (SimRecord | undefined)[] =>
  records.length === 0 ? [undefined] : records.slice(-RECENT)

export class SimLog {
  readonly groups = new Map<string, Group>()
  /** Keys of the letters by topic. */
  readonly letters = new Map<string, Set<string>>()
  partitions: readonly Partition[]
  private readonly notes = new Partition(LAKE_COMMITS, 0, 0n)
  hasLearnt = false
  /** Counts topics that were made anew. */
  generation = 0
  readonly scheduler: Scheduler
  readonly faults: Faults
  private number = 0

  constructor(scheduler: Scheduler, faults: Faults, partitions: readonly Partition[]) {
    this.scheduler = scheduler
    this.faults = faults
    this.partitions = partitions
  }

  /** A producer's records, some of them bad, some sent before, some offsets without any (transactions' markers). */
  produce(partition: Partition, count: number, { badShare, lateShare, repeatShare, jitterMs }: Producing): void {
    const { scheduler } = this
    for (let i = 0; i < count; i++) {
      const isGood = !scheduler.chance(badShare)
      const again = scheduler.chance(repeatShare) ? scheduler.pick(recent(partition)) : undefined
      const number = again?.number ?? ++this.number
      const kind = again?.kind ?? scheduler.between(0, GOOD_KINDS - 1)
      if (scheduler.chance(0.05)) partition.end++
      const isLate = isGood && scheduler.chance(lateShare)
      const value = (isLate ? lateValue : isGood ? goodValue : badValue)(number, kind)
      const off = scheduler.chance(0.01) ? 20 * jitterMs : jitterMs
      const timeMs = scheduler.nowMs - scheduler.between(0, off)
      this.add(partition, { timeMs, number, kind, value, isGood, isLate })
    }
    if (scheduler.chance(0.1)) partition.end++
    this.tell(partition)
  }

  /** The registry knows all schemas, and what may have been rejected comes once more; false where nothing was. */
  learn(): boolean {
    this.hasLearnt = true
    const timeMs = this.scheduler.nowMs
    let isAny = false
    for (const partition of this.partitions) {
      const late = partition.records.slice(-RECENT).filter(({ isLate }) => isLate)
      for (const { number, kind } of late)
        this.add(partition, { timeMs, number, kind, value: goodValue(number, kind), isGood: true, isLate: false })
      isAny ||= late.length > 0
      this.tell(partition)
    }
    return isAny
  }

  private add(partition: Partition, record: Omit<SimRecord, 'offset' | 'messageId' | 'key'>): void {
    const said = { messageId: messageId(record.number), key: Buffer.from(symbolOf(record.kind)) }
    partition.records.push({ offset: partition.end++, ...said, ...record })
  }

  private tell(partition: Partition): void {
    this.scheduler.trace(`log ${partition.name} ends at ${partition.end}`)
    for (const group of this.groups.values()) group.ring(partition)
  }

  /** Retention takes what has landed, nothing repeats any more, and is not still to be filled in: it is longer than these. */
  forget(
    landed: ReadonlyMap<string, bigint>,
    { windowMs, topics }: Judged,
    wantedFrom: (partition: string) => bigint | undefined,
  ): void {
    for (const partition of this.partitions) {
      const to = landed.get(partition.name)
      if (to === undefined) continue
      const isJudged = topics.has(partition.topic)
      const first = isJudged ? rememberedAt(partition.records, partition.at(to) - 1, windowMs) : partition.at(to)
      const wanted = [to, partition.records[first]?.offset ?? to, wantedFrom(partition.name) ?? to]
      const start = wanted.reduce((a, b) => (a < b ? a : b))
      if (start > partition.start) partition.start = start
    }
  }

  /** Deleted, and made with other records: readers hear that theirs is gone. */
  recreate(): void {
    this.generation++
    this.partitions = this.partitions.map(({ topic, partition, first }) => new Partition(topic, partition, first))
    for (const group of this.groups.values()) group.ringAll()
  }

  find(topic: string, partition: number): Partition {
    const found = [...this.partitions, this.notes].find((one) => one.topic === topic && one.partition === partition)
    if (found === undefined) throw new K2Error('UNKNOWN_TOPIC', `There is no ${topic}/${partition}.`)
    return found
  }

  /** As a process sees it. */
  seenBy(host: Host): Log {
    const asked = { server: 'log', refused: 'LOG_UNAVAILABLE', unheard: 'LOG_UNAVAILABLE' } as const
    const seen: Pick<Log, 'append' | 'subscribe' | 'readRange' | 'ranges' | 'retentionMs'> = {
      append: (topic, records) =>
        host.call({ ...asked, name: `append ${topic}`, effect: () => this.append(topic, records) }),
      subscribe: (name, topics, options) => {
        const group = this.groups.get(name) ?? new Group(name, this)
        this.groups.set(name, group)
        return group.subscribe(host, topics, options)
      },
      ranges: (topics) => host.call({ ...asked, name: 'ranges', isRead: true, effect: () => this.ranges(topics) }),
      readRange: (range) => this.readRange(host, range),
      // What is deferred it keeps.
      retentionMs: async () => null,
    }
    return seen as Log
  }

  private append(topic: string, records: readonly NewRecord[]): OffsetRange[] {
    if (topic === LAKE_COMMITS) return this.note(records)
    const keys = this.letters.get(topic) ?? new Set()
    this.letters.set(topic, keys)
    for (const { key } of records) keys.add(String(key))
    return []
  }

  /** What processes tell each other of their commits. */
  private note(records: readonly NewRecord[]): OffsetRange[] {
    for (const { key, value } of records) {
      const said = {
        key: Buffer.from(key!),
        value: Buffer.from(value!),
        messageId: '',
        number: 0,
        kind: 0,
        isGood: true,
      }
      this.notes.records.push({ offset: this.notes.end++, timeMs: this.scheduler.nowMs, ...said })
    }
    return []
  }

  private ranges(topics: readonly string[]): OffsetRange[] {
    return [...this.partitions, this.notes]
      .filter(({ topic }) => topics.includes(topic))
      .map(({ topic, partition, start, end }) => ({ topic, partition, from: start, to: end }))
  }

  private async *readRange(host: Host, { topic, partition, from, to }: OffsetRange) {
    yield await host.call({
      server: 'log',
      name: 'read',
      refused: 'LOG_UNAVAILABLE',
      unheard: 'LOG_UNAVAILABLE',
      isRead: true,
      effect: () => {
        const found = this.find(topic, partition)
        if (from < found.start || to > found.end) throw new K2Error('OFFSET_OUT_OF_RANGE', `${from} is not in the log.`)
        return found.batch(from, to)
      },
    })
  }
}
