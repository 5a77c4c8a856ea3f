/**
 * HOT PATH (`npm run bench -- sink`, "decode"). Columns of numbers, truths and ids, written where they will stay: a long
 * as two halves into the buffer of a BigInt64Array, a UUID's text as its 16 bytes.
 *
 *   units   times: µs since the epoch; decimals: 10^-8
 *   errors  what the table cannot hold is refused at the cursor, by the column's number
 *   source  Avro 1.11 "Decimal": two's complement, big endian, of any length
 */
import { UNSCALED_MAX } from '@k2/market/decimal.ts'
import type { BooleanColumn, Int32Column, Int64Column, UuidColumn } from '../columns.ts'
import type { Cursor } from './cursor.ts'
import { longer } from './spans.ts'

/** Day numbers of the table's partitions are int32, and readers' timestamps begin at year 1. */
const MICROS_MIN = -62_135_596_800_000_000n
const MICROS_MAX = 253_402_300_799_999_999n

const highOf = (value: bigint): number => Number(value >> 32n)
const lowOf = (value: bigint): number => Number(value & 0xffffffffn)

const DECIMALS = {
  minHigh: highOf(-UNSCALED_MAX),
  minLow: lowOf(-UNSCALED_MAX),
  maxHigh: highOf(UNSCALED_MAX),
  maxLow: lowOf(UNSCALED_MAX),
} as const
const TIMES = {
  minHigh: highOf(MICROS_MIN),
  minLow: lowOf(MICROS_MIN),
  maxHigh: highOf(MICROS_MAX),
  maxLow: lowOf(MICROS_MAX),
} as const

function isWithin(low: number, high: number, range: typeof DECIMALS): boolean {
  const unsigned = low >>> 0
  if (high > range.minHigh && high < range.maxHigh) return true
  return (high === range.maxHigh && unsigned <= range.maxLow) || (high === range.minHigh && unsigned >= range.minLow)
}

export class Int64s {
  private halves = new Int32Array(0)
  private nulls: Uint8Array | undefined
  private readonly column: number

  constructor(column: number) {
    this.column = column
  }

  reserve(rows: number): void {
    this.halves = longer(this.halves, rows * 2)
    if (this.nulls !== undefined) this.nulls = longer(this.nulls, this.halves.length / 2)
  }

  none(row: number): void {
    this.put(0, 0, row)
    this.nulls ??= new Uint8Array(this.halves.length / 2)
    this.nulls[row] = 1
  }

  put(low: number, high: number, row: number): void {
    this.halves[row * 2] = low
    this.halves[row * 2 + 1] = high
    if (this.nulls !== undefined) this.nulls[row] = 0
  }

  long(cursor: Cursor, row: number): void {
    cursor.long()
    this.put(cursor.low, cursor.high, row)
  }

  time(cursor: Cursor, row: number): void {
    cursor.long()
    if (!isWithin(cursor.low, cursor.high, TIMES)) cursor.refuse(this.column)
    this.put(cursor.low, cursor.high, row)
  }

  decimal(cursor: Cursor, row: number): void {
    const length = cursor.length()
    const { bytes } = cursor
    const end = cursor.at + length
    const sign = length > 0 && bytes[cursor.at]! > 127 ? -1 : 0
    let at = cursor.at
    // What stands in front of eight bytes may only repeat the sign.
    for (; at < end - 8; at++) if (bytes[at] !== (sign & 255)) cursor.refuse(this.column)
    let high = sign
    for (; at < end - 4; at++) high = (high << 8) | bytes[at]!
    let low = sign
    for (; at < end; at++) low = (low << 8) | bytes[at]!
    if (length > 8 && high >> 31 !== sign) cursor.refuse(this.column)
    if (!isWithin(low, high, DECIMALS)) cursor.refuse(this.column)
    cursor.at = end
    this.put(low, high, row)
  }

  /** As Number() of the whole: rounded once. */
  numberAt(row: number): number {
    return this.halves[row * 2 + 1]! * 2 ** 32 + (this.halves[row * 2]! >>> 0)
  }

  finish(rows: number): Int64Column {
    const values = new BigInt64Array(this.halves.buffer, 0, rows)
    return { kind: 'int64', values, ...(this.nulls && { nulls: this.nulls.subarray(0, rows) }) }
  }
}

export class Booleans {
  private values = new Uint8Array(0)

  reserve(rows: number): void {
    this.values = longer(this.values, rows)
  }

  boolean(cursor: Cursor, row: number): void {
    this.values[row] = cursor.byte() === 0 ? 0 : 1
  }

  finish(rows: number): BooleanColumn {
    return { kind: 'boolean', values: this.values.subarray(0, rows) }
  }
}

export class Int32s {
  private values = new Int32Array(0)

  reserve(rows: number): void {
    this.values = longer(this.values, rows)
  }

  put(value: number, row: number): void {
    this.values[row] = value
  }

  finish(rows: number): Int32Column {
    return { kind: 'int32', values: this.values.subarray(0, rows) }
  }
}

const UUID_TEXT_BYTES = 36
const DASH = 45
/** Of an ASCII digit its value, of all else 255. */
const HEX = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase())
  return byte < 128 && digit >= 0 ? digit : 255
})
/** Where each of the 16 bytes stands in the text. */
const PLACES = Uint8Array.of(0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34)

export class Uuids {
  private values = new Uint8Array(0)
  private readonly column: number
  /** Where the last one's text stands. */
  textFrom = 0
  textTo = 0

  constructor(column: number) {
    this.column = column
  }

  reserve(rows: number): void {
    this.values = longer(this.values, rows * 16)
  }

  uuid(cursor: Cursor, row: number): void {
    const length = cursor.length()
    const { bytes, at } = cursor
    this.textFrom = at
    this.textTo = at + length
    cursor.at = at + length
    if (length !== UUID_TEXT_BYTES) {
      cursor.refuse(this.column)
      return
    }
    let isHex = bytes[at + 8] === DASH && bytes[at + 13] === DASH && bytes[at + 18] === DASH && bytes[at + 23] === DASH
    const to = row * 16
    for (let i = 0; i < 16; i++) {
      const place = at + PLACES[i]!
      const high = HEX[bytes[place]!]!
      const low = HEX[bytes[place + 1]!]!
      if ((high | low) > 15) isHex = false
      this.values[to + i] = (high << 4) | low
    }
    if (!isHex) cursor.refuse(this.column)
  }

  finish(rows: number): UuidColumn {
    return { kind: 'uuid', bytes: this.values.subarray(0, rows * 16) }
  }
}
