/**
 * Fills the holes that pressure has left: once the level has fallen so far that nothing of a topic is passed over, what
 * was passed over is read again, and lands in a commit that strikes its holes off.
 *
 *   deferred holes ─► log ─► passed over, by the hole's own policy ─► prepare (as a landing) ─► strike
 *
 * Beside the lane, which commits in turn with it, and in no more than its share of the time. A crash before the commit
 * leaves the holes and files that no snapshot names; after it nothing is left to do. Of several sinks each fills the
 * partitions that it owns, and of two that believe so one finds the holes gone.
 *
 *   errors  one that may pass is told and tried again; a policy that cannot be read leaves its holes, told once
 */
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import { type Head, type Hole, topicPartition } from '@k2/lake/table.ts'
import { sizeOf } from '@k2/landing/batch.ts'
import { checkHistory, noteOf, sendNote } from '@k2/landing/history.ts'
import { passedOf, type Sieve, sieveOf } from '@k2/landing/sift.ts'
import type { StageBatch } from '@k2/landing/stage.ts'
import { strike } from '@k2/landing/strike.ts'
import type { OffsetRange } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import { TRANSIENT } from '@k2/service/policies.ts'
import { retry } from '@k2/service/retry.ts'
import { mayPass, nowAndThen } from '@k2/service/wait.ts'
import { policyOf } from '@k2/shedding/policy.ts'
import { PRIORITIES } from '@k2/shedding/priority.ts'
import { commitId } from './core/commit-id.ts'
import { type FillOrder, inOrder } from './core/order.ts'
import { expiryAlert } from './expiry.ts'
import { budgetOf, discard, holeOf, type Prepared, prepare } from './land.ts'
import type { Lane } from './lane.ts'

export interface BackfillSettings {
  /** Of the time: the rest is the lane's alone. */
  readonly share: number
  readonly order: FillOrder
  /** How often it looks for something to do. */
  readonly lookMs: number
}

/** Of a hole, what one commit reads at most: most of it may have been kept. */
const OFFSETS_MAX = 200_000n
const BYTES_MAX = 16 * 2 ** 20
/** Where nothing of a commit is in. */
const OUT: readonly string[] = ['LAKE_UNAVAILABLE', 'LAKE_CONFLICT']

/** Until the signal, whose reason it throws. */
export async function backfill(lane: Lane, signal: AbortSignal): Promise<void> {
  const { share, lookMs } = lane.settings.backfill
  const { clock, logger } = lane.ports
  const filler = new Filler(lane, signal)
  const isDue = nowAndThen(clock)
  for (;;) {
    const startMs = clock.nowMs()
    let restMs = lookMs
    try {
      const alert = expiryAlert(await lane.expiring(), startMs)
      if (alert !== undefined && isDue()) logger.warn({ table: lane.name }, alert)
      if (await filler.fill()) restMs = ((clock.nowMs() - startMs) * (1 - share)) / share
    } catch (error) {
      if (error === signal.reason || !mayPass(error)) throw error
      restMs = TRANSIENT.delayMsMax
      logger.warn({ table: lane.name, code: codeOf(error) }, `what was deferred is filled in later: ${error.message}`)
    }
    await clock.sleep(restMs, signal)
  }
}

/** A batch of what was passed over, and the hole that it lies in. */
interface Part {
  readonly batch: StageBatch
  readonly hole: Hole
}

class Filler {
  private readonly lane: Lane
  private readonly signal: AbortSignal
  /** Policies that cannot be read, and offsets that are gone: once told. */
  private readonly told = new Set<string>()
  private rounds = 0

  constructor(lane: Lane, signal: AbortSignal) {
    this.lane = lane
    this.signal = signal
  }

