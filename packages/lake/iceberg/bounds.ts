/**
 * Column bounds as manifests hold them: one value in Iceberg's single-value binary form.
 *
 *   shape   value <-> bytes; strings are cut to 16 code points, a lower bound downwards, an upper one upwards
 *   units   timestamptz: µs since the epoch; decimal(18, 8): the number times 10^8; date: days since the epoch
 *   errors  TypeError for a value that is not of its type: our own bug. Bytes of a wrong length throw RangeError
 *   source  Iceberg spec, appendix D "Single-value serialization", "Manifests" (bounds of strings)
 */
import type { ColumnType } from '@k2/contracts/tables.ts'

export type BoundType = ColumnType | 'date'
export type BoundValue = string | number | bigint | boolean

const CODE_POINTS_MAX = 16
const utf8 = new TextEncoder()
const text = new TextDecoder('utf-8', { ignoreBOM: true })

export function lowerBound(type: BoundType, value: BoundValue): Uint8Array {
  return encode(type, type === 'string' ? [...asText(value)].slice(0, CODE_POINTS_MAX).join('') : value)
}

/** undefined where no short text is above the value: then there is no upper bound. */
export function upperBound(type: BoundType, value: BoundValue): Uint8Array | undefined {
  if (type !== 'string') return encode(type, value)
  const points = [...asText(value)]
  if (points.length <= CODE_POINTS_MAX) return encode(type, value)
  const above = increment(points.slice(0, CODE_POINTS_MAX))
  return above === undefined ? undefined : encode(type, above)
}

/** The least text of at most as many code points that is above all texts with this beginning. */
function increment(points: string[]): string | undefined {
  while (points.length > 0) {
    const last = points.pop()!.codePointAt(0)!
    if (last === 0x10ffff) continue
    const next = last + 1
    return points.join('') + String.fromCodePoint(next >= 0xd800 && next <= 0xdfff ? 0xe000 : next)
  }
  return undefined
}

function asText(value: BoundValue): string {
  if (typeof value !== 'string') throw new TypeError(`${value} is no text`)
  return value
}

function encode(type: BoundType, value: BoundValue): Uint8Array {
  switch (type) {
    case 'string':
      return utf8.encode(asText(value))
    case 'uuid':
      return Uint8Array.from(Buffer.from(asText(value).replaceAll('-', ''), 'hex'))
    case 'boolean':
      return Uint8Array.of(value === true ? 1 : 0)
    case 'int':
    case 'date': {
      const bytes = new Uint8Array(4)
      new DataView(bytes.buffer).setInt32(0, Number(value), true)
      return bytes
    }
    case 'long':
    case 'timestamptz': {
      const bytes = new Uint8Array(8)
      new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true)
      return bytes
    }
    case 'decimal(18, 8)':
      return minimalBigEndian(BigInt(value))
    default:
      throw new TypeError(`a ${type} has no bounds`)
  }
}

/** Two's complement in as few bytes as hold the sign: 127 in one, 128 in two. */
function minimalBigEndian(value: bigint): Uint8Array {
  let length = 1
  while (BigInt.asIntN(8 * length, value) !== value) length++
  return Uint8Array.from({ length }, (_, i) => Number(BigInt.asUintN(8, value >> BigInt(8 * (length - 1 - i)))))
}

/** int, date: number; long, timestamptz, decimal: bigint; string, uuid: string; boolean: boolean. */
export function boundValue(type: BoundType, bytes: Uint8Array): BoundValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (type) {
    case 'string':
      return text.decode(bytes)
    case 'uuid': {
      const hex = Buffer.from(bytes).toString('hex')
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    }
    case 'boolean':
      return view.getUint8(0) !== 0
    case 'int':
    case 'date':
      return view.getInt32(0, true)
    case 'long':
    case 'timestamptz': // a column widened from int keeps its old files' bounds of 4 bytes
      return bytes.length === 4 ? BigInt(view.getInt32(0, true)) : view.getBigInt64(0, true)
    case 'decimal(18, 8)':
      return BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`))
    default:
      throw new TypeError(`a ${type} has no bounds`)
  }
}
