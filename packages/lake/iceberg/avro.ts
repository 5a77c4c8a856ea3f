/**
 * Avro object container files, with avsc as the codec of values. Header and blocks are read and written here: avsc's
 * own file encoder drops the attributes (field-id, element-id, logicalType map) that Iceberg readers go by.
 *
 *   shape   records <-> bytes; longs are numbers where safe and bigint beyond, both are taken when writing
 *   errors  Error whose message says what is wrong with the bytes; the caller knows the file's name
 *   source  Avro specification 1.11, "Object Container Files"
 */
import { createHash, type Hash } from 'node:crypto'
import { deflateRawSync, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import avro from 'avsc'
import { endOf } from './avro-bounds.ts'

/** An Avro schema as JSON, attributes and all. */
export type AvroSchema = string | AvroSchema[] | { readonly type: AvroSchema; readonly [attribute: string]: unknown }
export type Codec = 'null' | 'deflate'

export interface Container {
  readonly schema: AvroSchema
  readonly metadata: ReadonlyMap<string, string>
  readonly records: Record<string, unknown>[]
}

const MAGIC = Buffer.from('Obj\x01', 'latin1')
const SYNC_BYTES = 16
const BLOCK_RECORDS = 4096
/** How a marker ends that begins with the digest of all that its file holds: header, and blocks as they were unpacked. */
const SEAL = Buffer.from('k2:1', 'latin1')

/** Plain `long` refuses what passes 2^53, and a registry entry would miss `{"type":"long"}`: hence a hook. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => {
    const high = bytes.readInt32LE(4)
    if (high < -0x200000 || high >= 0x200000) return bytes.readBigInt64LE(0)
    return high * 0x100000000 + bytes.readUInt32LE(0)
  },
  toBuffer: (value: number | bigint) => {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeBigInt64LE(BigInt(value))
    return bytes
  },
  fromJSON: (value: number) => value,
  toJSON: (value: number) => value,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (a: number | bigint, b: number | bigint) => (a === b ? 0 : a < b ? -1 : 1),
})

const isLong = (schema: unknown): boolean =>
  schema === 'long' || (typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'long')

function typeOf(schema: AvroSchema): avro.Type {
  const typeHook = (part: avro.Schema) => (isLong(part) ? LONG : undefined)
  const options = { typeHook, omitRecordMethods: true } as unknown as Partial<avro.ForSchemaOptions>
  return avro.Type.forSchema(schema as avro.Schema, options)
}

/** Compiling a schema takes longer than decoding a small manifest, and few writers make all of them. */
const COMPILED_MAX = 64
const compiled = new Map<string, Compiled>()

interface Compiled {
  readonly schema: AvroSchema
  readonly type: avro.Type
  readonly resolver: object | undefined
}

export interface Projection {
  /** Equal names, equal projections. */
  readonly name: string
  /** The writer's schema with the fields that are wanted. */
  readonly of: (schema: AvroSchema) => AvroSchema
}

function compile(text: string, projection?: Projection): Compiled {
  const key = `${projection?.name ?? ''} ${text}`
  const known = compiled.get(key)
  if (known !== undefined) return known
  const schema = JSON.parse(text) as AvroSchema
  const written = typeOf(schema)
  const type = projection === undefined ? written : typeOf(projection.of(schema))
  const fresh = { schema, type, resolver: projection === undefined ? undefined : type.createResolver(written) }
  if (compiled.size >= COMPILED_MAX) compiled.clear()
  compiled.set(key, fresh)
  return fresh
}

const HEADER_SCHEMA = { type: 'map', values: 'bytes' }
const HEADER = avro.Type.forSchema(HEADER_SCHEMA as avro.Schema)
const COUNT = typeOf('long')

export function writeContainer(
  schema: AvroSchema,
  records: readonly unknown[],
  metadata: Readonly<Record<string, string>>,
  codec: Codec = 'deflate',
): Uint8Array {
  const text = JSON.stringify(schema)
  const { type } = compile(text)
  const header: Record<string, Buffer> = {
    'avro.schema': Buffer.from(text),
    'avro.codec': Buffer.from(codec),
  }
  for (const [key, value] of Object.entries(metadata)) header[key] = Buffer.from(value)
  const head = HEADER.toBuffer(header)
  const blocks: { count: number; bytes: Buffer }[] = []
  const digest = createHash('sha256').update(head)
  for (let from = 0; from < records.length; from += BLOCK_RECORDS) {
    const some = records.slice(from, from + BLOCK_RECORDS)
    const plain = Buffer.concat(some.map((record) => type.toBuffer(record)))
    digest.update(plain)
    blocks.push({ count: some.length, bytes: codec === 'deflate' ? deflateRawSync(plain) : plain })
  }
  // A marker only has to be unlikely inside the file. As a digest it also tells whether the file is as it was written.
  const sync = sealOf(digest)
  const framed = blocks.flatMap(({ count, bytes }) => [
    COUNT.toBuffer(count),
    COUNT.toBuffer(bytes.length),
    bytes,
    sync,
  ])
  return Buffer.concat([MAGIC, head, sync, ...framed])
}

/** Only the fields that `projection` keeps are decoded; all by default. */
export function readContainer(bytes: Uint8Array, projection?: Projection): Container {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!file.subarray(0, 4).equals(MAGIC)) throw new Error('it does not begin as an Avro file does')
  endOf(HEADER_SCHEMA, file, MAGIC.length)
  const header = take<Record<string, Buffer>>(HEADER, file, MAGIC.length)
  const metadata = new Map(Object.entries(header.value).map(([key, value]) => [key, value.toString()]))
  const { schema, type, resolver } = compile(metadata.get('avro.schema') ?? 'null', projection)
  const decompress = decompressor(metadata.get('avro.codec') ?? 'null')
  const sync = file.subarray(header.end, header.end + SYNC_BYTES)
  if (sync.length < SYNC_BYTES) throw new Error('it ends inside its header')
  const blocks = [...blocksOf(file, header.end + SYNC_BYTES, sync, decompress)]
  const isSealed = sync.subarray(-SEAL.length).equals(SEAL)
  if (isSealed) checkSeal(sync, [file.subarray(MAGIC.length, header.end), ...blocks.map(({ plain }) => plain)])
  const records: Record<string, unknown>[] = []
  for (const { count, plain } of blocks) {
    if (!isSealed && endOf(schema, plain, 0, count) !== plain.length) throw tooLong()
    let at = 0
    for (let i = 0; i < count; i++) {
      const record = take<Record<string, unknown>>(type, plain, at, resolver)
      records.push(record.value)
      at = record.end
    }
    if (at !== plain.length) throw tooLong()
  }
  return { schema, metadata, records }
}

