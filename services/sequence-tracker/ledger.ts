/**
 * Positions and events in the log, and the local store that follows them: what every instance of the service knows,
 * whoever wrote it.
 *
 *   log(k2.sequence.positions, k2.sequence.events) ─► catchUp ─► store ─► restore, answers
 */
import {
  EVENT_SCHEMA,
  eventCodec,
  eventKey,
  POSITION_SCHEMA,
  type Position,
  positionCodec,
  type SequenceEvent,
  streamKey,
} from '@k2/contracts/records/sequence.ts'
import { SEQUENCE_EVENTS, SEQUENCE_POSITIONS } from '@k2/contracts/topics.ts'
import { sliceAt } from '@k2/log/batches.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { Log, LogBatch, NewRecord, SchemaRegistry } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import { View } from './adapters/view.ts'

const TOPICS = [SEQUENCE_POSITIONS, SEQUENCE_EVENTS]
/** Records in one append. */
const APPEND_RECORDS = 1_000

export class Ledger {
  readonly view: View
  private readonly log: Log
  private readonly registry: SchemaRegistry
  /** Where the store stands, by topic and partition. */
  private readonly next = new Map<string, bigint>()
  private catching: Promise<void> = Promise.resolve()
  /** Keys whose last record in the log is older than what the store knows, by topic. */
  private stale: { readonly topic: string; readonly key: string }[] = []

  constructor(log: Log, registry: SchemaRegistry, path: string) {
    this.log = log
    this.registry = registry
    this.view = new View(path)
  }

  /** Until the store has all that the log held at the call. One at a time: a record is applied once. */
  catchUp(): Promise<void> {
    const caught = this.catching.catch(() => {}).then(() => this.read())
    this.catching = caught.catch(() => {})
    return caught
  }

  /** Who is ready needs the registry no more for what it writes. */
  async prepare(): Promise<void> {
    await Promise.all([this.eventSchema(), this.positionSchema()])
  }

  private eventSchema(): Promise<number> {
    return this.registry.register(`${SEQUENCE_EVENTS}-value`, EVENT_SCHEMA)
  }

  private positionSchema(): Promise<number> {
    return this.registry.register(`${SEQUENCE_POSITIONS}-value`, POSITION_SCHEMA)
  }

  async tell(events: readonly SequenceEvent[]): Promise<void> {
    const id = await this.eventSchema()
    const records = events.map((event) => ({
      key: eventKey(event),
      value: framed(eventCodec.encode(event, FRAME_BYTES), id),
    }))
    await this.append(SEQUENCE_EVENTS, records)
  }

  /** With them what a member wrote too late is put right. */
  async keep(positions: readonly Position[]): Promise<void> {
    const id = await this.positionSchema()
    const records = positions.map((position) => ({
      key: streamKey(position),
      value: framed(positionCodec.encode(position, FRAME_BYTES), id),
    }))
    const stale = [...this.stale]
    for (const topic of TOPICS) {
      const keys = stale.filter((one) => one.topic === topic).map(({ key }) => key)
      await this.putRight(topic, [...new Set(keys)])
    }
    await this.append(SEQUENCE_POSITIONS, records)
    // What was told of meanwhile is for the next time.
    this.stale = this.stale.slice(stale.length)
  }

  /** These streams, and all that was told of them, are of no log that there is. The positions go last: until then they show it. */
  async forget(streams: readonly string[]): Promise<void> {
    const gone = (keys: readonly string[]) => keys.map((key) => ({ key, value: null }))
    await this.append(SEQUENCE_EVENTS, gone(streams.flatMap((stream) => this.view.eventsOf(stream))))
    await this.append(SEQUENCE_POSITIONS, gone(streams))
    await this.catchUp()
  }

  private async putRight(topic: string, keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += APPEND_RECORDS) {
      const records = keys.slice(from, from + APPEND_RECORDS).flatMap((key): NewRecord[] => {
        const value = this.view.kept(tableOf(topic), key)
        return value === undefined ? [] : [{ key, value }]
      })
      if (records.length > 0) await this.append(topic, records)
    }
  }

  private async append(topic: string, records: readonly NewRecord[]): Promise<void> {
    for (let from = 0; from < records.length; from += APPEND_RECORDS)
      await this.log.append(topic, records.slice(from, from + APPEND_RECORDS))
  }

  private async read(): Promise<void> {
    if (this.view.isDamaged) this.remake()
    for (const { topic, partition, from, to } of await this.log.ranges(TOPICS)) {
      const place = `${topic}/${partition}`
      let next = this.next.get(place) ?? from
      if (next > to) {
        this.putBack(topic)
        next = from
        this.next.set(place, from)
      }
      if (next >= to) continue
      for await (const batch of this.log.readRange({ topic, partition, from: next > from ? next : from, to })) {
        await this.learn(batch)
        this.view.together(() => this.apply(batch))
        this.next.set(place, batch.to)
      }
    }
  }

  private remake(): void {
    this.view.remake()
    this.next.clear()
    this.stale = []
  }

  /** The topic was made anew, or has lost its end, while the store has what it held. */
  private putBack(topic: string): void {
    for (const key of this.view.keysIn(tableOf(topic))) this.stale.push({ topic, key })
  }

  private async learn(batch: LogBatch): Promise<void> {
    for (const [id, entry] of await schemasOf(this.registry, [batch])) {
      if ('schema' in entry) this.view.knows(id, entry.schema)
    }
  }

  private apply({ topic, count, keys, values }: LogBatch): void {
    for (let i = 0; i < count; i++) {
      const keyBytes = sliceAt(keys, i)
      if (keyBytes === null) continue
      const key = Buffer.from(keyBytes).toString()
      const value = sliceAt(values, i)
      const isTaken = topic === SEQUENCE_POSITIONS ? this.view.position(key, value) : this.view.event(key, value)
      if (!isTaken) this.stale.push({ topic, key })
    }
  }
}

const tableOf = (topic: string) => (topic === SEQUENCE_POSITIONS ? 'positions' : 'events')

function framed(bytes: Buffer, schemaId: number): Buffer {
  writeFrame(bytes, 0, schemaId)
  return bytes
}
