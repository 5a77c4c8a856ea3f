/**
 * An alert for each failure that docs/guarantees.md names. Each has a section in docs/operations.md, and a case in
 * e2e/worlds/alerts.ts in which it fires and clears.
 */
import type { MetricName } from '@k2/contracts/metrics.ts'
import type { Alerting, Group } from './rule.ts'
import { SLO_ALERTS } from './slo.ts'

/** How far up the controller's own alert K2_DEGRADATION_STUCK begins. */
const STUCK_SECONDS = 600
const DAY_SECONDS = 86_400

const as =
  (severity: Alerting['severity']) =>
  (alert: string, expr: string, summary: string, lasting?: string): Alerting => ({
    ...{ alert, severity, expr, summary },
    ...(lasting !== undefined && { for: lasting }),
  })
const page = as('page')
const ticket = as('ticket')

/** A counter rose within a window. Many a series is born with its first failure, which increase() does not see. */
function risen(counter: MetricName, by: string, window: string, where = ''): string {
  const series = `${counter}${where && `{${where}}`}`
  return `sum by (${by}) (increase(${series}[${window}])) > 0 or sum by (${by}) (${series} unless ${series} offset ${window}) > 0`
}

const sink: Group<Alerting> = {
  name: 'k2-sink',
  rules: [
    page(
      'K2SinkNotCommitting',
      'max by (table) (k2_sink_lag_seconds) > 120',
      'Records of {{ $labels.table }} have waited {{ $value | humanizeDuration }} for a commit',
      '2m',
    ),
    page(
      'K2LagNotFalling',
      `max(k2_degradation_stuck_seconds) >= ${STUCK_SECONDS}`,
      'The lag of a group has not fallen for {{ $value | humanizeDuration }}',
    ),
    ticket(
      'K2CommitsFailing',
      'sum by (table, code) (increase(k2_sink_commit_failures_total{code!="LAKE_CONFLICT"}[10m])) > 3',
      'Commits to {{ $labels.table }} fail with {{ $labels.code }}',
    ),
    ticket(
      'K2CommitsConflict',
      'sum by (table) (increase(k2_sink_commit_failures_total{code="LAKE_CONFLICT"}[15m])) > 3 and sum by (table) (increase(k2_sink_commit_failures_total{code="LAKE_CONFLICT"}[15m])) > sum by (table) (increase(k2_sink_commits_total[15m]))',
      'More commits to {{ $labels.table }} come too late than get in: another writer fights for it',
      '5m',
    ),
    page(
      'K2HistoryRefused',
      'sum by (service, table, code) (k2_sink_commit_failures_total{code=~"LAKE_DISAGREES|LAKE_DAMAGED|LOG_DAMAGED"}) > 0',
      'The sink refuses {{ $labels.table }}: {{ $labels.code }}',
    ),
    page(
      'K2RecordsLost',
      risen('k2_sink_lost_records_total', 'topic', '1h'),
      'The retention of {{ $labels.topic }} took records before they were in the lake',
    ),
    ticket(
      'K2RecordsRejected',
      risen('k2_sink_rejected_records_total', 'topic, reason', '15m'),
      'Records of {{ $labels.topic }} cannot land: {{ $labels.reason }}',
    ),
    page(
      'K2DeferredExpiring',
      `min by (table) (k2_sink_deferred_expiry_seconds) < ${DAY_SECONDS}`,
      'Deferred records of {{ $labels.table }} are lost in {{ $value | humanizeDuration }}',
    ),
    ticket(
      'K2RepeatsCrowded',
      risen('k2_dedup_crowded_total', 'topic', '15m'),
      'Repeats in {{ $labels.topic }} may land twice: memory has no room for its window',
    ),
    ticket(
      'K2RepeatsStoreAway',
      risen('k2_dedup_store_failures_total', 'topic', '15m'),
      'Repeats in {{ $labels.topic }} are judged by memory alone: Redis does not answer',
    ),
  ],
}

