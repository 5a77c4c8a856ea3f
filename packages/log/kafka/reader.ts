/**
 * Reads partitions side by side: one request to a broker at a time, the next one on its way while what came is worked on.
 * Each partition has its turn.
 *
 *   limits  `bufferBytesMax` of what brokers sent and nobody has taken yet, and a broker's answer above it
 *   errors  LOG_UNAVAILABLE never: brokers that are away are waited for. OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC, LOG_DAMAGED
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogBatch, OffsetRange } from '../log.ts'
import type { PartitionName } from '../recordbatch.ts'
import { type Client, isAway } from './client.ts'
import { Refused } from './errors.ts'
import { FetchedBatches } from './fetched.ts'
import { typeOf } from './kafkajs.ts'
import { outOfRange, rangeOf } from './offsets.ts'
import { type Fetched, fetch } from './wire.ts'

const WAIT_MS = 500
const PAUSE_MS = 100
const OUT_OF_RANGE = 1

export interface ReadLimits {
  readonly bufferBytesMax: number
  readonly partitionBytesMax: number
}

interface Place extends PartitionName {
  /** Offset of the next batch; undefined until it is known. */
  at: bigint | undefined
  /** Where the log was seen to end. */
  end: bigint
  waiting: FetchedBatches | undefined
  leader: number | undefined
  isPaused: boolean
}

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`

export class Reader {
  readonly #client: Client
  readonly #limits: ReadLimits
  /** What to do at an offset that the log does not hold: begin at its start, or fail. */
  readonly #outside: 'earliest' | 'throw'
  readonly #ring: () => void
  readonly #busy = new Set<number>()
  #places = new Map<string, Place>()
  #turn = 0
  #isLocating = false
  #isKicked = false
  #isClosed = false
  #failure: unknown

  constructor(client: Client, limits: ReadLimits, outside: 'earliest' | 'throw', ring: () => void) {
    this.#client = client
    this.#limits = limits
    this.#outside = outside
    this.#ring = ring
  }

  get partitions(): readonly PartitionName[] {
    return [...this.#places.values()]
  }

  owns(topic: string, partition: number): boolean {
    return this.#places.has(nameOf(topic, partition))
  }

  /** These and no others from now on, none of them paused or placed. */
  take(partitions: readonly PartitionName[]): void {
    this.#places = new Map(
      partitions.map(({ topic, partition }) => [
        nameOf(topic, partition),
        { topic, partition, at: undefined, end: 0n, waiting: undefined, leader: undefined, isPaused: false },
      ]),
    )
    // Anywhere: of one that is killed again and again the last partition must not starve.
    this.#turn = Math.floor(Math.random() * partitions.length)
  }

  /** The next batch of that partition begins there; a partition that is not read is left alone. */
  place(topic: string, partition: number, offset: bigint): void {
    const name = nameOf(topic, partition)
    const before = this.#places.get(name)
    if (before === undefined) return
    // Another object, so that an answer on its way finds that nobody waits for it.
    this.#places.set(name, { ...before, at: offset, waiting: undefined })
    this.#kick()
  }

  isPlaced(topic: string, partition: number): boolean {
    return this.#places.get(nameOf(topic, partition))?.at !== undefined
  }

  pause(topic: string, partition: number, isPaused: boolean): void {
    const place = this.#places.get(nameOf(topic, partition))
    if (place === undefined) return
    place.isPaused = isPaused
    this.#kick()
    this.#ring()
  }

  /** The next batch, or undefined where none is here yet. */
  next(): LogBatch | undefined {
    if (this.#failure !== undefined) throw this.#failure
    const places = [...this.#places.values()]
    for (let i = 0; i < places.length; i++) {
      const place = places[(this.#turn + i) % places.length]!
      if (place.waiting === undefined || place.isPaused) continue
      const batch = place.waiting.next(place.at!)
      if (batch !== undefined) place.at = batch.to
      if (!place.waiting.hasMore) place.waiting = undefined
      this.#kick()
      if (batch === undefined) continue
      this.#turn = (this.#turn + i + 1) % places.length
      return batch
    }
    return undefined
  }

  fail(error: unknown): void {
    this.#failure ??= error
    this.#ring()
  }

  close(): void {
    this.#isClosed = true
    this.#places.clear()
  }

  /** Soon: what is placed, resumed or taken together is asked for together. */
  #kick(): void {
    if (this.#isKicked) return
    this.#isKicked = true
    queueMicrotask(() => {
      this.#isKicked = false
      this.#ask()
    })
  }

  /** Asks each broker that has nothing to do for what is not here. */
  #ask(): void {
    if (this.#isClosed || this.#failure !== undefined) return
    const places = [...this.#places.values()]
    const waitingBytes = places.reduce((sum, { waiting }) => sum + (waiting?.bytes ?? 0), 0)
    if (waitingBytes >= this.#limits.bufferBytesMax) return
    const wanted = places.filter((place) => place.at !== undefined && !place.isPaused && place.waiting === undefined)
    if (wanted.some(({ leader }) => leader === undefined)) void this.#locate()
    for (const [leader, own] of Map.groupBy(wanted, (place) => place.leader)) {
      if (leader === undefined || this.#busy.has(leader)) continue
      // While there is something to work on, no request should wait at the broker in front of the next one.
      const hasWork = places.some((place) => place.leader === leader && place.waiting !== undefined && !place.isPaused)
      const ready = hasWork ? own.filter(({ at, end }) => end > at!) : own
      if (ready.length > 0) void this.#fetch(leader, ready, hasWork ? 0 : WAIT_MS)
    }
  }

  async #locate(): Promise<void> {
    if (this.#isLocating) return
    this.#isLocating = true
    try {
      for (const place of this.#places.values())
        place.leader ??= (await this.#client.leadersAtLast(place.topic))[place.partition]
    } catch (error) {
      if (!this.#isClosed) await this.#troubled(error)
    } finally {
      this.#isLocating = false
      this.#kick()
    }
  }

  async #fetch(leader: number, places: readonly Place[], waitMs: number): Promise<void> {
    this.#busy.add(leader)
    try {
      const parts = places.map(({ topic, partition, at }) => ({ topic, partition, offset: at! }))
      const { bufferBytesMax: bytesMax, partitionBytesMax } = this.#limits
      const broker = await this.#client.broker(leader)
      const answer = await fetch(broker, parts, { waitMs, bytesMax, partitionBytesMax }, this.#client.options.requestMs)
      if (answer.errorCode !== 0) throw new Refused(typeOf(answer.errorCode))
      const asked = new Set(places)
      let hasTrouble = false
      for (const part of answer.parts) hasTrouble = (await this.#arrived(part, asked)) || hasTrouble
      if (hasTrouble) await sleep(PAUSE_MS)
      else this.#client.options.standing.trouble = undefined
    } catch (error) {
      for (const place of places) place.leader = undefined
      this.#client.forget()
      if (!this.#isClosed) await this.#troubled(error)
    } finally {
      this.#busy.delete(leader)
      this.#kick()
    }
  }

  /** True where the partition's leader has to be found anew. */
  async #arrived(part: Fetched, asked: ReadonlySet<Place>): Promise<boolean> {
    const place = this.#places.get(nameOf(part.topic, part.partition))
    if (place === undefined || !asked.has(place)) return false
    if (part.errorCode === OUT_OF_RANGE) {
      const range = await rangeOf(this.#client, place)
      if (this.#outside === 'throw') throw outOfRange(range, place.at!)
      this.#begin(place, range)
      return false
    }
    if (part.errorCode !== 0) {
      place.leader = undefined
      this.#client.forget(place.topic)
      this.#client.failed(new Refused(typeOf(part.errorCode)), `read ${part.topic}/${part.partition}`)
      return true
    }
    place.end = part.end
    const waiting = new FetchedBatches(part)
    if (!waiting.hasMore) return false
    place.waiting = waiting
    this.#ring()
    return false
  }

  #begin(place: Place, { from, to }: OffsetRange): void {
    if (this.#places.get(nameOf(place.topic, place.partition)) !== place) return
    // It may have come into range meanwhile: an end that a new leader had not heard of.
    if (place.at! < from || place.at! > to) this.place(place.topic, place.partition, from)
  }

  async #troubled(error: unknown): Promise<void> {
    const { failure, trouble } = this.#client.failed(error, 'read')
    if (trouble.mayPass || isAway(failure)) await sleep(PAUSE_MS * (1 + Math.random()))
    else this.fail(failure)
  }
}
