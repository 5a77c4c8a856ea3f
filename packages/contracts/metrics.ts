/**
 * Every metric that K2 exports: its name, type, unit, labels and what it tells. Dashboards, alert rules and code meet
 * here: code by its types, PromQL by `npm run check`.
 *
 * Each series also carries the labels `service` and `environment`. `exchange` and `asset_class` are those of the topic
 * or table: `all` where it is of several, `none` for a topic of the platform's own (k2.…). No metric has the label
 * symbol: a venue lists thousands, and a histogram multiplies each by its buckets.
 */

export type Label =
  | 'component'
  | 'exchange'
  | 'asset_class'
  | 'topic'
  | 'partition'
  | 'table'
  | 'method'
  | 'route'
  | 'status'
  | 'code'
  | 'reason'
  | 'outcome'
  | 'source'
  | 'query'
  | 'operation'
  | 'kind'
  | 'dependency'

export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** What one of its value is; the name ends in it, before _total. */
  readonly unit: string
  readonly labels: readonly Label[]
  readonly help: string
  /** Upper bounds of a histogram's buckets, in its unit; SECONDS_BUCKETS where absent. */
  readonly buckets?: readonly number[]
}

/** Labels that each series of each metric carries. */
export const COMMON_LABELS = ['service', 'environment'] as const

export const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const
export const ROWS_BUCKETS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000] as const

const TOPIC = ['component', 'exchange', 'asset_class', 'topic'] as const
const FEED = ['component', 'exchange', 'asset_class'] as const
const PARTITION = [...TOPIC, 'partition'] as const
const TABLE = ['component', 'exchange', 'asset_class', 'table'] as const

