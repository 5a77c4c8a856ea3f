/**
 * A small reader of Avro binary, for the schemas that K2 writes: the log is not to be judged by the decoder that the
 * sink uses.
 *
 *   shape   (schema as JSON, bytes, start) -> value; longs are bigint, bytes with a decimal type are bigint, too
 *   errors  a value that is cut short, or followed by more, throws
 *   source  Avro 1.11, "Binary Encoding"
 */
export type Schema = string | readonly Schema[] | { readonly type: Schema; readonly [attribute: string]: unknown }

export function decodeAvro(schema: Schema, bytes: Uint8Array, start = 0): unknown {
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), start)
  const value = read(schema, reader)
  if (reader.at !== bytes.length) throw new Error(`${bytes.length - reader.at} bytes follow`)
  return value
}

class Reader {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes
    this.at = at
  }

  long(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.take(1)[0]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n)
    }
  }

  take(length: number): Buffer {
    if (length < 0 || this.at + length > this.bytes.length) throw new Error('the value is cut short')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }
}

function read(schema: Schema, reader: Reader): unknown {
  if (Array.isArray(schema)) return read(schema[Number(reader.long())], reader)
  const { type, ...rest } = typeof schema === 'string' ? { type: schema } : (schema as { type: Schema })
  const attributes = rest as { fields?: { name: string; type: Schema }[]; symbols?: string[]; [name: string]: unknown }
  switch (type) {
    case 'null':
      return null
    case 'boolean':
      return reader.take(1)[0] === 1
    case 'long':
      return reader.long()
    case 'string':
      return reader.take(Number(reader.long())).toString()
    case 'bytes': {
      const hex = reader.take(Number(reader.long())).toString('hex')
      return BigInt.asIntN(hex.length * 4, BigInt(`0x${hex || '0'}`))
    }
    case 'enum':
      return attributes.symbols![Number(reader.long())]
    case 'record':
      return Object.fromEntries(attributes.fields!.map((field) => [field.name, read(field.type, reader)]))
    case 'array':
      return blocks(reader, () => read(attributes.items as Schema, reader))
    case 'map':
      return Object.fromEntries(
        blocks(reader, () => [read('string', reader) as string, read(attributes.values as Schema, reader)] as const),
      )
    default:
      return read(type, reader)
  }
}

function blocks<T>(reader: Reader, item: () => T): T[] {
  const items: T[] = []
  for (let count = reader.long(); count !== 0n; count = reader.long()) {
    // A negative count is followed by the block's size in bytes.
    if (count < 0n) reader.long()
    for (let left = count < 0n ? -count : count; left > 0n; left--) items.push(item())
  }
  return items
}
