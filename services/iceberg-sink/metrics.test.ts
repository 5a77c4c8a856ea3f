import assert from 'node:assert/strict'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Hole, TopicPartition } from '@k2/lake/table.ts'
import { manualClock } from '@k2/service/clock.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'
import type { LaneEvent } from './events.ts'
import type { Expiring } from './expiry.ts'
import { countLane, watchLane } from './metrics.ts'

const T = 'market.equities.trades.asx'
const TABLE = 'component="sink",exchange="all",asset_class="all",table="trades_v2"'
const TOPIC = `component="sink",exchange="ASX",asset_class="equities",topic="${T}"`
const telemetry = () => createTelemetry({ service: 'iceberg-sink', environment: 'test' })

/** Without the labels that each series carries. */
async function linesOf(told: ReturnType<typeof telemetry>): Promise<string[]> {
  const text = await told.text()
  return text.replaceAll(/,service="iceberg-sink",environment="test"|service.*"test",/g, '').split('\n')
}

const committed = {
  kind: 'committed',
  rows: 40,
  files: 2,
  bytes: 900,
  rejected: [],
  repeated: [],
  seconds: 0.2,
} as const
const refused = {
  ...committed,
  rejected: [
    { topic: T, code: 'avro' },
    { topic: T, code: 'avro' },
  ],
} as const

// biome-ignore format: a table reads by its columns
const rows: [name: string, events: LaneEvent[], lines: string[]][] = [
  ['nothing yet: the series are there',   [],                                   [
    `k2_sink_commits_total{${TABLE}} 0`, `k2_sink_dropped_records_total{${TOPIC}} 0`, `k2_sink_lost_records_total{${TOPIC}} 0`, `k2_duplicate_messages_detected_total{${TOPIC}} 0`,
    `k2_sink_rejected_records_total{${TOPIC},reason="schema"} 0`, `k2_sink_commit_failures_total{${TABLE},code="LAKE_CONFLICT"} 0`]],
  ['files written',                       [{ kind: 'written', seconds: 0.2 }],  [
    `k2_sink_write_duration_seconds_sum{${TABLE}} 0.2`, `k2_sink_commits_total{${TABLE}} 0`]],
  ['repeats passed over',                 [{ ...committed, repeated: [{ topic: T, records: 3 }] }], [
    `k2_duplicate_messages_detected_total{${TOPIC}} 3`, `k2_sink_rows_total{${TABLE}} 40`]],
  ['two commits',                         [committed, committed],               [
    `k2_sink_commits_total{${TABLE}} 2`, `k2_sink_rows_total{${TABLE}} 80`, `k2_sink_files_total{${TABLE}} 4`,
    `k2_sink_bytes_total{${TABLE}} 1800`, `k2_sink_commit_duration_seconds_sum{${TABLE}} 0.4`, `k2_sink_batch_rows_count{${TABLE}} 2`]],
  ['a commit that passed records over',   [refused],                            [
    `k2_sink_rejected_records_total{${TOPIC},reason="avro"} 2`, `k2_sink_rejected_records_total{${TOPIC},reason="value"} 0`]],
  ['a try that failed',                   [{ kind: 'failed', code: 'LAKE_UNAVAILABLE' }], [
    `k2_sink_commit_failures_total{${TABLE},code="LAKE_UNAVAILABLE"} 1`, `k2_sink_commits_total{${TABLE}} 0`]],
  ['a table that stood elsewhere',        [{ kind: 'stale' }],                  [
    `k2_sink_commit_failures_total{${TABLE},code="LAKE_CONFLICT"} 1`]],
  ['records that retention took',         [{ kind: 'lost', topic: T, records: 9 }], [
    `k2_sink_lost_records_total{${TOPIC}} 9`]],
  ['a redelivery',                        [{ kind: 'dropped', topic: T, records: 7 }], [
    `k2_sink_dropped_records_total{${TOPIC}} 7`]],
]
for (const [name, events, lines] of rows) {
  test(name, async () => {
    const metrics = telemetry()
    const { told } = countLane(metrics, 'trades_v2')
    for (const event of events) told(event)
    const found = await linesOf(metrics)
    for (const line of lines) assert.ok(found.includes(line), line)
  })
}

