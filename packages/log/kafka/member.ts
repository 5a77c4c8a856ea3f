/**
 * A member of a consumer group: Kafka's classic protocol, eager. It beats its heart beside whatever its consumer does; a
 * deal drops all that it owned, and each partition begins again at startAt, the group's note, or the log's start.
 *
 *   errors  those of its startAt and UNKNOWN_TOPIC end the iteration; a coordinator that is away is waited for
 *   source  kafka.apache.org/protocol, JoinGroup to LeaveGroup; KIP-62
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { K2Error } from '@k2/contracts/codes.ts'
import { assignRoundRobin } from '../assign.ts'
import { LiveBatches } from '../live.ts'
import type { SubscribeOptions, Subscription, TopicOffset } from '../log.ts'
import type { PartitionName } from '../recordbatch.ts'
import { type Client, isAway } from './client.ts'
import { troubleOf } from './errors.ts'
import { type Broker, type JoinedGroup, MemberAssignment, MemberMetadata } from './kafkajs.ts'
import { byTopic, committedOf, rangesOf } from './offsets.ts'
import { Reader, type ReadLimits } from './reader.ts'

export interface GroupTimes {
  readonly heartbeatMs: number
  readonly sessionMs: number
  /** How long the others wait for a member when partitions are dealt anew. */
  readonly rebalanceMs: number
}

const PROTOCOL = 'roundrobin'
const PAUSE_MS = 200
const LEAVE_MS_MAX = 2_000
/** The group has moved on without us: what we owned is another's. */
const REMOVED = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'])
const STALE = new Set([...REMOVED, 'REBALANCE_IN_PROGRESS'])

export class Member implements Subscription {
  readonly #group: string
  readonly #topics: readonly string[]
  readonly #client: Client
  readonly #startAt: SubscribeOptions['startAt']
  readonly #times: GroupTimes
  readonly #reader: Reader
  readonly #batches: LiveBatches
  readonly #leaving = new AbortController()
  /** Resolves when it is out of the group and its connections are closed. */
  readonly left: Promise<void>
  #memberId = ''
  #generation = -1

  constructor(
    client: Client,
    group: string,
    topics: readonly string[],
    options: SubscribeOptions,
    limits: ReadLimits,
    times: GroupTimes,
  ) {
    this.#client = client
    this.#group = group
    this.#topics = topics
    this.#startAt = options.startAt
    this.#times = times
    this.#reader = new Reader(client, limits, 'earliest', () => this.#batches.ring())
    this.#batches = new LiveBatches(
      { pull: () => this.#reader.next(), end: () => this.#leaving.abort() },
      options.signal,
    )
    if (options.signal.aborted) this.#leaving.abort()
    this.left = this.#live()
  }

  [Symbol.asyncIterator](): LiveBatches {
    return this.#batches
  }

  assignment(): readonly { readonly topic: string; readonly partition: number }[] {
    return this.#reader.partitions.map(({ topic, partition }) => ({ topic, partition }))
  }

  seek(topic: string, partition: number, offset: bigint): void {
    this.#reader.place(topic, partition, offset)
  }

  pause(topic: string, partition: number): void {
    this.#reader.pause(topic, partition, true)
  }

  resume(topic: string, partition: number): void {
    this.#reader.pause(topic, partition, false)
  }

  async commit(offsets: readonly TopicOffset[]): Promise<void> {
    const moved = offsets.find(({ topic, partition }) => !this.#reader.owns(topic, partition))
    if (moved !== undefined) throw this.#stale(moved)
    if (offsets.length === 0) return
    const [groupGenerationId, memberId, groupId] = [this.#generation, this.#memberId, this.#group]
    const topics = byTopic(offsets, ({ partition, offset }) => ({ partition, offset: String(offset) }))
    await this.#client.trying({ doing: `note offsets of group ${groupId}` }, async () => {
      try {
        const broker = await this.#client.coordinator(groupId)
        await broker.offsetCommit({ groupId, groupGenerationId, memberId, topics })
      } catch (error) {
        if (STALE.has(troubleOf(error).type)) throw this.#stale(offsets[0]!)
        throw error
      }
    })
  }

  /** Ends it from outside: the log is being closed. */
  end(failure: K2Error): void {
    this.#reader.fail(failure)
    this.#leaving.abort()
  }

  async #live(): Promise<void> {
    const { signal } = this.#leaving
    try {
      for (const topic of this.#topics)
        if (!signal.aborted) await this.#client.patiently(() => this.#client.leaders(topic, { signal }))
      while (!signal.aborted) await this.#round()
    } catch (error) {
      if (!signal.aborted) this.#reader.fail(error)
    } finally {
      await this.#leave()
    }
  }