  /** One commit's worth; false where there is nothing to do. */
  async fill(): Promise<boolean> {
    const { lane, signal } = this
    if (this.fillable(lane.place.holes).length === 0) return false
    const { ports } = lane
    const budget = budgetOf(ports, signal)
    const head = await retry(() => ports.table.head(), budget)
    const ranges = await retry(() => ports.log.ranges(lane.topics), budget)
    const parts = await this.gather(head, this.ordered(head), ranges)
    if (parts.length === 0) return false
    // A topic that was made anew meanwhile has other records at these offsets.
    await retry(() => this.checkLog(), budget)
    const startMicros = ports.clock.nowMicros()
    const batches = parts.map(({ batch }) => batch)
    await lane.pace.take(batches, signal)
    const { stagingFolder } = lane.settings
    const load = { batches, expected: () => null, holes: head.progress.holes, stagingFolder }
    // Repeats were judged when they were passed over, and lie in no hole.
    const { dedup: _, ...unjudged } = ports
    const prepared = await prepare(unjudged, load, signal)
    ports.reached('backfill.files')
    const isIn = await this.commit(prepared, struckBy(parts, prepared))
    if (isIn) {
      const seconds = (ports.clock.nowMicros() - startMicros) / 1e6
      ports.told({ kind: 'filled', rows: prepared.rows, seconds })
    }
    return true
  }

  /** By a head of now: retention may have passed an older one, with all below it landed. */
  private async checkLog(): Promise<void> {
    const { ports, name, topics } = this.lane
    const { progress } = await ports.table.head()
    await checkHistory(ports.log, name, progress, await ports.log.ranges(topics))
  }

  /** Of its partitions, and nothing like them is passed over any more. */
  private fillable(holes: readonly Hole[]): Hole[] {
    const owned = this.lane.owned()
    const policy = this.lane.ports.policy()
    return holes.filter(({ reason, topic, partition }) => {
      if (reason !== 'deferred' || !owned.has(topicPartition(topic, partition))) return false
      return policy.keepsAllOf(marketTopic(topic)!)
    })
  }

  private ordered(head: Head): Hole[] {
    const holes = this.fillable(head.progress.holes)
    const keptBy = (policy = '') => this.sieveFor(head, policy)?.policy.kept ?? PRIORITIES.length
    return inOrder(holes, keptBy, this.lane.settings.backfill.order, this.rounds++)
  }

  private async gather(head: Head, holes: readonly Hole[], ranges: readonly OffsetRange[]): Promise<Part[]> {
    const { limits, backfill } = this.lane.settings
    const parts: Part[] = []
    let [rows, bytes, offsets] = [0, 0, 0n]
    for (const hole of holes) {
      if (rows >= limits.rows || bytes >= BYTES_MAX || offsets >= OFFSETS_MAX) break
      const sieve = this.sieveFor(head, hole.policy)
      const held = this.held(hole, ranges)
      if (sieve === undefined || held === undefined) continue
      const own: StageBatch[] = []
      for await (const batch of this.read(chunkOf(held, backfill.order), sieve)) {
        own.push(batch)
        rows += batch.count
        bytes += sizeOf(batch)
        offsets += batch.to - batch.from
        if (rows >= limits.rows || bytes >= BYTES_MAX) break
      }
      if (await this.areKnown(hole, own)) parts.push(...own.map((batch) => ({ batch, hole })))
    }
    // Staging goes through each partition from its front.
    return parts.sort(({ batch: a }, { batch: b }) =>
      a.topic === b.topic ? a.partition - b.partition || (a.from < b.from ? -1 : 1) : a.topic < b.topic ? -1 : 1,
    )
  }

  /** Repeats were judged by records that could be read then: one that cannot be any more must not become a letter. */
  private async areKnown({ topic }: Hole, batches: readonly StageBatch[]): Promise<boolean> {
    const { dedup, registry } = this.lane.ports
    if (dedup?.judges(topic) !== true) return true
    const schemas = [...(await schemasOf(registry, batches)).values()]
    const unknown = schemas.find((schema) => 'reason' in schema)
    if (unknown !== undefined && 'reason' in unknown)
      this.tell(
        unknown.reason,
        `deferred records of ${topic} wait: ${unknown.reason}, which it was. Restore the registry`,
      )
    return unknown === undefined
  }

