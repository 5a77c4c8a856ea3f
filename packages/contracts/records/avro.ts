/**
 * The Avro types of the records, as avsc has them: decimals as bigint (10^-8 units), every long as bigint. A record
 * that another version of the schema wrote is resolved to today's.
 *
 *   errors  SCHEMA_INCOMPATIBLE where today's schema cannot read the writer's
 *   source  Avro 1.11 "Logical Types", "Schema Resolution"
 */
import { readFileSync } from 'node:fs'
import avro from 'avsc'
import { K2Error } from '../codes.ts'
import type { MarketTopic } from '../topics.ts'

/** Of every decimal of today's schemas. */
const SCALE = 8

export type Kind = MarketTopic['kind']

/** Two's complement, big endian, as few bytes as hold it. */
export function decimalBytes(unscaled: bigint): Buffer {
  let length = 1
  while (BigInt.asIntN(length * 8, unscaled) !== unscaled) length++
  return Buffer.from(
    BigInt.asUintN(length * 8, unscaled)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  )
}

class DecimalType extends avro.types.LogicalType {
  readonly scale: number
  constructor(
    schema: avro.Schema & { scale?: number },
    options?: ConstructorParameters<typeof avro.types.LogicalType>[1],
  ) {
    super(schema, options)
    this.scale = schema.scale ?? 0
  }
  protected override _fromValue(bytes: Buffer): bigint {
    return bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
  }
  protected override _toValue(unscaled: unknown): Buffer | undefined {
    return typeof unscaled === 'bigint' ? decimalBytes(unscaled) : undefined
  }
  /** Another scale is another number: Avro forbids to resolve it. */
  protected override _resolve(writer: avro.Type): ((value: unknown) => unknown) | undefined {
    return writer instanceof DecimalType && writer.scale === this.scale ? (value) => value : undefined
  }
}

const longs = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
})

/** The type of a schema text. */
export function avroType(schema: string): avro.Type {
  return avro.Type.forSchema(JSON.parse(schema), {
    logicalTypes: { decimal: DecimalType },
    // The registry option would miss {"type":"long","logicalType":…}: the hook sees both forms.
    typeHook: (attributes) => {
      const type = typeof attributes === 'string' ? attributes : 'type' in attributes ? attributes.type : undefined
      return type === 'long' ? longs : undefined
    },
  })
}

const read = (name: string): string => readFileSync(new URL(`../avro/${name}.avsc`, import.meta.url), 'utf8')

/** Today's schema of a kind of record, as text. */
export const SCHEMAS: Readonly<Record<Kind, string>> = {
  trades: read('trade'),
  quotes: read('quote'),
  reference: read('reference'),
}

export const TYPES: Readonly<Record<Kind, avro.Type>> = {
  trades: avroType(SCHEMAS.trades),
  quotes: avroType(SCHEMAS.quotes),
  reference: avroType(SCHEMAS.reference),
}

/** Reads what `writer` wrote as today's record; undefined where it is today's schema. */
export function resolverOf(kind: Kind, writer: string): avro.Resolver | undefined {
  const type = avroType(writer)
  // Equal by Avro's canonical form, which knows no logical types: a decimal's scale is compared by the resolver.
  const isToday = type.equals(TYPES[kind]) && !hasOtherScale(JSON.parse(writer))
  if (isToday) return undefined
  try {
    return TYPES[kind].createResolver(type)
  } catch (cause) {
    throw new K2Error('SCHEMA_INCOMPATIBLE', `A ${kind} schema cannot be read as today's: ${text(cause)}`, {}, cause)
  }
}

function hasOtherScale(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false
  const { logicalType, scale = 0 } = schema as { logicalType?: unknown; scale?: unknown }
  return (logicalType === 'decimal' && scale !== SCALE) || Object.values(schema).some(hasOtherScale)
}

/** Why `reader` cannot read what `writer` wrote, or undefined: the BACKWARD check of a registry. */
export function incompatibility(reader: string, writer: string): string | undefined {
  try {
    avroType(reader).createResolver(avroType(writer))
    return undefined
  } catch (cause) {
    return text(cause)
  }
}

const text = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
