/**
 * Random messages of a proto, as bytes: sound ones whose words are now and then those of a real question, sound ones with
 * words that nobody means, and broken ones. The seed decides them; protobuf is written here by hand, so that what no library
 * would write comes too.
 *
 *   shape   (random, fields of a message) -> bytes
 */
import type { PackageDefinition } from '@k2/service/rpc.ts'
import { below, oneOf } from './venues.ts'

type Random = () => number

export interface FieldType {
  readonly name: string
  readonly number: number
  /** TYPE_STRING, … */
  readonly type: string
  /** LABEL_REPEATED, … */
  readonly label: string
  /** Of a message or an enum. */
  readonly typeName: string
}
export interface MessageType {
  readonly name: string
  readonly field: readonly FieldType[]
  readonly nestedType?: readonly MessageType[]
}

export interface Words {
  /** Of real questions, by the field's name as the proto has it. */
  readonly meant: Readonly<Record<string, readonly string[]>>
  /** For any text. */
  readonly odd: readonly string[]
}

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5]

/** `meant`: a real question, which stands in front of some: of fields that come again the last counts. */
export function randomMessage(
  random: Random,
  type: MessageType,
  protos: PackageDefinition,
  words: Words,
  meant: Uint8Array,
): Buffer {
  const isMeant = random() < 0.4
  if (isMeant && random() < 0.2) return Buffer.from(meant)
  const sound = messageOf(random, type, typesOf(protos), words, 0)
  const whole = isMeant ? Buffer.concat([meant, sound]) : sound
  return random() < 0.3 ? broken(random, whole, type) : whole
}

type TypeNamed = (name: string) => MessageType | undefined

const typesOf = (protos: PackageDefinition): TypeNamed => {
  return (name) => (protos[`k2.v1.${name.split('.').at(-1)}`] as unknown as { type?: MessageType } | undefined)?.type
}

const DEPTH_MAX = 4

function messageOf(random: Random, type: MessageType, named: TypeNamed, words: Words, depth: number): Buffer {
  // Of some messages nearly every field, of others one or two.
  const share = random() < 0.3 ? 0.9 : 0.2
  const parts = type.field.flatMap((field) => {
    if (random() >= share) return []
    const times = field.label === 'LABEL_REPEATED' ? oneOf(random, [0, 1, 1, 2, 3, 101]) : 1
    return Array.from({ length: times }, () => fieldOf(random, field, { named, words, depth, own: type }))
  })
  return Buffer.concat(random() < 0.1 ? parts.reverse() : parts)
}

interface Within {
  readonly named: TypeNamed
  readonly words: Words
  readonly depth: number
  readonly own: MessageType
}

function fieldOf(random: Random, field: FieldType, { named, words, depth, own }: Within): Buffer {
  const { number, type } = field
  switch (type) {
    case 'TYPE_STRING':
      return delimited(number, Buffer.from(textOf(random, field.name, words)))
    case 'TYPE_BYTES':
      return delimited(number, bytesOf(random, below(random, 64)))
    case 'TYPE_DOUBLE': {
      const value = Buffer.alloc(8)
      value.writeDoubleLE(oneOf(random, [0, 1, -1, 0.5, 1e308, -1e308, 5e-324, Number.NaN, Infinity, -Infinity]))
      return Buffer.concat([tag(number, FIXED64), value])
    }
    case 'TYPE_MESSAGE': {
      const inner = own.nestedType?.find(({ name }) => field.typeName.endsWith(name)) ?? named(field.typeName)
      if (inner === undefined || depth === DEPTH_MAX) return delimited(number, bytesOf(random, 3))
      return delimited(number, messageOf(random, inner, named, words, depth + 1))
    }
    default:
      // Numbers, switches and enums.
      return Buffer.concat([tag(number, VARINT), varint(numberOf(random, type))])
  }
}

// biome-ignore format: a list reads by its line
const NUMBERS = [0n, 1n, 2n, 3n, 5n, 60n, 100n, 101n, 1_000n, 10_001n, 2n ** 31n - 1n, -(2n ** 31n), -1n, 2n ** 32n, 2n ** 63n - 1n, -(2n ** 63n)]

function numberOf(random: Random, type: string): bigint {
  if (type === 'TYPE_BOOL') return BigInt(below(random, 3))
  if (type === 'TYPE_ENUM' && random() < 0.7) return BigInt(below(random, 5))
  return random() < 0.6 ? BigInt(below(random, 50)) : oneOf(random, NUMBERS)
}

function textOf(random: Random, name: string, { meant, odd }: Words): string {
  const known = meant[name]
  if (known !== undefined && random() < 0.75) return oneOf(random, known)
  if (random() < 0.7) return oneOf(random, odd)
  return Array.from({ length: below(random, 12) }, () => String.fromCodePoint(below(random, 0xd7ff))).join('')
}

/** Bytes that are no such message, or may be one by chance. */
function broken(random: Random, sound: Buffer, type: MessageType): Buffer {
  const bytes = Buffer.from(sound)
  const number = type.field.length === 0 ? 1 : oneOf(random, type.field).number
  const ways: readonly (() => Buffer)[] = [
    () => bytes.subarray(0, below(random, bytes.length + 1)),
    () => {
      for (let i = 0; i <= below(random, 8) && bytes.length > 0; i++) {
        bytes[below(random, bytes.length)]! ^= 1 << below(random, 8)
      }
      return bytes
    },
    () => bytesOf(random, below(random, 200)),
    // A field's bytes that are no UTF-8, of another wire type, longer than the message, or groups within groups.
    () => Buffer.concat([bytes, delimited(number, Buffer.of(0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80))]),
    () => Buffer.concat([bytes, tag(number, FIXED32), bytesOf(random, 4)]),
    () => Buffer.concat([bytes, tag(number, BYTES), varint(2n ** 31n - 1n), bytesOf(random, 4)]),
    () => Buffer.concat([bytes, Buffer.alloc(below(random, 20_000), number * 8 + 3)]),
    () => Buffer.concat([bytes, tag(0, VARINT), varint(1n)]),
    () => Buffer.concat([bytes, tag(2 ** 29 - 1, BYTES), varint(3n), bytesOf(random, 3)]),
    () => Buffer.concat([bytes, Buffer.alloc(11, 0xff)]),
  ]
  return oneOf(random, ways)()
}

const bytesOf = (random: Random, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => below(random, 256)))
const delimited = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([tag(number, BYTES!), varint(BigInt(bytes.length)), bytes])
const tag = (number: number, wireType = VARINT): Buffer => varint(BigInt(number) * 8n + BigInt(wireType!))

/** Of a negative number ten bytes, as protobuf has it. */
function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Buffer.from(bytes)
}
