/** One partition of a log in memory, records by the names of their ids, and a sink that lands them load by load. */
import { K2Error } from '@k2/contracts/codes.ts'
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { numberedTrade } from '@k2/contracts/records/trade.fixture.ts'
import { MARKET_TOPICS } from '@k2/contracts/topics.ts'
import type { Hole } from '@k2/lake/table.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { LogBatch, OffsetRange } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import type { SharedStore } from '@k2/shared-store/store.ts'
import { Dedup, type DedupSettings, type JudgedBatch, type Judgement, type Repeats } from './dedup.ts'

export const TOPIC = MARKET_TOPICS[0]!.name
export const MINUTE = 60_000
const UNKNOWN_SCHEMA = 9

/** `name`: its id's; `bad`: it cannot land. */
export interface Entry {
  readonly name: string
  readonly minute: number
  readonly bad?: 'unknown schema' | 'cut short'
}

export const idOf = (name: string): string =>
  `00000000-0000-8000-8000-${Buffer.from(name.padEnd(6, '.')).toString('hex').slice(0, 12)}`

export function recordOf({ name, bad }: Entry): Buffer {
  const value = encodeRecord('trades', { ...numberedTrade('KTA', 1), messageId: idOf(name) }, FRAME_BYTES)
  writeFrame(value, 0, bad === 'unknown schema' ? UNKNOWN_SCHEMA : 1)
  return bad === 'cut short' ? value.subarray(0, value.length - 3) : value
}

export const batchOf = (entries: readonly Entry[], from: number): LogBatch => {
  const values = entries.map(recordOf)
  const bytes = Buffer.concat(values)
  const ends = Int32Array.from(values, (_, i) => values.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0))
  const slices = { bytes, starts: Int32Array.from(ends, (end, i) => end - values[i]!.length), ends }
  return {
    topic: TOPIC,
    partition: 0,
    from: BigInt(from),
    to: BigInt(from + entries.length),
    count: entries.length,
    offsetDeltas: Int32Array.from(entries, (_, i) => i),
    timesMs: Float64Array.from(entries, ({ minute }) => minute * MINUTE),
    keys: slices,
    values: slices,
  }
}

/** `a` `b:bad` …, each a minute after the one before; `+90` lets so many minutes pass. */
export function entriesOf(text: string): Entry[] {
  const entries: Entry[] = []
  let minute = 0
  for (const word of text.split(' ')) {
    if (word.startsWith('+')) minute += Number(word)
    else {
      const [name, bad] = word.split(':')
      entries.push({ name: name!, minute: minute++, ...(bad !== undefined && { bad: bad as 'cut short' }) })
    }
  }
  return entries
}

export class World {
  start = 0
  nowMs = 0
  registryKnows = false
  lost: Hole[] = []
  holes: Hole[] = []
  readonly entries: readonly Entry[]
  readonly events: string[] = []
  readonly log = {
    ranges: async () => [{ topic: TOPIC, partition: 0, from: BigInt(this.start), to: BigInt(this.entries.length) }],
    readRange: (range: OffsetRange) => this.read(range),
  }
  readonly registry = {
    register: async () => 1,
    schema: async (id: number) => {
      if (id === UNKNOWN_SCHEMA && !this.registryKnows) throw new K2Error('SCHEMA_UNKNOWN', `There is no schema ${id}.`)
      return SCHEMAS.trades
    },
  }

  constructor(entries: readonly Entry[]) {
    this.entries = entries
  }

  private async *read({ from, to }: OffsetRange): AsyncGenerator<LogBatch> {
    // In pieces, as logs give them.
    for (let at = Number(from); at < Number(to); at += 3)
      yield batchOf(this.entries.slice(at, Math.min(at + 3, Number(to))), at)
  }

  dedup(settings: Partial<DedupSettings> = {}, shared?: SharedStore): Dedup {
    const lost = async () => this.lost
    const nowMs = () => this.nowMs
    const ports = {
      log: this.log,
      registry: this.registry,
      lost,
      nowMs,
      turn: async () => {},
      ...(shared && { shared }),
    }
    const told = (event: { kind: string }) => void this.events.push(event.kind)
    const all = { windowMs: 60 * MINUTE, memoryBytesMax: 2 ** 30, isJudged: () => true, ...settings }
    const dedup = new Dedup({ ...ports, told }, all)
    dedup.begin()
    return dedup
  }

  /** Lands [from, to) as a sink would, and answers the offsets that became rows. */
  async land(
    dedup: Dedup,
    from: number,
    to: number,
  ): Promise<{ rows: number[]; rejected: number[]; judged: Judgement; holds: () => boolean }> {
    const batches: JudgedBatch[] = []
    for await (const batch of this.read({ topic: TOPIC, partition: 0, from: BigInt(from), to: BigInt(to) }))
      batches.push(batch)
    const judged = await dedup.judge(batches, await schemasOf(this.registry, batches), this.holes)
    const { rows, rejected } = this.staged(from, to, judged.repeats)
    dedup.staged(rejected.map((offset) => ({ topic: TOPIC, partition: 0, offset: BigInt(offset) })))
    return { rows, rejected, judged, holds: () => dedup.holds(judged, this.holes) }
  }

  /** The same, and the table takes it. */
  async commit(dedup: Dedup, from: number, to: number): Promise<number[]> {
    const { rows, rejected, judged } = await this.land(dedup, from, to)
    for (const offset of rejected) this.holes.push(holeOf(offset))
    dedup.landed(judged, new Map([[`${TOPIC}/0` as const, BigInt(to)]]), this.holes)
    return rows
  }

  private staged(from: number, to: number, repeats: Repeats): { rows: number[]; rejected: number[] } {
    const own = repeats.get(`${TOPIC}/0`)
    const rows: number[] = []
    const rejected: number[] = []
    for (let offset = from; offset < to; offset++) {
      const of = own?.get(BigInt(offset))
      if (this.entries[offset]!.bad !== undefined && !this.registryKnows) rejected.push(offset)
      else if (of === undefined || (of.length > 0 && of.every((one) => rejected.includes(Number(one)))))
        rows.push(offset)
    }
    return { rows, rejected }
  }
}

export const holeOf = (offset: number): Hole => ({
  topic: TOPIC,
  partition: 0,
  from: BigInt(offset),
  to: BigInt(offset + 1),
  reason: 'rejected',
})
