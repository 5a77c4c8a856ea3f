/**
 * Fields of Avro records found by Iceberg's field id: other writers name some of them differently (Java's
 * added_data_files_count is the specification's added_files_count).
 *
 *   errors  Error naming the field that is missing or of the wrong type; the caller knows the file's name
 */
import type { AvroSchema } from './avro.ts'

interface RecordField {
  readonly name: string
  readonly type: AvroSchema
  readonly 'field-id'?: number
}

type SchemaObject = { readonly fields?: unknown; readonly items?: unknown }

/** The schema itself, past a union with null. */
function inside(schema: AvroSchema): SchemaObject {
  const inner = Array.isArray(schema) ? schema.find((branch) => branch !== 'null') : schema
  return typeof inner === 'object' && !Array.isArray(inner) ? (inner as object) : {}
}

export function recordFields(schema: AvroSchema): readonly RecordField[] {
  const { fields } = inside(schema)
  if (Array.isArray(fields)) return fields
  throw new Error('it holds no records')
}

/** What an array's elements are. */
export function elements(schema: AvroSchema): AvroSchema {
  const { items } = inside(schema)
  if (items !== undefined) return items as AvroSchema
  throw new Error('it holds no array')
}

/** Reads one record's fields by id. */
export class Fields {
  readonly #names: ReadonlyMap<number, RecordField>

  constructor(schema: AvroSchema) {
    this.#names = new Map(recordFields(schema).map((field) => [field['field-id'] ?? -1, field]))
  }

  has(id: number): boolean {
    return this.#names.has(id)
  }

  ids(): number[] {
    return [...this.#names.keys()]
  }

  schema(id: number): AvroSchema {
    const field = this.#names.get(id)
    if (field === undefined) throw new Error(`field ${id} is missing`)
    return field.type
  }

  /** undefined where the file has no such field, or null. */
  value(record: object, id: number): unknown {
    const field = this.#names.get(id)
    if (field === undefined) return undefined
    return (record as Record<string, unknown>)[field.name] ?? undefined
  }

  text(record: object, id: number): string {
    const value = this.value(record, id)
    if (typeof value !== 'string') throw new Error(`field ${id} is no text`)
    return value
  }

  /** A count or a size; `absent` where the file has none. */
  number(record: object, id: number, absent?: number): number {
    const value = this.value(record, id) ?? absent
    if (typeof value !== 'number') throw new Error(`field ${id} is no number`)
    return value
  }

  /** A 64-bit id, or null where it is to be inherited. */
  id(record: object, id: number): bigint | null {
    const value = this.value(record, id)
    if (value === undefined) return null
    if (typeof value !== 'number' && typeof value !== 'bigint') throw new Error(`field ${id} is no number`)
    return BigInt(value)
  }
}