function* blocksOf(file: Buffer, from: number, sync: Buffer, decompress: (bytes: Buffer) => Buffer) {
  for (let position = from; position < file.length; ) {
    const count = take<number>(COUNT, file, position)
    const size = take<number>(COUNT, file, count.end)
    const end = size.end + size.value
    const isFramed = count.value >= 0 && size.value >= 0 && file.subarray(end, end + SYNC_BYTES).equals(sync)
    if (!isFramed) throw new Error('a block is cut or its marker is wrong')
    yield { count: count.value, plain: decompress(file.subarray(size.end, end)) }
    position = end + SYNC_BYTES
  }
}

const tooLong = (): Error => new Error('a block holds more than its records')

/** Before anything is decoded: a count that changed would have avsc make records out of nothing, without an end. */
function checkSeal(sync: Buffer, parts: readonly Buffer[]): void {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  if (!sealOf(digest).equals(sync)) throw new Error('it is not what was written')
}

const sealOf = (digest: Hash): Buffer => Buffer.concat([digest.digest().subarray(0, SYNC_BYTES - SEAL.length), SEAL])

function take<T>(type: avro.Type, from: Buffer, at: number, resolver?: object): { value: T; end: number } {
  const { value, offset } = type.decode(from, at, resolver as never)
  if (offset < 0) throw new Error('it ends inside a record')
  return { value, end: offset }
}

function decompressor(codec: string): (bytes: Buffer) => Buffer {
  if (codec === 'null') return (bytes) => bytes
  if (codec === 'deflate') return (bytes) => inflateRawSync(bytes)
  if (codec === 'zstandard') return (bytes) => zstdDecompressSync(bytes)
  throw new Error(`its blocks are compressed with ${codec}, which is not read here (null, deflate, zstandard are)`)
}
