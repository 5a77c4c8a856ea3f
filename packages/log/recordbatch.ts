/**
 * Reads Kafka's RecordBatch v2 into columns. Hot path: two passes, headers and checksums first, then the records
 * straight into typed arrays that point into the given bytes; no object a record, no BigInt a record (log.bench.ts).
 *
 *   shape   bytes of consecutive batches -> one LogBatch over them all
 *   units   offsets: bigint at the edge, deltas inside; times: ms since the epoch
 *   errors  LOG_DAMAGED with topic, partition and offset: wrong checksum, other magic, cut short, compressed
 *   source  kafka.apache.org/documentation "Message format", RecordBatch; org.apache.kafka.common.record.DefaultRecord
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { crc32c } from './crc32c.ts'
import type { Headers, LogBatch } from './log.ts'

/** Where the fields of the header begin; the checksum covers all from the attributes on. */
// biome-ignore format: a table reads by its columns
export const AT = {
  baseOffset: 0,  length: 8,       leaderEpoch: 12,   magic: 16,        crc: 17,   attributes: 21, lastOffsetDelta: 23,
  baseTime: 27,   maxTime: 35,     producerId: 43,    producerEpoch: 51, baseSequence: 53,          count: 57,
} as const
export const HEADER_BYTES = 61
/** What a broker takes as one batch, header included, by default (message.max.bytes). */
export const BATCH_BYTES_MAX = 1_048_588

/** By their number in the attributes. */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export const CODEC_BITS = 7
const LOG_APPEND_TIME_BIT = 8
export const TRANSACTION_BIT = 16
export const CONTROL_BIT = 32
const TWO_32 = 0x1_0000_0000
const text = new TextDecoder()

export interface PartitionName {
  readonly topic: string
  readonly partition: number
}

/** The columns of a batch while they are being filled. */
interface Columns {
  readonly offsetDeltas: Int32Array
  readonly timesMs: Float64Array
  readonly keyStarts: Int32Array
  readonly keyEnds: Int32Array
  readonly valueStarts: Int32Array
  readonly valueEnds: Int32Array
  headers: (Headers | undefined)[] | undefined
}

/** The error of stored bytes that are not what was written; `offset` is the first that cannot be read. */
export function damaged({ topic, partition }: PartitionName, offset: bigint, fault: string, cause?: unknown): K2Error {
  return new K2Error(
    'LOG_DAMAGED',
    `${topic}/${partition} cannot be read at offset ${offset}: ${fault}. Restore the log from a copy, or drop what ` +
      'lies before the first readable offset with deleteBefore; the records in between are lost.',
    { topic, partition, offset: String(offset) },
    cause,
  )
}

/**
 * All batches in `bytes`, which follow each other without a gap in offsets; the columns point into `bytes`. A control
 * batch counts as offsets that hold no record. `isChecked`: their checksums were, and what they covered is unpacked now.
 */
export function decodeBatches(bytes: Uint8Array, name: PartitionName, isChecked = false): LogBatch {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { from, to, count } = checkHeaders(bytes, view, name, isChecked)
  const columns: Columns = {
    offsetDeltas: new Int32Array(count),
    timesMs: new Float64Array(count),
    keyStarts: new Int32Array(count),
    keyEnds: new Int32Array(count),
    valueStarts: new Int32Array(count),
    valueEnds: new Int32Array(count),
    headers: undefined,
  }
  let row = 0
  for (let at = 0; at < bytes.length; at += AT.leaderEpoch + view.getInt32(at + AT.length)) {
    if (isControl(view, at)) continue
    row = decodeRecords(bytes, view, at, columns, row, from, name)
  }
  return {
    topic: name.topic,
    partition: name.partition,
    from,
    to,
    count,
    offsetDeltas: columns.offsetDeltas,
    timesMs: columns.timesMs,
    keys: { bytes, starts: columns.keyStarts, ends: columns.keyEnds },
    values: { bytes, starts: columns.valueStarts, ends: columns.valueEnds },
    ...(columns.headers !== undefined && { headers: columns.headers }),
  }
}

function isControl(view: DataView, at: number): boolean {
  return (view.getInt16(at + AT.attributes) & CONTROL_BIT) !== 0
}

/** Checks every batch's length, magic, checksum, codec and place; nothing behind a wrong one is looked at. */
function checkHeaders(bytes: Uint8Array, view: DataView, name: PartitionName, isChecked: boolean) {
  let from = -1n
  let to = -1n
  let count = 0
  for (let at = 0; at < bytes.length; ) {
    const fault = headerFault(bytes, view, at, isChecked)
    if (fault !== undefined) throw damaged(name, to < 0n ? firstOffset(view) : to, fault)
    const base = view.getBigInt64(at + AT.baseOffset)
    if (from < 0n) from = base
    else if (base !== to) throw damaged(name, to, `the next batch begins at ${base}`)
    to = base + BigInt(view.getInt32(at + AT.lastOffsetDelta)) + 1n
    if (!isControl(view, at)) count += view.getInt32(at + AT.count)
    at += AT.leaderEpoch + view.getInt32(at + AT.length)
  }
  if (from < 0n) throw damaged(name, 0n, 'there are no bytes')
  return { from, to, count }
}

