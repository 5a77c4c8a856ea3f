import { ask, type Dashboard, OF_EXCHANGE, rate } from './panel.ts'

export const LEVELS = { 0: 'NORMAL', 1: 'SOFT', 2: 'GRACEFUL', 3: 'AGGRESSIVE', 4: 'CIRCUIT_BREAK' } as const

export const overview: Dashboard = {
  uid: 'k2-overview',
  title: 'K2 Overview',
  help: 'Does data come, does it land, is it answered.',
  refresh: '10s',
  from: 'now-1h',
  chosenBy: 'exchange',
  // biome-ignore format: a table reads by its columns
  rows: [
    { title: 'Now', panels: [
      { title: 'Services that answer', help: 'Targets whose /metrics Prometheus could read.', unit: 'short', show: 'number', ask: [ask('sum(up{job=~"k2.*"})')] },
      { title: 'Services that do not', help: 'Alert K2ServiceDown.', unit: 'short', show: 'number', bad: 1, ask: [ask('sum(up{job=~"k2.*"} == bool 0)')] },
      { title: 'Level', help: 'Of degradation, the worst that a service has heard.', unit: 'short', show: 'number', words: LEVELS, warn: 1, bad: 3, ask: [ask('max(k2_degradation_level)')] },
      { title: 'Freshness', help: 'The oldest record that is not in the lake yet has waited so long; answers have it already.', unit: 's', show: 'number', warn: 20, bad: 120, ask: [ask('k2:freshness_seconds:max')] },
      { title: 'p99 of questions', help: 'Over 5 minutes.', unit: 's', show: 'number', warn: 0.5, bad: 1, ask: [ask('k2:query_duration_seconds:p99_5m')] },
      { title: 'Alerts that fire', help: 'docs/operations.md says what to do about each.', unit: 'short', show: 'number', bad: 1, ask: [ask('count(ALERTS{alertstate="firing", alertname=~"K2.*"}) or vector(0)')] },
    ] },
    { title: 'The road of a record', panels: [
      { title: 'Into the log', help: 'Records that the log has acknowledged.', unit: 'rowsps', ask: [ask(rate('k2_kafka_produced_records_total', ['exchange', 'component'], `${OF_EXCHANGE}, component=~"gateway|loader"`), '{{exchange}} by {{component}}')] },
      { title: 'Into the lake', help: 'Rows of commits that the catalog accepted.', unit: 'rowsps', ask: [ask(rate('k2_sink_rows_total', ['table']), '{{table}}')] },
      { title: 'Answers', help: 'Questions answered or failed, by kind.', unit: 'reqps', ask: [ask(rate('k2_query_executions_total', ['query']), '{{query}}')] },
      { title: 'Lag', help: 'Records of the log that the lake has not decided on.', unit: 'short', warn: 100_000, bad: 1_000_000, ask: [ask(`sum by (exchange, topic) (k2_kafka_lag_records{${OF_EXCHANGE}})`, '{{topic}}')] },
      { title: 'What was not taken', help: 'Records rejected, lost and repeated, and rows that the loader rejected.', unit: 'rowsps', ask: [
        ask(rate('k2_sink_rejected_records_total', ['topic'], OF_EXCHANGE), 'rejected {{topic}}'),
        ask(rate('k2_sink_lost_records_total', ['topic'], OF_EXCHANGE), 'lost {{topic}}'),
        ask(rate('k2_duplicate_messages_detected_total', ['topic'], OF_EXCHANGE), 'repeated {{topic}}'),
        ask(rate('k2_loader_rejected_rows_total', ['kind'], OF_EXCHANGE), 'rejected rows of {{kind}}') ] },
      { title: 'Numbers that are missing', help: 'Open ranges of the sequence-tracker, and trades that the gateway waits for.', unit: 'short', warn: 1, ask: [
        ask('sum(k2_sequence_open_ranges)', 'open ranges'),
        ask(`sum by (exchange) (k2_binance_missing_trades{${OF_EXCHANGE}})`, 'missing trades of {{exchange}}') ] },
    ] },
  ],
}
