import { LEVELS } from './overview.ts'
import { ask, type Dashboard, rate } from './panel.ts'

export const degradation: Dashboard = {
  uid: 'k2-degradation',
  title: 'K2 Degradation',
  help: 'The level, what set it, what was deferred, and how it is filled in again.',
  refresh: '10s',
  from: 'now-1h',
  // biome-ignore format: a table reads by its columns
  rows: [
    { title: 'Level', panels: [
      { title: 'Level', help: 'The worst that a service has heard.', unit: 'short', show: 'number', words: LEVELS, warn: 1, bad: 3, ask: [ask('max(k2_degradation_level)')] },
      { title: 'Worst lag', help: 'Of a consumer group.', unit: 'short', show: 'number', warn: 100_000, bad: 1_000_000, ask: [ask('max(k2_degradation_lag_records)')] },
      { title: 'Worst memory', help: 'Of a service, by its limit.', unit: 'percentunit', show: 'number', warn: 0.7, bad: 0.9, ask: [ask('max(k2_degradation_heap_ratio)')] },
      { title: 'Lag does not fall', help: 'For so long: K2_DEGRADATION_STUCK makes it an alert.', unit: 's', show: 'number', warn: 300, bad: 600, ask: [ask('max(k2_degradation_stuck_seconds)')] },
      { title: 'Leading replicas', help: 'One, or the level stays as it was.', unit: 'short', show: 'number', isLowBad: true, warn: 1, ask: [ask('sum(k2_degradation_leading_replicas)')] },
      { title: 'Changes', help: 'Of the level, in the last hour.', unit: 'short', show: 'number', ask: [ask('sum(increase(k2_degradation_transitions_total[1h]))')] },
      { title: 'Level over time', help: 'As each service has heard it.', unit: 'short', width: 12, ask: [ask('max by (service) (k2_degradation_level)', '{{service}}')] },
      { title: 'Steps', help: 'Up and down.', unit: 'short', show: 'bars', width: 12, ask: [ask('sum by (kind) (increase(k2_degradation_transitions_total[$__rate_interval]))', '{{kind}}')] },
    ] },
    { title: 'Deferred records', panels: [
      { title: 'Deferred', help: 'Records passed over, to be filled in later.', unit: 'rowsps', ask: [ask(rate('k2_sink_deferred_records_total', ['topic']), '{{topic}}')] },
      { title: 'Filled in', help: 'Rows committed that had been deferred.', unit: 'rowsps', ask: [ask(rate('k2_sink_filled_rows_total', ['table']), '{{table}}')] },
      { title: 'Backlog', help: 'Offsets in deferred ranges.', unit: 'short', ask: [ask('sum by (table) (k2_sink_deferred_backlog_records)', '{{table}}')] },
      { title: 'Ranges', help: 'Of deferred offsets.', unit: 'short', ask: [ask('sum by (table) (k2_sink_deferred_ranges)', '{{table}}')] },
      { title: 'Until the first is lost', help: 'Retention takes it then; -1 where nothing is deferred.', unit: 's', ask: [ask('min by (table) (k2_sink_deferred_expiry_seconds) or vector(-1)', '{{table}}')] },
    ] },
    { title: 'What does not answer', panels: [
      { title: 'Circuits', help: 'An open one refuses before anything is sent.', unit: 'short', show: 'table', words: { 0: 'closed', 1: 'half open', 2: 'open' }, ask: [ask('max by (service, dependency) (k2_circuit_breaker_state)')] },
      { title: 'Exchanges without an answer', help: 'And those tried again.', unit: 'reqps', ask: [
        ask(rate('k2_circuit_breaker_failures_total', ['dependency']), 'failed {{dependency}}'),
        ask(rate('k2_dependency_retries_total', ['dependency']), 'again {{dependency}}') ] },
      { title: 'Circuits that opened', help: 'By what did not answer.', unit: 'short', show: 'bars', ask: [ask('sum by (dependency) (increase(k2_circuit_breaker_opened_total[$__rate_interval]))', '{{dependency}}')] },
    ] },
  ],
}
