/**
 * What the contract's tests stand on. Deals of partitions may take their time (Kafka's do), so tests wait for what
 * must come, with a deadline; each has topics and groups of its own, so that one server serves them all.
 */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Code } from '@k2/contracts/codes.ts'
import { sliceAt } from '../batches.ts'
import type { Headers, Log, LogBatch, NewRecord, SubscribeOptions, Subscription } from '../log.ts'

export interface LogUnderTest {
  readonly log: Log
  /** Closes it and opens the same log again, as a process that starts anew would. */
  reopen(): Promise<Log>
  /** Closes what is open and clears up. */
  close(): Promise<void>
}

export class World {
  readonly #open: () => Promise<LogUnderTest>
  readonly #deadlineMs: number
  #under: LogUnderTest | undefined
  #names = 0

  constructor(open: () => Promise<LogUnderTest>, deadlineMs: number) {
    this.#open = open
    this.#deadlineMs = deadlineMs
  }

  /** The log that the tests share. */
  get log(): Log {
    assert.ok(this.#under, 'the log is open while tests run')
    return this.#under.log
  }

  async open(): Promise<void> {
    this.#under = await this.#open()
  }

  async close(): Promise<void> {
    await this.#under?.close()
  }

  /** Runs a test that restarts its log, on one of its own. */
  async restarting(test: (under: LogUnderTest) => Promise<void>): Promise<void> {
    const under = await this.#open()
    try {
      await test(under)
    } finally {
      await under.close()
    }
  }

  /** A name that no other test has. */
  name(): string {
    return `k2.test.${Date.now().toString(36)}.${process.pid}.${this.#names++}`
  }

  async topic({ partitions = 1, retentionMs = 86_400_000 as number | null, log = this.log } = {}): Promise<string> {
    const name = this.name()
    await log.createTopics([{ name, partitions, retentionMs }])
    return name
  }

  /** The same promise, or an error when it takes longer than the deadline. */
  async within<T>(promise: Promise<T>): Promise<T> {
    const timer = new AbortController()
    const late = sleep(this.#deadlineMs, undefined, { signal: timer.signal }).then(() => {
      throw new Error(`nothing came in ${this.#deadlineMs} ms`)
    })
    late.catch(() => undefined)
    try {
      return await Promise.race([promise, late])
    } finally {
      timer.abort()
    }
  }

  /** Waits until `holds`, looking again and again. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const endMs = performance.now() + this.#deadlineMs
    while (!holds()) {
      assert.ok(performance.now() < endMs, `not in ${this.#deadlineMs} ms: ${what}`)
      await sleep(5)
    }
  }

  /** A member of a group that reads on by itself until it is stopped. */
  member(
    group: string,
    topics: readonly string[],
    options: Omit<SubscribeOptions, 'signal'> = {},
    log = this.log,
  ): Member {
    return new Member(this, log, group, topics, options)
  }
}

export class Member {
  readonly subscription: Subscription
  /** All that it has been given, in that order. */
  readonly read: Read[] = []
  readonly #world: World
  readonly #stop = new AbortController()
  readonly #running: Promise<void>

  constructor(
    world: World,
    log: Log,
    group: string,
    topics: readonly string[],
    options: Omit<SubscribeOptions, 'signal'>,
  ) {
    this.#world = world
    this.subscription = log.subscribe(group, topics, { ...options, signal: this.#stop.signal })
    this.#running = this.#run()
  }

  async #run(): Promise<void> {
    for await (const batch of this.subscription) this.read.push(...recordsOf(batch))
  }

  /** Waits until it has been given so many records. */
  has(count: number): Promise<void> {
    return this.#world.until(`${count} records, there are ${this.read.length}`, () => this.read.length >= count)
  }

  partitions(): number[] {
    return this.subscription.assignment().map((owned) => owned.partition)
  }

  /** Its iteration ends, and with it its membership. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#world.within(this.#running)
  }
}

export interface Read {
  readonly partition: number
  readonly offset: bigint
  readonly timeMs: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: Headers | undefined
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (slice: Uint8Array | null) => (slice === null ? null : new TextDecoder().decode(slice))

export function record(key: string | null, value: string | null, partition?: number): NewRecord {
  return { key, value: value === null ? null : bytes(value), ...(partition !== undefined && { partition }) }
}

/** Records for one partition whose values are the numbers [from, to). */
export function numbered(from: number, to: number, partition = 0): NewRecord[] {
  return upTo(from, to).map((i) => record(`key ${i % 7}`, `${i}`, partition))
}

export const upTo = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)
export const numbersOf = (read: readonly Read[]): number[] => read.map((each) => Number(each.value))
export const fails = (code: Code) => ({ name: 'K2Error', code })

export function recordsOf(batch: LogBatch): Read[] {
  return Array.from({ length: batch.count }, (_, i) => ({
    partition: batch.partition,
    offset: batch.from + BigInt(batch.offsetDeltas[i]!),
    timeMs: batch.timesMs[i]!,
    key: textOf(sliceAt(batch.keys, i)),
    value: textOf(sliceAt(batch.values, i)),
    headers: batch.headers?.[i],
  }))
}

/** All of a partition, or of a range of it; checks that the batches follow each other from end to end. */
export async function readAll(
  log: Log,
  topic: string,
  { partition = 0, from, to }: { partition?: number; from?: bigint; to?: bigint } = {},
): Promise<Read[]> {
  const range = (await log.ranges([topic])).find((each) => each.partition === partition)!
  const asked = { topic, partition, from: from ?? range.from, to: to ?? range.to }
  const found: Read[] = []
  let at = asked.from
  for await (const batch of log.readRange(asked)) {
    assert.deepEqual([batch.topic, batch.partition, batch.from], [topic, partition, at])
    assert.ok(batch.to > batch.from && batch.to <= asked.to)
    found.push(...recordsOf(batch))
    at = batch.to
  }
  assert.equal(at, asked.to)
  return found
}

/** Pulls batches until there are `count` records or more; the iteration can go on afterwards. */
export async function pull(batches: AsyncIterator<LogBatch>, count: number): Promise<Read[]> {
  const found: Read[] = []
  while (found.length < count) {
    const { done, value } = await batches.next()
    assert.ok(done !== true, `the iteration ended after ${found.length} of ${count} records`)
    found.push(...recordsOf(value))
  }
  return found
}

/** Reads to the end and keeps nothing. */
export async function drain(batches: AsyncIterable<LogBatch>): Promise<void> {
  for await (const _ of batches);
}
