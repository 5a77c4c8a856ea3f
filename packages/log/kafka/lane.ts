/**
 * The records of one partition that wait to be stored, and the batch of them that is on its way. A batch is made when a
 * broker is ready for it, so that what was appended meanwhile travels together; once made it stays as it is, with its
 * sequence numbers, until its fate is known.
 *
 *   source  KIP-98 (idempotent producer); org.apache.kafka.clients.producer.internals.TransactionManager
 */
import { BatchWriter } from '../batchwriter.ts'
import { crc32c } from '../crc32c.ts'
import type { NewRecord, OffsetRange } from '../log.ts'
import { AT, CODECS, HEADER_BYTES } from '../recordbatch.ts'
import { type Codec, compress } from './codecs.ts'

/** An append's records for one partition. */
export interface Piece {
  readonly keys: readonly (Uint8Array | null)[]
  readonly records: readonly NewRecord[]
  readonly bytes: number
  readonly timeMs: number
}

export interface ProducerId {
  readonly producerId: bigint
  readonly epoch: number
}

interface Waiting {
  readonly piece: Piece
  readonly deadlineMs: number
  readonly ranges: OffsetRange[]
  readonly settled: PromiseWithResolvers<OffsetRange[]>
  /** Records of it that are in the batch on its way, or before. */
  packed: number
}

/** On its way: how many records, and of whom. */
interface Batch {
  readonly bytes: Buffer
  readonly count: number
  readonly of: readonly (readonly [Waiting, number])[]
  /** How often it was given to a broker. */
  sent: number
}

const SEQUENCES = 2 ** 31
const RECORDS_MAX = 4_096
/** The broker has no trace of the id, or of what came before. */
const LOST_TRACK = new Set(['UNKNOWN_PRODUCER_ID', 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'INVALID_PRODUCER_EPOCH'])
const writer = new BatchWriter()

export class Lane {
  readonly topic: string
  readonly partition: number
  readonly #codec: Codec
  readonly #batchBytesMax: number
  #waiting: Waiting[] = []
  #bytes = 0
  /** On its way, and how many records of how many it holds. */
  #batch: Batch | undefined
  #sequence = 0
  #turn: PromiseWithResolvers<void> | undefined
  id: ProducerId | undefined
  /** An id that it may not use again. */
  spent: ProducerId | undefined
  leader: number | undefined
  isLed = false

  constructor(topic: string, partition: number, limits: { readonly codec: Codec; readonly batchBytesMax: number }) {
    this.topic = topic
    this.partition = partition
    this.#codec = limits.codec
    this.#batchBytesMax = limits.batchBytesMax
  }

  get hasWork(): boolean {
    return this.#waiting.length > 0
  }

  /** More than a batch waits: lingering would gain nothing. */
  get isFull(): boolean {
    return this.#bytes >= this.#batchBytesMax
  }

  add(piece: Piece, deadlineMs: number): Promise<OffsetRange[]> {
    const settled = Promise.withResolvers<OffsetRange[]>()
    this.#waiting.push({ piece, deadlineMs, ranges: [], settled, packed: 0 })
    this.#bytes += piece.bytes
    return settled.promise
  }

  take(id: ProducerId): void {
    this.id = id
    this.#sequence = 0
    if (this.#batch !== undefined) stamp(this.#batch.bytes, id, 0)
    if (this.#batch !== undefined) this.#batch.sent = 0
  }

  isLate(nowMs: number): boolean {
    return this.hasWork && nowMs >= this.#waiting[0]!.deadlineMs
  }

  /** Resolves at the next wake(). */
  turn(): Promise<void> {
    this.#turn ??= Promise.withResolvers<void>()
    return this.#turn.promise
  }

  wake(): void {
    this.#turn?.resolve()
    this.#turn = undefined
  }

  /** The batch to be sent: the same bytes until its fate is known. */
  pack(): Uint8Array {
    this.#batch ??= this.#fill()
    return this.#batch.bytes
  }

  /** It is given to a broker. */
  sending(): void {
    this.#batch!.sent++
  }

  landed(baseOffset: bigint): void {
    const { count, of } = this.#batch!
    this.#batch = undefined
    this.#sequence = (this.#sequence + count) % SEQUENCES
    let from = baseOffset
    for (const [waiting, records] of of) {
      const to = from + BigInt(records)
      const last = waiting.ranges.at(-1)
      // Another producer's records may lie between two batches of one append.
      if (last?.to === from) waiting.ranges[waiting.ranges.length - 1] = { ...last, to }
      else waiting.ranges.push({ topic: this.topic, partition: this.partition, from, to })
      from = to
      if (waiting.packed < waiting.piece.records.length) continue
      this.#forget(waiting)
      waiting.settled.resolve(waiting.ranges)
    }
  }

  /** True where the broker's objection is dealt with: it lost track of us, and cannot have the batch, sent this once. */
  isRestarted(type: string): boolean {
    if (!LOST_TRACK.has(type) || this.#batch!.sent > 1) return false
    this.spent = this.id
    this.id = undefined
    return true
  }

  /** All that the batch holds a part of fails, or all that waits where there is none; what came of it is not known. */
  fail(error: unknown): void {
    const failed = this.#batch?.of.map(([waiting]) => waiting) ?? [...this.#waiting]
    if (this.#batch !== undefined && this.#batch.sent > 0) {
      this.spent = this.id
      this.id = undefined
    }
    this.#batch = undefined
    for (const waiting of failed) {
      this.#forget(waiting)
      waiting.settled.reject(error)
    }
  }

  #fill(): Batch {
    const of: [Waiting, number][] = []
    writer.clear()
    for (const waiting of this.#waiting) {
      const records = this.#fillFrom(waiting)
      if (records > 0) of.push([waiting, records])
      if (waiting.packed < waiting.piece.records.length) break
    }
    const { count } = writer
    const bytes = packed(writer.finish(0n), this.#codec)
    stamp(bytes, this.id!, this.#sequence)
    return { bytes, count, of, sent: 0 }
  }

  #fillFrom(waiting: Waiting): number {
    const { keys, records, timeMs } = waiting.piece
    const before = waiting.packed
    for (; waiting.packed < records.length; waiting.packed++) {
      const i = waiting.packed
      if (writer.count > 0 && (writer.bytes >= this.#batchBytesMax || writer.count >= RECORDS_MAX)) break
      const { value, headers } = records[i]!
      if (!writer.add(writer.count, timeMs, keys[i]!, value, headers)) break
    }
    return waiting.packed - before
  }

  #forget(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((each) => each !== waiting)
    this.#bytes -= waiting.piece.bytes
  }
}

/** The batch compressed, where that makes it smaller. */
function packed(plain: Uint8Array, codec: Codec): Buffer {
  const body = compress(codec, plain.subarray(HEADER_BYTES))
  if (codec === 'none' || HEADER_BYTES + body.length >= plain.length)
    return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength)
  const bytes = Buffer.concat([plain.subarray(0, HEADER_BYTES), body])
  bytes.writeInt32BE(bytes.length - AT.leaderEpoch, AT.length)
  bytes.writeInt16BE(CODECS.indexOf(codec), AT.attributes)
  return bytes
}

function stamp(bytes: Buffer, { producerId, epoch }: ProducerId, sequence: number): void {
  bytes.writeInt32BE(-1, AT.leaderEpoch)
  bytes.writeBigInt64BE(producerId, AT.producerId)
  bytes.writeInt16BE(epoch, AT.producerEpoch)
  bytes.writeInt32BE(sequence, AT.baseSequence)
  bytes.writeUInt32BE(crc32c(bytes, AT.attributes), AT.crc)
}