const lake: Group<Alerting> = {
  name: 'k2-lake',
  rules: [
    ticket(
      'K2UpkeepFailing',
      'sum by (table, code) (increase(k2_lake_upkeep_failures_total[30m])) > 2',
      'Upkeep of {{ $labels.table }} fails with {{ $labels.code }}',
    ),
    page(
      'K2ForeignDeletes',
      'max by (table) (k2_lake_delete_manifests) > 0',
      'Another engine deleted single rows of {{ $labels.table }}: answers refuse',
    ),
    ticket(
      'K2ManyFiles',
      'max by (table) (k2_lake_data_files) > 5000',
      '{{ $labels.table }} has {{ $value }} data files',
      '30m',
    ),
  ],
}

const log: Group<Alerting> = {
  name: 'k2-log',
  rules: [
    page(
      'K2AppendsFailing',
      risen('k2_kafka_produce_errors_total', 'service, topic', '10m'),
      '{{ $labels.service }} cannot append to {{ $labels.topic }}',
    ),
    ticket(
      'K2ReadsFailing',
      risen('k2_kafka_consume_errors_total', 'service, topic', '10m'),
      '{{ $labels.service }} cannot read {{ $labels.topic }}',
    ),
  ],
}

/** The feed runs: one that stood in for another and has ended keeps its last figures. */
const BEATS = 'sum by (exchange) (increase(k2_binance_heartbeats_total[5m])) > 0'

const feed: Group<Alerting> = {
  name: 'k2-feed',
  rules: [
    page(
      'K2FeedDown',
      `max by (exchange) (k2_binance_connection_status) == 0 and ${BEATS}`,
      'A connection to {{ $labels.exchange }} is down',
      '2m',
    ),
    page(
      'K2FeedSilent',
      `time() - max by (exchange) (k2_binance_last_message_seconds > 0) > 60 and ${BEATS}`,
      'Nothing came of {{ $labels.exchange }} for {{ $value | humanizeDuration }}',
      '1m',
    ),
    ticket(
      'K2FeedGapsOpen',
      'max by (exchange) (min_over_time(k2_binance_missing_trades[15m])) > 0',
      '{{ $value }} trades of {{ $labels.exchange }} are missing, and nobody could give them',
    ),
    page(
      'K2FeedTradesForgotten',
      risen('k2_binance_forgotten_trades_total', 'exchange', '1h'),
      'Missing trades of {{ $labels.exchange }} are not asked for any more',
    ),
    ticket(
      'K2FeedDoubled',
      risen('k2_binance_errors_total', 'exchange', '1h', 'kind="foreign"'),
      'Another gateway wrote to the topics of {{ $labels.exchange }}: trades may be there twice',
    ),
    ticket(
      'K2FeedSpooling',
      'max by (exchange) (k2_binance_buffered_bytes{kind="disk"}) > 0',
      'Trades of {{ $labels.exchange }} wait on disk: the log takes less than comes',
      '5m',
    ),
    ticket(
      'K2ClockSkewed',
      'max by (exchange) (abs(k2_binance_clock_skew_seconds)) > 1',
      'Our clock and that of {{ $labels.exchange }} differ by {{ $value | humanizeDuration }}',
      '10m',
    ),
  ],
}

const loader: Group<Alerting> = {
  name: 'k2-loader',
  rules: [
    ticket(
      'K2FilesFailing',
      risen('k2_loader_files_total', 'exchange, kind', '15m', 'outcome="failed"'),
      'Files of {{ $labels.kind }} of {{ $labels.exchange }} cannot be loaded',
    ),
    ticket(
      'K2RowsRejected',
      risen('k2_loader_rejected_rows_total', 'exchange, kind, reason', '15m'),
      'Rows of {{ $labels.kind }} of {{ $labels.exchange }} are rejected: {{ $labels.reason }}',
    ),
  ],
}