// biome-ignore format: a table reads by its columns
export const METRICS = {
  // The log, whichever adapter holds it
  k2_kafka_produced_records_total:       { type: 'counter',   unit: 'records',  labels: TOPIC,                                   help: 'Records that the log has acknowledged; exchange and asset_class are none for topics of the platform' },
  k2_kafka_produced_bytes_total:         { type: 'counter',   unit: 'bytes',    labels: TOPIC,                                   help: 'Bytes of keys and values that the log has acknowledged, before compression' },
  k2_kafka_produce_errors_total:         { type: 'counter',   unit: 'errors',   labels: [...TOPIC, 'code'],                      help: 'Appends that failed for good, by error code' },
  k2_kafka_produce_duration_seconds:     { type: 'histogram', unit: 'seconds',  labels: TOPIC,                                   help: 'From append to acknowledgement of a batch' },
  k2_kafka_consumed_records_total:       { type: 'counter',   unit: 'records',  labels: TOPIC,                                   help: 'Records read from the log; exchange and asset_class are none for topics of the platform' },
  k2_kafka_consumed_bytes_total:         { type: 'counter',   unit: 'bytes',    labels: TOPIC,                                   help: 'Bytes of keys and values read from the log' },
  k2_kafka_consume_errors_total:         { type: 'counter',   unit: 'errors',   labels: [...TOPIC, 'code'],                      help: 'Reads that failed, by error code; topic is all where a read of several names none' },
  k2_kafka_lag_records:                  { type: 'gauge',     unit: 'records',  labels: PARTITION,                               help: 'Log end minus the next offset not yet decided on; holes are not lag' },

  // The sink: log to lake
  k2_sink_rows_total:                    { type: 'counter',   unit: 'rows',     labels: TABLE,                                   help: 'Rows committed to the table' },
  k2_sink_bytes_total:                   { type: 'counter',   unit: 'bytes',    labels: TABLE,                                   help: 'Bytes of data files committed to the table' },
  k2_sink_files_total:                   { type: 'counter',   unit: 'files',    labels: TABLE,                                   help: 'Data files committed to the table' },
  k2_sink_commits_total:                 { type: 'counter',   unit: 'commits',  labels: TABLE,                                   help: 'Commits that the catalog accepted' },
  k2_sink_commit_failures_total:         { type: 'counter',   unit: 'failures', labels: [...TABLE, 'code'],                      help: 'Tries to commit that failed, by error code; LAKE_CONFLICT: the table stood elsewhere' },
  k2_sink_write_duration_seconds:        { type: 'histogram', unit: 'seconds',  labels: TABLE,                                   help: 'From a full batch to its files in the store' },
  k2_sink_commit_duration_seconds:       { type: 'histogram', unit: 'seconds',  labels: TABLE,                                   help: 'From files in the store to the accepted commit' },
  k2_sink_batch_rows:                    { type: 'histogram', unit: 'rows',     labels: TABLE, buckets: ROWS_BUCKETS,            help: 'Rows of a commit' },
  k2_sink_buffered_rows:                 { type: 'gauge',     unit: 'rows',     labels: TABLE,                                   help: 'Rows read and not yet committed' },
  k2_sink_buffered_bytes:               { type: 'gauge',     unit: 'bytes',    labels: TABLE,                                   help: 'Bytes read and not yet in files: K2_SINK_BUFFER_BYTES_MAX bounds them, a batch a table aside' },
  k2_sink_rejected_records_total:        { type: 'counter',   unit: 'records',  labels: [...TOPIC, 'reason'],                    help: 'Records that a commit passed over and the dead-letter topic has, by reason' },
  k2_sink_dropped_records_total:         { type: 'counter',   unit: 'records',  labels: TOPIC,                                   help: 'Records dropped since they do not begin where the lake, or what waits, ends: redeliveries above all' },
  k2_sink_lost_records_total:           { type: 'counter',   unit: 'records',  labels: TOPIC,                                   help: 'Records that the retention of the log took before the table had any of their partition' },
  k2_sink_deferred_records_total:        { type: 'counter',   unit: 'records',  labels: TOPIC,                                   help: 'Records passed over under pressure, to be filled in later; those read again after a refused commit count again' },
  k2_sink_filled_rows_total:             { type: 'counter',   unit: 'rows',     labels: TABLE,                                   help: 'Rows committed that had been deferred' },
  k2_sink_deferred_backlog_records:      { type: 'gauge',     unit: 'records',  labels: TABLE,                                   help: 'Offsets in deferred ranges of its own partitions, records that were kept between them included' },
  k2_sink_deferred_expiry_seconds:       { type: 'gauge',     unit: 'seconds',  labels: TABLE,                                   help: 'Until the retention of the log takes the first deferred record of its own partitions; none where nothing is deferred' },
  k2_duplicate_messages_detected_total:  { type: 'counter',   unit: 'detected', labels: TOPIC,                                   help: 'Records passed over since one with their message_id has landed within the window; no rows, and no holes' },
  k2_dedup_ids:                          { type: 'gauge',     unit: 'ids',      labels: TABLE,                                   help: 'Message ids in memory, with some that may be forgotten' },
  k2_dedup_memory_bytes:                 { type: 'gauge',     unit: 'bytes',    labels: TABLE,                                   help: 'Bytes of memory that they take: K2_DEDUP_MEMORY bounds them' },
  k2_dedup_reads_total:                  { type: 'counter',   unit: 'reads',    labels: TOPIC,                                   help: 'Times that what a partition remembers was read from the log: after a start, or where it changed hands' },
  k2_dedup_crowded_total:                { type: 'counter',   unit: 'crowded',  labels: TOPIC,                                   help: 'Times that memory had no room for a window, and there was no Redis: repeats of what it lacks land twice' },
  k2_dedup_store_failures_total:         { type: 'counter',   unit: 'failures', labels: TOPIC,                                   help: 'Times that Redis did not answer: until it does, repeats are judged by what is in memory alone' },
  k2_sink_lag_seconds:                   { type: 'gauge',     unit: 'seconds',  labels: TABLE,                                   help: 'How long the oldest record that is read and not committed has been in the log; 0 where none waits' },
  k2_sink_deferred_ranges:               { type: 'gauge',     unit: 'ranges',   labels: TABLE,                                   help: 'Deferred ranges of its own partitions' },
  k2_sink_commit_age_seconds:            { type: 'gauge',     unit: 'seconds',  labels: TABLE,                                   help: 'Since the last accepted commit that the sink knows of' },

  // Degradation
  k2_degradation_level:                  { type: 'gauge',     unit: 'level',    labels: ['component'],                           help: 'The level in force as the service has heard it: 0 NORMAL to 4 CIRCUIT_BREAK' },
  k2_degradation_lag_records:            { type: 'gauge',     unit: 'records',  labels: ['component'],                           help: 'Lag of the worst group, as its services tell' },
  k2_degradation_heap_ratio:             { type: 'gauge',     unit: 'ratio',    labels: ['component'],                           help: 'Memory of the worst service: heap after a collection or resident memory, by its limit' },
  k2_degradation_transitions_total:      { type: 'counter',   unit: 'transitions', labels: ['component', 'kind'],                help: 'Changes of the level that this replica has said: up, down' },
  k2_degradation_stuck_seconds:          { type: 'gauge',     unit: 'seconds',  labels: ['component'],                           help: 'For how long the worst lag has not fallen, as the replica that leads has seen; 0 below the trigger of SOFT' },
  k2_degradation_leading_replicas:       { type: 'gauge',     unit: 'replicas', labels: ['component'],                           help: 'Is 1 where this replica of the controller leads' },

  // What is asked of others: packages/service/policies.ts
  k2_circuit_breaker_state:              { type: 'gauge',     unit: 'state',    labels: ['dependency'],                          help: 'The circuit of a dependency: 0 CLOSED, 1 HALF_OPEN (one exchange tells whether it is back), 2 OPEN (nothing is asked of it)' },
  k2_circuit_breaker_opened_total:       { type: 'counter',   unit: 'opened',   labels: ['dependency'],                          help: 'Times that a circuit opened, after a trial that failed too' },
  k2_circuit_breaker_failures_total:     { type: 'counter',   unit: 'failures', labels: ['dependency'],                          help: 'Exchanges without an answer; refusals are answers' },
  k2_dependency_retries_total:           { type: 'counter',   unit: 'retries',  labels: ['dependency'],                          help: 'Exchanges that were tried again; those of Kafka, which waits until a deadline, are not counted' },

  // The lake's upkeep
  k2_lake_data_files:                    { type: 'gauge',     unit: 'files',    labels: TABLE,                                   help: 'Data files of the newest snapshot, at the last pass of upkeep' },
  k2_lake_manifests:                     { type: 'gauge',     unit: 'manifests', labels: TABLE,                                  help: 'Manifests of the newest snapshot, at the last pass of upkeep' },
  k2_lake_delete_manifests:              { type: 'gauge',     unit: 'manifests', labels: TABLE,                                  help: 'Those of them by which another engine deletes single rows: answers refuse, and data files are not compacted' },
  k2_lake_compacted_files_total:         { type: 'counter',   unit: 'files',    labels: TABLE,                                   help: 'Data files that compaction has put larger ones in the place of' },
  k2_lake_compacted_bytes_total:         { type: 'counter',   unit: 'bytes',    labels: TABLE,                                   help: 'Bytes of those files' },
  k2_lake_compaction_duration_seconds:   { type: 'histogram', unit: 'seconds',  labels: TABLE,                                   help: 'A pass of compaction over the table, with nothing to do too' },
  k2_lake_expired_snapshots_total:       { type: 'counter',   unit: 'snapshots', labels: TABLE,                                  help: 'Snapshots dropped by the retention' },
  k2_lake_deleted_files_total:           { type: 'counter',   unit: 'files',    labels: [...TABLE, 'reason'],                    help: 'Files deleted since no snapshot names them: expired, or orphan' },
  k2_lake_upkeep_failures_total:         { type: 'counter',   unit: 'failures', labels: [...TABLE, 'code'],                      help: 'Passes of upkeep that failed and will be tried again, by error code' },

  // The sources' own numbers
  k2_sequence_records_total:             { type: 'counter',   unit: 'records',  labels: [...TOPIC, 'outcome'],                   help: 'Trades judged by their numbers: first, next, gap, filled, duplicate, late, reset; unnumbered; known: judged before; refused, as the sink refuses them' },
  k2_sequence_gaps_detected_total:       { type: 'counter',   unit: 'gaps_detected', labels: TOPIC,                              help: 'Gaps found; they may be filled since' },
  k2_sequence_judge_seconds_total:       { type: 'counter',   unit: 'seconds',  labels: TOPIC,                                   help: 'Time spent decoding and judging; by k2_sequence_records_total it is the cost of a record' },
  k2_sequence_flush_duration_seconds:    { type: 'histogram', unit: 'seconds',  labels: ['component'],                           help: 'Events, positions and offsets into the log' },
  k2_sequence_memory_streams:            { type: 'gauge',     unit: 'streams',  labels: ['component'],                           help: 'Streams of numbers in memory; K2_SEQUENCE_STREAMS bounds them' },
  k2_sequence_open_ranges:               { type: 'gauge',     unit: 'ranges',   labels: ['component'],                           help: 'Ranges of missing numbers of the streams in memory' },
  k2_sequence_stored_positions:          { type: 'gauge',     unit: 'positions', labels: ['component'],                          help: 'Streams that the local store has, those in memory included' },
  k2_sequence_overtaken_streams_total:   { type: 'counter',   unit: 'streams',  labels: ['component'],                           help: 'Streams that another tracker had judged further, by the shared store; they are read again' },
  k2_sequence_shared_store_status:       { type: 'gauge',     unit: 'status',   labels: ['component'],                           help: 'Is 1 where the shared store is there and has all positions, 0 where they are in the log alone; only with REDIS_URL' },
  k2_sequence_evictions_total:           { type: 'counter',   unit: 'evictions', labels: ['component'],                          help: 'Streams that left memory for others' },

  // The gateway: live feeds to log
  k2_binance_connection_status:          { type: 'gauge',     unit: 'status',   labels: FEED,                                    help: 'Is 1 where every connection of the feed is live, 0 where one is not' },
  k2_binance_messages_received_total:    { type: 'counter',   unit: 'received', labels: [...FEED, 'kind'],                       help: 'Messages received: trade, quote, other' },
  k2_binance_reconnects_total:           { type: 'counter',   unit: 'reconnects', labels: [...FEED, 'reason'],                   help: 'Connections made anew: lost, renewed, silent, home' },
  k2_binance_errors_total:               { type: 'counter',   unit: 'errors',   labels: [...FEED, 'kind'],                       help: 'What failed: connection, request, message, append, spool' },
  k2_binance_heartbeats_total:           { type: 'counter',   unit: 'heartbeats', labels: FEED,                                  help: 'Heartbeats logged, every 30 s' },
  k2_binance_last_message_seconds:       { type: 'gauge',     unit: 'seconds',  labels: FEED,                                    help: 'When the last message was received, since the epoch' },
  k2_binance_last_pong_seconds:          { type: 'gauge',     unit: 'seconds',  labels: FEED,                                    help: 'When a ping was answered last, since the epoch' },
  k2_binance_connection_lifetime_seconds: { type: 'gauge',    unit: 'seconds',  labels: FEED,                                    help: 'Since the oldest connection in use was opened' },
  k2_binance_receive_to_log_seconds:     { type: 'histogram', unit: 'seconds',  labels: [...FEED, 'kind'],                       help: 'From the first message of a batch to its acknowledgement by the log' },
  k2_binance_live_symbols:               { type: 'gauge',     unit: 'symbols',  labels: FEED,                                    help: 'Symbols that are received: their connection is live and they are not silent on it' },
  k2_binance_repeated_trades_total:      { type: 'counter',   unit: 'trades',   labels: FEED,                                    help: 'Trades that came again and were dropped' },
  k2_binance_refilled_trades_total:      { type: 'counter',   unit: 'trades',   labels: FEED,                                    help: 'Trades that were missing and came by request' },
  k2_binance_refill_requests_total:      { type: 'counter',   unit: 'requests', labels: [...FEED, 'outcome'],                    help: 'Requests for missing trades' },
  k2_binance_missing_trades:             { type: 'gauge',     unit: 'trades',   labels: FEED,                                    help: 'Trades in open gaps: not in the log, and asked for from time to time' },
  k2_binance_forgotten_trades_total:     { type: 'counter',   unit: 'trades',   labels: FEED,                                    help: 'Trades in gaps that are not asked for any more, since more gaps are open than are kept: the log says which' },
  k2_binance_conflated_quotes_total:     { type: 'counter',   unit: 'quotes',   labels: FEED,                                    help: 'Quotes dropped for a later one of their symbol, while the log was slow or the level deferred the symbol' },
  k2_binance_buffered_bytes:             { type: 'gauge',     unit: 'bytes',    labels: [...FEED, 'kind'],                       help: 'Records that wait for the log: in memory, on disk' },
  k2_binance_clock_skew_seconds:         { type: 'gauge',     unit: 'seconds',  labels: FEED,                                    help: 'How far our clock is ahead of the venue’s; times are never corrected by it' },

  // The loader: files to log
  k2_loader_read_rows_total:             { type: 'counter',   unit: 'rows',     labels: ['component', 'exchange', 'asset_class', 'kind'],           help: 'Rows read from files' },
  k2_loader_sent_records_total:          { type: 'counter',   unit: 'records',  labels: TOPIC,                                   help: 'Records that the log has acknowledged' },
  k2_loader_rejected_rows_total:         { type: 'counter',   unit: 'rows',     labels: ['component', 'exchange', 'asset_class', 'kind', 'reason'], help: 'Rows sent to the dead-letter topic, by reason' },
  k2_loader_skipped_rows_total:          { type: 'counter',   unit: 'rows',     labels: ['component', 'exchange', 'asset_class', 'kind', 'reason'], help: 'Rows not sent since an earlier load had sent them, by how that was known' },
  k2_loader_files_total:                 { type: 'counter',   unit: 'files',    labels: ['component', 'exchange', 'asset_class', 'kind', 'outcome'], help: 'Files come to an end, by outcome' },
  k2_loader_pause_seconds_total:         { type: 'counter',   unit: 'seconds',  labels: TOPIC,                                   help: 'Time spent waiting for the lag of its own topics to fall' },

  // Questions
  k2_query_executions_total:             { type: 'counter',   unit: 'executions', labels: ['component', 'query', 'source', 'outcome'], help: 'Questions answered or failed, by kind of question and source' },
  k2_query_duration_seconds:             { type: 'histogram', unit: 'seconds',  labels: ['component', 'query', 'source'],        help: 'From the question to the last row of its answer' },
  k2_query_rows_total:                   { type: 'counter',   unit: 'rows',     labels: ['component', 'query', 'source'],        help: 'Rows answered' },
  k2_query_errors_total:                 { type: 'counter',   unit: 'errors',   labels: ['component', 'query', 'code'],          help: 'Questions that failed, by error code' },
  k2_query_incomplete_total:             { type: 'counter',   unit: 'incomplete', labels: ['component', 'query', 'reason'],      help: 'Answers that say complete: false, by reason' },
  k2_query_in_flight_executions:         { type: 'gauge',     unit: 'executions', labels: ['component'],                         help: 'Questions being answered now' },
  k2_query_open_streams:                 { type: 'gauge',     unit: 'streams',  labels: ['component', 'query'],                  help: 'Replays and follows that are open' },
  k2_query_waiting_executions:           { type: 'gauge',     unit: 'executions', labels: ['component'],                         help: 'Questions that wait for their turn' },
  k2_query_wait_seconds:                 { type: 'histogram', unit: 'seconds',  labels: ['component'],                           help: 'From the question to its turn' },
  k2_query_slow_executions_total:        { type: 'counter',   unit: 'executions', labels: ['component', 'query'],                help: 'Answers that took longer than K2_QUERY_SLOW' },
  k2_query_tail_rows:                    { type: 'gauge',     unit: 'rows',     labels: TOPIC,                                   help: 'Rows of the tail: from the offsets of the lake to the end of the log' },
  k2_query_kept_bytes:                   { type: 'gauge',     unit: 'bytes',    labels: ['component', 'kind'],                   help: 'Kept for the next question, by kind of what is kept: columns and footers of data files, bars, paths of files that were checked, or have or want bars' },
  k2_query_kept_max_bytes:               { type: 'gauge',     unit: 'bytes',    labels: ['component', 'kind'],                   help: 'What k2_query_kept_bytes may come to' },
  k2_query_snapshot_age_seconds:         { type: 'gauge',     unit: 'seconds',  labels: ['component', 'table'],                  help: 'Since the snapshot that answers begin from was committed' },

  // Requests: rate, errors, duration
  k2_http_requests_total:                { type: 'counter',   unit: 'requests', labels: ['component', 'method', 'route', 'status'], help: 'HTTP requests answered' },
  k2_http_request_duration_seconds:      { type: 'histogram', unit: 'seconds',  labels: ['component', 'method', 'route'],        help: 'From the head of an HTTP request to the end of its answer' },
  k2_http_in_flight_requests:            { type: 'gauge',     unit: 'requests', labels: ['component'],                           help: 'HTTP requests being answered now' },
  k2_grpc_requests_total:                { type: 'counter',   unit: 'requests', labels: ['component', 'method', 'code'],         help: 'gRPC calls come to an end, by the name of their status' },
  k2_grpc_request_duration_seconds:      { type: 'histogram', unit: 'seconds',  labels: ['component', 'method'],                 help: 'From the start of a gRPC call to its status' },
  k2_grpc_in_flight_requests:            { type: 'gauge',     unit: 'requests', labels: ['component'],                           help: 'gRPC calls being answered now' },
  k2_retries_total:                      { type: 'counter',   unit: 'retries',  labels: ['component', 'operation', 'code'],      help: 'Tries made again after a failure, by its error code' },

  // The process
  k2_process_cpu_seconds_total:          { type: 'counter',   unit: 'seconds',  labels: [],                                      help: 'CPU time of the process, user and system' },
  k2_process_start_time_seconds:         { type: 'gauge',     unit: 'seconds',  labels: [],                                      help: 'When the process started, since the epoch' },
  k2_process_resident_memory_bytes:      { type: 'gauge',     unit: 'bytes',    labels: [],                                      help: 'Resident memory of the process' },
  k2_process_memory_limit_bytes:         { type: 'gauge',     unit: 'bytes',    labels: [],                                      help: 'Memory that the container, or else the machine, lets the process have' },
  k2_process_heap_used_bytes:            { type: 'gauge',     unit: 'bytes',    labels: [],                                      help: 'V8 heap in use' },
  k2_process_heap_limit_bytes:           { type: 'gauge',     unit: 'bytes',    labels: [],                                      help: 'V8 heap at which the process would die' },
  k2_process_external_memory_bytes:      { type: 'gauge',     unit: 'bytes',    labels: [],                                      help: 'Memory of buffers outside the V8 heap' },
  k2_process_event_loop_lag_p99_seconds: { type: 'gauge',     unit: 'seconds',  labels: [],                                      help: 'The 99th percentile of the delays of the event loop since the last scrape' },
  k2_process_event_loop_lag_max_seconds: { type: 'gauge',     unit: 'seconds',  labels: [],                                      help: 'The longest delay of the event loop since the last scrape' },
  k2_process_gc_duration_seconds:        { type: 'histogram', unit: 'seconds',  labels: ['kind'],                                help: 'Pauses of the garbage collector, by kind' },
} as const satisfies Record<`k2_${string}`, Metric>

export type MetricName = keyof typeof METRICS
type OfType<T extends Metric['type']> = {
  [N in MetricName]: (typeof METRICS)[N]['type'] extends T ? N : never
}[MetricName]
export type CounterName = OfType<'counter'>
export type GaugeName = OfType<'gauge'>
export type HistogramName = OfType<'histogram'>

/** Exactly the labels of that metric. */
export type LabelsOf<N extends MetricName> = Readonly<Record<(typeof METRICS)[N]['labels'][number], string | number>>
