/**
 * A value that may be damaged, field by field as far as its bytes go: for people who look at a dead letter.
 *
 *   shape   (schema text, Avro bytes) -> fields that could be read, and why the next one could not; pure
 *   errors  none for any bytes or schema
 */
import type avro from 'avsc'
import { avroType } from './avro.ts'

export interface Partial {
  readonly fields: Readonly<Record<string, unknown>>
  /** Undefined where all was read, and nothing follows. */
  readonly fault: string | undefined
}

export function readPartly(schema: string, bytes: Uint8Array): Partial {
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
      fields[name] = value
      at = offset
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { fields, fault: `${name === '' ? 'its schema' : name} cannot be read at byte ${at}: ${why}` }
  }
  return { fields, fault: at === buffer.length ? undefined : `${buffer.length - at} bytes follow its last field` }
}
