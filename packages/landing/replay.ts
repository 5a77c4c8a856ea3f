/**
 * Replays rejected records of one table: read again, decoded with what is known by now, and landed in a commit that
 * strikes their holes off.
 *
 *   holes ─► records (log, or the letter where retention took them) ─► repeats ─► stage ─► files ─► strike ─► the next ones
 *
 * The holes are the truth, not the letters: what is no hole is in, and is not taken twice, whoever replays it beside us. A
 * crash before the commit leaves the holes and files that no snapshot names; after it nothing is left to do.
 *
 *   errors  LAKE_DISAGREES where the log is not the one that the table came from; those of strike.ts, log and store
 */
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '@k2/contracts/codes.ts'
import { offsetOf, type Schemas } from '@k2/contracts/records/decode.ts'
import { PARTITIONS_PER_COMMIT_MAX } from '@k2/contracts/tables.ts'
import { type BesideSettings, repeatsBeside } from '@k2/dedup/beside.ts'
import type { Repeats } from '@k2/dedup/dedup.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { writeDataFiles } from '@k2/lake/parquet/write.ts'
import type { Store } from '@k2/lake/store/store.ts'
import { type DataFile, type Head, type Hole, topicPartition } from '@k2/lake/table.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import { checkHistory, noteOf, sendNote } from './history.ts'
import { type Letters, readLetters } from './letters.ts'
import { type Place, placeText, rangesOf, rejectedWithin, stillOpen } from './places.ts'
import { gather, type Unread } from './records.ts'
import { type RejectedRecord, type StageBatch, type Staged, stage } from './stage.ts'
import { type StillRight, type StrikePorts, strike } from './strike.ts'

export interface ReplayPorts extends StrikePorts {
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly store: Store
  /** As the sink has it; absent where no topic is judged. */
  readonly dedup?: BesideSettings
  /** A folder of its own, for files on their way. */
  readonly stagingFolder: string
  /** For people, as it goes on. */
  readonly tell: (sentence: string) => void
  /** Where a crash test may stop the process. */
  readonly reached: (moment: string) => void
}

export interface ReplayRequest {
  readonly place?: Place
  /** Only records that were rejected with this code, as their letters say. */
  readonly code?: string
  /** Nothing is written. */
  readonly dryRun: boolean
}

/** What became of some records of a topic. */
export interface Replayed {
  readonly topic: string
  /** undefined: they are in, or would be. */
  readonly code: string | undefined
  readonly records: number
  /** Place and reason of the first. */
  readonly first: string
  readonly reason: string
}

export async function replay(
  ports: ReplayPorts,
  request: ReplayRequest,
  signal: AbortSignal,
): Promise<readonly Replayed[]> {
  return new Replay(ports, request, signal).run()
}

class Replay {
  private readonly ports: ReplayPorts
  private readonly request: ReplayRequest
  private readonly signal: AbortSignal
  private readonly letters = new Map<string, Letters>()
  private readonly sums = new Map<string, Replayed & { records: number }>()

  constructor(ports: ReplayPorts, request: ReplayRequest, signal: AbortSignal) {
    this.ports = ports
    this.request = request
    this.signal = signal
  }

  async run(): Promise<readonly Replayed[]> {
    const { log, table } = this.ports
    let head = await table.head()
    let todo = this.ripe(head, rejectedWithin(head.progress.holes, this.request.place))
    const topics = [...new Set(todo.map(({ topic }) => topic))]
    if (topics.length === 0) return [...this.sums.values()]
    const ranges = await log.ranges(topics)
    await checkHistory(log, table.spec.name, head.progress, ranges)
    for (const topic of topics) this.letters.set(topic, await readLetters(log, topic))
    todo = this.withCode(todo)
    while (todo.length > 0) {
      this.signal.throwIfAborted()
      const found = await gather(log, this.letters, todo, ranges, this.signal)
      for (const one of found.unread) this.count(one)
      const done = await this.land(head, found.batches, todo)
      head = done.head
      todo = this.ripe(head, [...done.again, ...found.rest])
    }
    return [...this.sums.values()]
  }

  private ripe(head: Head, holes: readonly Hole[]): Hole[] {
    const code = 'deferred'
    for (const hole of holes.filter((one) => this.waits(head, one)))
      this.count({ ...hole, offset: hole.from, code, reason: WAITS }, hole.to - hole.from)
    return holes.filter((one) => !this.waits(head, one))
  }

  /** A copy that was passed over may be one that others were judged by: until it is in, nobody can say what repeats what. */
  private waits({ progress }: Head, { topic, partition }: Hole): boolean {
    if (this.ports.dedup?.isJudged(topic) !== true) return false
    return progress.holes.some((one) => one.reason === 'deferred' && one.topic === topic && one.partition === partition)
  }

  private withCode(holes: readonly Hole[]): Hole[] {
    const { code } = this.request
    if (code === undefined) return [...holes]
    return holes.flatMap((hole) => {
      const offsets: bigint[] = []
      for (const { letter } of this.letters.get(hole.topic)!.notes.values()) {
        if (letter.origin !== 'log' || letter.partition !== hole.partition || letter.code !== code) continue
        if (hole.from <= letter.offset && letter.offset < hole.to) offsets.push(letter.offset)
      }
      return rangesOf(
        hole,
        offsets.sort((a, b) => (a < b ? -1 : 1)),
      )
    })
  }

