import { ask, type Dashboard, OF_EXCHANGE, percentile, rate } from './panel.ts'

export const sequence: Dashboard = {
  uid: 'k2-sequence',
  title: 'K2 Sequence and gaps',
  help: 'What the sources’ own numbers tell: what is missing, repeated, late, begun anew.',
  refresh: '10s',
  from: 'now-1h',
  chosenBy: 'exchange',
  // biome-ignore format: a table reads by its columns
  rows: [
    { title: 'Verdicts', panels: [
      { title: 'Trades judged', help: 'By verdict; known ones were judged before.', unit: 'rowsps', width: 16, ask: [ask(rate('k2_sequence_records_total', ['exchange', 'outcome'], OF_EXCHANGE), '{{exchange}} {{outcome}}')] },
      { title: 'Gaps found', help: 'They may be filled since.', unit: 'short', show: 'bars', ask: [ask(`sum by (topic) (increase(k2_sequence_gaps_detected_total{${OF_EXCHANGE}}[$__rate_interval]))`, '{{topic}}')] },
      { title: 'Open ranges', help: 'Of the streams in memory.', unit: 'short', show: 'number', warn: 1, ask: [ask('sum(k2_sequence_open_ranges)')] },
      { title: 'Missing trades', help: 'In gaps that the gateway asks the venue about.', unit: 'short', show: 'number', warn: 1, ask: [ask(`sum(k2_binance_missing_trades{${OF_EXCHANGE}})`)] },
      { title: 'Streams', help: 'In memory; others wait on disk.', unit: 'short', show: 'number', ask: [ask('sum(k2_sequence_memory_streams)')] },
      { title: 'Positions', help: 'Streams that the local store has.', unit: 'short', show: 'number', ask: [ask('sum(k2_sequence_stored_positions)')] },
      { title: 'Shared store', help: 'Only with REDIS_URL.', unit: 'short', show: 'number', words: { 0: 'away', 1: 'there', 2: 'none' }, ask: [ask('min(k2_sequence_shared_store_status) or vector(2)')] },
      { title: 'Evictions', help: 'Streams that left memory for others, a second.', unit: 'reqps', show: 'number', ask: [ask('sum(rate(k2_sequence_evictions_total[$__rate_interval]))')] },
    ] },
    { title: 'Gaps', panels: [
      { title: 'Gaps that are open', help: 'Of the tracker’s ledger, the newest first; the same as k2 sequence gaps.', unit: 'none', show: 'table', width: 24, ask: { path: '/v1/gaps/ledger?status=open,partly_filled&limit=100', columns: [
        { field: 'exchange', title: 'Exchange', type: 'string' }, { field: 'symbol', title: 'Symbol', type: 'string' },
        { field: 'from_sequence', title: 'From', type: 'string' }, { field: 'to_sequence', title: 'To', type: 'string' }, { field: 'missing', title: 'Missing', type: 'number' },
        { field: 'status', title: 'Status', type: 'string' }, { field: 'timestamp', title: 'Found at', type: 'timestamp' } ] } },
    ] },
    { title: 'What it costs', panels: [
      { title: 'Time a trade', help: 'Decoding and judging.', unit: 's', ask: [ask(`sum(rate(k2_sequence_judge_seconds_total{${OF_EXCHANGE}}[$__rate_interval])) / clamp_min(sum(rate(k2_sequence_records_total{${OF_EXCHANGE}}[$__rate_interval])), 1e-9)`, 'a trade')] },
      { title: 'Flush', help: 'Events, positions and offsets into the log.', unit: 's', ask: [ask(percentile(0.5, 'k2_sequence_flush_duration_seconds', []), 'p50'), ask(percentile(0.99, 'k2_sequence_flush_duration_seconds', []), 'p99')] },
      { title: 'Overtaken', help: 'Streams that another tracker had judged further.', unit: 'reqps', ask: [ask('sum(rate(k2_sequence_overtaken_streams_total[$__rate_interval]))', 'streams')] },
    ] },
  ],
}
