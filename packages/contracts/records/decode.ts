/**
 * HOT PATH (`npm run bench -- sink`, "decode"). Log records -> table columns: Avro decoded, checked against what the table can hold, and the log's own position
 * added. A record that cannot be landed is a value with its reason, and the ones around it land.
 *
 *   shape   (topic, batch, schemas by id) -> columns, rejected records, the last record
 *   units   offsets: bigint; times: ms for records, µs for events
 *   errors  SCHEMA_INCOMPATIBLE from a writer's schema is a rejection of its records
 */
import type avro from 'avsc'
import { K2Error } from '../codes.ts'
import type { ColumnBatch, Slices } from '../columns.ts'
import type { MarketTopic } from '../topics.ts'
import { type Kind, SCHEMAS, TYPES } from './avro.ts'
import { CUT_SHORT, Cursor, NO_COLUMN } from './cursor.ts'
import { Int32s, Int64s, Uuids } from './fixed-width.ts'
import { type Plan, planOf, type Read } from './generate.ts'
import { Spans } from './spans.ts'
import { TableColumns } from './table-columns.ts'

/** What a batch of the log has that a decoder needs; a LogBatch is one. */
export interface LoggedRecords {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly count: number
  readonly offsetDeltas: Int32Array
  readonly timesMs: Float64Array
  readonly values: Slices
}

/** Why a record cannot land: a word for metrics, of few, and a sentence for people. */
export class Refusal {
  readonly code: 'no-value' | 'frame' | 'schema' | 'avro' | 'value'
  readonly reason: string

  constructor(code: Refusal['code'], reason: string) {
    this.code = code
    this.reason = reason
  }
}

export interface Rejected {
  readonly offset: bigint
  readonly code: Refusal['code']
  readonly reason: string
}

export interface Landed {
  readonly offset: bigint
  readonly messageId: string
  readonly timeMs: number
}

export interface Decoded {
  readonly batch: ColumnBatch
  readonly rejected: readonly Rejected[]
  /** The last record that got through. */
  readonly last: Landed | undefined
}

/** Schema texts by registry id; a reason where the registry has none. */
export type Schemas = ReadonlyMap<number, { readonly schema: string } | { readonly reason: string }>

const MAGIC = 0
const HEADER_BYTES = 5

/** Whether a record may land: by its time, µs since the epoch (0 where the table has no day), and its bucket's text. */
export type Accepts = (micros: number, bucketText: string) => boolean

export interface TableDecoder {
  /** Adds record `i` of the batch: true; false where it is not accepted; or why it cannot land. */
  add(batch: LoggedRecords, i: number, accepts?: Accepts): boolean | Refusal
  rows(): number
  /** The message_id of the last record that got through, as it was written. */
  lastId(): string
  finish(): ColumnBatch
}

/** Decodes record after record into one table. `rowsMax`: room made at once, for columns that grow are copied. */
export function tableDecoder(topic: MarketTopic, schemas: Schemas, rowsMax = 0): TableDecoder {
  const rows = new RowWriter(topic, schemas, rowsMax)
  return {
    add: (batch, i, accepts) => rows.add(batch, i, accepts),
    rows: () => rows.rows,
    lastId: () => rows.lastId(),
    finish: () => rows.finish(),
  }
}

/** A whole batch at once. */
export function decodeBatch(topic: MarketTopic, batch: LoggedRecords, schemas: Schemas): Decoded {
  return decodeWith(tableDecoder(topic, schemas, batch.count), batch)
}

export function decodeWith(decoder: TableDecoder, batch: LoggedRecords): Decoded {
  const rejected: Rejected[] = []
  let lastAt = -1
  for (let i = 0; i < batch.count; i++) {
    const added = decoder.add(batch, i)
    if (added === true) lastAt = i
    else if (added) rejected.push({ offset: offsetOf(batch, i), code: added.code, reason: added.reason })
  }
  const last =
    lastAt < 0
      ? undefined
      : { offset: offsetOf(batch, lastAt), messageId: decoder.lastId(), timeMs: batch.timesMs[lastAt]! }
  return { batch: decoder.finish(), rejected, last }
}

