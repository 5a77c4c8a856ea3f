/**
 * A reader of Avro container files of its own: what is written is not to be judged by the code that wrote it.
 *
 *   shape   bytes -> records; a long is a number where that is exact, and a bigint beyond
 *   errors  whatever is wrong with the bytes throws
 *   source  Avro 1.11, "Object Container Files", "Binary Encoding"
 */
import { inflateRawSync } from 'node:zlib'

type Schema = string | Schema[] | { readonly type: Schema; readonly [attribute: string]: unknown }
type Read = (at: Cursor) => unknown

class Cursor {
  readonly bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  long(): number | bigint {
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.bytes.readUInt8(this.at++)
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1)
    }
    let value = BigInt(low)
    for (let shift = 28n; ; shift += 7n) {
      const byte = this.bytes.readUInt8(this.at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    const signed = (value >> 1n) ^ -(value & 1n)
    return BigInt.asIntN(53, signed) === signed ? Number(signed) : signed
  }

  take(length: number): Buffer {
    this.at += length
    if (length < 0 || this.at > this.bytes.length) throw new Error('it is cut short')
    return this.bytes.subarray(this.at - length, this.at)
  }
}

const bytes: Read = (at) => at.take(Number(at.long()))
const PLAIN: Readonly<Record<string, Read>> = {
  null: () => null,
  boolean: (at) => at.take(1)[0] === 1,
  int: (at) => at.long(),
  long: (at) => at.long(),
  bytes,
  string: (at) => (bytes(at) as Buffer).toString('utf8'),
}

function readerOf(schema: Schema): Read {
  if (Array.isArray(schema)) {
    const branches = schema.map(readerOf)
    return (at) => branches[Number(at.long())]!(at)
  }
  if (typeof schema === 'string') return PLAIN[schema] ?? fail(`type ${schema} is unknown`)
  if (schema.type === 'record') {
    const fields = (schema.fields as { name: string; type: Schema }[]).map(
      ({ name, type }) => [name, readerOf(type)] as const,
    )
    return (at) => Object.fromEntries(fields.map(([name, read]) => [name, read(at)]))
  }
  if (schema.type === 'array') {
    const item = readerOf(schema.items as Schema)
    return (at) => blocks(at, item)
  }
  return readerOf(schema.type)
}

function fail(why: string): never {
  throw new Error(why)
}

function blocks(at: Cursor, item: Read): unknown[] {
  const items: unknown[] = []
  for (let count = Number(at.long()); count !== 0; count = Number(at.long())) {
    // A negative count is followed by the block's size in bytes.
    if (count < 0) at.long()
    for (let left = Math.abs(count); left > 0; left--) items.push(item(at))
  }
  return items
}

const readers = new Map<string, Read>()

function readerFor(text: string): Read {
  const known = readers.get(text)
  if (known !== undefined) return known
  const fresh = readerOf(JSON.parse(text) as Schema)
  readers.set(text, fresh)
  return fresh
}

/** Records of type T: as the caller knows the file to be. */
export function readAvroFile<T>(file: Uint8Array): T[] {
  const at = new Cursor(Buffer.from(file.buffer, file.byteOffset, file.byteLength))
  if (at.take(4).toString('latin1') !== 'Obj\x01') fail('it is no Avro file')
  const pairs = blocks(at, (cursor) => [PLAIN.string!(cursor) as string, bytes(cursor) as Buffer] as const)
  const header = new Map(pairs as [string, Buffer][])
  const sync = at.take(16)
  const read = readerFor(header.get('avro.schema')!.toString())
  const codec = header.get('avro.codec')?.toString() ?? 'null'
  const records: T[] = []
  while (at.at < at.bytes.length) {
    const count = Number(at.long())
    const stored = at.take(Number(at.long()))
    if (!at.take(16).equals(sync)) fail('a block does not end with its marker')
    const block = new Cursor(codec === 'deflate' ? inflateRawSync(stored) : stored)
    for (let i = 0; i < count; i++) records.push(read(block) as T)
    if (block.at !== block.bytes.length) fail('a block holds more than it says')
  }
  return records
}
