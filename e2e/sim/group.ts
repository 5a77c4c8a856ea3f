/**
 * Consumer groups of the simulated log. Members hear of a new share at different times, so that for a while two read the
 * same partition; a member that stands still is expelled and does not know it.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import type { LogBatch, SubscribeOptions, Subscription, TopicOffset } from '@k2/log/log.ts'
import type { Host } from './host.ts'
import type { Partition, SimLog } from './log.ts'
import { Fault } from './oracle/content.ts'

const HEARS_MS = 2_000
const SESSION_MS = 6_000
const BATCH_RECORDS_MAX = 9
const VAIN_MAX = 5

export class Group {
  readonly name: string
  readonly log: SimLog
  readonly noted = new Map<string, bigint>()
  private members: Member[] = []

  constructor(name: string, log: SimLog) {
    this.name = name
    this.log = log
  }

  subscribe(host: Host, topics: readonly string[], options: SubscribeOptions): Subscription {
    const member = new Member(this, host, topics, options)
    // Who is asked to end before it begins never comes.
    if (!member.isEnded) this.join(member)
    return member
  }

  join(member: Member): void {
    this.members.push(member)
    this.dealOut()
  }

  leave(member: Member): void {
    if (!this.members.includes(member)) return
    this.members = this.members.filter((one) => one !== member)
    this.dealOut()
  }

  isMember(member: Member): boolean {
    return this.members.includes(member)
  }

  /** Its process is gone, or stands still, and the group has not noticed yet. */
  loses(host: Host, returnsMs?: number): void {
    for (const member of this.members.filter((one) => one.host === host)) {
      if (returnsMs !== undefined && returnsMs < SESSION_MS) continue
      this.log.scheduler.after(SESSION_MS, () => this.leave(member))
      if (returnsMs === undefined) continue
      this.log.faults.count('member expelled')
      host.after(returnsMs + HEARS_MS, 'joins again', () => {
        if (!member.isEnded && !this.isMember(member)) this.join(member)
      })
    }
  }

  /** Everything changes hands. */
  shuffle(): void {
    this.members = [...this.members.slice(1), ...this.members.slice(0, 1)]
    this.dealOut()
  }

  /** Its members have what they asked for so much later. */
  hang(ms: number): void {
    for (const member of this.members) member.hangsUntilMs = this.log.scheduler.nowMs + ms
  }

  ring(partition: Partition): void {
    for (const member of this.members) if (member.owns(partition)) member.ring()
  }

  ringAll(): void {
    for (const member of this.members) member.ring()
  }

  private dealOut(): void {
    const { scheduler, partitions } = this.log
    const generation = scheduler.steps
    for (const [i, member] of this.members.entries()) {
      const share = partitions.filter((_, at) => at % this.members.length === i).map(({ name }) => name)
      member.host.after(scheduler.latencyMs(HEARS_MS), `owns ${share}`, () => member.assign(share, generation))
    }
  }
}

const DONE = { done: true, value: undefined } as const

class Member implements Subscription {
  readonly host: Host
  isEnded = false
  hangsUntilMs = 0
  /** Times in a row that it was sent to what the log no longer has. */
  private vain = 0
  private readonly group: Group
  private readonly topics: readonly string[]
  private readonly options: SubscribeOptions
  private readonly born: number
  private share: readonly string[] = []
  private generation = -1
  private readonly positions = new Map<string, bigint>()
  private turn = 0
  private isRung = false
  private wake: (() => void) | undefined

  constructor(group: Group, host: Host, topics: readonly string[], options: SubscribeOptions) {
    this.group = group
    this.host = host
    this.topics = topics
    this.options = options
    this.born = group.log.generation
    options.signal.addEventListener('abort', () => this.end(), { once: true })
    this.isEnded = options.signal.aborted
  }

  [Symbol.asyncIterator](): AsyncIterator<LogBatch> {
    return {
      next: () => this.next(),
      return: async () => {
        this.end()
        return DONE
      },
    }
  }

  assignment(): { topic: string; partition: number }[] {
    return this.owned().map(({ topic, partition }) => ({ topic, partition }))
  }

  owns({ name }: Partition): boolean {
    return this.share.includes(name)
  }