export const offsetOf = (batch: LoggedRecords, i: number): bigint => batch.from + BigInt(batch.offsetDeltas[i]!)

/** The schema ids that a batch's values name; values without a frame name none. */
export function schemaIds(values: Slices): Set<number> {
  const ids = new Set<number>()
  const view = Buffer.from(values.bytes.buffer, values.bytes.byteOffset, values.bytes.byteLength)
  let recent = Number.NaN
  for (let i = 0; i < values.starts.length; i++) {
    const start = values.starts[i]!
    if (values.ends[i]! - start < HEADER_BYTES || view[start] !== MAGIC) continue
    const id = view.readInt32BE(start + 1)
    if (id !== recent) ids.add(id)
    recent = id
  }
  return ids
}

/** A plan by schema id, or why there is none. */
type Planned = Plan | { readonly reason: string }

function planFor(topic: MarketTopic, schemas: Schemas, id: number): Planned {
  const entry = schemas.get(id)
  if (!entry) return { reason: `its schema id ${id} is not known to the registry` }
  if ('reason' in entry) return entry
  try {
    return planOf(topic.kind, topic.table.columns, entry.schema)
  } catch (error) {
    if (error instanceof K2Error) return { reason: error.message }
    throw error
  }
}

class RowWriter {
  rows = 0
  private readonly topic: MarketTopic
  private readonly schemas: Schemas
  private readonly table: TableColumns
  private readonly ids: Uuids
  private readonly bucketTexts: Spans
  private readonly times: Int64s | undefined
  private readonly topics: Spans
  private readonly partitions: Int32s
  private readonly offsets: readonly Int64s[]
  private readonly cursor = new Cursor()
  private readonly defaults = new Cursor()
  private readonly planned = new Map<number, Planned>()
  private recentId = -1
  private recent: Planned = { reason: '' }
  private batch: LoggedRecords | undefined
  private topicCode = 0
  private fromLow = 0
  private fromHigh = 0
  /** Where the last id that got through is written. */
  private idBytes: Uint8Array = Buffer.alloc(0)
  private idFrom = 0
  private idTo = 0

  constructor(topic: MarketTopic, schemas: Schemas, rowsMax: number) {
    const table = new TableColumns(topic.table)
    table.reserve(rowsMax)
    this.topic = topic
    this.schemas = schemas
    this.table = table
    this.ids = table.named('message_id', Uuids)
    this.bucketTexts = table.named(topic.table.bucketOf, Spans)
    this.times = topic.table.dayOf === null ? undefined : table.named(topic.table.dayOf, Int64s)
    this.topics = table.named('kafka_topic', Spans)
    this.partitions = table.named('kafka_partition', Int32s)
    this.offsets = [table.named('kafka_offset', Int64s), table.named('platform_sequence', Int64s)]
  }

  add(batch: LoggedRecords, i: number, accepts: Accepts | undefined): boolean | Refusal {
    if (batch !== this.batch || this.rows >= this.table.capacity) this.begin(batch)
    const refusal = this.read(batch.values, i)
    if (refusal !== undefined) return refusal
    const { rows } = this
    if (accepts !== undefined) {
      const micros = this.times === undefined ? 0 : this.times.numberAt(rows)
      if (!accepts(micros, this.bucketTexts.textAt(rows))) return false
    }
    this.idBytes = this.cursor.bytes
    this.idFrom = this.ids.textFrom
    this.idTo = this.ids.textTo
    const low = this.fromLow + batch.offsetDeltas[i]!
    const high = low < 2 ** 32 ? this.fromHigh : this.fromHigh + 1
    for (const column of this.offsets) column.put(low | 0, high, rows)
    this.partitions.put(batch.partition, rows)
    this.topics.codes[rows] = this.topicCode
    this.rows = rows + 1
    return true
  }

  lastId(): string {
    return Buffer.from(this.idBytes.subarray(this.idFrom, this.idTo)).toString('latin1')
  }

  finish(): ColumnBatch {
    return this.table.finish(this.rows)
  }

