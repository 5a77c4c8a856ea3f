/**
 * Records on their way to one topic: batches in their order, one append at a time, while the next batch fills.
 *
 *   write ─► filling ─► waiting (memory, then disk) ─► append ─► landed
 *                              └─ full: whoever writes must stop
 *
 * An append whose outcome is not known is found in the log before it is sent again, so the log holds each record once. One that
 * lands later than that, or another gateway's, shows by its offsets with the next append, and is told.
 *
 *   limits  memory and disk, in bytes; what is written beyond them is kept, and `isFull` says to stop
 *   errors  run ends with those of the log that no waiting mends
 */
import { Outgoing } from '@k2/contracts/records/outgoing.ts'
import type { MarketTopic } from '@k2/contracts/topics.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import type { Log, OffsetRange } from '@k2/log/log.ts'
import type { Clock } from '@k2/service/clock.ts'
import { traced } from '@k2/service/tracing.ts'
import { mayPass } from '@k2/service/wait.ts'
import type { Spool } from './adapters/spool.ts'
import { Batch } from './batch.ts'
import type { Subject } from './core/subject.ts'

export interface LaneLimits {
  readonly batchRecords: number
  readonly memoryBytesMax: number
  readonly spoolBytesMax: number
  /** A batch that is not full waits so long for more. */
  readonly lingerMs: number
}

export interface LanePorts {
  readonly log: Log
  readonly clock: Clock
  readonly spool?: Spool
  /** What waited on disk is not there any more. */
  readonly lost?: (batch: Batch, error: unknown) => void
  /** Rejects where another gateway has taken this one's place. */
  readonly held: () => Promise<void>
  /** Records came between this one's, which it knows nothing of. */
  readonly foreign?: (ranges: readonly OffsetRange[]) => Promise<void>
  /** Acknowledged: that record is in the log. */
  readonly landed: (subject: Subject, id: number) => void
  readonly isLanded: (subject: Subject, id: number) => boolean
  /** Looks in the log what is there behind the ends, and calls `landed` for it; answers where it ends. */
  readonly readBack: (from: ReadonlyMap<number, bigint>, signal: AbortSignal) => Promise<Map<number, bigint>>
  readonly appended: (records: number, seconds: number) => void
  readonly failed: (error: unknown) => void
  readonly reached: (moment: string) => void
}

const BATCH_BYTES = 1 << 20
const OUTGOINGS_KEPT = 4
const PAUSE_MS = 250
const PAUSE_MS_MAX = 10_000

export class Lane {
  /** By partition: behind what is known to be in the log. */
  ends = new Map<number, bigint>()
  trouble: string | undefined
  memoryBytes = 0
  spooledBytes = 0
  isFull = false
  readonly #topic: MarketTopic
  readonly #ports: LanePorts
  readonly #limits: LaneLimits
  readonly #frame = new Uint8Array(FRAME_BYTES)
  readonly #free: Outgoing[] = []
  readonly #waiting: Batch[] = []
  #number = 0
  #filling: Batch
  #wake: () => void = () => {}
  #isIdle = true

