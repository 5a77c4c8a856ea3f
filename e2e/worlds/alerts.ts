/**
 * For each alert its fault, as series that Prometheus would have: an hour of calm, an hour of the fault, and calm again. promtool
 * runs the rules over them.
 *
 *   units   a step is a minute
 */
import type { Alerting } from '@k2/deploy/prometheus/rule.ts'

const CALM = 60
const FAULT = 60

type Labels = Readonly<Record<string, string>>
interface Series {
  readonly series: string
  readonly values: string
}

export interface Fault {
  readonly series: readonly Series[]
  /** Minute at which it fires; near the end of the fault unless it says otherwise. */
  readonly fires?: number
  /** Minute at which it is clear again. */
  readonly clears?: number
}

const named = (name: string, labels: Labels): string =>
  `${name}{${Object.entries(labels).map(([label, value]) => `${label}="${value}"`)}}`

/** A value in calm, another during the fault. */
const gauge = (name: string, labels: Labels, calm: number, fault: number, after = 600): Series => ({
  series: named(name, labels),
  values: `${calm}+0x${CALM - 1} ${fault}+0x${FAULT - 1} ${calm}+0x${after}`,
})

/** So much a minute in calm, and during the fault. */
const counter = (name: string, labels: Labels, calm: number, fault: number, after = 600): Series => {
  const [begun, ended] = [calm * CALM, calm * CALM + fault * FAULT]
  return {
    series: named(name, labels),
    values: `0+${calm}x${CALM - 1} ${begun}+${fault}x${FAULT - 1} ${ended}+${calm}x${after}`,
  }
}

/** Born with its first failure, of which there is one. */
const born = (name: string, labels: Labels): Fault => ({
  series: [{ series: named(name, labels), values: `_x${CALM} 1+0x300` }],
  fires: CALM + 3,
})

const one = (series: Series): Fault => ({ series: [series] })
const ASX = { topic: 'market.equities.trades.asx', exchange: 'ASX' }
const FEED = { exchange: 'BINANCE' }
const TRADES = { table: 'trades_v2' }
const REST = { component: 'rest', route: '/v1/trades' }
const SLOW = { clears: 640 }

const failedRequests: Fault = {
  series: [
    counter('k2_http_requests_total', { ...REST, status: '200' }, 600, 580),
    counter('k2_http_requests_total', { ...REST, status: '503' }, 0, 20),
  ],
}
const beats = counter('k2_binance_heartbeats_total', FEED, 2, 2)
const slowAnswers: Fault = {
  series: [
    counter('k2_query_duration_seconds_bucket', { le: '0.5' }, 600, 400),
    counter('k2_query_duration_seconds_bucket', { le: '+Inf' }, 600, 600),
    counter('k2_query_duration_seconds_count', {}, 600, 600),
  ],
}
const late = one(gauge('k2_sink_lag_seconds', TRADES, 9, 40))