  /** One commit's worth, of which `again` is still to be done. */
  private async land(head: Head, batches: readonly StageBatch[], holes: readonly Hole[]) {
    const { table, registry } = this.ports
    const schemas = await schemasOf(registry, batches)
    const judged = (at: Head) => this.judge(at, batches, schemas)
    const repeats = await judged(head)
    const limits = { pairs: PARTITIONS_PER_COMMIT_MAX, bucketOf }
    const staged = stage(table.spec, batches, schemas, limits, { repeats })
    for (const one of staged.rejected) this.count(one)
    const { landed, left } = outcomeOf(batches, staged, holes)
    if (landed.length > 0 && !this.request.dryRun) {
      const isStillRight = async (at: Head) =>
        !landed.some((hole) => this.waits(at, hole)) && isSame(repeats, await judged(at))
      const outcome = await this.commit(head, landed, staged, isStillRight)
      // Somebody else was at the same holes: what is still one is staged again.
      if (outcome.kind === 'changed') {
        return { head: outcome.head, again: [...stillOpen(landed, outcome.head.progress.holes), ...left] }
      }
      head = outcome.head
    }
    for (const hole of landed)
      this.count({ ...hole, offset: hole.from, code: undefined, reason: '' }, hole.to - hole.from)
    return { head, again: left }
  }

  /** Beside what is in the table then: copies may have landed before the records of holes, or behind them. */
  private async judge(head: Head, batches: readonly StageBatch[], schemas: Schemas): Promise<Repeats> {
    const { dedup, table } = this.ports
    if (dedup === undefined || !batches.some(({ topic }) => dedup.isJudged(topic))) return new Map()
    return repeatsBeside(this.ports, dedup, batches, schemas, head.progress, await table.upkeep.lost())
  }

  private async commit(head: Head, struck: readonly Hole[], staged: Staged, isStillRight: StillRight) {
    const { table, log, reached, tell } = this.ports
    const files = await this.write(staged)
    try {
      reached('replay.files')
      const said = { 'k2.replayed': String(staged.rows) }
      const outcome = await strike(
        this.ports,
        head,
        { struck, files, said, repeats: staged.repeated },
        this.signal,
        isStillRight,
      )
      if (outcome.kind === 'changed') {
        if (!outcome.mayBeIn) await this.discard(files)
        return outcome
      }
      reached('replay.committed')
      tell(`${table.spec.name}: ${staged.rows} records replayed`)
      const repeated = [...staged.repeated.values()].reduce((sum, records) => sum + records, 0)
      if (repeated > 0)
        tell(`${table.spec.name}: ${repeated} records repeat others that have landed, and were struck off`)
      await sendNote(log, noteOf(table.spec.name, outcome.head)).catch(() => {
        tell(`${table.spec.name}: readers were not told of the commit; they find it when they look`)
      })
      return outcome
    } catch (error) {
      const isOut = error === this.signal.reason || OUT.includes(codeOf(error))
      if (isOut) await this.discard(files)
      throw error
    }
  }

  private async write({ columns }: Staged): Promise<DataFile[]> {
    const { table, store, stagingFolder: folder } = this.ports
    const written = writeDataFiles(table.spec, columns, { folder, name: randomUUID(), bucketOf })
    const files = written.map((file) => ({ ...file, path: `${table.location}/data/${file.path}` }))
    try {
      for (const [i, { path }] of files.entries()) await store.publish(join(folder, written[i]!.path), path)
      return files
    } catch (error) {
      await this.discard(files)
      throw error
    } finally {
      await Promise.allSettled(written.map(({ path }) => rm(join(folder, path), { force: true })))
    }
  }

  /** What cannot be deleted is an orphan, and removed with those. */
  private async discard(files: readonly DataFile[]): Promise<void> {
    await Promise.allSettled(files.map(({ path }) => this.ports.store.delete(path)))
  }

  private count({ topic, partition, offset, code, reason }: Counted, records = 1n): void {
    const key = `${topic} ${code}`
    const sum = this.sums.get(key)
    const first = placeText({ topic, partition, from: offset, to: offset + 1n })
    if (sum === undefined) this.sums.set(key, { topic, code, records: Number(records), first, reason })
    else sum.records += Number(records)
  }
}

const WAITS = 'its partition has deferred records, and its repeats are judged: replay it once they are filled in'

/** Where nothing of a commit is in. */
const OUT: readonly string[] = ['LAKE_UNAVAILABLE', 'LAKE_CONFLICT']

type Counted = Pick<RejectedRecord | Unread, 'topic' | 'partition' | 'offset' | 'reason'> & {
  readonly code: string | undefined
}

/** Which holes were landed, and which a commit had no room for; those of rejected records are neither. */
function outcomeOf(batches: readonly StageBatch[], { to, rejected }: Staged, holes: readonly Hole[]) {
  const refused = new Set(rejected.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`))
  const landed: Hole[] = []
  const left: Hole[] = []
  for (const batch of batches) {
    const { topic, partition } = batch
    const end = to.get(topicPartition(topic, partition)) ?? 0n
    const whole = holes.find(
      (hole) => hole.topic === topic && hole.partition === partition && hole.from <= batch.from && batch.from < hole.to,
    )!
    const offsets = Array.from({ length: batch.count }, (_, i) => offsetOf(batch, i))
    const isLanded = (offset: bigint) => offset < end && !refused.has(`${topic}/${partition}/${offset}`)
    landed.push(...rangesOf(whole, offsets.filter(isLanded)))
    left.push(
      ...rangesOf(
        whole,
        offsets.filter((offset) => offset >= end),
      ),
    )
  }
  return { landed, left }
}

function isSame(a: Repeats, b: Repeats): boolean {
  const text = (repeats: Repeats) =>
    [...repeats].flatMap(([partition, own]) => [...own].map(([offset, of]) => `${partition}/${offset} ${of}`)).sort()
  return text(a).join() === text(b).join()
}