  constructor(topic: MarketTopic, schemaId: number, ports: LanePorts, limits: LaneLimits) {
    this.#topic = topic
    this.#ports = ports
    this.#limits = limits
    writeFrame(this.#frame, 0, schemaId)
    this.#filling = this.#next()
  }

  /** Nothing waits and nothing is on its way. */
  get isEmpty(): boolean {
    return this.#isIdle && this.#filling.count === 0 && this.#waiting.length === 0
  }

  /** Bytes that wait: in memory and on disk. */
  get bytes(): number {
    return this.memoryBytes + this.spooledBytes + this.#filling.out.bytes
  }

  /** Where the next record is written; `wrote` follows. */
  out(subject: Subject): Outgoing {
    return this.#filling.out.keyed(subject.symbol)
  }

  wrote(subject: Subject, id: number, receivedMicros: number): void {
    const batch = this.#filling
    batch.wrote(subject, id, receivedMicros)
    if (batch.count >= this.#limits.batchRecords || batch.out.bytes >= BATCH_BYTES) this.#seal()
    if (this.#isIdle) this.#wake()
  }

  #next(): Batch {
    return new Batch(this.#number++, this.#free.pop() ?? new Outgoing(this.#frame))
  }

  #seal(): void {
    const batch = this.#filling
    this.#filling = this.#next()
    batch.seal()
    this.#waiting.push(batch)
    if (this.memoryBytes + batch.bytes <= this.#limits.memoryBytesMax) this.memoryBytes += batch.bytes
    else this.#spool(batch)
  }

  #spool(batch: Batch): void {
    const { spool } = this.#ports
    try {
      if (spool && this.spooledBytes + batch.bytes <= this.#limits.spoolBytesMax) {
        batch.spool(spool)
        this.#reuse(batch.releaseOut())
        this.spooledBytes += batch.bytes
        return
      }
    } catch (error) {
      // A disk that is full is a spool that is full.
      this.#ports.failed(error)
    }
    this.memoryBytes += batch.bytes
    this.isFull = true
  }

  /** Appends until the signal; then what waits in memory is appended too, unless the log is away. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const batch = await this.#take(signal)
      if (batch === undefined) return
      this.#isIdle = false
      await this.#append(batch, signal)
      this.#reuse(batch.releaseOut())
      this.#isIdle = true
    }
  }

  #reuse(out: Outgoing | undefined): void {
    if (out && this.#free.length < OUTGOINGS_KEPT) this.#free.push(out)
  }

  async #take(signal: AbortSignal): Promise<Batch | undefined> {
    if (this.#waiting.length === 0 && this.#filling.count === 0 && !signal.aborted) {
      const woken = Promise.withResolvers<void>()
      this.#wake = woken.resolve
      signal.addEventListener('abort', this.#wake, { once: true })
      await woken.promise
      signal.removeEventListener('abort', this.#wake)
      this.#wake = () => {}
    }
    if (this.#waiting.length === 0 && this.#limits.lingerMs > 0 && !signal.aborted)
      await this.#ports.clock.sleep(this.#limits.lingerMs, signal).catch(() => {})
    const batch = this.#waiting.shift()
    if (batch !== undefined) {
      this.#left(batch)
      return batch
    }
    if (this.#filling.count === 0) return signal.aborted ? undefined : this.#take(signal)
    const filled = this.#filling
    this.#filling = this.#next()
    return filled
  }

  #left(batch: Batch): void {
    if (batch.isSpooled) this.spooledBytes -= batch.bytes
    else this.memoryBytes -= batch.bytes
    const { memoryBytesMax, spoolBytesMax } = this.#limits
    if (this.memoryBytes <= memoryBytesMax / 2 && this.spooledBytes <= spoolBytesMax / 2) this.isFull = false
  }

  async #append(batch: Batch, signal: AbortSignal): Promise<void> {
    const { log, clock, held, landed, failed, reached } = this.#ports
    let records = this.#recordsOf(batch)
    if (records === undefined) return
    let which = batch.ids.map((_, i) => i)
    for (let pauseMs = PAUSE_MS; which.length > 0; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      try {
        await held()
        reached('gateway.before-append')
        const sent = records
        const ranges = await traced('gateway.batch', () => log.append(this.#topic.name, sent), {
          ...{ attributes: { 'k2.topic': this.#topic.name }, startMs: batch.firstMicros / 1e3 },
        })
        reached('gateway.appended')
        await this.#tellForeign(ranges)
        for (const { partition, to } of ranges) this.#ends(partition, to)
        for (const i of which) landed(batch.subjects[i]!, batch.ids[i]!)
        break
      } catch (error) {
        failed(error)
        if (!mayPass(error) || signal.aborted) throw error
        this.trouble = error.message
        await clock.sleep(pauseMs, signal)
        which = await this.#missing(batch, which, signal)
        const all = batch.records(this.#ports.spool)
        records = which.map((i) => all[i]!)
      }
    }
    this.trouble = undefined
    this.#ports.appended(batch.count, (clock.nowMicros() - batch.firstMicros) / 1e6)
  }

  /** What lies between the last append's end and this one's begin; before the ends move on, for these are noted. */
  async #tellForeign(ranges: readonly OffsetRange[]): Promise<void> {
    const ends = new Map(this.ends)
    const foreign: OffsetRange[] = []
    for (const range of ranges) {
      const end = ends.get(range.partition) ?? range.from
      if (range.from > end) foreign.push({ ...range, from: end, to: range.from })
      ends.set(range.partition, range.to)
    }
    if (foreign.length > 0) await this.#ports.foreign?.(foreign)
  }

  /** undefined: they are lost. */
  #recordsOf(batch: Batch): ReturnType<Batch['records']> | undefined {
    try {
      return batch.records(this.#ports.spool)
    } catch (error) {
      if (!this.#ports.lost) throw error
      this.#ports.lost(batch, error)
      return undefined
    }
  }

  /** Those that the log does not hold; all of them, where it cannot say: then the append fails again. */
  async #missing(batch: Batch, which: number[], signal: AbortSignal): Promise<number[]> {
    try {
      for (const [partition, to] of await this.#ports.readBack(this.ends, signal)) this.#ends(partition, to)
    } catch (error) {
      if (!mayPass(error)) throw error
      return this.#missing(batch, await this.#waited(which, signal), signal)
    }
    return which.filter((i) => !this.#ports.isLanded(batch.subjects[i]!, batch.ids[i]!))
  }

  async #waited(which: number[], signal: AbortSignal): Promise<number[]> {
    await this.#ports.clock.sleep(PAUSE_MS_MAX, signal)
    return which
  }

  #ends(partition: number, to: bigint): void {
    if (to > (this.ends.get(partition) ?? -1n)) this.ends.set(partition, to)
  }
}