  /** From one deal of partitions to the next. */
  async #round(): Promise<void> {
    const { signal } = this.#leaving
    try {
      const coordinator = await this.#client.coordinator(this.#group)
      const owned = await this.#join(coordinator)
      if (signal.aborted) return
      this.#client.options.standing.trouble = undefined
      this.#reader.take(owned)
      this.#batches.ring()
      const beating = this.#beat(coordinator)
      const placing = this.#place(owned)
      // Whichever fails ends the round; a beat that finds a new deal does so while startAt is still asked.
      await Promise.race([beating, placing.then(() => beating)])
    } catch (error) {
      if (signal.aborted) return
      const { failure, trouble } = this.#client.failed(error, `be a member of group ${this.#group}`)
      const isDealt = STALE.has(trouble.type)
      this.#reader.take([])
      if (REMOVED.has(trouble.type)) this.#memberId = ''
      if (!isDealt && !trouble.mayPass && !isAway(failure)) throw failure
      if (!isDealt) await sleep(PAUSE_MS * (0.5 + Math.random()))
    }
  }

  async #join(coordinator: Broker): Promise<readonly PartitionName[]> {
    const metadata = MemberMetadata.encode({ version: 0, topics: this.#topics })
    const joined = await coordinator.joinGroup({
      groupId: this.#group,
      sessionTimeout: this.#times.sessionMs,
      rebalanceTimeout: this.#times.rebalanceMs,
      memberId: this.#memberId,
      groupProtocols: [{ name: PROTOCOL, metadata }],
    })
    this.#memberId = joined.memberId
    this.#generation = joined.generationId
    const groupAssignment = joined.leaderId === joined.memberId ? await this.#deal(joined) : []
    const { memberAssignment } = await coordinator.syncGroup({
      groupId: this.#group,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupAssignment,
    })
    const { assignment } = MemberAssignment.decode(memberAssignment) ?? { assignment: {} }
    return Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    )
  }

  async #deal({ members }: JoinedGroup) {
    const asking = members.map(({ memberMetadata }) => MemberMetadata.decode(memberMetadata))
    const counts = new Map<string, number>()
    for (const topic of new Set(asking.flatMap(({ topics }) => topics)))
      counts.set(topic, (await this.#client.leadersAtLast(topic)).length)
    const partitionsOf = (topic: string) =>
      Array.from({ length: counts.get(topic)! }, (_, partition) => ({ topic, partition }))
    return assignRoundRobin(asking, partitionsOf).map((share, i) => {
      const byName = Map.groupBy(share, ({ topic }) => topic)
      const assignment = Object.fromEntries([...byName].map(([topic, own]) => [topic, own.map((it) => it.partition)]))
      return { memberId: members[i]!.memberId, memberAssignment: MemberAssignment.encode({ version: 0, assignment }) }
    })
  }

  async #place(owned: readonly PartitionName[]): Promise<void> {
    if (owned.length === 0) return
    const generation = this.#generation
    const topics = [...new Set(owned.map(({ topic }) => topic))]
    const keyOf = ({ topic, partition }: PartitionName) => `${topic}/${partition}`
    const starts = await Promise.all(owned.map((each) => this.#startAt?.(each.topic, each.partition)))
    const noted = new Map(
      (await committedOf(this.#client, this.#group, topics)).map((each) => [keyOf(each), each.offset]),
    )
    const ranges = new Map((await rangesOf(this.#client, topics)).map((each) => [keyOf(each), each.from]))
    // Dealt anew while it was asked: those answers are for partitions that it may not own.
    if (generation !== this.#generation) return
    for (const [i, each] of owned.entries()) {
      // A seek that came in between holds.
      if (this.#reader.isPlaced(each.topic, each.partition)) continue
      const offset = starts[i] ?? noted.get(keyOf(each)) ?? ranges.get(keyOf(each))!
      this.#reader.place(each.topic, each.partition, offset)
    }
  }

  /** Until the group deals anew, which it throws. */
  async #beat(coordinator: Broker): Promise<void> {
    const { signal } = this.#leaving
    while (!signal.aborted) {
      await sleep(this.#times.heartbeatMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      await coordinator.heartbeat({
        groupId: this.#group,
        groupGenerationId: this.#generation,
        memberId: this.#memberId,
      })
    }
  }

  async #leave(): Promise<void> {
    this.#reader.close()
    const out = async () => {
      const coordinator = await this.#client.coordinator(this.#group)
      await coordinator.leaveGroup({ groupId: this.#group, memberId: this.#memberId })
    }
    const late = sleep(LEAVE_MS_MAX, undefined, { ref: false })
    // Where it cannot be told, the group finds out when no heart beats.
    if (this.#memberId !== '') await Promise.race([out().catch(() => undefined), late])
    await this.#client.close()
  }

  #stale({ topic, partition }: TopicOffset): K2Error {
    const sentence = `${topic}/${partition} no longer belongs to this member of ${this.#group}. Drop that work: the member that owns it now repeats it.`
    return new K2Error('STALE_MEMBER', sentence, { topic, partition, group: this.#group })
  }
}
