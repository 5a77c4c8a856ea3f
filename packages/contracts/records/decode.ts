/**
 * Log records -> table columns: Avro decoded, checked against what the table can hold, and the log's own position
 * added. A record that cannot be landed is a value with its reason, and the ones around it land.
 *
 *   shape   (topic, batch, schemas by id) -> columns, rejected records, the last record
 *   units   offsets: bigint; times: ms for records, µs for events
 *   errors  SCHEMA_INCOMPATIBLE from a writer's schema is a rejection of its records
 */
import type avro from 'avsc'
import { K2Error } from '../codes.ts'
import type { ColumnBatch, Slices } from '../columns.ts'
import type { Column } from '../tables.ts'
import type { MarketTopic } from '../topics.ts'
import { resolverOf, TYPES } from './avro.ts'
import { type TableBuilder, tableBuilder } from './builder.ts'

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

type Fields = Record<string, unknown>

const MAGIC = 0
const HEADER_BYTES = 5
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const DECIMAL_MAX = 999_999_999_999_999_999n
/** Day numbers of the table's partitions are int32, and readers' timestamps begin at year 1. */
const MICROS_MIN = -62_135_596_800_000_000n
const MICROS_MAX = 253_402_300_799_999_999n

/** Decodes record after record into one table; `full` is asked before each and stops it. */
export function tableDecoder(topic: MarketTopic, schemas: Schemas) {
  const table = tableBuilder(topic.table)
  const resolve = resolvers(topic, schemas)
  let rows = 0
  return {
    /** Adds record `i` of the batch: its fields, or why it cannot land. */
    add(batch: LoggedRecords, i: number, wanted?: (fields: Fields) => boolean): Fields | Refusal | undefined {
      const value = readValue(topic, batch, i, resolve)
      if (value instanceof Refusal) return value
      const fault = faultOf(topic.table.columns, value)
      if (fault !== undefined) return new Refusal('value', fault)
      if (wanted && !wanted(value)) return undefined
      pushRow(table, value, batch, i)
      rows++
      return value
    },
    rows: () => rows,
    finish: () => table.finish(rows),
  }
}

/** A whole batch at once. */
export function decodeBatch(topic: MarketTopic, batch: LoggedRecords, schemas: Schemas): Decoded {
  const decoder = tableDecoder(topic, schemas)
  const rejected: Rejected[] = []
  let last: Landed | undefined
  for (let i = 0; i < batch.count; i++) {
    const offset = batch.from + BigInt(batch.offsetDeltas[i]!)
    const added = decoder.add(batch, i)
    if (added instanceof Refusal) rejected.push({ offset, code: added.code, reason: added.reason })
    else if (added) last = { offset, messageId: added.message_id as string, timeMs: batch.timesMs[i]! }
  }
  return { batch: decoder.finish(), rejected, last }
}

/** The schema ids that a batch's values name; values without a frame name none. */
export function schemaIds(values: Slices): Set<number> {
  const ids = new Set<number>()
  const view = Buffer.from(values.bytes.buffer, values.bytes.byteOffset, values.bytes.byteLength)
  for (let i = 0; i < values.starts.length; i++) {
    const start = values.starts[i]!
    if (values.ends[i]! - start >= HEADER_BYTES && view[start] === MAGIC) ids.add(view.readInt32BE(start + 1))
  }
  return ids
}

type Resolve = (id: number) => { readonly resolver: avro.Resolver | undefined } | { readonly reason: string }

function resolvers(topic: MarketTopic, schemas: Schemas): Resolve {
  const known = new Map<number, ReturnType<Resolve>>()
  return (id) => {
    let found = known.get(id)
    if (!found) {
      found = resolverFor(topic, schemas, id)
      known.set(id, found)
    }
    return found
  }
}

function resolverFor(topic: MarketTopic, schemas: Schemas, id: number): ReturnType<Resolve> {
  const entry = schemas.get(id)
  if (!entry) return { reason: `its schema id ${id} is not known to the registry` }
  if ('reason' in entry) return entry
  try {
    return { resolver: resolverOf(topic.kind, entry.schema) }
  } catch (error) {
    if (error instanceof K2Error) return { reason: error.message }
    throw error
  }
}

function readValue(topic: MarketTopic, batch: LoggedRecords, i: number, resolve: Resolve): Fields | Refusal {
  const { bytes, starts, ends } = batch.values
  const start = starts[i]!
  const end = ends[i]!
  if (end < 0) return new Refusal('no-value', 'it has no value')
  if (end - start < HEADER_BYTES)
    return new Refusal('frame', `its value of ${end - start} bytes is shorter than a frame`)
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view[start] !== MAGIC)
    return new Refusal('frame', `its value begins with byte ${view[start]} and not with the magic byte 0`)
  const found = resolve(view.readInt32BE(start + 1))
  if ('reason' in found) return new Refusal('schema', found.reason)
  try {
    // The subarray keeps a short record from being completed by the bytes of the next one.
    const { value, offset } = TYPES[topic.kind].decode(view.subarray(start, end), HEADER_BYTES, found.resolver)
    if (offset < 0) return new Refusal('avro', 'its Avro value is cut short')
    if (offset === end - start) return value
    return new Refusal('avro', `${end - start - offset} bytes follow its Avro value`)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return new Refusal('avro', `its Avro value cannot be decoded: ${why}`)
  }
}

function faultOf(columns: readonly Column[], fields: Fields): string | undefined {
  for (const { name, type } of columns) {
    const value = fields[name]
    if (value === null || value === undefined) continue
    if (type === 'uuid' && !UUID.test(value as string)) return `its ${name} "${value}" is no UUID`
    if (type === 'decimal(18, 8)' && ((value as bigint) > DECIMAL_MAX || (value as bigint) < -DECIMAL_MAX)) {
      return `its ${name} is beyond DECIMAL(18,8)`
    }
    if (type === 'timestamptz' && ((value as bigint) > MICROS_MAX || (value as bigint) < MICROS_MIN)) {
      return `its ${name} lies outside the years 1 to 9999`
    }
  }
  return fields.symbol === '' ? 'its symbol is empty' : undefined
}

function pushRow(table: TableBuilder, fields: Fields, batch: LoggedRecords, i: number): void {
  const offset = batch.from + BigInt(batch.offsetDeltas[i]!)
  for (const { column, builder } of table.columns) {
    switch (column.name) {
      case 'kafka_topic':
        builder.push(batch.topic)
        break
      case 'kafka_partition':
        builder.push(batch.partition)
        break
      case 'kafka_offset':
      case 'platform_sequence':
        builder.push(offset)
        break
      case 'vendor_data':
        builder.push(vendorText(fields.vendor_data))
        break
      default:
        builder.push(fields[column.name])
    }
  }
}

/** Names in order, so that equal data is equal text. */
function vendorText(data: unknown): string | null {
  if (data === null || data === undefined) return null
  const names = Object.keys(data).sort()
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, (data as Record<string, string>)[name]])))
}
