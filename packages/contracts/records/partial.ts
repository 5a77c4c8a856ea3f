/**
 * A value that may be damaged, field by field as far as its bytes go: for people who look at a dead letter.
 *
 *   shape   (schema text, Avro bytes) -> fields that could be read, and why the next one could not; pure
 *   units   decimals and times as text where they are such, other longs as their digits
 *   errors  none for any bytes or schema
 */

import { formatDecimal, SCALE } from '@k2/market/decimal.ts'
import { formatInstant } from '@k2/market/instant.ts'
import type avro from 'avsc'
import { avroType } from './avro.ts'

export interface PartlyRead {
  readonly fields: Readonly<Record<string, unknown>>
  /** Undefined where all was read, and nothing follows. */
  readonly fault: string | undefined
}

export function readPartly(schema: string, bytes: Uint8Array): PartlyRead {
  const fields: Record<string, unknown> = {}
  // A view of its own: avsc reads on into the bytes behind a view of a larger buffer.
  const buffer = Buffer.from(bytes)
  let at = 0
  let name = ''
  try {
    for (const field of (avroType(schema) as avro.types.RecordType).fields) {
      name = field.name
      const { value, offset } = field.type.decode(buffer, at)
      if (offset < 0) return { fields, fault: `its bytes end within ${name}` }
      fields[name] = readable(kindOf(schema, name), value)
      at = offset
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { fields, fault: `${name === '' ? 'its schema' : name} cannot be read at byte ${at}: ${why}` }
  }
  return { fields, fault: at === buffer.length ? undefined : `${buffer.length - at} bytes follow its last field` }
}

interface Kind {
  readonly logicalType?: string
  readonly scale?: number
}

/** Of a union, the branch that is no null. */
function kindOf(schema: string, name: string): Kind {
  const { fields } = JSON.parse(schema) as { fields: { name: string; type: unknown }[] }
  const { type } = fields.find((field) => field.name === name)!
  const branch = Array.isArray(type) ? type.find((one) => one !== 'null') : type
  return typeof branch === 'object' && branch !== null ? branch : {}
}

function readable({ logicalType, scale }: Kind, value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  if (logicalType === 'decimal' && scale === SCALE) return formatDecimal(value)
  if (logicalType !== 'timestamp-micros') return String(value)
  try {
    return formatInstant(Number(value))
  } catch {
    // Beyond all years: that may be why it was rejected.
    return String(value)
  }
}