  /** What is the same for all of a batch's records. */
  private begin(batch: LoggedRecords): void {
    this.batch = batch
    this.table.reserve(this.rows + batch.count)
    const topic = Buffer.from(batch.topic)
    this.topics.put(topic, 0, topic.length, this.rows)
    this.topicCode = this.topics.codes[this.rows]!
    this.fromLow = Number(BigInt.asUintN(32, batch.from))
    this.fromHigh = Number(batch.from >> 32n)
  }

  private read({ bytes, starts, ends }: Slices, i: number): Refusal | undefined {
    const start = starts[i]!
    const end = ends[i]!
    if (end < 0) return new Refusal('no-value', 'it has no value')
    if (end - start < HEADER_BYTES)
      return new Refusal('frame', `its value of ${end - start} bytes is shorter than a frame`)
    if (bytes[start] !== MAGIC)
      return new Refusal('frame', `its value begins with byte ${bytes[start]} and not with the magic byte 0`)
    const plan = this.plan(
      (bytes[start + 1]! << 24) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 8) | bytes[start + 4]!,
    )
    if ('reason' in plan) return new Refusal('schema', plan.reason)
    if ('read' in plan) return this.readWith(plan.read, bytes, start + HEADER_BYTES, end)
    return this.readResolved(plan.resolver, bytes, start, end)
  }

  private plan(id: number): Planned {
    if (id === this.recentId) return this.recent
    let plan = this.planned.get(id)
    if (plan === undefined) {
      plan = planFor(this.topic, this.schemas, id)
      this.planned.set(id, plan)
    }
    this.recentId = id
    this.recent = plan
    return plan
  }

  private readWith(read: Read, bytes: Uint8Array, at: number, end: number): Refusal | undefined {
    const { cursor } = this
    cursor.set(bytes, at, end)
    read(cursor, this.table.all, this.rows, this.defaults)
    if (cursor.fault !== undefined) return new Refusal('avro', cursor.fault)
    if (cursor.at !== end) return new Refusal('avro', `${end - cursor.at} bytes follow its Avro value`)
    if (cursor.refusedBy !== NO_COLUMN) return new Refusal('value', this.faultOf(cursor.refusedBy))
    return this.bucketTexts.isEmptyAt(this.rows) ? new Refusal('value', 'its symbol is empty') : undefined
  }

  private faultOf(index: number): string {
    const { name, type } = this.topic.table.columns[index]!
    if (type === 'timestamptz') return `its ${name} lies outside the years 1 to 9999`
    if (type !== 'uuid') return `its ${name} is beyond DECIMAL(18,8)`
    const { cursor, ids } = this
    return `its ${name} "${Buffer.from(cursor.bytes.subarray(ids.textFrom, ids.textTo)).toString()}" is no UUID`
  }

  /** A writer whose types are not today's: avsc reads it, and writes it as today's schema would have it. */
  private readResolved(resolver: avro.Resolver, bytes: Uint8Array, start: number, end: number): Refusal | undefined {
    const { kind, table } = this.topic
    const decoded = decodeByAvsc(kind, bytes, start, end, resolver)
    if (decoded instanceof Refusal) return decoded
    const today = TYPES[kind].toBuffer(decoded)
    const plan = planOf(kind, table.columns, SCHEMAS[kind])
    if (!('read' in plan)) throw new Error(`there is no plan for today's schema of ${kind}`)
    return this.readWith(plan.read, today, 0, today.length)
  }
}

/** One framed value by avsc: what the generated readers are checked against, and what reads the rest. */
export function decodeByAvsc(
  kind: Kind,
  bytes: Uint8Array,
  start: number,
  end: number,
  resolver: avro.Resolver | undefined,
): Readonly<Record<string, unknown>> | Refusal {
  // A view of its own keeps a short record from being completed by the bytes of the next one.
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
  try {
    const { value, offset } = TYPES[kind].decode(view, HEADER_BYTES, resolver)
    if (offset < 0) return new Refusal('avro', CUT_SHORT)
    return offset === view.length ? value : new Refusal('avro', `${view.length - offset} bytes follow its Avro value`)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return new Refusal('avro', `its Avro value cannot be decoded: ${why}`)
  }
}
