/** A lane over a log, a stager, a store and a table that live in memory: each can be held, made to fail, and counted. */
import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { K2Error } from '@k2/contracts/codes.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import type { Store } from '@k2/lake/store/store.ts'
import { type Head, type Hole, type Intent, type Outcome, type Table, topicPartition } from '@k2/lake/table.ts'
import type { RejectedRecord } from '@k2/landing/stage.ts'
import { trimBatch } from '@k2/log/batches.ts'
import type { Log, LogBatch, OffsetRange } from '@k2/log/log.ts'
import { type Clock, realClock } from '@k2/service/clock.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { KEEP_ALL } from '@k2/shedding/policy.ts'
import type { LaneEvent } from './events.ts'
import { Lane, type LaneSettings } from './lane.ts'
import type { StageRequest, Stager } from './stager.ts'

export const TOPIC = marketTopic('market.equities.trades.asx')!
export const BACKFILL = { share: 0.5, order: 'oldest', lookMs: 1_000 } as const
export const PARTITION = topicPartition(TOPIC.name, 0)

/** Offsets [from, to), each value of so many bytes. */
export function batch(from: number, to: number, valueBytes = 1): LogBatch {
  const rows = Array.from({ length: to - from }, (_, i) => i)
  const bytes = new Uint8Array((to - from) * valueBytes)
  const at = (places: number[]) => Int32Array.from(places, (place) => place * valueBytes)
  const values = { bytes, starts: at(rows), ends: at(rows.map((i) => i + 1)) }
  return {
    topic: TOPIC.name,
    partition: 0,
    from: BigInt(from),
    to: BigInt(to),
    count: rows.length,
    offsetDeltas: Int32Array.from(rows),
    timesMs: Float64Array.from(rows),
    keys: values,
    values,
  }
}

const UNTIL_MS_MAX = 10_000

/** No wait is longer than a moment: what waits for a change looks again meanwhile. */
export const hurried: Clock = { ...realClock, sleep: (ms, signal) => realClock.sleep(Math.min(ms, 2), signal) }

/** One partition, delivered batch by batch; positions outside its batches begin at its start. */
function logOf(batches: readonly LogBatch[], delivered: (batch: LogBatch) => void, appending: () => Promise<void>) {
  const state = { start: batches[0]!.from, appended: new Map<string, number>() }
  const range = (): OffsetRange => ({ topic: TOPIC.name, partition: 0, from: state.start, to: batches.at(-1)!.to })
  const log: Pick<Log, 'ranges' | 'subscribe' | 'append' | 'readRange'> = {
    ranges: async () => [range()],
    async *readRange() {},
    async append(topic, records) {
      await appending()
      state.appended.set(topic, (state.appended.get(topic) ?? 0) + records.length)
      return []
    },
    subscribe(_, __, { signal, startAt }) {
      let at: bigint | undefined
      return {
        async *[Symbol.asyncIterator]() {
          at ??= await startAt!(TOPIC.name, 0)
          while (!signal.aborted) {
            if (at! < state.start) at = state.start
            const found = batches.find(({ from, to }) => from <= at! && at! < to)
            await turn()
            if (found === undefined) continue
            const rest = trimBatch(found, at!, found.to)
            at = found.to
            delivered(rest)
            yield rest
          }
        },
        assignment: () => [{ topic: TOPIC.name, partition: 0 }],
        seek: (_, __, offset) => {
          at = offset
        },
        pause: () => {},
        resume: () => {},
        commit: async () => {},
      }
    },
  }
  return { log: log as Log, state }
}

/** It decides as the lake does on offsets and holes, and refuses to take an offset twice. */
export function tableOf(before: (intent: Intent, number: number) => Promise<void>) {
  const state = { next: null as bigint | null, holes: [] as Hole[], intents: [] as Intent[], files: new Set<string>() }
  const head = (): Head => ({
    tableUuid: 'uuid',
    snapshotId: 1n,
    committedAtMs: 1,
    policies: new Map(),
    progress: {
      offsets: new Map(state.next === null ? [] : [[PARTITION, state.next]]),
      holes: [...state.holes],
      last: new Map(),
    },
  })
  function apply(intent: Intent): Outcome {
    const [{ expected, to }] = intent.advances as [Intent['advances'][number]]
    if (expected !== state.next) return { kind: 'stale', head: head(), why: 'it stands elsewhere' }
    assert.deepEqual(intent.holesRead, state.holes)
    state.next = to
    state.holes.push(...intent.holesAdded)
    state.intents.push(intent)
    for (const { path } of intent.files) state.files.add(path)
    return { kind: 'committed', head: head() }
  }
  let calls = 0
  const table: Pick<Table, 'spec' | 'location' | 'head' | 'commit'> = {
    spec: TRADES,
    location: '/lake',
    head: async () => head(),
    async commit(intent) {
      await before(intent, ++calls)
      return apply(intent)
    },
  }
  return { table: table as Table, state, apply }
}