  private async *read(range: OffsetRange, sieve: Sieve): AsyncGenerator<StageBatch> {
    let at = range.from
    for await (const batch of this.lane.ports.log.readRange(range, { signal: this.signal })) {
      at = batch.to
      yield passedOf(batch, sieve)
    }
    if (at < range.to) yield nothingIn({ ...range, from: at })
  }

  private sieveFor({ policies }: Head, policy = ''): Sieve | undefined {
    try {
      return sieveOf(policyOf(policies.get(policy) ?? '', policy))
    } catch (error) {
      if (!(error instanceof K2Error)) throw error
      this.tell(`policy ${policy}`, error.message)
      return undefined
    }
  }

  /** As much of a hole as the log still has. */
  private held(hole: Hole, ranges: readonly OffsetRange[]): Hole | undefined {
    const range = ranges.find(({ topic, partition }) => topic === hole.topic && partition === hole.partition)
    const from = range === undefined ? hole.to : range.from > hole.from ? range.from : hole.from
    if (from > hole.from) {
      const place = topicPartition(hole.topic, hole.partition)
      this.tell(
        place,
        `${place} no longer has offsets ${hole.from} to ${from}, which were deferred: they cannot be filled in`,
      )
    }
    return from < hole.to ? { ...hole, from } : undefined
  }

  private tell(what: string, sentence: string): void {
    if (this.told.has(what)) return
    this.told.add(what)
    this.lane.ports.logger.error({ table: this.lane.name }, sentence)
  }

  private commit(prepared: Prepared, struck: readonly Hole[]): Promise<boolean> {
    const { lane, signal } = this
    return lane.inTurn(async () => {
      const { ports, place } = lane
      const { files, rejected, rows } = prepared
      try {
        const head = await retry(() => ports.table.head(), budgetOf(ports, signal))
        const work = { struck, files, added: rejected.map(holeOf), said: { 'k2.filled': String(rows) } }
        const uuid = () => commitId(head.tableUuid, [], struck)
        const outcome = await strike({ ...ports, uuid }, head, work, signal)
        lane.filled(place, outcome.head)
        if (outcome.kind === 'changed') {
          if (!outcome.mayBeIn) await discard(ports, files)
          return false
        }
        ports.reached('backfill.committed')
        await this.hint(outcome.head, rows)
        return true
      } catch (error) {
        if (error === signal.reason || OUT.includes(codeOf(error))) await discard(ports, files)
        throw error
      }
    })
  }

  private async hint(head: Head, rows: number): Promise<void> {
    const { ports, name } = this.lane
    ports.logger.info({ table: name, rows }, 'records that had been deferred are in')
    await sendNote(ports.log, noteOf(name, head)).catch((error) => {
      ports.logger.warn({ code: codeOf(error) }, 'readers were not told of a commit; they find it when they look')
    })
  }
}

function chunkOf(hole: Hole, order: FillOrder): Hole {
  if (hole.to - hole.from <= OFFSETS_MAX) return hole
  return order === 'oldest' ? { ...hole, to: hole.from + OFFSETS_MAX } : { ...hole, from: hole.to - OFFSETS_MAX }
}

const nothingIn = ({ topic, partition, from, to }: OffsetRange): StageBatch => ({
  ...{ topic, partition, from, to, count: 0, offsetDeltas: new Int32Array(0), timesMs: new Float64Array(0) },
  values: { bytes: new Uint8Array(0), starts: new Int32Array(0), ends: new Int32Array(0) },
})

/** As far as the commit has room for: what it left is still a hole. */
function struckBy(parts: readonly Part[], { to }: Prepared): Hole[] {
  return parts.flatMap(({ batch: { topic, partition, from, to: end }, hole }) => {
    const landed = to.get(topicPartition(topic, partition)) ?? from
    const struck = { ...hole, from, to: landed < end ? landed : end }
    return struck.from < struck.to ? [struck] : []
  })
}
