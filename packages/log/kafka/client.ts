/**
 * A connection to the cluster, and where everything is: leaders of partitions, coordinators of groups. What fails and may
 * pass is tried again with a growing pause until its deadline.
 *
 *   units   ms
 *   errors  K2Error LOG_UNAVAILABLE, UNKNOWN_TOPIC; the signal's reason where it aborts
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Guard } from '@k2/service/guard.ts'
import { POLICIES } from '@k2/service/policies.ts'
import { settled } from '@k2/service/retry.ts'
import { type Trouble, translated, troubleOf } from './errors.ts'
import { type Broker, type BrokerPool, brokerPool, type ConnectOptions } from './kafkajs.ts'

const { baseDelayMs: PAUSE_MS, delayMsMax: PAUSE_MS_MAX } = POLICIES.kafka.retries
const CLOSE_MS_MAX = 3_000
const UNKNOWN_TOPIC_MS = 5_000

export interface Effort {
  /** Ends "Kafka … cannot". */
  readonly doing: string
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
}

/** How things stand with the cluster, shared by all connections to it. */
export interface Standing {
  /** Why it cannot be used now, as a sentence; undefined while it can. */
  trouble: string | undefined
}

export interface ClientOptions extends ConnectOptions {
  readonly deadlineMs: number
  readonly standing: Standing
  /** The circuit of the cluster: each time that a connection is needed to ask it anything. */
  readonly guard: Guard
}

export class Client {
  readonly options: ClientOptions
  readonly #pool: BrokerPool
  readonly #closeSockets: () => void
  /** Of each topic, the leader of each partition. */
  readonly #leaders = new Map<string, readonly number[]>()
  /** Topics that were there. */
  readonly #seen = new Set<string>()
  readonly #closing = new AbortController()

  constructor(options: ClientOptions) {
    this.options = options
    const { pool, closeSockets } = brokerPool(options)
    this.#pool = pool
    this.#closeSockets = closeSockets
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Another one with connections of its own: a broker answers the requests of a connection one after the other. */
  sibling(): Client {
    return new Client(this.options)
  }

  /** Runs the work until it succeeds, cannot, or its deadline has passed. */
  async trying<T>(effort: Effort, work: () => Promise<T>): Promise<T> {
    const endMs = performance.now() + (effort.deadlineMs ?? this.options.deadlineMs)
    const signal = effort.signal ? AbortSignal.any([effort.signal, this.#closing.signal]) : this.#closing.signal
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      signal.throwIfAborted()
      try {
        const result = await work()
        this.options.standing.trouble = undefined
        return result
      } catch (error) {
        const trouble = troubleOf(error)
        const failure = translated(trouble, this.options.brokers, effort.doing)
        signal.throwIfAborted()
        this.note(failure)
        if (!trouble.mayPass) throw failure
        if (performance.now() + pauseMs >= endMs) throw failure instanceof Error ? settled(failure) : failure
        this.#leaders.clear()
        await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal })
      }
    }
  }