export interface WorldOptions extends Partial<Pick<LaneSettings, 'limits' | 'bufferBytesMax'>> {
  readonly batches: readonly LogBatch[]
  /** What a commit does before it is decided on; `number` counts from 1. */
  readonly committing?: (intent: Intent, number: number) => Promise<void>
  readonly publishing?: (number: number) => void
  /** Offsets that no table can take. */
  readonly poison?: readonly bigint[]
  readonly appending?: () => Promise<void>
  readonly delivered?: (batch: LogBatch) => void
  readonly staging?: (request: StageRequest) => Promise<void>
}

export function world(options: WorldOptions) {
  const { batches, poison = [], publishing = () => {} } = options
  const { log, state: logState } = logOf(
    batches,
    options.delivered ?? (() => {}),
    options.appending ?? (async () => {}),
  )
  const { table, state: lake, apply } = tableOf(options.committing ?? (async () => {}))
  const staged: StageRequest[] = []
  const stored = new Set<string>()
  const events: LaneEvent[] = []
  let publishes = 0
  const stager: Stager = {
    async stage(request) {
      staged.push(request)
      const number = staged.length
      await options.staging?.(request)
      const rows = request.batches.reduce((sum, { count }) => sum + count, 0)
      const from = request.batches[0]!.from
      const to = request.batches.at(-1)!.to
      const rejected = poison
        .filter((offset) => from <= offset && offset < to)
        .map((offset): RejectedRecord => {
          return { topic: TOPIC.name, partition: 0, offset, code: 'avro', reason: 'poison', raw: null }
        })
      const file = { path: `${number}.parquet`, sizeBytes: 1, rows, day: 1, bucket: 1, stats: [] }
      const advanced = new Map([[PARTITION, to]])
      return {
        files: [file],
        rows: rows - rejected.length,
        to: advanced,
        last: new Map(),
        rejected,
        repeated: new Map(),
        left: [],
      }
    },
    async discard() {},
    async close() {},
  }
  const store: Pick<Store, 'publish' | 'delete'> = {
    async publish(_, location) {
      publishing(++publishes)
      stored.add(location)
    },
    async delete(location) {
      stored.delete(location)
    },
  }
  const ports = {
    ...{ log, table, stager, store: store as Store, clock: hurried, logger: silentLogger, random: () => 0.5 },
    registry: { register: async () => 1, schema: async () => '"string"' },
    retried: () => {},
    told: (event: LaneEvent) => void events.push(event),
    reached: () => {},
    policy: () => KEEP_ALL,
  }
  const { limits = { rows: 2, rowsMax: 2, bytes: 2 ** 20, ageMs: 1 }, bufferBytesMax = 2 ** 22 } = options
  const lane = new Lane(ports, {
    group: 'g',
    topics: [TOPIC],
    limits,
    bufferBytesMax,
    stagingFolder: '/staging',
    backfill: BACKFILL,
  })
  return { lane, lake, apply, staged, stored, events, log: logState }
}

/** Runs the lane while `work` looks on; answers how its run ended. */
export async function running(lane: Lane, work: () => Promise<void>): Promise<void> {
  const stop = new AbortController()
  await lane.start(stop.signal)
  const run = lane.run(stop.signal)
  run.catch(() => {})
  try {
    await Promise.race([work(), run.then(() => assert.fail('the lane ended'))])
  } finally {
    stop.abort()
  }
  await run
}

export async function until(holds: () => boolean): Promise<void> {
  const endMs = realClock.nowMs() + UNTIL_MS_MAX
  while (!holds()) {
    assert.ok(realClock.nowMs() < endMs, `it never came that ${holds}`)
    await turn()
  }
}

/** Long enough for whatever could happen to have happened. */
export async function turns(count = 200): Promise<void> {
  for (let i = 0; i < count; i++) await turn()
}

export const unavailable = () => new K2Error('LAKE_UNAVAILABLE', 'the catalog is away')
