/** A lane as metrics: its events as they come, its lag, its buffer and its age when they are asked for. */
import { type Code, K2Error } from '@k2/contracts/codes.ts'
import type { Refusal } from '@k2/contracts/records/decode.ts'
import { MARKET_TOPICS, type MarketTopic, marketTopic } from '@k2/contracts/topics.ts'
import type { Dedup, DedupEvent } from '@k2/dedup/dedup.ts'
import type { TopicPartition } from '@k2/lake/table.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { GaugeHandle, Telemetry } from '@k2/service/telemetry.ts'
import type { LaneEvent } from './events.ts'
import { split } from './land.ts'
import type { Lane } from './lane.ts'

const COMPONENT = 'sink'
const REFUSALS: readonly Refusal['code'][] = ['no-value', 'frame', 'schema', 'avro', 'value']
const FAILURES: readonly Code[] = [
  'LAKE_CONFLICT',
  'LAKE_UNAVAILABLE',
  'COMMIT_UNKNOWN',
  'LAKE_DISAGREES',
  'LAKE_DAMAGED',
]

export function countLane(telemetry: Telemetry, table: string) {
  const labels = tableLabels(table)
  const rows = telemetry.counter('k2_sink_rows_total', labels)
  const bytes = telemetry.counter('k2_sink_bytes_total', labels)
  const files = telemetry.counter('k2_sink_files_total', labels)
  const commits = telemetry.counter('k2_sink_commits_total', labels)
  const batchRows = telemetry.histogram('k2_sink_batch_rows', labels)
  const written = telemetry.histogram('k2_sink_write_duration_seconds', labels)
  const committed = telemetry.histogram('k2_sink_commit_duration_seconds', labels)
  const failed = (code: Code) => telemetry.counter('k2_sink_commit_failures_total', { ...labels, code })
  const rejected = (topic: string, reason: string) =>
    telemetry.counter('k2_sink_rejected_records_total', { ...topicLabels(topic), reason })
  const deferred = (topic: string) => telemetry.counter('k2_sink_deferred_records_total', topicLabels(topic))
  const filled = telemetry.counter('k2_sink_filled_rows_total', labels)
  const lost = (topic: string) => telemetry.counter('k2_sink_lost_records_total', topicLabels(topic))
  const repeated = (topic: string) => telemetry.counter('k2_duplicate_messages_detected_total', topicLabels(topic))
  const dropped = (topic: string) => telemetry.counter('k2_sink_dropped_records_total', topicLabels(topic))
  const retried = (code: Code) =>
    telemetry.counter('k2_retries_total', { component: COMPONENT, operation: 'land', code })
  // From the start, so that a rate sees the first of each.
  for (const code of FAILURES) failed(code)
  retried('LAKE_UNAVAILABLE')
  for (const { name } of topicsOf(table)) {
    dropped(name)
    lost(name)
    deferred(name)
    repeated(name)
    for (const code of REFUSALS) rejected(name, code)
  }

  function told(event: LaneEvent): void {
    switch (event.kind) {
      case 'written':
        written.observe(event.seconds)
        break
      case 'committed':
        commits.add()
        rows.add(event.rows)
        bytes.add(event.bytes)
        files.add(event.files)
        batchRows.observe(event.rows)
        committed.observe(event.seconds)
        for (const { topic, code } of event.rejected) rejected(topic, code).add()
        for (const { topic, records } of event.repeated) repeated(topic).add(records)
        break
      case 'failed':
        failed(event.code).add()
        break
      case 'stale':
        failed('LAKE_CONFLICT').add()
        break
      case 'dropped':
        dropped(event.topic).add(event.records)
        break
      case 'deferred':
        deferred(event.topic).add(event.records)
        break
      case 'filled':
        filled.add(event.rows)
        rows.add(event.rows)
        break
      case 'lost':
        lost(event.topic).add(event.records)
    }
  }

  return {
    told,
    retried({ code }: K2Error): void {
      retried(code).add()
    },
  }
}