test('a try again is counted by the code of what failed', async () => {
  const metrics = telemetry()
  countLane(metrics, 'trades_v2').retried(new K2Error('LAKE_UNAVAILABLE', 'the store is away'))
  const line = 'k2_retries_total{component="sink",operation="land",code="LAKE_UNAVAILABLE"} 1'
  assert.ok((await linesOf(metrics)).includes(line))
})

test('lag is told of partitions that have some or had it, as long as they are owned and the log answers', async () => {
  const metrics = telemetry()
  const clock = manualClock(10_000)
  let lags: [TopicPartition, bigint][] | K2Error = []
  let committedAtMs: number | null = null
  let expiring: Expiring | undefined
  const hole = (from: bigint, to: bigint): Hole => ({ topic: T, partition: 0, from, to, reason: 'deferred' })
  const lane = {
    name: 'trades_v2',
    async lags() {
      if (lags instanceof K2Error) throw lags
      return new Map(lags)
    },
    buffered: () => ({ rows: 12, bytes: 3_400 }),
    committedAtMs: () => committedAtMs,
    behindSeconds: () => 1.5,
    deferred: () => [hole(0n, 4n), hole(5n, 8n)],
    expiring: async () => expiring,
  }
  watchLane(metrics, lane, clock)
  const [zero, one] = [0, 1].map((partition) => `k2_kafka_lag_records{${TOPIC},partition="${partition}"}`)
  // biome-ignore format: a table reads by its columns
  const scrapes: [now: [TopicPartition, bigint][] | K2Error, lines: string[]][] = [
    [[[`${T}/0`, 0n], [`${T}/1`, 5n]],              [`${one} 5`]],
    [[[`${T}/0`, 0n], [`${T}/1`, 0n]],              [`${one} 0`]],
    [[[`${T}/0`, 3n], [`${T}/1`, 0n]],              [`${one} 0`, `${zero} 3`]],
    [[[`${T}/0`, 3n]],                              [`${zero} 3`]],
    [new K2Error('LOG_UNAVAILABLE', 'away'),        []],
    [[[`${T}/1`, 1n]],                              [`${one} 1`]],
  ]
  for (const [now, lines] of scrapes) {
    lags = now
    assert.deepEqual(
      (await linesOf(metrics)).filter((line) => line.startsWith('k2_kafka_lag_records')),
      lines,
    )
  }
  const age = async () => (await linesOf(metrics)).filter((line) => line.startsWith('k2_sink_commit_age_seconds{'))
  assert.deepEqual(await age(), [], 'a table without a commit has no age')
  committedAtMs = 7_500
  assert.deepEqual(await age(), [`k2_sink_commit_age_seconds{${TABLE}} 2.5`])
  const expiry = async () =>
    (await linesOf(metrics)).filter((line) => line.startsWith('k2_sink_deferred_expiry_seconds{'))
  assert.deepEqual(await expiry(), [], 'nothing is deferred')
  expiring = { partition: `${T}/0`, offset: 3n, atMs: 12_500 }
  assert.deepEqual(await expiry(), [`k2_sink_deferred_expiry_seconds{${TABLE}} 2.5`])
  expiring = { partition: `${T}/0`, offset: 3n, atMs: Number.NEGATIVE_INFINITY }
  assert.deepEqual(await expiry(), [`k2_sink_deferred_expiry_seconds{${TABLE}} 0`])
  expiring = undefined
  assert.deepEqual(await expiry(), [])
  assert.ok((await linesOf(metrics)).includes(`k2_sink_buffered_rows{${TABLE}} 12`))
  assert.ok((await linesOf(metrics)).includes(`k2_sink_buffered_bytes{${TABLE}} 3400`))
  assert.ok((await linesOf(metrics)).includes(`k2_sink_lag_seconds{${TABLE}} 1.5`))
  assert.ok((await linesOf(metrics)).includes(`k2_sink_deferred_ranges{${TABLE}} 2`))
  assert.ok((await linesOf(metrics)).includes(`k2_sink_deferred_backlog_records{${TABLE}} 7`))
})
