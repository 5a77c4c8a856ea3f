/**
 * What the generated decoder replaced: avsc makes an object of each record, and builders take its fields one by one.
 * Kept as the oracle that decode.test.ts compares with, and as `npm run bench -- sink` measures "before".
 */
import type avro from 'avsc'
import { K2Error } from '../codes.ts'
import type { Column } from '../tables.ts'
import type { MarketTopic } from '../topics.ts'
import { resolverOf } from './avro.ts'
import { type TableBuilder, tableBuilder } from './by-avsc.columns.ts'
import { decodeByAvsc, type LoggedRecords, offsetOf, Refusal, type Schemas, type TableDecoder } from './decode.ts'
import { vendorText } from './spans.ts'

type Fields = Readonly<Record<string, unknown>>

const MAGIC = 0
const HEADER_BYTES = 5
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const DECIMAL_MAX = 999_999_999_999_999_999n
/** Day numbers of the table's partitions are int32, and readers' timestamps begin at year 1. */
const MICROS_MIN = -62_135_596_800_000_000n
const MICROS_MAX = 253_402_300_799_999_999n

export function avscDecoder(topic: MarketTopic, schemas: Schemas): TableDecoder {
  const table = tableBuilder(topic.table)
  const resolve = resolvers(topic, schemas)
  let rows = 0
  let lastId = ''
  return {
    add(batch, i, accepts) {
      const value = readValue(topic, batch, i, resolve)
      if (value instanceof Refusal) return value
      const fault = faultOf(topic.table.columns, value)
      if (fault !== undefined) return new Refusal('value', fault)
      const { dayOf, bucketOf } = topic.table
      if (accepts && !accepts(dayOf === null ? 0 : Number(value[dayOf]), value[bucketOf] as string)) return false
      pushRow(table, value, batch, i)
      lastId = value.message_id as string
      rows++
      return true
    },
    lastId: () => lastId,
    rows: () => rows,
    finish: () => table.finish(rows),
  }
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
  return decodeByAvsc(topic.kind, bytes, start, end, found.resolver)
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
  const offset = offsetOf(batch, i)
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