export function watchLane(
  telemetry: Telemetry,
  lane: Pick<Lane, 'name' | 'lags' | 'behindSeconds' | 'buffered' | 'committedAtMs' | 'deferred' | 'expiring'>,
  clock: Clock,
): void {
  const labels = tableLabels(lane.name)
  const buffered = telemetry.gauge('k2_sink_buffered_rows', labels)
  const bufferedBytes = telemetry.gauge('k2_sink_buffered_bytes', labels)
  const age = telemetry.gauge('k2_sink_commit_age_seconds', labels)
  const behind = telemetry.gauge('k2_sink_lag_seconds', labels)
  const backlog = telemetry.gauge('k2_sink_deferred_backlog_records', labels)
  const deferredRanges = telemetry.gauge('k2_sink_deferred_ranges', labels)
  const shown = new Map<TopicPartition, GaugeHandle>()

  function show(partition: TopicPartition): GaugeHandle {
    const place = split(partition)
    const gauge = telemetry.gauge('k2_kafka_lag_records', { ...topicLabels(place.topic), partition: place.partition })
    shown.set(partition, gauge)
    return gauge
  }

  let expiry: GaugeHandle | undefined
  async function showExpiry(): Promise<void> {
    const expiring = await told(lane.expiring(), undefined)
    if (expiring === undefined) expiry?.remove()
    expiry = expiring && (expiry ?? telemetry.gauge('k2_sink_deferred_expiry_seconds', labels))
    expiry?.set(Math.max(0, expiring!.atMs - clock.nowMs()) / 1_000)
  }

  telemetry.onScrape(async () => {
    const { rows, bytes } = lane.buffered()
    buffered.set(rows)
    bufferedBytes.set(bytes)
    behind.set(lane.behindSeconds())
    const deferred = lane.deferred()
    backlog.set(Number(deferred.reduce((sum, { from, to }) => sum + to - from, 0n)))
    deferredRanges.set(deferred.length)
    await showExpiry()
    const committedAtMs = lane.committedAtMs()
    if (committedAtMs !== null) age.set(Math.max(0, clock.nowMs() - committedAtMs) / 1000)
    const lags = await told(lane.lags(), new Map<TopicPartition, bigint>())
    for (const [partition, gauge] of shown) {
      if (lags.has(partition)) continue
      gauge.remove()
      shown.delete(partition)
    }
    for (const [partition, lag] of lags) {
      // Most partitions are of no symbol that is traded.
      if (lag > 0n || shown.has(partition)) (shown.get(partition) ?? show(partition)).set(Number(lag))
    }
  })
}

/** None where the log cannot tell: no series is better than an old figure, and the other metrics are still told. */
async function told<T>(figure: Promise<T>, unknown: T): Promise<T> {
  try {
    return await figure
  } catch (error) {
    if (error instanceof K2Error) return unknown
    throw error
  }
}

const topicsOf = (table: string): readonly MarketTopic[] => MARKET_TOPICS.filter((topic) => topic.table.name === table)

function topicLabels(topic: string) {
  const { exchange, assetClass } = marketTopic(topic)!
  return { component: COMPONENT, exchange, asset_class: assetClass, topic }
}

/** A table takes the topics of several venues, so a commit is of none of them alone. */
export function tableLabels(table: string) {
  const topics = topicsOf(table)
  const one = (values: readonly string[]) => (new Set(values).size === 1 ? values[0]! : 'all')
  return {
    component: COMPONENT,
    exchange: one(topics.map(({ exchange }) => exchange)),
    asset_class: one(topics.map(({ assetClass }) => assetClass)),
    table,
  }
}

export function countDedup(telemetry: Telemetry, logger: Logger, table: string): (event: DedupEvent) => void {
  const reads = (topic: string) => telemetry.counter('k2_dedup_reads_total', topicLabels(topic))
  const crowded = (topic: string) => telemetry.counter('k2_dedup_crowded_total', topicLabels(topic))
  const away = (topic: string) => telemetry.counter('k2_dedup_store_failures_total', topicLabels(topic))
  for (const { name } of topicsOf(table)) {
    reads(name)
    crowded(name)
    away(name)
  }
  return (event) => {
    const { topic } = split(event.partition)
    if (event.kind === 'read') {
      reads(topic).add()
      logger.debug(event, 'what repeats are judged by was read from the log')
      return
    }
    if (event.kind === 'refilled') {
      reads(topic).add()
      logger.info(
        { table, records: event.records },
        `message ids of ${event.partition} were read from the log for Redis`,
      )
      return
    }
    if (event.kind === 'store away') {
      away(topic).add()
      logger.warn({ table }, `repeats of ${event.partition} are judged by what is in memory alone: ${event.reason}`)
      return
    }
    crowded(topic).add()
    const sentence = `memory has no room for all message ids of the window: what repeats a record of ${event.partition} below offset ${event.heldFrom} lands twice. Give K2_DEDUP_MEMORY more, or K2_DEDUP_WINDOW less.`
    logger.warn({ table }, sentence)
  }
}

export function watchDedup(telemetry: Telemetry, dedup: Pick<Dedup, 'ids' | 'bytes'>, table: string): void {
  const labels = tableLabels(table)
  const ids = telemetry.gauge('k2_dedup_ids', labels)
  const bytes = telemetry.gauge('k2_dedup_memory_bytes', labels)
  telemetry.onScrape(() => {
    ids.set(dedup.ids())
    bytes.set(dedup.bytes())
  })
}
