/**
 * A round of a lane: one subscription, read and landed until the signal, or until something fails.
 *
 *   read      log ─► pending                                        until a commit's worth waits, or its share is held
 *   land      pending ─► prepare 1 ─► commit 1 ─────────► done
 *                            prepare 2 ──────────┴─► commit 2 ─► …
 *
 * While one commit is on its way the next is prepared, and waits for it: at most one in flight, one prepared behind, and
 * none prepared beyond. The second is made from where the first will leave the table; if the first is refused or fails,
 * the second is dropped with its files, and all is read again from where the table stands.
 */
import { codeOf } from '@k2/contracts/codes.ts'
import type { Ids } from '@k2/dedup/ids.ts'
import { type Head, type TopicPartition, topicPartition } from '@k2/lake/table.ts'
import { noteOf, sendNote } from '@k2/landing/history.ts'
import type { LogBatch, Subscription } from '@k2/log/log.ts'
import { retry } from '@k2/service/retry.ts'
import { traced } from '@k2/service/tracing.ts'
import { backfill } from './backfill.ts'
import { Carried } from './carried.ts'
import { budgetOf, commit, discard, type Prepared, prepare, split } from './land.ts'
import type { Lane } from './lane.ts'

/** After the end, for a note that the log may yet take. */
const TELL_MS_MAX = 3_000

export class Round {
  readonly subscription: Subscription
  private readonly lane: Lane
  private readonly carried = new Carried()
  /** Whatever ends one of its works, well or not, ends the others. */
  private readonly stop = new AbortController()
  private readonly ending: AbortSignal
  /** One question for all partitions of a deal. */
  private asking: Promise<void> | undefined

  constructor(lane: Lane, signal: AbortSignal) {
    this.lane = lane
    this.ending = AbortSignal.any([signal, this.stop.signal])
    this.subscription = lane.ports.log.subscribe(lane.settings.group, lane.topics, {
      signal: this.ending,
      startAt: (topic, partition) => this.startAt(topicPartition(topic, partition)),
    })
  }

  async run(): Promise<void> {
    const works = [this.read(), this.land(), backfill(this.lane, this.ending)].map((work) =>
      work.finally(() => this.stop.abort()),
    )
    for (const end of await Promise.allSettled(works)) {
      if (end.status === 'rejected' && end.reason !== this.ending.reason) throw end.reason
    }
  }

  private async read(): Promise<void> {
    const batches = this.subscription[Symbol.asyncIterator]()
    try {
      for (;;) {
        while (!this.hasRoom()) await this.lane.bell.wait(this.ending)
        const got = await batches.next()
        if (got.done) return
        await this.take(got.value)
      }
    } finally {
      await batches.return?.()
    }
  }

