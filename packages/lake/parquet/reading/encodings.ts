/**
 * HOT PATH (`npm run bench -- lake`). What ../delta.ts, ../hybrid.ts and ../texts.ts write, read back.
 *
 *   errors  NotOurs
 *   source  Parquet format, "Encodings"
 */
import { type Bytes, roomy } from '../bytes.ts'
import { type Cursor, NotOurs } from './cursor.ts'

const BLOCK = 128
const MINI = 32

/** DELTA_BINARY_PACKED of exactly so many. */
export function undelta(from: Cursor, to: Float64Array, count: number): void {
  if (from.varint() !== BLOCK || from.varint() !== BLOCK / MINI || from.varint() !== count) {
    throw new NotOurs('differences in other blocks')
  }
  let last = from.zigzag()
  if (count > 0) to[0] = last
  for (let at = 1; at < count; at += BLOCK) {
    const least = from.zigzag()
    const widths = from.pass(BLOCK / MINI)
    const end = Math.min(count, at + BLOCK)
    for (let mini = at, k = 0; mini < end; mini += MINI, k++) {
      last = miniblock(from, from.bytes[widths + k]!, least, last, to, mini, Math.min(end, mini + MINI))
    }
  }
}

/** The 32-bit words of a miniblock; what stands behind them is masked off. */
const words = new Int32Array(66)

function miniblock(
  from: Cursor,
  width: number,
  least: number,
  before: number,
  to: Float64Array,
  start: number,
  end: number,
): number {
  let last = before
  if (width === 0) {
    for (let i = start; i < end; i++) {
      last += least
      to[i] = last
    }
    return last
  }
  load(from, width)
  const lowMask = width >= 32 ? -1 : (1 << width) - 1
  const highMask = width > 32 ? 2 ** (width - 32) - 1 : 0
  for (let i = start, bit = 0; i < end; i++, bit += width) {
    const low = (bits(bit) & lowMask) >>> 0
    last += least + (highMask === 0 ? low : low + (bits(bit + 32) & highMask) * 2 ** 32)
    to[i] = last
  }
  return last
}

function load(from: Cursor, width: number): void {
  if (width > 54) throw new NotOurs('differences that no double holds')
  const { bytes } = from
  let at = from.pass(width * 4)
  for (let i = 0; i < width; i++, at += 4) {
    words[i] = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
  }
}

/** 32 bits from a place on. */
function bits(at: number): number {
  const word = at >> 5
  const shift = at & 31
  return shift === 0 ? words[word]! : (words[word]! >>> shift) | (words[word + 1]! << (32 - shift))
}

/** The hybrid of exactly so many. */
export function unhybrid(from: Cursor, width: number, to: Int32Array, count: number): void {
  for (let at = 0; at < count; ) {
    const head = from.varint()
    const end = at + (head % 2 === 0 ? head / 2 : (head >> 1) * 8)
    if (end === at || end - count >= 8) throw new NotOurs('runs of another length')
    if (head % 2 === 0) {
      let value = 0
      for (let shift = 0; shift < width; shift += 8) value |= from.byte() << shift
      to.fill(value, at, end)
    } else unpack(from, width, to, at, Math.min(end, count), (head >> 1) * width)
    at = end
  }
}

function unpack(from: Cursor, width: number, to: Int32Array, start: number, end: number, length: number): void {
  const { bytes } = from
  let at = from.pass(length)
  const mask = (1 << width) - 1
  let held = 0
  let have = 0
  for (let i = start; i < end; i++) {
    while (have < width) {
      held |= bytes[at++]! << have
      have += 8
    }
    to[i] = held & mask
    held >>>= width
    have -= width
  }
}

let prefixes = new Float64Array(0)
let suffixes = new Float64Array(0)

/**
 * DELTA_BYTE_ARRAY of exactly so many, one behind the other.
 * @param ends takes where each of them ends in `to`
 */
export function undeltaBytes(from: Cursor, to: Bytes, ends: Int32Array, count: number): void {
  prefixes = roomy(prefixes, count)
  suffixes = roomy(suffixes, count)
  undelta(from, prefixes, count)
  undelta(from, suffixes, count)
  const { bytes } = from
  let at = from.at
  let last = to.at
  for (let i = 0; i < count; i++) {
    const prefix = prefixes[i]!
    const suffix = suffixes[i]!
    if (prefix < 0 || suffix < 0 || prefix > to.at - last) throw new NotOurs('a beginning that nothing has')
    to.reserve(prefix + suffix)
    const { buffer } = to
    let next = to.at
    for (const end = next + prefix; next < end; ) buffer[next++] = buffer[last++]!
    for (const end = next + suffix; next < end; ) buffer[next++] = bytes[at++]!
    last = to.at
    to.at = next
    ends[i] = next
  }
  from.pass(at - from.at)
}
