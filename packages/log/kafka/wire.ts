/**
 * The two requests that carry records, written and read by us: kafkajs would make an object of each record. Hot path:
 * records stay the bytes that they are. What writes and reads them serves configs.ts as well.
 *
 *   source  kafka.apache.org/protocol, Produce version 8, Fetch version 11
 */
import { type Broker, type Encoded, encoded } from './kafkajs.ts'

const PRODUCE = { apiKey: 0, apiVersion: 8, apiName: 'Produce' }
const FETCH = { apiKey: 1, apiVersion: 11, apiName: 'Fetch' }
const ALL_REPLICAS = -1
const READ_COMMITTED = 1

export interface ProducePart {
  readonly topic: string
  readonly partition: number
  /** One record batch. */
  readonly batch: Uint8Array
}

export interface Produced {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly baseOffset: bigint
  /** The broker's words where it refuses. */
  readonly said: string | null
}

export interface FetchPart {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

export interface Fetched {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  /** Where what may be read ends: an open transaction holds it back. */
  readonly end: bigint
  /** Producers whose transactions were given up, from those offsets on. */
  readonly aborted: readonly { readonly producerId: bigint; readonly from: bigint }[]
  /** Record batches; the last one may be cut. */
  readonly records: Buffer
}

export interface FetchLimits {
  readonly waitMs: number
  readonly bytesMax: number
  readonly partitionBytesMax: number
}

/** Durable on all replicas in sync when it returns. */
export function produce(broker: Broker, parts: readonly ProducePart[], timeoutMs: number): Promise<Produced[]> {
  return broker.connectionPool.send({
    request: { ...PRODUCE, encode: async () => produceRequest(parts, timeoutMs) },
    response: answered((reader) => reader.array(() => producedTopic(reader)).flat(), 'behind'),
    requestTimeout: timeoutMs,
    logResponseError: false,
  })
}

export function fetch(broker: Broker, parts: readonly FetchPart[], limits: FetchLimits, timeoutMs: number) {
  return broker.connectionPool.send({
    request: { ...FETCH, encode: async () => fetchRequest(parts, limits) },
    response: answered(fetchAnswer, 'before'),
    requestTimeout: timeoutMs + limits.waitMs,
    logResponseError: false,
  })
}

function produceRequest(parts: readonly ProducePart[], timeoutMs: number) {
  const writer = new Writer()
  writer.string(null)
  writer.int16(ALL_REPLICAS)
  writer.int32(timeoutMs)
  writer.grouped(parts, ({ partition, batch }) => {
    writer.int32(partition)
    writer.int32(batch.length)
    writer.bytes(batch)
  })
  return writer.finish()
}

function producedTopic(reader: Reader): Produced[] {
  const topic = reader.string()!
  return reader.array(() => {
    const partition = reader.int32()
    const errorCode = reader.int16()
    const baseOffset = reader.int64()
    reader.at += 16 // append time, log start
    const faults = reader.array(() => {
      reader.at += 4
      return reader.string()
    })
    const said = reader.string() ?? faults.find((fault) => fault !== null) ?? null
    return { topic, partition, errorCode, baseOffset, said }
  })
}

function fetchRequest(parts: readonly FetchPart[], { waitMs, bytesMax, partitionBytesMax }: FetchLimits) {
  const writer = new Writer()
  writer.int32(-1)
  writer.int32(waitMs)
  writer.int32(1)
  writer.int32(bytesMax)
  writer.int8(READ_COMMITTED)
  writer.int32(0) // no session
  writer.int32(-1)
  writer.grouped(parts, ({ partition, offset }) => {
    writer.int32(partition)
    writer.int32(-1)
    writer.int64(offset)
    writer.int64(-1n)
    writer.int32(partitionBytesMax)
  })
  writer.int32(0)
  writer.string('')
  return writer.finish()
}

function fetchAnswer(reader: Reader): { errorCode: number; parts: Fetched[] } {
  const errorCode = reader.int16()
  reader.at += 4 // session
  const parts = reader
    .array(() => {
      const topic = reader.string()!
      return reader.array((): Fetched => {
        const partition = reader.int32()
        const fault = reader.int16()
        reader.at += 8 // high watermark
        const end = reader.int64()
        reader.at += 8 // log start
        const aborted = reader.array(() => ({ producerId: reader.int64(), from: reader.int64() }))
        reader.at += 4 // preferred replica
        return { topic, partition, errorCode: fault, end, aborted, records: reader.block() }
      })
    })
    .flat()
  return { errorCode, parts }
}

/** `throttle`: where the answer says how long to wait. */
export function answered<T>(read: (reader: Reader) => T, throttle: 'before' | 'behind') {
  return {
    async decode(payload: Buffer) {
      const reader = new Reader(payload)
      const before = throttle === 'before' ? reader.int32() : 0
      const value = read(reader)
      return { clientSideThrottleTime: throttle === 'before' ? before : reader.int32(), value }
    },
    parse: async ({ value }: { readonly value: T }) => value,
  }
}

export class Writer {
  readonly #parts: Uint8Array[] = []
  #small = Buffer.allocUnsafe(512)
  #at = 0

  int8(value: number): void {
    this.#at = this.#room(1).writeInt8(value, this.#at)
  }
  int16(value: number): void {
    this.#at = this.#room(2).writeInt16BE(value, this.#at)
  }
  int32(value: number): void {
    this.#at = this.#room(4).writeInt32BE(value, this.#at)
  }
  int64(value: bigint): void {
    this.#at = this.#room(8).writeBigInt64BE(value, this.#at)
  }
  string(value: string | null): void {
    const bytes = value === null ? undefined : Buffer.from(value)
    this.int16(bytes?.length ?? -1)
    if (bytes !== undefined && bytes.length > 0) this.bytes(bytes)
  }
  bytes(bytes: Uint8Array): void {
    this.#flush()
    this.#parts.push(bytes)
  }
  /** Parts under their topics. */
  grouped<P extends { readonly topic: string }>(parts: readonly P[], write: (part: P) => void): void {
    const byTopic = Map.groupBy(parts, ({ topic }) => topic)
    this.int32(byTopic.size)
    for (const [topic, own] of byTopic) {
      this.string(topic)
      this.int32(own.length)
      for (const part of own) write(part)
    }
  }
  finish(): Encoded {
    this.#flush()
    return encoded(Buffer.concat(this.#parts))
  }
  #room(bytes: number): Buffer {
    if (this.#at + bytes > this.#small.length) this.#flush()
    return this.#small
  }
  #flush(): void {
    if (this.#at === 0) return
    this.#parts.push(this.#small.subarray(0, this.#at))
    this.#small = this.#small.length - this.#at < 64 ? Buffer.allocUnsafe(512) : this.#small.subarray(this.#at)
    this.#at = 0
  }
}

export class Reader {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }
  int16(): number {
    this.at += 2
    return this.#bytes.readInt16BE(this.at - 2)
  }
  int32(): number {
    this.at += 4
    return this.#bytes.readInt32BE(this.at - 4)
  }
  int64(): bigint {
    this.at += 8
    return this.#bytes.readBigInt64BE(this.at - 8)
  }
  string(): string | null {
    const length = this.int16()
    if (length < 0) return null
    this.at += length
    return this.#bytes.toString('utf8', this.at - length, this.at)
  }
  block(): Buffer {
    const length = Math.max(0, this.int32())
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }
  array<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, read)
  }
}
