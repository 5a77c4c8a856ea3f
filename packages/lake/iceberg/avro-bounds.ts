/**
 * Walks Avro values without making any, to know that they end where their bytes do: avsc reads on past the end, and a
 * count of a list or map that changed would have it make entries out of nothing for hours.
 *
 *   shape   schema x bytes -> the offset behind the value; cost one step a field
 *   errors  Error whose message says what is wrong with the bytes
 *   source  Avro specification 1.11, "Binary Encoding"
 */
import type { AvroSchema } from './avro.ts'

type Names = Map<string, AvroSchema>
type Parts = Exclude<AvroSchema, string | readonly AvroSchema[]>

const VARINT_BYTES = 10
// biome-ignore format: a table reads by its columns
const FIXED: Readonly<Record<string, number>> = { null: 0, boolean: 1, float: 4, double: 8 }

const end = (): Error => new Error('it ends inside a record')

/** The offset behind `count` values of `schema` that begin at `at`. */
export function endOf(schema: AvroSchema, bytes: Uint8Array, at = 0, count = 1): number {
  const walk = new Walk(bytes, at)
  walk.checkCount(count)
  for (let i = 0; i < count; i++) walk.pass(schema)
  return walk.at
}

class Walk {
  at: number
  readonly #bytes: Uint8Array
  readonly #names: Names = new Map()

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  /** No value that a list, map or block holds is without bytes in what Iceberg writes. */
  checkCount(count: number): void {
    if (count > this.#bytes.length - this.at) throw new Error('it counts more entries than it has bytes')
  }

  pass(schema: AvroSchema): void {
    if (typeof schema === 'string') this.#named(schema)
    else if (Array.isArray(schema)) this.pass(this.#branch(schema))
    else this.#parts(schema as Parts)
  }

  #named(name: string): void {
    const size = FIXED[name]
    if (size !== undefined) this.#skip(size)
    else if (name === 'int' || name === 'long') this.#varint()
    else if (name === 'bytes' || name === 'string') this.#skip(this.#varint())
    else this.pass(this.#known(name))
  }

  #known(name: string): AvroSchema {
    const schema = this.#names.get(name)
    if (schema === undefined) throw new Error(`its schema names ${name} and does not say what that is`)
    return schema
  }

  #branch(union: readonly AvroSchema[]): AvroSchema {
    const schema = union[this.#varint()]
    if (schema === undefined) throw new Error('a value is of no type that its schema allows')
    return schema
  }

  #parts(schema: Parts): void {
    if (typeof schema.name === 'string') {
      this.#names.set(schema.name, schema)
      this.#names.set(`${schema.namespace}.${schema.name}`, schema)
    }
    if (schema.type === 'record') for (const { type } of schema.fields as { type: AvroSchema }[]) this.pass(type)
    else if (schema.type === 'fixed') this.#skip(schema.size as number)
    else if (schema.type === 'enum') this.#varint()
    else if (schema.type === 'array') this.#entries(() => this.pass(schema.items as AvroSchema))
    else if (schema.type === 'map') {
      this.#entries(() => {
        this.#skip(this.#varint())
        this.pass(schema.values as AvroSchema)
      })
    } else this.pass(schema.type)
  }

  #entries(pass: () => void): void {
    for (let count = this.#varint(); count !== 0; count = this.#varint()) {
      // A negative count is followed by the size of its entries in bytes.
      if (count < 0) this.#varint()
      this.checkCount(Math.abs(count))
      for (let i = Math.abs(count); i > 0; i--) pass()
    }
  }

  #skip(size: number): void {
    if (!(size >= 0 && size <= this.#bytes.length - this.at)) throw end()
    this.at += size
  }

  /** Zigzag; rounded beyond 2^53, where it is larger than any file. */
  #varint(): number {
    let value = 0
    for (let i = 0, unit = 1; i < VARINT_BYTES; i++, unit *= 128) {
      const byte = this.#bytes[this.at++]
      if (byte === undefined) throw end()
      value += (byte & 127) * unit
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    throw new Error('a number is longer than any')
  }
}
