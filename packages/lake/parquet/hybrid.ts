/**
 * HOT PATH (`npm run bench -- layout`). The run-length and bit-packing hybrid: levels, and indices into dictionaries.
 *
 *   run      varint(count << 1), the value in as many bytes as its width needs
 *   packed   varint(groups << 1 | 1), groups of 8 values of `width` bits each, lowest bit first
 *
 * Packed stretches are whole groups but for the last, which is filled up with zeros: a reader stops at its count.
 *
 *   source  Parquet format, "Encodings", RLE / bit-packing hybrid
 */
import type { Bytes } from './bytes.ts'

/** Bits that hold values up to `max`. */
export const widthOf = (max: number): number => 32 - Math.clz32(max)

/** @param width 1 to 24 */
export function hybrid(out: Bytes, values: Int32Array, count: number, width: number): void {
  // A run takes at least two bytes, and ends a packed stretch, whose successor takes a header again.
  const runMin = width < 4 ? 32 : 16
  let packedFrom = 0
  let at = 0
  while (at < count) {
    const value = values[at]!
    let end = at + 1
    while (end < count && values[end] === value) end++
    const runFrom = at + (-(at - packedFrom) & 7)
    if (end - runFrom >= runMin) {
      if (runFrom > packedFrom) pack(out, values, packedFrom, runFrom, width)
      run(out, value, end - runFrom, width)
      packedFrom = end
    }
    at = end
  }
  if (count > packedFrom) pack(out, values, packedFrom, count, width)
}

function run(out: Bytes, value: number, count: number, width: number): void {
  out.varint(count * 2)
  for (let bits = 0; bits < width; bits += 8) out.byte((value >>> bits) & 255)
}

function pack(out: Bytes, values: Int32Array, from: number, to: number, width: number): void {
  const groups = (to - from + 7) >> 3
  out.varint(groups * 2 + 1)
  out.reserve(groups * width)
  const { buffer } = out
  let at = out.at
  const end = at + groups * width
  let bits = 0
  let have = 0
  for (let i = from; i < to; i++) {
    bits |= values[i]! << have
    have += width
    while (have >= 8) {
      buffer[at++] = bits
      bits >>>= 8
      have -= 8
    }
  }
  if (have > 0) buffer[at++] = bits
  while (at < end) buffer[at++] = 0
  out.at = end
}
