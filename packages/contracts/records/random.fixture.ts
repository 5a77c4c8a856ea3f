/**
 * Random records as Avro bytes, by an encoder of its own: also the forms that our encoder never writes and that Avro
 * allows (padded varints, several blocks, blocks with a size, decimals with more bytes than they need), and values at
 * the edges of what a table can hold.
 */
import { decimalBytes, type Kind, SCHEMAS } from './avro.ts'

export interface Random {
  readonly seed: number
  below(limit: number): number
  pick<T>(from: readonly T[]): T
  chance(share: number): boolean
}

/** mulberry32: a failing run's seed runs it again. */
export function random(seed: number): Random {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return { seed, below, pick: (from) => from[below(from.length)]!, chance: (share) => next() < share }
}

const DECIMAL_MAX = 10n ** 18n - 1n
// biome-ignore format: a table reads by its columns
const DECIMALS = [0n, 1n, -1n, 127n, 128n, -128n, -129n, 2n ** 31n, 2n ** 32n - 1n, -(2n ** 32n), DECIMAL_MAX, -DECIMAL_MAX, DECIMAL_MAX + 1n, -DECIMAL_MAX - 1n, 2n ** 63n, -(2n ** 63n) - 1n, 2n ** 64n, 2n ** 64n + 5n, -(2n ** 71n)]
const MICROS = [-62_135_596_800_000_000n, 253_402_300_799_999_999n]
// biome-ignore format: a table reads by its columns
const LONGS = [0n, -1n, 63n, 64n, -64n, -65n, 2n ** 31n, 2n ** 32n, -(2n ** 32n), 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]
const TEXTS = [
  '',
  'BHP',
  'RIO',
  'ASX',
  'é鉱𝒳',
  '\uFEFFx',
  '10',
  '9',
  '__proto__',
  'constructor',
  'a"\\\n',
  'x'.repeat(300),
]

export function varint(value: bigint, padding = 0): Buffer {
  let raw = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  const bytes: number[] = []
  do {
    bytes.push(Number(raw & 127n) | 128)
    raw >>= 7n
  } while (raw > 0n)
  for (; padding > 0 && bytes.length < 10; padding--) bytes.push(128)
  bytes[bytes.length - 1]! &= 127
  return Buffer.from(bytes)
}

const count = (of: number, from: Random): Buffer => varint(BigInt(of), from.chance(0.02) ? from.below(4) : 0)

const framed = (bytes: Buffer, from: Random): Buffer => Buffer.concat([count(bytes.length, from), bytes])

function text(from: Random): Buffer {
  if (from.chance(0.02)) return framed(Buffer.from([0xc3, 0x28, 0xff].slice(0, 1 + from.below(3))), from)
  const one = from.chance(0.3) ? from.pick(TEXTS) : `t${from.below(from.chance(0.5) ? 20 : 1e9)}`
  return framed(Buffer.from(one), from)
}

function uuid(from: Random): Buffer {
  const digits = from.chance(0.1) ? '0123456789ABCDEF' : '0123456789abcdef'
  let id = 'xxxxxxxx-xxxx-8xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => from.pick([...digits]))
  if (from.chance(0.02))
    id = from.pick([
      id.slice(1),
      `${id}0`,
      id.replace('-', 'a'),
      id.replace('8', 'g'),
      `{${id.slice(2)}}`,
      'é'.repeat(18),
    ])
  return framed(Buffer.from(id), from)
}

function decimal(from: Random): Buffer {
  const value = from.chance(0.15) ? from.pick(DECIMALS) : BigInt(from.below(2 ** 50)) - 2n ** 40n
  const bytes = value === 0n && from.chance(0.5) ? Buffer.alloc(0) : decimalBytes(value)
  const sign = Buffer.alloc(from.chance(0.1) ? from.below(12) : 0, bytes.length > 0 && bytes[0]! > 127 ? 255 : 0)
  return framed(Buffer.concat([sign, bytes]), from)
}

function long(from: Random, isTime: boolean): Buffer {
  const padding = from.chance(0.05) ? from.below(9) : 0
  if (from.chance(0.02)) return varint(from.pick(LONGS), padding)
  if (!isTime) return varint(from.chance(0.3) ? from.pick(LONGS) : BigInt(from.below(2 ** 40)), padding)
  if (from.chance(0.02)) return varint(from.pick(MICROS) + BigInt(from.below(3) - 1), padding)
  return varint(1_394_398_634_754_001n + BigInt(from.below(2 ** 45)), padding)
}

function blocks(from: Random, item: () => Buffer): Buffer {
  const parts: Buffer[] = []
  while (from.chance(0.5) && parts.length < 6) {
    const items = Array.from({ length: 1 + from.below(3) }, item)
    const bytes = Buffer.concat(items)
    if (from.chance(0.1)) parts.push(varint(BigInt(-items.length)), varint(BigInt(bytes.length)), bytes)
    else parts.push(count(items.length, from), bytes)
  }
  return Buffer.concat([...parts, varint(0n)])
}

interface Schema {
  readonly type: string
  readonly logicalType?: string
  readonly symbols?: readonly string[]
}

function encoded(type: string | Schema | readonly (string | Schema)[], from: Random): Buffer {
  if (Array.isArray(type)) {
    const branch = from.below(type.length)
    return Buffer.concat([varint(BigInt(branch)), encoded(type[branch], from)])
  }
  const schema: Schema = typeof type === 'string' ? { type } : (type as Schema)
  switch (schema.logicalType ?? schema.type) {
    case 'null':
      return Buffer.alloc(0)
    case 'boolean':
      return Buffer.of(from.pick([0, 1, 1, 2]))
    case 'uuid':
      return uuid(from)
    case 'decimal':
      return decimal(from)
    case 'timestamp-micros':
      return long(from, true)
    case 'long':
      return long(from, false)
    case 'enum':
      return count(from.below(schema.symbols!.length), from)
    case 'array':
      return blocks(from, () => text(from))
    case 'map':
      return blocks(from, () => Buffer.concat([text(from), text(from)]))
    default:
      return text(from)
  }
}

/** One record of today's schema, framed. */
export function randomRecord(kind: Kind, from: Random, id = 7): Buffer {
  const fields: { type: string | Schema }[] = JSON.parse(SCHEMAS[kind]).fields
  return Buffer.concat([Buffer.from([0, 0, 0, 0, id]), ...fields.map(({ type }) => encoded(type, from))])
}

/** The record, harmed: bits turned, bytes cut out, put in or put twice, mostly behind the frame. */
export function harmed(record: Buffer, from: Random): Buffer {
  const at = from.chance(0.02) ? from.below(5) : 5 + from.below(record.length - 5)
  const rest = at + 1 + from.below(4)
  switch (from.below(6)) {
    case 0:
      return record.subarray(0, at)
    case 1:
      return Buffer.concat([record.subarray(0, at), record.subarray(rest)])
    case 2:
      return Buffer.concat([record.subarray(0, rest), record.subarray(at)])
    case 3:
      return Buffer.concat([record.subarray(0, at), varint(from.pick(LONGS)), record.subarray(at)])
    case 4:
      return Buffer.concat([record.subarray(0, at), Buffer.alloc(1 + from.below(12), 255), record.subarray(rest)])
    default: {
      const copy = Buffer.from(record)
      copy[at]! ^= 1 << from.below(8)
      return copy
    }
  }
}
