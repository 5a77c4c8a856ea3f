/**
 * Which manifests and files a question needs not read: by what a manifest's partitions span, by day and bucket, by
 * column bounds. Whatever is not known keeps the file; a file left out wrongly is an answer without its rows.
 *
 *   shape   (Filter, TableSpec) -> Question; (Question, manifest | file) -> may it hold rows; pure
 *   units   days since the epoch; event time in µs
 *   source  Iceberg spec v2, "Scan Planning"
 */
import type { TableSpec } from '@k2/contracts/tables.ts'
import { dayOf } from '@k2/market/instant.ts'
import type { Filter, OffsetSpan } from '../table.ts'
import { boundValue } from './bounds.ts'
import { bucketOf } from './bucket.ts'
import type { ManifestEntry } from './manifest.ts'
import type { ManifestFile, PartitionSpan } from './manifest-list.ts'
import type { TableMetadata } from './metadata.ts'

/**
 * A text's UTF-8, a character a byte: it compares as bytes do, as Iceberg orders texts. A Buffer of six bytes keeps a slab
 * of 8 KiB in memory for as long as its file is known, or its whole manifest.
 */
export type Octets = string
export const octets = (bytes: Uint8Array): Octets =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')

/** A filter made ready to be held against bounds; absent means that anything goes. Ends of ranges are included. */
export interface Question {
  /** No row can match. */
  readonly isEmpty: boolean
  readonly micros?: Range
  readonly days?: Range
  readonly buckets?: ReadonlySet<number>
  readonly symbols?: readonly Sought[]
  readonly exchanges?: readonly Octets[]
  /** By topic, of partitions of it. */
  readonly offsets?: readonly Logged[]
}

/** Offsets of the log, ends included. */
interface Logged {
  readonly topic: Octets
  readonly partition: number
  readonly from: bigint
  readonly to: bigint
}

/** A symbol as UTF-8, with its bucket: a file of another bucket cannot hold it, whatever its bounds span. */
interface Sought {
  readonly text: Octets
  readonly bucket: number
}

export interface Range {
  readonly from: number
  readonly to: number
}

/** Where a spec keeps day and bucket, and the ids of the columns that questions are about. */
export interface Layout {
  readonly day?: { readonly fieldId: number; readonly position: number }
  readonly bucket?: { readonly fieldId: number; readonly position: number }
}

/** What planning keeps of a data file. */
export interface PrunableFile {
  readonly path: string
  readonly format: string
  readonly sizeBytes: number
  readonly rows: number
  /** undefined: not known. */
  readonly day: number | undefined
  readonly bucket: number | undefined
  readonly micros: Bounds<number>
  readonly symbol: Bounds<Octets>
  readonly exchange: Bounds<Octets>
  readonly topic: Bounds<Octets>
  readonly partition: Bounds<number>
  readonly offset: Bounds<bigint>
}

export interface Bounds<T> {
  readonly lower: T | undefined
  readonly upper: T | undefined
}

/** An empty list of symbols or exchanges matches nothing, as IN () does. */
export function questionOf(filter: Filter, spec: TableSpec): Question {
  const isTimed = spec.dayOf !== null && (filter.fromMicros !== undefined || filter.toMicros !== undefined)
  const from = filter.fromMicros ?? Number.NEGATIVE_INFINITY
  const to = (filter.toMicros ?? Number.POSITIVE_INFINITY) - 1
  const symbols = filter.symbols?.map((symbol) => ({ text: octets(Buffer.from(symbol)), bucket: bucketOf(symbol) }))
  const exchanges = filter.exchanges?.map((exchange) => octets(Buffer.from(exchange)))
  return {
    isEmpty: filter.symbols?.length === 0 || filter.exchanges?.length === 0 || (isTimed && from > to),
    ...(filter.offsets && { offsets: filter.offsets.filter((span) => span.from < span.to).map(logged) }),
    ...(isTimed ? { micros: { from, to }, days: { from: dayOf(from), to: dayOf(to) } } : {}),
    ...(symbols && { symbols, buckets: new Set(symbols.map(({ bucket }) => bucket)) }),
    ...(exchanges && { exchanges }),
  }
}

function logged({ partition, from, to }: OffsetSpan): Logged {
  const at = partition.lastIndexOf('/')
  const topic = octets(Buffer.from(partition.slice(0, at)))
  return { topic, partition: Number(partition.slice(at + 1)), from, to: to - 1n }
}

const idOf = (spec: TableSpec, name: string | null): number | undefined =>
  spec.columns.find((column) => column.name === name)?.id