  seek(topic: string, partition: number, offset: bigint): void {
    const owned = this.owned().find((one) => one.topic === topic && one.partition === partition)
    if (owned === undefined) return
    this.vain = offset < owned.start ? this.vain + 1 : 0
    if (this.vain > VAIN_MAX)
      throw new Fault(`${this.host.name} goes to ${offset} of ${owned.name} again and again: it is gone`)
    this.positions.set(owned.name, offset)
    this.rung()
  }

  pause(): void {}
  resume(): void {}

  commit(offsets: readonly TopicOffset[]): Promise<void> {
    return this.host.call({
      server: 'log',
      name: 'note offsets',
      refused: 'LOG_UNAVAILABLE',
      unheard: 'LOG_UNAVAILABLE',
      effect: () => {
        if (!this.group.isMember(this)) throw new K2Error('STALE_MEMBER', 'It is no member any more.')
        for (const { topic, partition, offset } of offsets) this.group.noted.set(`${topic}/${partition}`, offset)
      },
    })
  }

  assign(share: readonly string[], generation: number): void {
    if (generation < this.generation || this.isEnded) return
    this.generation = generation
    this.share = share
    this.positions.clear()
    this.rung()
  }

  /** There may be something to read; it hears of it in a while. */
  ring(): void {
    if (this.wake === undefined) this.isRung = true
    else this.host.after(this.group.log.scheduler.latencyMs(), 'hears of records', () => this.rung())
  }

  private rung(): void {
    this.isRung = true
    this.wake?.()
    this.wake = undefined
  }

  private end(): void {
    if (this.isEnded) return
    this.isEnded = true
    this.rung()
    this.group.leave(this)
  }

  private owned(): readonly Partition[] {
    return this.group.log.partitions.filter((one) => this.owns(one) && this.topics.includes(one.topic))
  }

  private async next(): Promise<IteratorResult<LogBatch>> {
    for (;;) {
      if (this.isEnded) return DONE
      this.isRung = false
      await this.place()
      const { host } = this
      const hangsMs = this.hangsUntilMs - this.group.log.scheduler.nowMs
      if (hangsMs > 0) await host.clock.sleep(hangsMs)
      const asked = { server: 'log', name: 'fetch', isRead: true, effect: () => this.pull() } as const
      const batch = await host.call({ ...asked, refused: 'LOG_UNAVAILABLE', unheard: 'LOG_UNAVAILABLE' })
      if (this.isEnded) return DONE
      if (batch !== undefined) return { done: false, value: batch }
      if (this.isRung) continue
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
  }

  private async place(): Promise<void> {
    const { generation } = this
    for (const { topic, partition, name } of this.owned()) {
      if (this.positions.has(name)) continue
      const at = await this.options.startAt?.(topic, partition)
      if (generation !== this.generation) return
      if (at !== undefined && !this.positions.has(name)) this.positions.set(name, at)
    }
  }

  private pull(): LogBatch | undefined {
    if (this.born !== this.group.log.generation) throw new K2Error('UNKNOWN_TOPIC', 'The topic was deleted.')
    const owned = this.owned()
    for (let i = 0; i < owned.length; i++) {
      const partition = owned[(this.turn + i) % owned.length]!
      const position = this.positions.get(partition.name)
      if (position === undefined) continue
      const isOutside = position < partition.start || position > partition.end
      const from = isOutside ? partition.start : position
      if (from >= partition.end) continue
      this.turn = (this.turn + i + 1) % owned.length
      return this.read(partition, from)
    }
    return undefined
  }

  private read(partition: Partition, at: bigint): LogBatch {
    const { scheduler, faults } = this.group.log
    const { start, end, name } = partition
    let from = at
    const step = BigInt(scheduler.between(1, 5))
    if (at > start && faults.strikes('batch begins before')) from = at - step < start ? start : at - step
    else if (at + step < end && faults.strikes('batch begins behind')) from = at + step
    else if (faults.strikes('batch again')) from = this.notedIn(partition)
    const wanted = from + BigInt(scheduler.between(1, BATCH_RECORDS_MAX))
    const to = wanted < end ? wanted : end
    this.positions.set(name, to)
    return partition.batch(from, to)
  }

  private notedIn({ name, start, end }: Partition): bigint {
    const noted = this.group.noted.get(name) ?? start
    return noted < start || noted >= end ? start : noted
  }
}
