/**
 * The idempotent producer: records of a partition wait in its lane, a broker takes one batch of each lane a request, one
 * request at a time. A batch that is sent again has the same sequence numbers, so that it is stored once. Hot path: from
 * records straight into a batch's bytes (BatchWriter); no object of our own a record.
 *
 *   append ─► lanes, one a partition ─► batches (bytes, linger) ─► one request a broker ─► all replicas in sync
 *
 *   limits  a batch fits what brokers take; `bufferBytesMax` of records wait, further appends wait outside
 *   errors  LOG_UNAVAILABLE after the deadline: whether those records are in is not known then
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { POLICIES } from '@k2/service/policies.ts'
import type { OffsetRange } from '../log.ts'
import type { PartitionName } from '../recordbatch.ts'
import type { Client } from './client.ts'
import type { Codec } from './codecs.ts'
import { Refused } from './errors.ts'
import { typeOf } from './kafkajs.ts'
import { Lane, type Piece, type ProducerId } from './lane.ts'
import { produce } from './wire.ts'

export interface ProducerLimits {
  readonly codec: Codec
  readonly lingerMs: number
  readonly batchBytesMax: number
  readonly bufferBytesMax: number
  readonly deadlineMs: number
}

const REQUEST_BYTES_MAX = 16 * 2 ** 20
const { baseDelayMs: PAUSE_MS, delayMsMax: PAUSE_MS_MAX } = POLICIES.kafka.retries

export class Producer {
  readonly #client: Client
  readonly #limits: ProducerLimits
  readonly #lanes = new Map<string, Lane>()
  readonly #busy = new Set<number>()
  /** Appends that wait for room, in their order. */
  readonly #outside: { readonly bytes: number; readonly enter: () => void }[] = []
  #id: Promise<ProducerId> | undefined
  #bytes = 0

  constructor(client: Client, limits: ProducerLimits) {
    this.#client = client
    this.#limits = limits
  }

  /** Resolves when the piece is durable, with where it lies. */
  async append(topic: string, partition: number, piece: Piece): Promise<OffsetRange[]> {
    if (this.#outside.length > 0 || !this.#hasRoom(piece.bytes))
      await new Promise<void>((enter) => this.#outside.push({ bytes: piece.bytes, enter }))
    else this.#bytes += piece.bytes
    const name = nameOf({ topic, partition })
    const lane = this.#lanes.get(name) ?? new Lane(topic, partition, this.#limits)
    this.#lanes.set(name, lane)
    try {
      const landed = lane.add(piece, performance.now() + this.#limits.deadlineMs)
      this.#kick(lane)
      return await landed
    } finally {
      this.#bytes -= piece.bytes
      this.#admit()
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#limits.bufferBytesMax
  }

  #admit(): void {
    while (this.#outside.length > 0 && this.#hasRoom(this.#outside[0]!.bytes)) {
      const { bytes, enter } = this.#outside.shift()!
      this.#bytes += bytes
      enter()
    }
  }

  #kick(lane: Lane): void {
    if (lane.isLed) return
    lane.isLed = true
    void this.#lead(lane)
  }

  /** Has the lane's leader emptied until nothing waits in it. */
  async #lead(lane: Lane): Promise<void> {
    if (this.#limits.lingerMs > 0 && !lane.isFull) await sleep(this.#limits.lingerMs)
    for (let pauseMs = PAUSE_MS; lane.hasWork; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      try {
        await this.#identify(lane)
        const leader = await this.#client.leader(lane.topic, lane.partition)
        lane.leader = leader
        if (!this.#busy.has(leader)) await this.#empty(leader)
        else await lane.turn()
        pauseMs = PAUSE_MS
      } catch (error) {
        const { failure, trouble } = this.#client.failed(error, `append to ${lane.topic}`)
        this.#client.forget(lane.topic)
        if (!trouble.mayPass || lane.isLate(performance.now())) lane.fail(failure)
        else await sleep(pauseMs * (0.5 + Math.random() / 2))
      }
    }
    lane.isLed = false
  }

  async #identify(lane: Lane): Promise<void> {
    if (lane.id !== undefined) return
    // One id for all lanes; a lane whose last outcome is not known takes a new one, and with it numbers from 0 on.
    const mine = this.#id ?? this.#newId()
    this.#id = mine
    try {
      const id = await mine
      if (lane.spent === id) {
        if (this.#id === mine) this.#id = undefined
        return this.#identify(lane)
      }
      lane.take(id)
    } catch (error) {
      if (this.#id === mine) this.#id = undefined
      throw error
    }
  }

  async #newId(): Promise<ProducerId> {
    const broker = await this.#client.anyBroker()
    const { producerId, producerEpoch } = await broker.initProducerId({ transactionTimeout: 60_000 })
    return { producerId: BigInt(producerId), epoch: producerEpoch }
  }

  /** One request after the other, until no lane of that leader has work. */
  async #empty(leader: number): Promise<void> {
    this.#busy.add(leader)
    try {
      for (;;) {
        const lanes = this.#ready(leader)
        if (lanes.length === 0) return
        await this.#send(leader, lanes)
      }
    } finally {
      this.#busy.delete(leader)
      for (const lane of this.#lanes.values()) if (lane.leader === leader) lane.wake()
    }
  }

  #ready(leader: number): Lane[] {
    const lanes: Lane[] = []
    let bytes = 0
    for (const lane of this.#lanes.values()) {
      if (lane.leader !== leader || lane.id === undefined || !lane.hasWork) continue
      bytes += lane.pack().length
      lanes.push(lane)
      if (bytes >= REQUEST_BYTES_MAX) break
    }
    // To the end of the queue, so that the others have their turn.
    for (const lane of lanes) {
      this.#lanes.delete(nameOf(lane))
      this.#lanes.set(nameOf(lane), lane)
    }
    return lanes
  }

  async #send(leader: number, lanes: readonly Lane[]): Promise<void> {
    const broker = await this.#client.broker(leader)
    const parts = lanes.map((lane) => ({ topic: lane.topic, partition: lane.partition, batch: lane.pack() }))
    for (const lane of lanes) lane.sending()
    const answers = await produce(broker, parts, this.#client.options.requestMs)
    const byName = new Map(answers.map((answer) => [nameOf(answer), answer]))
    let passing: Refused | undefined
    for (const lane of lanes) {
      const { errorCode, baseOffset, said } = byName.get(nameOf(lane)) ?? NO_ANSWER
      if (errorCode === 0) lane.landed(baseOffset)
      else passing = this.#refused(lane, typeOf(errorCode), said) ?? passing
    }
    // Those it concerns try again after a pause, with the same bytes.
    if (passing !== undefined) throw passing
    this.#client.options.standing.trouble = undefined
  }

  /** What may pass; any other refusal is the end of that batch, and of no other. */
  #refused(lane: Lane, type: string, said: string | null): Refused | undefined {
    if (lane.isRestarted(type)) return undefined
    const refused = new Refused(type, said ?? type)
    const { failure, trouble } = this.#client.failed(refused, `append to ${lane.topic}`)
    if (trouble.mayPass) return refused
    lane.fail(failure)
    return undefined
  }
}

const NETWORK_EXCEPTION = 13
const NO_ANSWER = { errorCode: NETWORK_EXCEPTION, baseOffset: -1n, said: null }

const nameOf = ({ topic, partition }: PartitionName): string => `${topic}/${partition}`
