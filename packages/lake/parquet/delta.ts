/**
 * HOT PATH (`npm run bench -- layout`). DELTA_BINARY_PACKED: differences of neighbours, less the least of their block.
 *
 *   header   varint 128 (values of a block) · varint 4 (miniblocks of a block) · varint count · zigzag first value
 *   block    zigzag least difference · 4 bytes, a width each · 4 miniblocks of 32 values of their width in bits
 *
 * Miniblocks behind the last value have the width 0 and no bytes; the last one is filled up with zeros.
 *
 *   units   values are doubles: whole, and within 2^51 of 0, so that every difference of differences is exact
 *   source  Parquet format, "Encodings", Delta Encoding (DELTA_BINARY_PACKED = 5)
 */
import { type Bytes, roomy } from './bytes.ts'

const BLOCK = 128
const MINI = 32
const MINIS = BLOCK / MINI

const gaps = new Float64Array(BLOCK)

export function delta(out: Bytes, values: Float64Array, count: number): void {
  out.varint(BLOCK)
  out.varint(MINIS)
  out.varint(count)
  out.zigzag(count === 0 ? 0 : values[0]!)
  for (let from = 1; from < count; from += BLOCK) block(out, values, from, Math.min(BLOCK, count - from))
}

let doubles = new Float64Array(0)

/** The same of whole numbers of 32 bits. */
export function deltaInts(out: Bytes, values: Int32Array, count: number): void {
  doubles = roomy(doubles, count)
  for (let i = 0; i < count; i++) doubles[i] = values[i]!
  delta(out, doubles, count)
}

function block(out: Bytes, values: Float64Array, from: number, count: number): void {
  let least = Number.POSITIVE_INFINITY
  let last = values[from - 1]!
  for (let i = 0; i < count; i++) {
    const value = values[from + i]!
    const gap = value - last
    gaps[i] = gap
    if (gap < least) least = gap
    last = value
  }
  // What fills the last miniblock up is 0 once the least is taken off.
  const filled = Math.ceil(count / MINI) * MINI
  for (let i = count; i < filled; i++) gaps[i] = least
  out.zigzag(least)
  out.reserve(MINIS + filled * 8)
  const widthsAt = out.at
  out.buffer.fill(0, widthsAt, widthsAt + MINIS)
  out.at += MINIS
  for (let mini = 0; mini < filled; mini += MINI) {
    out.buffer[widthsAt + mini / MINI] = miniblock(out, mini, least)
  }
}

function miniblock(out: Bytes, from: number, least: number): number {
  let most = least
  for (let i = from; i < from + MINI; i++) if (gaps[i]! > most) most = gaps[i]!
  most -= least
  const width = most < 2 ** 32 ? 32 - Math.clz32(most) : 64 - Math.clz32(most / 2 ** 32)
  if (width > 0) pack(out, from, least, width)
  return width
}

/** 32 values of any width end at a whole word of 32 bits. */
function pack(out: Bytes, from: number, least: number, width: number): void {
  const { buffer } = out
  let at = out.at
  let bits = 0
  let have = 0
  const lowWidth = Math.min(width, 32)
  for (let i = from; i < from + MINI; i++) {
    const value = gaps[i]! - least
    const low = value >>> 0
    bits |= low << have
    have += lowWidth
    if (have >= 32) {
      at = word(buffer, at, bits)
      have -= 32
      bits = have === 0 ? 0 : low >>> (lowWidth - have)
    }
    if (width <= 32) continue
    const high = (value / 2 ** 32) | 0
    bits |= high << have
    have += width - 32
    if (have >= 32) {
      at = word(buffer, at, bits)
      have -= 32
      bits = have === 0 ? 0 : high >>> (width - 32 - have)
    }
  }
  out.at = at
}

function word(buffer: Uint8Array, at: number, bits: number): number {
  buffer[at] = bits
  buffer[at + 1] = bits >>> 8
  buffer[at + 2] = bits >>> 16
  buffer[at + 3] = bits >>> 24
  return at + 4
}
