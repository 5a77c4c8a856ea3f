/**
 * One subscription, read and judged until the signal, or until something fails: then it begins again, where the log says.
 *
 *   read      batch ─► numbers ─► judge ─► (news and positions wait in memory)
 *   flush     ─► log(k2.sequence.events) ─► the shared store, where there is one ─► log(k2.sequence.positions) ─► the group's offsets
 *
 * Events, positions, offsets: a crash repeats work and never skips it. What is read again is judged alike: positions carry
 * the offset that they stand for, so records up to it are passed over, and events are keyed, so that they fold. At every
 * deal of partitions all that was not flushed is dropped, and read again from the group's offsets.
 *
 *   errors  one that may pass ends the round, and the next begins after a pause; any other ends the service
 */

import { codeOf } from '@k2/contracts/codes.ts'
import type { LogBatch, Subscription } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import { TRANSIENT } from '@k2/service/policies.ts'
import { retry } from '@k2/service/retry.ts'
import { mayPass, nowAndThen } from '@k2/service/wait.ts'
import type { Ports, Settings } from './compose.ts'
import { Judge } from './core/judge.ts'
import { numbersIn, TRADE_TOPICS } from './core/numbers.ts'
import { strangersIn } from './history.ts'
import { orLate } from './late.ts'
import { Ledger } from './ledger.ts'
import type { TrackerMetrics } from './metrics.ts'
import { Overtaken, SharedPositions } from './shared.ts'
import { WaitingShelf } from './shelf.ts'

export const GROUP = 'k2.sequence-tracker.trades'
const TOPICS = TRADE_TOPICS.map(({ name }) => name)
const OUTAGE_PAUSE_MS = TRANSIENT.delayMsMax
/** A flush comes with so many records, news, or positions that have left memory. */
const RECORDS_MAX = 200_000
const NEWS_MAX = 10_000
const LEFT_MAX = 10_000

interface Place {
  readonly topic: string
  readonly partition: number
  /** The next offset to judge. */
  next: bigint
  /** Of it the log knows as much. */
  kept: bigint
  /** Streams whose positions are of another log: whoever reads the partition strikes them off before anything of it is judged. */
  strangers: readonly string[]
}

export class Tracker {
  readonly judge: Judge
  readonly ledger: Ledger
  readonly shared: SharedPositions | undefined
  private readonly ports: Ports
  private readonly settings: Settings
  private readonly metrics: TrackerMetrics
  private readonly shelf: WaitingShelf
  private readonly isDue: () => boolean
  private places = new Map<string, Place>()
  private records = 0
  private sinceMs: number | undefined
  private trouble: string | undefined = 'positions have not been read yet'
  private asking: Promise<void> | undefined