export const FAULTS: Readonly<Record<Alerting['alert'], Fault>> = {
  K2AvailabilityBurnFast: { ...failedRequests, clears: 300 },
  K2AvailabilityBurnSlow: { ...failedRequests, ...SLOW },
  K2LatencyBurnFast: { ...slowAnswers, clears: 300 },
  K2LatencyBurnSlow: { ...slowAnswers, ...SLOW },
  K2FreshnessBurnFast: { ...late, clears: 300 },
  K2FreshnessBurnSlow: { ...late, ...SLOW },

  K2SinkNotCommitting: one(gauge('k2_sink_lag_seconds', TRADES, 9, 400)),
  K2LagNotFalling: one(gauge('k2_degradation_stuck_seconds', {}, 0, 700)),
  K2CommitsFailing: one(counter('k2_sink_commit_failures_total', { ...TRADES, code: 'LAKE_UNAVAILABLE' }, 0, 1)),
  K2CommitsConflict: {
    series: [
      counter('k2_sink_commit_failures_total', { ...TRADES, code: 'LAKE_CONFLICT' }, 0, 4),
      counter('k2_sink_commits_total', TRADES, 4, 1),
    ],
  },
  // The process ends with it, and its successor counts from 0.
  K2HistoryRefused: one(gauge('k2_sink_commit_failures_total', { ...TRADES, code: 'LAKE_DISAGREES' }, 0, 1)),
  K2RecordsLost: one(counter('k2_sink_lost_records_total', ASX, 0, 9)),
  K2RecordsRejected: one(counter('k2_sink_rejected_records_total', { ...ASX, reason: 'avro' }, 0, 1)),
  K2DeferredExpiring: one(gauge('k2_sink_deferred_expiry_seconds', TRADES, 200_000, 80_000)),
  K2RepeatsCrowded: one(counter('k2_dedup_crowded_total', ASX, 0, 1)),
  K2RepeatsStoreAway: one(counter('k2_dedup_store_failures_total', ASX, 0, 1)),

  K2UpkeepFailing: one(counter('k2_lake_upkeep_failures_total', { ...TRADES, code: 'LAKE_UNAVAILABLE' }, 0, 1)),
  K2ForeignDeletes: one(gauge('k2_lake_delete_manifests', TRADES, 0, 1)),
  K2ManyFiles: one(gauge('k2_lake_data_files', TRADES, 40, 6_000)),

  K2AppendsFailing: born('k2_kafka_produce_errors_total', { ...ASX, service: 'csv-loader', code: 'DEADLINE_EXCEEDED' }),
  K2ReadsFailing: born('k2_kafka_consume_errors_total', {
    ...ASX,
    service: 'iceberg-sink',
    code: 'OFFSET_OUT_OF_RANGE',
  }),

  K2FeedDown: { series: [gauge('k2_binance_connection_status', FEED, 1, 0), beats] },
  K2FeedSilent: {
    series: [
      {
        series: named('k2_binance_last_message_seconds', FEED),
        values: `0+60x${CALM - 1} 3600+0x${FAULT - 1} 7200+60x600`,
      },
      beats,
    ],
  },
  K2FeedGapsOpen: one(gauge('k2_binance_missing_trades', FEED, 0, 17)),
  K2FeedTradesForgotten: one(counter('k2_binance_forgotten_trades_total', FEED, 0, 3)),
  K2FeedDoubled: one(counter('k2_binance_errors_total', { ...FEED, kind: 'foreign' }, 0, 1)),
  K2FeedSpooling: one(gauge('k2_binance_buffered_bytes', { ...FEED, kind: 'disk' }, 0, 50_000)),
  K2ClockSkewed: one(gauge('k2_binance_clock_skew_seconds', FEED, 0.02, -4)),

  K2FilesFailing: one(counter('k2_loader_files_total', { exchange: 'ASX', kind: 'trades', outcome: 'failed' }, 0, 1)),
  K2RowsRejected: born('k2_loader_rejected_rows_total', { exchange: 'ASX', kind: 'trades', reason: 'price' }),

  K2AnswersIncomplete: {
    series: [
      counter('k2_query_incomplete_total', { query: 'trades', reason: 'REJECTED' }, 0, 10),
      counter('k2_query_executions_total', { query: 'trades', outcome: 'answered' }, 100, 100),
    ],
  },
  K2DamageFound: born('k2_query_errors_total', { query: 'trades', code: 'LAKE_DAMAGED' }),
  K2QuestionsRefused: one(counter('k2_query_errors_total', { query: 'trades', code: 'OVERLOADED' }, 0, 5)),
  K2SnapshotOld: {
    series: [
      gauge('k2_query_snapshot_age_seconds', TRADES, 12, 300),
      gauge('k2_sink_commit_age_seconds', TRADES, 10, 10),
    ],
  },

  K2GapsFound: one(counter('k2_sequence_gaps_detected_total', ASX, 0, 1)),
  K2TrackerBehind: {
    series: [
      counter('k2_sequence_records_total', { ...ASX, outcome: 'next' }, 1_000, 100),
      counter('k2_kafka_produced_records_total', { ...ASX, component: 'gateway' }, 1_000, 1_000),
    ],
  },
  K2SequenceStoreAway: one(gauge('k2_sequence_shared_store_status', {}, 1, 0)),

  K2Degraded: one(gauge('k2_degradation_level', {}, 0, 2)),
  K2CircuitBreak: one(gauge('k2_degradation_level', {}, 3, 4)),
  K2NoLeader: one(gauge('k2_degradation_leading_replicas', {}, 1, 0)),
  K2CircuitOpen: one(gauge('k2_circuit_breaker_state', { service: 'iceberg-sink', dependency: 'catalog' }, 0, 2)),

  K2ServiceDown: one(gauge('up', { job: 'k2', instance: 'iceberg-sink:9103' }, 1, 0)),
  K2ServiceRestarting: one({
    series: named('k2_process_start_time_seconds', { service: 'iceberg-sink' }),
    values: `100+0x${CALM - 1} 3600+60x${FAULT - 1} 7200+0x600`,
  }),
  K2MemoryNearLimit: {
    series: [
      gauge('k2_process_heap_used_bytes', { service: 'query-service' }, 500, 950),
      gauge('k2_process_heap_limit_bytes', { service: 'query-service' }, 1_000, 1_000),
    ],
  },
  K2EventLoopStalled: one(gauge('k2_process_event_loop_lag_p99_seconds', { service: 'query-service' }, 0.02, 0.8)),
}

/** What promtool is told: it does not fire in calm, fires in the fault, and is clear again. JSON is YAML. */
export function promtoolTest(
  alert: string,
  { series, fires = 115, clears = 200 }: Fault,
  rules: readonly string[],
): string {
  const expr = `count(ALERTS{alertname="${alert}", alertstate="firing"})`
  const at = (minute: number, isFiring: boolean) => ({
    expr,
    eval_time: `${minute}m`,
    exp_samples: isFiring ? [{ labels: '{}', value: 1 }] : [],
  })
  const one = {
    interval: '1m',
    input_series: series,
    promql_expr_test: [at(CALM - 5, false), at(fires, true), at(clears, false)],
  }
  return JSON.stringify({ rule_files: rules, evaluation_interval: '1m', tests: [one] })
}
