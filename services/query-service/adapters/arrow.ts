/**
 * HOT PATH (`npm run bench -- formats`). Rows of an answer as a stream of Arrow IPC: a schema, which its fields alone decide, and one batch,
 * whose buffers are the columns' own (core/columnar.ts); decimals alone are widened, to the 128 bits that readers know.
 *
 *   types   decimal128 of the field's digits · timestamp[us, UTC] · int64 · int32 · bool · utf8 · list<utf8>; all may be null, as files of
 *           other writers may leave out any of them
 *   source  Arrow columnar format 1.5, "IPC Streaming Format"
 */

import type { Utf8Column, Utf8ListColumn } from '@k2/contracts/columns.ts'
import { giveBack } from '@k2/lake/duckdb/memory.ts'
import * as arrow from 'apache-arrow'
import { type AnswerColumn, PROOF_KEY } from '../core/answer.ts'
import { type Columnar, columnarOf } from '../core/columnar.ts'
import { type Field, scaleOf } from '../core/fields.ts'
import { BACK_BYTES, FRONT_BYTES } from '../core/rows.ts'

/** The whole stream: schema, batch, end. Its memory is its own. */
export function arrowRows(columns: readonly AnswerColumn[], rows: number): Uint8Array<ArrayBuffer> {
  const schema = schemaOf(columns.map(({ field }) => field))
  const children = columns.map((column) => dataOf(typeOf(column.field), columnarOf(column, rows), rows))
  const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length: rows, nullCount: 0, children })
  const stream = written(schema, [new arrow.RecordBatch(schema, data)])
  columns.forEach((column, i) => {
    if (isMade(column)) giveBack(children[i]!.values as Uint8Array)
  })
  return stream
}

/** In memory of its own, made for this stream. */
const isMade = ({ stored, field }: AnswerColumn): boolean =>
  stored?.kind === 'uuid' || (stored?.kind === 'int64' && field.type === 'decimal(18, 8)')

/** Length of a message's head: the mark of a continuation, and the length of what tells of it. */
const HEAD_BYTES = 8

/** The stream with the proof in its schema, which is its first message; the rows stay as they were written. */
export function withProof(stream: Uint8Array, proof: string): Uint8Array<ArrayBuffer> {
  const head = new DataView(stream.buffer, stream.byteOffset, HEAD_BYTES)
  const rows = stream.subarray(HEAD_BYTES + head.getInt32(4, true))
  const { fields } = arrow.RecordBatchReader.from(stream).open().schema
  const proven = written(new arrow.Schema(fields, new Map([[PROOF_KEY, proof]])), [])
  // Without its end, which is a message's head alone.
  return Buffer.concat([proven.subarray(0, proven.length - HEAD_BYTES), rows]) as Uint8Array<ArrayBuffer>
}

function written(schema: arrow.Schema, batches: readonly arrow.RecordBatch[]): Uint8Array<ArrayBuffer> {
  const writer = new Gathering()
  writer.reset(undefined, schema)
  for (const batch of batches) writer.write(batch)
  writer.finish()
  return writer.taken()
}

/** Puts what is written together once, with room around it (core/rows.ts): the library's own way copies it twice. */
class Gathering extends arrow.RecordBatchStreamWriter {
  private readonly parts: Uint8Array[] = []
  private bytes = 0

  protected override _write(part: ArrayBufferView): this {
    this.parts.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
    this.bytes += part.byteLength
    return this
  }

  taken(): Uint8Array<ArrayBuffer> {
    const all = Buffer.allocUnsafeSlow(FRONT_BYTES + this.bytes + BACK_BYTES)
    let at = FRONT_BYTES
    for (const part of this.parts) {
      all.set(part, at)
      at += part.length
    }
    return new Uint8Array(all.buffer, FRONT_BYTES, this.bytes)
  }
}

function schemaOf(fields: readonly Field[]): arrow.Schema {
  return new arrow.Schema(fields.map((field) => new arrow.Field(field.name, typeOf(field), true)))
}

function typeOf(field: Field): arrow.DataType {
  const scale = scaleOf(field)
  if (scale !== undefined) return new arrow.Decimal(scale, field.type === 'decimal(18, 8)' ? 18 : 38, 128)
  switch (field.type) {
    case 'timestamptz':
      return new arrow.TimestampMicrosecond('UTC')
    case 'long':
      return new arrow.Int64()
    case 'int':
      return new arrow.Int32()
    case 'boolean':
      return new arrow.Bool()
    case 'list<string>':
      return new arrow.List(new arrow.Field('item', new arrow.Utf8(), true))
    default:
      return new arrow.Utf8()
  }
}

function dataOf(type: arrow.DataType, column: Columnar, length: number): arrow.Data {
  const validity = validityOf(column.nulls)
  switch (column.kind) {
    case 'utf8':
      return textsOf(type as arrow.Utf8, column, length, validity)
    case 'utf8-list':
      return listsOf(type as arrow.List, column, length, validity)
    case 'boolean':
      return arrow.makeData({ type: type as arrow.Bool, length, ...validity, data: bitsOf(column.values) })
    case 'int32':
      return arrow.makeData({ type: type as arrow.Int32, length, ...validity, data: column.values })
    case 'wide':
      return arrow.makeData({ type: type as arrow.Decimal, length, ...validity, data: wordsIn(column.words) })
    case 'int64':
      if (type instanceof arrow.Decimal)
        return arrow.makeData({ type, length, ...validity, data: widened(column.values) })
      return arrow.makeData({ type: type as arrow.Int64, length, ...validity, data: column.values })
  }
}

interface Validity {
  readonly nullCount: number
  readonly nullBitmap?: Uint8Array
}

function textsOf(type: arrow.Utf8, { offsets, bytes }: Utf8Column, length: number, validity: Validity): arrow.Data {
  return arrow.makeData({ type, length, ...validity, valueOffsets: offsets, data: bytes })
}

function listsOf(
  type: arrow.List,
  { offsets, elements }: Utf8ListColumn,
  length: number,
  validity: Validity,
): arrow.Data {
  const child = textsOf(new arrow.Utf8(), elements, elements.offsets.length - 1, validityOf(elements.nulls))
  return arrow.makeData({ type, length, ...validity, valueOffsets: offsets, child })
}

function validityOf(nulls: Uint8Array | undefined): Validity {
  if (nulls === undefined) return { nullCount: 0 }
  let nullCount = 0
  for (let i = 0; i < nulls.length; i++) nullCount += nulls[i]!
  return { nullCount, nullBitmap: bitsOf(nulls, 1) }
}

/** A bit a row, the lowest first: set where the value is not `unset`. */
function bitsOf(values: Uint8Array, unset = 0): Uint8Array {
  const bits = new Uint8Array((values.length + 7) >> 3)
  for (let i = 0; i < values.length; i++) if (values[i] !== unset) bits[i >> 3]! |= 1 << (i & 7)
  return bits
}

const wordsIn = (values: BigInt64Array): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset, values.length * 2)

/** 64 bits as 128, by halves: a BigInt a value would cost more than all else. */
function widened(values: BigInt64Array): Uint32Array {
  const from = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  const to = new Int32Array(values.length * 4)
  for (let i = 0, at = 0; i < from.length; i += 2, at += 4) {
    const high = from[i + 1]!
    to[at] = from[i]!
    to[at + 1] = high
    to[at + 2] = high >> 31
    to[at + 3] = high >> 31
  }
  return new Uint32Array(to.buffer)
}