  constructor(ports: Ports, settings: Settings, metrics: TrackerMetrics) {
    this.ports = ports
    this.settings = settings
    this.metrics = metrics
    this.ledger = new Ledger(ports.log, ports.registry, settings.storePath)
    const { store } = ports
    this.shared = store && new SharedPositions({ ...ports, store, view: this.ledger.view })
    this.shelf = new WaitingShelf((key) => this.ledger.view.restore(key))
    this.judge = new Judge(settings.streamsMax, this.shelf)
    this.isDue = nowAndThen(ports.clock)
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.round(signal)
      } catch (error) {
        if (error === signal.reason) return
        if (!mayPass(error)) throw error
        this.trouble = error.message
        if (this.isDue())
          this.ports.logger.error({ code: error.code }, `nothing is judged for now, and tried again: ${error.message}`)
        await this.ports.clock.sleep(OUTAGE_PAUSE_MS, signal).catch(() => {})
      }
    }
  }

  ready(): string | undefined {
    return this.trouble
  }

  private async round(signal: AbortSignal): Promise<void> {
    const { logger } = this.ports
    await this.stand(signal)
    this.trouble = undefined
    const stop = new AbortController()
    const ending = AbortSignal.any([signal, stop.signal])
    const subscription = this.ports.log.subscribe(GROUP, TOPICS, {
      signal: ending,
      startAt: (topic, partition) => this.startAt(topic, partition, ending),
    })
    try {
      await this.follow(subscription, signal)
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error
      logger.warn(
        { streams: error.streams },
        'others have judged further what was thought to be ours: it is read again',
      )
      this.metrics.overtaken.add(error.streams)
    } finally {
      stop.abort()
    }
  }

  private async follow(subscription: Subscription, signal: AbortSignal): Promise<void> {
    const batches = subscription[Symbol.asyncIterator]()
    try {
      let coming = this.comes(batches)
      for (;;) {
        const got = await orLate(coming, this.dueInMs(), this.ports.clock)
        if (got?.done) break
        if (got !== undefined) {
          await this.take(got.value, subscription)
          coming = this.comes(batches)
        }
        if (got === undefined || this.isFull()) await this.flush(subscription, signal)
      }
    } finally {
      await batches.return?.()
    }
    if (this.sinceMs !== undefined) await this.flush(subscription, AbortSignal.timeout(TRANSIENT.delayMsMax))
  }

  /** It is waited for beside a flush: where that fails first, nobody hears how it ended. */
  private comes(batches: AsyncIterator<LogBatch>): Promise<IteratorResult<LogBatch>> {
    const coming = batches.next()
    coming.catch(() => {})
    return coming
  }

  /** One question for all partitions of a deal. */
  private async startAt(topic: string, partition: number, signal: AbortSignal): Promise<bigint | undefined> {
    this.asking ??= this.stand(signal).finally(() => {
      this.asking = undefined
    })
    await this.asking
    return this.places.get(`${topic}/${partition}`)?.next
  }

  /** Drops what waits, and stands where the log says. */
  private async stand(signal: AbortSignal): Promise<void> {
    const { log, logger } = this.ports
    const budget = this.budget(signal)
    await retry(() => this.ledger.prepare(), budget)
    await retry(() => this.ledger.catchUp(), budget)
    const [ranges, noted] = await retry(() => Promise.all([log.ranges(TOPICS), log.committed(GROUP, TOPICS)]), budget)
    const offsets = new Map(noted.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]))
    // A topic of positions that was lost, or made anew: with offsets alone every stream would be new.
    const isBlank = this.ledger.view.stored === 0
    if (isBlank && noted.some(({ offset }) => offset > 0n))
      logger.warn('there are no positions, though offsets of the group: all that the log holds is judged again')
    const strangers = await retry(
      () => Promise.all(ranges.map((range) => strangersIn(log, this.ledger.view, range))),
      budget,
    )
    const places = ranges.map(({ topic, partition, from, to }, i): [string, Place] => {
      const name = `${topic}/${partition}`
      const isAnew = isBlank || strangers[i]!.length > 0
      const offset = (isAnew ? undefined : offsets.get(name)) ?? from
      const next = offset < from || offset > to ? from : offset
      return [name, { topic, partition, next, kept: next, strangers: strangers[i]! }]
    })
    this.judge.forget()
    this.shelf.take()
    this.records = 0
    this.sinceMs = undefined
    this.places = new Map(places)
  }

  private async take(batch: LogBatch, subscription: Subscription): Promise<void> {
    const { log, registry, clock } = this.ports
    const { topic, partition } = batch
    const place = this.places.get(`${topic}/${partition}`)
    if (place === undefined) return
    if (batch.from !== place.next) {
      const range = (await log.ranges([topic])).find((one) => one.partition === partition)
      // Retention overtook it; else it is of before a deal.
      if (range === undefined || range.from <= place.next) return subscription.seek(topic, partition, place.next)
      place.next = batch.from
    }
    if (place.strangers.length > 0 && !(await this.strike(place, subscription))) return
    const schemas = await schemasOf(registry, [batch])
    // Asked meanwhile, a deal may have moved it.
    if (this.places.get(`${topic}/${partition}`) !== place) return
    const start = performance.now()
    const { numbers, refused } = numbersIn(batch, schemas)
    this.judge.judge(numbers)
    this.metrics.judged(batch, refused, this.judge, (performance.now() - start) / 1000)
    this.warn()
    place.next = batch.to
    this.records += batch.count
    this.sinceMs ??= clock.nowMs()
  }

  /**
   * The group's offset goes back first: who dies behind that finds strangers still, or begins there. False where the partition
   * has gone to another, who does it.
   */
  private async strike(place: Place, subscription: Subscription): Promise<boolean> {
    const { topic, partition, next: offset, strangers } = place
    try {
      await subscription.commit([{ topic, partition, offset }])
    } catch (error) {
      if (codeOf(error) !== 'STALE_MEMBER') throw error
      return false
    }
    const sentence = `${topic}/${partition} has other records than those that were judged: it was made anew, or has lost its end. It is judged again from its start.`
    this.ports.logger.warn({ topic, partition, positions: strangers.length }, sentence)
    await this.shared?.drop(strangers)
    await this.ledger.forget(strangers)
    place.strangers = []
    return true
  }

  private async flush(subscription: Subscription, signal: AbortSignal): Promise<void> {
    const { reached } = this.ports
    const told = this.metrics.flushed.time()
    const budget = this.budget(signal)
    const { places } = this
    const events = this.judge.news.take()
    const positions = [...this.shelf.take(), ...this.dirty()]
    const moved = [...places.values()].filter(({ next, kept }) => next > kept)
    const ends = moved.map((place) => ({ place, offset: place.next }))
    this.records = 0
    this.sinceMs = undefined
    await retry(() => this.ledger.tell(events), budget)
    reached('sequence.events')
    await this.shared?.compare(positions, subscription.assignment())
    reached('sequence.shared')
    await retry(() => this.ledger.keep(positions), budget)
    reached('sequence.positions')
    await retry(() => this.ledger.catchUp(), budget)
    try {
      await subscription.commit(ends.map(({ place: { topic, partition }, offset }) => ({ topic, partition, offset })))
      for (const { place, offset } of ends) place.kept = offset
      reached('sequence.committed')
      told()
    } catch (error) {
      // Of a partition that moved: its new owner passes over what these positions stand for.
      if (!mayPass(error)) throw error
      this.ports.logger.debug({ code: codeOf(error) }, 'offsets were not noted')
    }
  }

  /** Those of streams in memory; their lists are encoded before anything else is judged. */
  private dirty() {
    const { streams } = this.judge
    return [...streams.each()]
      .filter((row) => streams.dirty[row] === 1)
      .map((row) => {
        streams.dirty[row] = 0
        return streams.position(row)
      })
  }

  private isFull(): boolean {
    return this.records >= RECORDS_MAX || this.judge.news.size >= NEWS_MAX || this.shelf.size >= LEFT_MAX
  }

  private dueInMs(): number {
    const { sinceMs } = this
    return sinceMs === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(0, sinceMs + this.settings.flushMs - this.ports.clock.nowMs())
  }

  private warn(): void {
    const { warned, more } = this.judge.news.warnings()
    for (const { kind, id, expected, actual, gap } of warned) {
      const { exchange, symbol, session } = id
      const facts = { exchange, symbol, session, expected: String(expected), actual: String(actual), gap: String(gap) }
      this.ports.logger.warn(facts, kind === 'gap' ? 'numbers are missing' : 'numbers begin again')
    }
    if (more > 0) this.ports.logger.warn({ gaps: more }, 'and more gaps in the same records')
  }

  private budget(signal: AbortSignal) {
    return { ...TRANSIENT, signal, clock: this.ports.clock, random: this.ports.random }
  }
}