function firstOffset(view: DataView): bigint {
  return view.byteLength >= 8 ? view.getBigInt64(AT.baseOffset) : 0n
}

/** What is wrong with the batch at `at`, in front of its records. */
export function headerFault(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  isChecked: boolean,
  codecBits = 0,
): string | undefined {
  const left = bytes.length - at
  if (left < HEADER_BYTES) return `a batch is cut short: ${left} bytes of a ${HEADER_BYTES}-byte header`
  const magic = view.getInt8(at + AT.magic)
  if (magic !== 2) return `a batch has magic ${magic}, and only 2 can be read`
  const size = AT.leaderEpoch + view.getInt32(at + AT.length)
  if (size < HEADER_BYTES || size > left) return `a batch of ${size} bytes is cut to ${left}`
  const isDamaged = !isChecked && crc32c(bytes, at + AT.attributes, at + size) !== view.getUint32(at + AT.crc)
  if (isDamaged) return 'its checksum is wrong'
  const codec = view.getInt16(at + AT.attributes) & CODEC_BITS & ~codecBits
  if (codec !== 0) return `it is compressed with ${CODECS[codec] ?? `codec ${codec}`}, which this reader has not`
  const count = view.getInt32(at + AT.count)
  const lastDelta = view.getInt32(at + AT.lastOffsetDelta)
  if (count < 0 || lastDelta < 0 || count > lastDelta + 1)
    return `${count} records cannot have ${lastDelta + 1} offsets`
  return undefined
}

/** One batch's records into the columns from `row` on; gives the row after them. */
function decodeRecords(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  columns: Columns,
  row: number,
  from: bigint,
  name: PartitionName,
): number {
  const end = at + AT.leaderEpoch + view.getInt32(at + AT.length)
  const rows = row + view.getInt32(at + AT.count)
  const base = Number(view.getBigInt64(at + AT.baseOffset) - from)
  const baseTime = int64(view, at + AT.baseTime)
  const appendTime = (view.getInt16(at + AT.attributes) & LOG_APPEND_TIME_BIT) !== 0 ? int64(view, at + AT.maxTime) : -1
  const { offsetDeltas, timesMs, keyStarts, keyEnds, valueStarts, valueEnds } = columns
  const cursor = new Cursor(bytes, at + HEADER_BYTES)
  for (let i = row; i < rows; i++) {
    const length = cursor.varint()
    const recordEnd = cursor.at + length
    cursor.at++ // the record's attributes: none are defined
    const timeDelta = cursor.varint()
    timesMs[i] = appendTime < 0 ? baseTime + timeDelta : appendTime
    offsetDeltas[i] = base + cursor.varint()
    const keyLength = cursor.varint()
    keyStarts[i] = cursor.at
    keyEnds[i] = keyLength < 0 ? -1 : cursor.skip(keyLength)
    const valueLength = cursor.varint()
    valueStarts[i] = cursor.at
    valueEnds[i] = valueLength < 0 ? -1 : cursor.skip(valueLength)
    const headers = cursor.varint()
    if (headers > 0) {
      columns.headers ??= new Array(offsetDeltas.length).fill(undefined)
      columns.headers[i] = readHeaders(cursor, headers)
    }
    // The checksum was right, so this is a writer's fault and not damage on the way; it must not become wrong data.
    if (cursor.at !== recordEnd || recordEnd > end)
      throw damaged(name, from + BigInt(base), `record ${i - row} overruns`)
  }
  if (cursor.at !== end) throw damaged(name, from + BigInt(base), `${end - cursor.at} bytes follow its last record`)
  return rows
}

function readHeaders(cursor: Cursor, count: number): Headers {
  const entries: [string, string][] = []
  for (let i = 0; i < count && cursor.at < cursor.bytes.length; i++) entries.push([cursor.string(), cursor.string()])
  return Object.fromEntries(entries)
}

/** An int64 as a number: times stay below 2^53. */
function int64(view: DataView, at: number): number {
  return view.getInt32(at) * TWO_32 + view.getUint32(at + 4)
}

class Cursor {
  readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
  }

  /** A zigzag varint or varlong; past the bytes it reads zeros, which the record's end check finds. */
  varint(): number {
    const first = this.bytes[this.at++]! | 0
    if (first < 128) return (first >>> 1) ^ -(first & 1)
    let raw = first & 127
    let scale = 128
    for (let i = 1; i < 10; i++) {
      const byte = this.bytes[this.at++]! | 0
      raw += (byte & 127) * scale
      if (byte < 128) break
      scale *= 128
    }
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
  }

  skip(bytes: number): number {
    this.at += bytes
    return this.at
  }

  string(): string {
    const length = this.varint()
    if (length <= 0) return ''
    return text.decode(this.bytes.subarray(this.at, this.skip(length)))
  }
}
