/** For tests: random rows from a seed, and their bounds by the book, without the code under test. */
import type { Column } from '@k2/contracts/tables.ts'
import type { Row, Value } from './rows.fixture.ts'

/** Printed by the tests that use it. */
export const seed = Date.now() % 1e6
const random = mulberry(seed)
function mulberry(state: number): () => number {
  let a = state
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export const below = (limit: number): number => Math.floor(random() * limit)
const bits = (count: number): bigint =>
  BigInt.asIntN(64, (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32))) >> BigInt(64 - count)
const orNull = <T>(value: T): T | null => (below(5) === 0 ? null : value)
const letters = ['a', 'Z', '0', ' ', "'", '"', '\\', 'é', '€', '\uFFFD', '𝄞', '\u{10FFFF}', '\0', '\n']
const anyText = (length: number): string =>
  Array.from({ length: below(length) }, () => letters[below(letters.length)]).join('')
const anyId = (): string =>
  Buffer.from(Array.from({ length: 16 }, () => below(256)))
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

export function anyRow(): Row {
  return {
    id: anyId(),
    symbol: ['BHP', 'CBA', 'é', '\u{1F600}', '\uFFFD', 'A'][below(6)]!,
    at: 1_394_398_634_754_321n + bits(38),
    seen: orNull(bits(56)),
    price: orNull(bits(60) % 10n ** 18n),
    number: orNull(bits(1 + below(64))),
    small: orNull(Number(bits(1 + below(32)))),
    flag: orNull(below(2) === 0),
    text: orNull(anyText(below(10) === 0 ? 600 : 24)),
    list: orNull(Array.from({ length: below(3) }, () => anyText(16))),
  }
}

/** Bounds by the book, without the code under test: sorted by their bytes or numbers, then written down. */
export function boundsOf({ type }: Column, all: readonly Value[]): [] | [Uint8Array, Uint8Array | undefined] {
  const values = all.filter((value) => value !== null)
  if (values.length === 0) return []
  if (type === 'string') {
    const sorted = (values as string[]).map((text) => Buffer.from(text)).toSorted(Buffer.compare)
    const upper = [...sorted.at(-1)!.toString()]
    return [
      Buffer.from([...sorted[0]!.toString()].slice(0, 16).join('')),
      upper.length <= 16 ? sorted.at(-1)! : above(upper.slice(0, 16)),
    ]
  }
  if (type === 'uuid') {
    const sorted = (values as string[]).toSorted().map((text) => Buffer.from(text.replaceAll('-', ''), 'hex'))
    return [sorted[0]!, sorted.at(-1)!]
  }
  const sorted = values.map((value) => BigInt(value as bigint)).toSorted((a, b) => (a < b ? -1 : Number(a > b)))
  const width = { boolean: 8n, int: 32n }[type as string] ?? 64n
  const little = (value: bigint): Uint8Array =>
    Uint8Array.from({ length: Number(width / 8n) }, (_, i) => Number(BigInt.asUintN(8, value >> BigInt(8 * i))))
  const minimal = (value: bigint): Uint8Array => {
    const bytes = [...little(value)].reverse()
    while (bytes.length > 1 && ((bytes[0] === 0 && bytes[1]! < 128) || (bytes[0] === 255 && bytes[1]! >= 128)))
      bytes.shift()
    return Uint8Array.from(bytes)
  }
  const form = type === 'decimal(18, 8)' ? minimal : little
  return [form(sorted[0]!), form(sorted.at(-1)!)]
}

function above(points: string[]): Uint8Array | undefined {
  const last = points.findLastIndex((point) => point !== '\u{10FFFF}')
  if (last < 0) return undefined
  return Buffer.from(points.slice(0, last).join('') + String.fromCodePoint(points[last]!.codePointAt(0)! + 1))
}