const query: Group<Alerting> = {
  name: 'k2-query',
  rules: [
    ticket(
      'K2AnswersIncomplete',
      'sum by (reason) (increase(k2_query_incomplete_total{reason!="LEDGER_BEHIND"}[15m])) > 0.05 * scalar(sum(increase(k2_query_executions_total[15m])))',
      'More than a twentieth of the answers say complete: false, {{ $labels.reason }}',
      '5m',
    ),
    page(
      'K2DamageFound',
      risen('k2_query_errors_total', 'code', '1h', 'code=~"LAKE_DAMAGED|LOG_DAMAGED"'),
      'A question met damage: {{ $labels.code }}',
    ),
    ticket(
      'K2QuestionsRefused',
      'sum(increase(k2_query_errors_total{code="OVERLOADED"}[10m])) > 10',
      'The queue of questions is full, and {{ $value }} were refused in 10 minutes',
    ),
    ticket(
      'K2SnapshotOld',
      'max by (table) (k2_query_snapshot_age_seconds) - min by (table) (k2_sink_commit_age_seconds) > 120',
      'Answers begin from a snapshot of {{ $labels.table }} that is {{ $value | humanizeDuration }} behind the sink',
      '5m',
    ),
  ],
}

const sequence: Group<Alerting> = {
  name: 'k2-sequence',
  rules: [
    ticket(
      'K2GapsFound',
      'sum by (topic) (increase(k2_sequence_gaps_detected_total[15m])) > 0',
      'Numbers are missing among the trades of {{ $labels.topic }}',
    ),
    ticket(
      'K2TrackerBehind',
      'sum by (topic) (rate(k2_sequence_records_total[10m])) < 0.5 * sum by (topic) (rate(k2_kafka_produced_records_total{component=~"gateway|loader"}[10m]))',
      'The sequence-tracker judges less than half of what comes to {{ $labels.topic }}',
      '10m',
    ),
    ticket(
      'K2SequenceStoreAway',
      'min(k2_sequence_shared_store_status) == 0',
      'Positions are in the log alone: Redis is away, or does not have them all',
      '5m',
    ),
  ],
}

const pressure: Group<Alerting> = {
  name: 'k2-pressure',
  rules: [
    ticket(
      'K2Degraded',
      'max(k2_degradation_level) >= 2',
      'Records are deferred: the level has been {{ $value }} for 10 minutes',
      '10m',
    ),
    page(
      'K2CircuitBreak',
      'max(k2_degradation_level) == 4',
      'The level is CIRCUIT_BREAK: of most symbols nothing lands',
      '1m',
    ),
    ticket(
      'K2NoLeader',
      'sum(k2_degradation_leading_replicas) != 1',
      '{{ $value }} replicas of the degradation-controller lead, and one should',
      '2m',
    ),
    page(
      'K2CircuitOpen',
      'max by (service, dependency) (k2_circuit_breaker_state) == 2',
      '{{ $labels.service }} asks nothing of {{ $labels.dependency }}, which does not answer',
      '1m',
    ),
  ],
}

const service: Group<Alerting> = {
  name: 'k2-process',
  rules: [
    page('K2ServiceDown', 'up{job=~"k2.*"} == 0', '{{ $labels.instance }} does not answer', '1m'),
    page(
      'K2ServiceRestarting',
      'sum by (service) (changes(k2_process_start_time_seconds[30m])) > 2',
      '{{ $labels.service }} has begun anew {{ $value }} times in 30 minutes',
    ),
    ticket(
      'K2MemoryNearLimit',
      'max by (service) (k2_process_resident_memory_bytes / k2_process_memory_limit_bytes) > 0.9 or max by (service) (k2_process_heap_used_bytes / k2_process_heap_limit_bytes) > 0.9',
      '{{ $labels.service }} uses {{ $value | humanizePercentage }} of its memory',
      '5m',
    ),
    ticket(
      'K2EventLoopStalled',
      'max by (service) (k2_process_event_loop_lag_p99_seconds) > 0.5',
      '{{ $labels.service }} does not get to its work for {{ $value | humanizeDuration }}',
      '5m',
    ),
  ],
}

export const ALERTS: readonly Group<Alerting>[] = [
  ...[SLO_ALERTS, sink, lake, log, feed, loader, query, sequence, pressure, service],
]