  /** Runs the work until the log is there to do it; only for what has no deadline of its own. */
  async patiently<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (this.isClosed || !isAway(error)) throw error
        this.note(error)
        await sleep(PAUSE_MS_MAX * (0.5 + Math.random() / 2), undefined, { signal: this.#closing.signal })
      }
    }
  }

  /** Keeps the sentence of a failure for whoever asks how things stand. */
  note(failure: unknown): void {
    if (isAway(failure)) this.options.standing.trouble = failure.message
  }

  /** The failure of `doing` in K2's words, noted. */
  failed(error: unknown, doing: string): { readonly failure: unknown; readonly trouble: Trouble } {
    const trouble = troubleOf(error)
    const failure = translated(trouble, this.options.brokers, doing)
    this.note(failure)
    return { failure, trouble }
  }

  /** The leaders of a topic's partitions; the length is their number. UNKNOWN_TOPIC where there is none. */
  async leaders(topic: string, effort?: Partial<Effort>): Promise<readonly number[]> {
    const known = this.#leaders.get(topic)
    if (known !== undefined) return known
    return this.trying({ doing: `find topic ${topic}`, ...effort }, async () => {
      const { topicMetadata } = await (await this.anyBroker()).metadata([topic])
      const found = topicMetadata.find((each) => each.topic === topic)!
      this.#seen.add(topic)
      const leaders = found.partitionMetadata
        .toSorted((a, b) => a.partitionId - b.partitionId)
        .map(({ leader }) => leader)
      this.#leaders.set(topic, leaders)
      return leaders
    })
  }

  /** As `leaders`, and a topic that seems to be missing may yet be heard of: a broker that starts knows none at first. */
  async leadersAtLast(topic: string): Promise<readonly number[]> {
    const endMs = performance.now() + UNKNOWN_TOPIC_MS
    for (;;) {
      try {
        return await this.leaders(topic)
      } catch (error) {
        const isLate = performance.now() > endMs
        if (isLate || !(error instanceof K2Error) || error.code !== 'UNKNOWN_TOPIC') throw error
        await sleep(PAUSE_MS, undefined, { signal: this.#closing.signal })
      }
    }
  }

  async leader(topic: string, partition: number): Promise<number> {
    const leaders = await this.leaders(topic)
    const leader = leaders[partition]
    if (leader === undefined) throw partitionMissing(topic, partition, leaders.length)
    return leader
  }

  /** Where leaders are is asked again. */
  forget(topic?: string): void {
    if (topic === undefined) this.#leaders.clear()
    else this.#leaders.delete(topic)
  }

  broker(nodeId: number): Promise<Broker> {
    return this.options.guard.once(() => this.#broker(nodeId))
  }

  anyBroker(): Promise<Broker> {
    return this.options.guard.once(async () => {
      await this.#connected()
      return this.#pool.findConnectedBroker()
    })
  }

  async #broker(nodeId: number): Promise<Broker> {
    await this.#connected()
    if (this.#pool.brokers[nodeId] === undefined) await this.#refresh()
    try {
      return await this.#pool.findBroker({ nodeId })
    } catch (error) {
      // It may be elsewhere now.
      await this.#refresh().catch(() => undefined)
      throw error
    }
  }

  async coordinator(groupId: string): Promise<Broker> {
    const any = await this.anyBroker()
    const { coordinator } = await any.findGroupCoordinator({ groupId, coordinatorType: 0 })
    return this.broker(coordinator.nodeId)
  }

  async controller(): Promise<{ broker: Broker; brokers: number }> {
    const { controllerId, brokers } = await (await this.anyBroker()).metadata([])
    return { broker: await this.broker(controllerId), brokers: brokers.length }
  }

  async close(): Promise<void> {
    if (this.isClosed) return
    this.#closing.abort(new K2Error('LOG_UNAVAILABLE', 'The log was closed.'))
    const late = sleep(CLOSE_MS_MAX, undefined, { ref: false })
    // It waits for what is on its way.
    await Promise.race([this.#pool.disconnect().catch(() => undefined), late])
    this.#closeSockets()
  }

  /** Asks where brokers are, by a topic: the answer about all of them fails as a whole where one has no leader. */
  async #refresh(): Promise<void> {
    for (const topic of this.#seen) {
      try {
        return await this.#pool.refreshMetadata([topic])
      } catch {
        this.#seen.delete(topic)
      }
    }
    await this.#pool.refreshMetadata([])
  }

  async #connected(): Promise<void> {
    this.#closing.signal.throwIfAborted()
    await this.#pool.connect()
  }
}

/** Whoever may wait for the log does so. */
export const isAway = (failure: unknown): failure is K2Error =>
  failure instanceof K2Error && failure.code === 'LOG_UNAVAILABLE'

export function partitionMissing(topic: string, partition: number, partitions: number): K2Error {
  const sentence = `Topic ${topic} has ${partitions} partitions, counted from 0; there is no ${partition}.`
  return new K2Error('UNKNOWN_TOPIC', sentence, { topic, partition })
}