/** By transform and source, so that specs of other writers, and older ones, are used as far as they are known. */
export function layoutOf(metadata: TableMetadata, specId: number, spec: TableSpec): Layout {
  const fields = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === specId)?.fields ?? []
  const find = (transform: RegExp, source: number | undefined) => {
    const position = fields.findIndex((field) => transform.test(field.transform) && field['source-id'] === source)
    return position < 0 ? undefined : { fieldId: fields[position]!['field-id'], position }
  }
  const day = find(/^day$/, idOf(spec, spec.dayOf))
  const bucket = find(/^bucket\[16\]$/, idOf(spec, spec.bucketOf))
  return { ...(day && { day }), ...(bucket && { bucket }) }
}

export function prunable(entry: ManifestEntry, layout: Layout, spec: TableSpec): PrunableFile {
  const partition = (part: Layout['day']) => {
    const value = part && entry.partition.get(part.fieldId)
    return typeof value === 'number' ? value : undefined
  }
  const stats = (name: string | null) => {
    const id = idOf(spec, name)
    return id === undefined ? undefined : entry.stats.get(id)
  }
  const texts = (name: string): Bounds<Octets> => {
    const { lower, upper } = stats(name) ?? {}
    return { lower: lower && octets(lower), upper: upper && octets(upper) }
  }
  const bounds = <T>(name: string | null, value: (bytes: Uint8Array) => T): Bounds<T> => {
    const { lower, upper } = stats(name) ?? {}
    return { lower: lower && value(lower), upper: upper && value(upper) }
  }
  return {
    path: entry.path,
    format: entry.format,
    sizeBytes: entry.sizeBytes,
    rows: entry.rows,
    day: partition(layout.day),
    bucket: partition(layout.bucket),
    micros: bounds(spec.dayOf, (bytes) => Number(boundValue('timestamptz', bytes))),
    symbol: texts(spec.bucketOf),
    exchange: texts('exchange'),
    topic: texts('kafka_topic'),
    partition: bounds('kafka_partition', (bytes) => Number(boundValue('int', bytes))),
    offset: bounds('kafka_offset', (bytes) => BigInt(boundValue('long', bytes))),
  }
}

export function mayHold(question: Question, manifest: ManifestFile, layout: Layout): boolean {
  if (question.isEmpty) return false
  const span = (part: Layout['day']) => part && manifest.spans?.[part.position]
  const days = numbers(span(layout.day))
  if (question.days && days && !overlaps(question.days, days)) return false
  const buckets = numbers(span(layout.bucket))
  if (question.buckets && buckets && ![...question.buckets].some((bucket) => within(bucket, buckets))) return false
  return true
}

/** undefined where either end is unknown. Rows without a value match no range, so nulls need not be looked at. */
function numbers(span: PartitionSpan | undefined): Range | undefined {
  if (span?.lower === undefined || span.upper === undefined) return undefined
  return { from: Number(boundValue('int', span.lower)), to: Number(boundValue('int', span.upper)) }
}

export function mayMatch(question: Question, file: PrunableFile): boolean {
  if (question.isEmpty) return false
  const { days, micros, symbols, exchanges, offsets } = question
  if (days && file.day !== undefined && !within(file.day, days)) return false
  if (micros) {
    const { lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY } = file.micros
    if (!overlaps(micros, { from: lower, to: upper })) return false
  }
  const isSought = ({ text, bucket }: Sought) => (file.bucket ?? bucket) === bucket && spans(file.symbol, text)
  if (symbols && !symbols.some(isSought)) return false
  if (offsets && !offsets.some((logged) => mayHoldLogged(logged, file))) return false
  return exchanges === undefined || exchanges.some((exchange) => spans(file.exchange, exchange))
}

function mayHoldLogged({ topic, partition, from, to }: Logged, file: PrunableFile): boolean {
  if (!spans(file.topic, topic)) return false
  const { lower = partition, upper = partition } = file.partition
  if (partition < lower || partition > upper) return false
  const { lower: first = from, upper: last = to } = file.offset
  return first <= to && from <= last
}

const within = (value: number, range: Range): boolean => range.from <= value && value <= range.to
const overlaps = (a: Range, b: Range): boolean => a.from <= b.to && b.from <= a.to

/** A bound that was cut is still a bound. */
const spans = ({ lower, upper }: Bounds<Octets>, text: Octets): boolean =>
  (lower === undefined || lower <= text) && (upper === undefined || text <= upper)
