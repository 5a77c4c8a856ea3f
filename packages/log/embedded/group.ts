/**
 * Consumer groups, as Kafka's eager protocol has them: members share the partitions of their topics; each join and
 * leave deals them out anew, and everyone begins again at the group's offsets. A commit for a partition that has
 * moved is refused, so two members never both move its offset.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { assignRoundRobin } from '../assign.ts'
import { LiveBatches } from '../live.ts'
import type { LogBatch, SubscribeOptions, Subscription, TopicOffset } from '../log.ts'
import type { Partition, Store } from './store.ts'
import { Turns } from './turns.ts'

export class Group {
  readonly name: string
  readonly store: Store
  /** In the order in which they joined. */
  readonly #members: Member[] = []

  constructor(name: string, store: Store) {
    this.name = name
    this.store = store
  }

  subscribe(topics: readonly string[], options: SubscribeOptions): Member {
    const member = new Member(this, topics, options)
    if (member.isKnown && !options.signal.aborted) {
      this.#members.push(member)
      this.#rebalance()
    }
    return member
  }

  leave(member: Member): void {
    const at = this.#members.indexOf(member)
    if (at < 0) return
    this.#members.splice(at, 1)
    member.assign([])
    this.#rebalance()
  }

  /** Something was appended to the topic. */
  ring(topic: string): void {
    for (const member of this.#members) if (member.topics.includes(topic)) member.batches.ring()
  }

  /** The log has been closed. */
  ringAll(): void {
    for (const member of this.#members) member.batches.ring()
  }

  #rebalance(): void {
    if (this.#members.length === 0) return
    const shares = assignRoundRobin(this.#members, (topic) => this.store.topic(topic).partitions)
    for (const [i, member] of this.#members.entries()) member.assign(shares[i]!)
  }
}

class Member implements Subscription {
  readonly topics: readonly string[]
  readonly batches: LiveBatches
  readonly #group: Group
  readonly #options: SubscribeOptions
  readonly #turns: Turns
  /** Counts assignments, so that an answer of startAt for an earlier one is not taken. */
  #generation = 0
  #isPlaced = true
  readonly #unknown: K2Error | undefined

  constructor(group: Group, topics: readonly string[], options: SubscribeOptions) {
    this.#group = group
    this.topics = topics
    this.#options = options
    this.#turns = new Turns(group.store)
    this.#unknown = unknownTopic(group.store, topics)
    this.batches = new LiveBatches({ pull: () => this.#pull(), end: () => group.leave(this) }, options.signal)
  }

  get isKnown(): boolean {
    return this.#unknown === undefined
  }

  [Symbol.asyncIterator](): LiveBatches {
    return this.batches
  }

  assignment(): readonly { readonly topic: string; readonly partition: number }[] {
    return this.#turns.partitions.map(({ topic, partition }) => ({ topic, partition }))
  }

  seek(topic: string, partition: number, offset: bigint): void {
    const owned = this.#owned(topic, partition)
    if (owned === undefined) return
    this.#turns.place(owned, offset)
    this.batches.ring()
  }

  pause(topic: string, partition: number): void {
    const owned = this.#owned(topic, partition)
    if (owned !== undefined) this.#turns.paused.add(owned)
  }

  resume(topic: string, partition: number): void {
    const owned = this.#owned(topic, partition)
    if (owned !== undefined && this.#turns.paused.delete(owned)) this.batches.ring()
  }

  async commit(offsets: readonly TopicOffset[]): Promise<void> {
    const moved = offsets.find(({ topic, partition }) => this.#owned(topic, partition) === undefined)
    if (moved !== undefined) throw this.#stale(moved)
    this.#group.store.note(this.#group.name, offsets)
  }

  /** Takes a new share of the partitions; what it knew of the old one is gone. */
  assign(partitions: readonly Partition[]): void {
    this.#generation++
    this.#isPlaced = partitions.length === 0
    this.#turns.take(partitions)
    this.batches.ring()
  }

  async #pull(): Promise<LogBatch | undefined> {
    if (this.#unknown !== undefined) throw this.#unknown
    while (!this.#isPlaced) await this.#place()
    return this.#turns.next('earliest')
  }

  async #place(): Promise<void> {
    const generation = this.#generation
    const partitions = this.#turns.partitions
    const { startAt } = this.#options
    const starts = startAt && (await Promise.all(partitions.map((each) => startAt(each.topic, each.partition))))
    // Dealt out anew while it was asked: those answers are for partitions that it may not own.
    if (generation !== this.#generation) return
    const { store, name } = this.#group
    for (const [i, partition] of partitions.entries()) {
      // A seek that came in between holds.
      if (this.#turns.isPlaced(partition)) continue
      this.#turns.place(partition, starts?.[i] ?? store.noted(name, partition) ?? partition.start)
    }
    this.#isPlaced = true
  }

  #owned(topic: string, partition: number): Partition | undefined {
    return this.#turns.partitions.find((each) => each.partition === partition && each.topic === topic)
  }

  #stale({ topic, partition }: TopicOffset): K2Error {
    const sentence = `${topic}/${partition} no longer belongs to this member of ${this.#group.name}. Drop that work: the member that owns it now repeats it.`
    return new K2Error('STALE_MEMBER', sentence, { topic, partition, group: this.#group.name })
  }
}

function unknownTopic(store: Store, topics: readonly string[]): K2Error | undefined {
  try {
    for (const topic of topics) store.topic(topic)
    return undefined
  } catch (error) {
    if (error instanceof K2Error) return error
    throw error
  }
}
