import { ask, type Dashboard, percentile, rate } from './panel.ts'

export const query: Dashboard = {
  uid: 'k2-query',
  title: 'K2 Query',
  help: 'Questions: how many, how long, how much, and how often an answer was not complete.',
  refresh: '10s',
  from: 'now-1h',
  // biome-ignore format: a table reads by its columns
  rows: [
    { title: 'Questions', panels: [
      { title: 'Questions', help: 'By kind.', unit: 'reqps', ask: [ask(rate('k2_query_executions_total', ['query']), '{{query}}')] },
      { title: 'By where the answer came from', help: 'hybrid: lake and log at once.', unit: 'reqps', ask: [ask(rate('k2_query_executions_total', ['source', 'outcome']), '{{source}} {{outcome}}')] },
      { title: 'Rows', help: 'Answered, those of streams included.', unit: 'rowsps', ask: [ask(rate('k2_query_rows_total', ['query']), '{{query}}')] },
      { title: 'Duration, p50', help: 'From the question to the last row.', unit: 's', warn: 0.1, bad: 0.5, ask: [ask(percentile(0.5, 'k2_query_duration_seconds', ['query']), '{{query}}')] },
      { title: 'Duration, p99', help: 'The SLO is 0.5 s.', unit: 's', warn: 0.25, bad: 0.5, ask: [ask(percentile(0.99, 'k2_query_duration_seconds', ['query']), '{{query}}')] },
      { title: 'Slow answers', help: 'Longer than K2_QUERY_SLOW: the log says where the time went.', unit: 'reqps', ask: [ask(rate('k2_query_slow_executions_total', ['query']), '{{query}}')] },
      { title: 'Failed', help: 'By error code.', unit: 'reqps', ask: [ask(rate('k2_query_errors_total', ['query', 'code']), '{{query}} {{code}}')] },
      { title: 'Not complete', help: 'Answers that say complete: false, by reason.', unit: 'reqps', ask: [ask(rate('k2_query_incomplete_total', ['query', 'reason']), '{{query}} {{reason}}')] },
    ] },
    { title: 'Turns', panels: [
      { title: 'Being answered', help: 'K2_QUERY_RUNNING bounds it.', unit: 'short', ask: [ask('sum(k2_query_in_flight_executions)', 'running'), ask('sum(k2_query_waiting_executions)', 'waiting')] },
      { title: 'Wait for a turn', help: 'p99.', unit: 's', ask: [ask(percentile(0.99, 'k2_query_wait_seconds', []), 'p99')] },
      { title: 'Streams', help: 'Replays and follows that are open.', unit: 'short', ask: [ask('sum by (query) (k2_query_open_streams) or vector(0)', '{{query}}')] },
    ] },
    { title: 'What answers are made of', panels: [
      { title: 'Tail', help: 'Rows between the lake’s offsets and the end of the log; K2_QUERY_TAIL_ROWS bounds each table’s.', unit: 'short', ask: [ask('sum(k2_query_tail_rows)', 'rows')] },
      { title: 'Age of the snapshot', help: 'That answers begin from; the tail has what came since.', unit: 's', ask: [ask('max by (table) (k2_query_snapshot_age_seconds)', '{{table}}')] },
      { title: 'Kept for the next question', help: 'Columns and footers of data files, bars, and what is known of paths.', unit: 'bytes', ask: [ask('sum by (kind) (k2_query_kept_bytes)', '{{kind}}')] },
      { title: 'Kept, of its bound', help: 'At 1 the oldest goes for the newest.', unit: 'percentunit', ask: [ask('max by (kind) (k2_query_kept_bytes / k2_query_kept_max_bytes)', '{{kind}}')] },
      { title: 'Memory outside the heap', help: 'Columns and pages on their way to an answer.', unit: 'bytes', ask: [ask('max(k2_process_external_memory_bytes{service="query-service"})', 'external')] },
    ] },
  ],
}
