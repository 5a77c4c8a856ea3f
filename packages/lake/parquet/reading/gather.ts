/**
 * HOT PATH (`npm run bench -- replay`). Rows picked from several groups, in any order, as columns of an answer: their arrays are
 * their own.
 *
 *   shape   (pieces, order, column) -> column. `order` has places in the pieces one behind the other
 */
import type { ColumnData } from '@k2/contracts/columns.ts'
import type { ResultColumn } from '../../duckdb/result.ts'
import { roomy } from '../bytes.ts'
import { NotOurs } from './cursor.ts'
import { lists, texts, utf8Lists, utf8s } from './gather-texts.ts'
import type { Piece, PieceOf } from './pieces.ts'
import { rowsIn } from './pieces.ts'

const areAll = <K extends ColumnData['kind']>(pieces: readonly Piece[], kind: K): pieces is readonly PieceOf<K>[] =>
  pieces.every(({ data }) => data.kind === kind)

/** @param isUtf8 texts become bytes: for answers that are written column by column */
export function gathered(pieces: readonly Piece[], order: Int32Array, isUtf8: boolean): ResultColumn {
  if (areAll(pieces, 'int64')) return int64s(pieces, order)
  if (areAll(pieces, 'int32')) return { kind: 'int32', ...ofWords(pieces, order, 1) }
  if (areAll(pieces, 'uuid')) return { kind: 'uuid', bytes: ids(pieces, order) }
  if (areAll(pieces, 'list')) return isUtf8 ? utf8Lists(pieces, order) : lists(pieces, order)
  if (pieces.every(({ data }) => data.kind === 'text' || data.kind === 'dictionary')) {
    return isUtf8 ? utf8s(pieces, order) : texts(pieces, order)
  }
  throw new NotOurs('a column of several kinds')
}

type Numbers = PieceOf<'int64'> | PieceOf<'int32'>

function int64s(pieces: readonly PieceOf<'int64'>[], order: Int32Array): ResultColumn {
  const { values, ...nulls } = ofWords(pieces, order, 2)
  return { kind: 'int64', values: new BigInt64Array(values.buffer), ...nulls }
}

/** Kept from one column to the next, as all that is not given away. */
let words = new Int32Array(0)

/** Values of one or two words of 32 bits. */
function ofWords(pieces: readonly Numbers[], order: Int32Array, each: 1 | 2) {
  words = roomy(words, rowsIn(pieces) * each)
  const together = words
  let at = 0
  for (const { data, from, to } of pieces) {
    const { buffer, byteOffset } = data.values
    together.set(new Int32Array(buffer, byteOffset + from * each * 4, (to - from) * each), at)
    at += (to - from) * each
  }
  const values = new Int32Array(order.length * each)
  if (each === 1) for (let i = 0; i < order.length; i++) values[i] = together[order[i]!]!
  else {
    for (let i = 0, to = 0; i < order.length; i++, to += 2) {
      const place = order[i]! * 2
      values[to] = together[place]!
      values[to + 1] = together[place + 1]!
    }
  }
  return { values, ...nullsOf(pieces, order) }
}

function nullsOf(pieces: readonly Numbers[], order: Int32Array): { nulls?: Uint8Array } {
  if (pieces.every(({ data }) => data.nulls === undefined)) return {}
  const together = new Uint8Array(rowsIn(pieces))
  let at = 0
  for (const { data, from, to } of pieces) {
    if (data.nulls !== undefined) together.set(data.nulls.subarray(from, to), at)
    at += to - from
  }
  const nulls = new Uint8Array(order.length)
  for (let i = 0; i < order.length; i++) nulls[i] = together[order[i]!]!
  return nulls.includes(1) ? { nulls } : {}
}

function ids(pieces: readonly PieceOf<'uuid'>[], order: Int32Array): Uint8Array {
  words = roomy(words, rowsIn(pieces) * 4)
  const bytes = new Uint8Array(words.buffer)
  let at = 0
  for (const { data, from, to } of pieces) {
    bytes.set(data.bytes.subarray(from * 16, to * 16), at)
    at += (to - from) * 16
  }
  const together = words
  const picked = new Int32Array(order.length * 4)
  for (let i = 0, to = 0; i < order.length; i++) {
    for (let place = order[i]! * 4, end = to + 4; to < end; ) picked[to++] = together[place++]!
  }
  return new Uint8Array(picked.buffer)
}