  /** Where a partition begins that is dealt to us: others may have landed of it since the lane began. */
  private async startAt(partition: TopicPartition): Promise<bigint> {
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined
    })
    await this.asking
    return this.lane.place.pending.next(partition)
  }

  /** Without an answer all stays as it was: a commit that begins elsewhere is refused, and the lane starts over. */
  private async ask(): Promise<void> {
    const { ports, place } = this.lane
    try {
      const { tableUuid, progress } = await retry(() => ports.table.head(), budgetOf(ports, this.ending))
      if (this.lane.place.pending !== place.pending || tableUuid !== place.tableUuid) return
      const owned = this.subscription.assignment().map(({ topic, partition }) => topicPartition(topic, partition))
      place.pending.keep(new Set(owned))
      for (const partition of owned) {
        const offset = progress.offsets.get(partition)
        if (offset !== undefined) place.pending.dealt(partition, offset)
      }
      this.lane.place = { ...this.lane.place, holes: progress.holes }
      this.lane.bell.ring()
    } catch (error) {
      ports.logger.debug({ error }, 'where the table stands was not heard at a deal of partitions')
    }
  }

  private hasRoom(): boolean {
    const { pending } = this.lane.place
    const { limits, bufferBytesMax } = this.lane.settings
    return !pending.isFull(limits) && pending.bytes < bufferBytesMax
  }

  private async take(batch: LogBatch): Promise<void> {
    const sieve = this.lane.sieve()
    const ids = sieve && (await this.idsOf(batch))
    const { ports, place, bell } = this.lane
    const verdict = place.pending.take(batch, ports.clock.nowMs(), sieve, ids)
    const { topic, partition, count } = batch
    if (verdict.kind === 'taken') {
      this.carried.note(batch)
      if (verdict.passed > 0) ports.told({ kind: 'deferred', topic, records: verdict.passed })
      return bell.ring()
    }
    ports.told({ kind: 'dropped', topic, records: count })
    if (batch.from > verdict.seek && (await this.isGone(topic, partition, verdict.seek))) {
      return this.startOver(`the log no longer holds offset ${verdict.seek} of ${topic}/${partition}`)
    }
    this.subscription.seek(topic, partition, verdict.seek)
  }

  /** Of a batch whose repeats are judged: those of what is passed over as well. */
  private async idsOf(batch: LogBatch): Promise<Ids | undefined> {
    const { ports } = this.lane
    if (ports.dedup?.judges(batch.topic) !== true) return undefined
    return retry(() => ports.dedup!.idsOf(batch), budgetOf(ports, this.ending))
  }

  /** Retention overtook it: a seek would lead to the same batch for ever. */
  private async isGone(topic: string, partition: number, offset: bigint): Promise<boolean> {
    const ranges = await this.lane.ports.log.ranges([topic])
    return ranges.some((range) => range.partition === partition && range.from > offset)
  }

  private async land(): Promise<void> {
    let committing: Promise<void> = Promise.resolve()
    try {
      for (;;) {
        await this.due()
        const { pending } = this.lane.place
        const prepared = await this.prepare()
        const isNext = await committing.then(
          () => pending === this.lane.place.pending && !this.ending.aborted,
          () => false,
        )
        if (isNext) {
          committing = this.commitTraced(prepared)
          committing.catch(() => this.stop.abort())
        } else await discard(this.lane.ports, prepared.files)
      }
    } finally {
      // What was sent to the catalog is seen through; where that failed, it is why all ended.
      await committing
    }
  }

  /** Until a commit is due: it is full, its oldest record is of age, or somebody drains. */
  private async due(): Promise<void> {
    for (;;) {
      this.ending.throwIfAborted()
      const { place, limits, ports, bell } = this.lane
      const dueMs = place.pending.dueInMs(limits, ports.clock.nowMs())
      if (dueMs === 0) return
      await bell.wait(this.ending, dueMs)
    }
  }

  private async prepare(): Promise<Prepared> {
    const { ports, place, limits, settings, bell } = this.lane
    const { pending } = place
    const batches = pending.cut(limits)
    bell.ring()
    await this.lane.pace.take(batches, this.ending)
    const { holes } = place
    const load = { batches, expected: pending.expected, holes, stagingFolder: settings.stagingFolder }
    const prepared = await prepare(ports, load, this.ending)
    pending.prepared(prepared.to, prepared.left)
    bell.ring()
    return prepared
  }

  /** In a span that goes on from those of its records. */
  private commitTraced(prepared: Prepared): Promise<void> {
    const { rows, files, startMicros } = prepared
    const attributes = { 'k2.table': this.lane.name, 'k2.rows': rows, 'k2.files': files.length }
    const from = this.carried.take(prepared.to)
    return traced('sink.land', () => this.commit(prepared), { attributes, from, startMs: startMicros / 1e3 })
  }

  private async commit(prepared: Prepared): Promise<void> {
    const { ports, place } = this.lane
    const { files, rows, rejected, advances, to } = prepared
    const outcome = await this.lane.inTurn(async () => {
      // A back-fill may have struck holes while this one waited.
      const standing = this.lane.place.pending === place.pending ? this.lane.place : place
      if (ports.dedup?.holds(prepared.judged, standing.holes) === false) return undefined
      const outcome = await commit(ports, prepared, standing, this.ending)
      if (outcome.kind === 'stale') return outcome
      place.pending.committed(to, prepared.decided)
      ports.dedup?.landed(prepared.judged, to, outcome.head.progress.holes)
      this.lane.committed(place, outcome.head)
      return outcome
    })
    if (outcome === undefined) {
      await discard(ports, files)
      return this.startOver('holes that repeats were judged beside are not as they were')
    }
    if (outcome.kind === 'stale') {
      ports.told({ kind: 'stale' })
      return this.startOver(outcome.why)
    }
    ports.told({
      kind: 'committed',
      rows,
      files: files.length,
      bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      rejected,
      repeated: advances.flatMap(({ topic, repeats = 0 }) => (repeats > 0 ? [{ topic, records: repeats }] : [])),
      seconds: (ports.clock.nowMicros() - prepared.sinceMicros) / 1e6,
    })
    await this.unlessLate(this.hint(outcome.head, prepared).then(() => this.note(prepared)))
  }

  /** Whom nobody has to tell before the end: a log that is away must not hold it up. */
  private async unlessLate(work: Promise<void>): Promise<void> {
    const { clock } = this.lane.ports
    const done = new AbortController()
    const ending = clock.sleep(Number.POSITIVE_INFINITY, AbortSignal.any([this.ending, done.signal]))
    const late = ending.catch(() => clock.sleep(TELL_MS_MAX, done.signal)).catch(() => {})
    await Promise.race([work, late])
    done.abort()
  }

  private async startOver(why: string): Promise<void> {
    const { ports, name } = this.lane
    ports.logger.warn({ table: name, why }, 'what was read is dropped, and read again from where the table stands')
    await this.lane.begin(this.ending)
    const { pending } = this.lane.place
    for (const { topic, partition } of this.subscription.assignment()) {
      this.subscription.seek(topic, partition, pending.next(topicPartition(topic, partition)))
    }
  }

  /** Tells readers of the new snapshot, sooner than they would look. */
  private async hint(head: Head, { rows, rejected, files }: Prepared): Promise<void> {
    const { ports, name } = this.lane
    const hint = noteOf(name, head)
    ports.logger.info({ ...hint, rows, rejected: rejected.length, files: files.length }, 'committed')
    try {
      await sendNote(ports.log, hint)
    } catch (error) {
      ports.logger.warn({ code: codeOf(error) }, 'readers were not told of a commit; they find it when they look')
    }
  }

  /** The group's offsets are for people's dashboards; the table is where the truth is. */
  private async note({ to }: Prepared): Promise<void> {
    try {
      await this.subscription.commit([...to].map(([partition, offset]) => ({ ...split(partition), offset })))
    } catch (error) {
      this.lane.ports.logger.debug({ error }, 'group offsets were not noted')
    }
  }
}
