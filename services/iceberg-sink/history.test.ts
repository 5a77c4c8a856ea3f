/** A lane begins while others change log and table: found by the simulation (e2e/sim), told here by hand. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { LAKE_COMMITS, marketTopic } from '@k2/contracts/topics.ts'
import { type Head, type Progress, topicPartition } from '@k2/lake/table.ts'
import type { Log, LogBatch, OffsetRange } from '@k2/log/log.ts'
import { BACKFILL, hurried, tableOf } from './lane.fixture.ts'
import { Lane } from './lane.ts'

const TOPIC = marketTopic('market.equities.trades.asx')!
const NEVER = AbortSignal.timeout(60_000)

const slices = (text: string) => ({
  bytes: Buffer.from(text),
  starts: Int32Array.of(0),
  ends: Int32Array.of(text.length),
})

/** The log as these say, and a table of that progress. */
function laneOf(log: Pick<Log, 'ranges' | 'readRange'>, progress: Partial<Progress>, headRead: () => void) {
  const warnings: unknown[] = []
  const { table } = tableOf(async () => {})
  const head: Head = {
    tableUuid: 'uuid',
    snapshotId: 1n,
    committedAtMs: 1_000,
    policies: new Map(),
    progress: { offsets: new Map(), holes: [], last: new Map(), ...progress },
  }
  const ports = {
    log,
    clock: hurried,
    random: () => 0.5,
    logger: { info() {}, error() {}, debug() {}, warn: (...words: unknown[]) => warnings.push(words) },
    table: {
      ...table,
      head: async () => {
        headRead()
        return head
      },
    },
    retried: () => {},
    told: () => {},
  }
  const limits = { rows: 2, rowsMax: 2, bytes: 2 ** 20, ageMs: 1 }
  const settings = {
    group: 'g',
    topics: [TOPIC],
    limits,
    bufferBytesMax: 2 ** 22,
    stagingFolder: '/staging',
    backfill: BACKFILL,
  }
  return { lane: new Lane(ports as never, settings), warnings }
}

test("another's commit between the reading of notes and of the head is none that the table lacks", async () => {
  let notes = 0
  const noted = { ...slices(JSON.stringify({ table: 'trades_v2', snapshot_id: '2', committed_at_ms: 2_000 })) }
  const log = {
    ranges: async ([topic]: readonly string[]): Promise<OffsetRange[]> =>
      topic === LAKE_COMMITS
        ? [{ topic: topic!, partition: 0, from: 0n, to: BigInt(notes) }]
        : [{ topic: topic!, partition: 0, from: 5n, to: 9n }],
    async *readRange({ from, to }: OffsetRange) {
      if (from < to) yield { count: 1, keys: slices('trades_v2'), values: noted } as unknown as LogBatch
    },
  }
  const { lane } = laneOf(log as never, {}, () => {
    notes = 1
  })
  await lane.begin(NEVER)
  // Read again, the table still lacks it: now that is so, and what it had landed is gone.
  await assert.rejects(lane.begin(NEVER), { code: 'LAKE_DISAGREES', message: /lacks the commits up to snapshot 2/ })
})

test('retention that takes the last landed record while it is read back is no damage: the log is asked again', async () => {
  const starts = [5n, 6n]
  const log = {
    ranges: async ([topic]: readonly string[]): Promise<OffsetRange[]> =>
      topic === LAKE_COMMITS ? [] : [{ topic: topic!, partition: 0, from: starts.shift()!, to: 9n }],
    // biome-ignore lint/correctness/useYield: it fails before it would
    async *readRange() {
      throw new K2Error('OFFSET_OUT_OF_RANGE', 'the log begins at 6')
    },
  }
  const progress: Partial<Progress> = {
    offsets: new Map([[topicPartition(TOPIC.name, 0), 6n]]),
    last: new Map([[topicPartition(TOPIC.name, 0), { offset: 5n, messageId: 'id', timeMs: 1 }]]),
  }
  const { lane, warnings } = laneOf(log as never, progress, () => {})
  await lane.begin(NEVER)
  assert.deepEqual([starts, warnings], [[], []])
  assert.equal(lane.place.pending.landed(`${TOPIC.name}/0`), 6n)
})
