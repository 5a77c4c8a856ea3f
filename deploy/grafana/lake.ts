import { ask, type Dashboard, percentile, rate } from './panel.ts'

export const lake: Dashboard = {
  uid: 'k2-lake',
  title: 'K2 Lake',
  help: 'From the log into the tables: commits, what waits, what was passed over, upkeep.',
  refresh: '10s',
  from: 'now-1h',
  // biome-ignore format: a table reads by its columns
  rows: [
    { title: 'Commits', panels: [
      { title: 'Since the last commit', help: 'A table that nothing comes to grows old.', unit: 's', ask: [ask('max by (table) (k2_sink_commit_age_seconds)', '{{table}}')] },
      { title: 'Oldest record that waits', help: 'The SLO of freshness is 20 s.', unit: 's', warn: 20, bad: 120, ask: [ask('max by (table) (k2_sink_lag_seconds)', '{{table}}')] },
      { title: 'Lag', help: 'Records of the log that are not decided on.', unit: 'short', ask: [ask('sum by (topic) (k2_kafka_lag_records)', '{{topic}}')] },
      { title: 'Commits', help: 'That the catalog accepted.', unit: 'reqps', ask: [ask(rate('k2_sink_commits_total', ['table']), '{{table}}')] },
      { title: 'Rows', help: 'Committed, those filled in later included.', unit: 'rowsps', ask: [ask(rate('k2_sink_rows_total', ['table']), '{{table}}')] },
      { title: 'Rows of a commit', help: 'The median; few rows make small files.', unit: 'short', ask: [ask(percentile(0.5, 'k2_sink_batch_rows', ['table']), '{{table}}')] },
      { title: 'Bytes', help: 'Of data files.', unit: 'Bps', ask: [ask(rate('k2_sink_bytes_total', ['table']), '{{table}}')] },
      { title: 'Data files', help: 'Committed a second.', unit: 'reqps', ask: [ask(rate('k2_sink_files_total', ['table']), '{{table}}')] },
      { title: 'Write and commit', help: 'p99, from a full batch to files, and from files to the accepted commit.', unit: 's', ask: [
        ask(percentile(0.99, 'k2_sink_write_duration_seconds', ['table']), 'write {{table}}'),
        ask(percentile(0.99, 'k2_sink_commit_duration_seconds', ['table']), 'commit {{table}}') ] },
      { title: 'Commits that failed', help: 'By error code; LAKE_CONFLICT: the table stood elsewhere.', unit: 'reqps', ask: [ask(rate('k2_sink_commit_failures_total', ['table', 'code']), '{{table}} {{code}}')] },
      { title: 'Tries again', help: 'By error code.', unit: 'reqps', ask: [ask(rate('k2_retries_total', ['operation', 'code']), '{{operation}} {{code}}')] },
      { title: 'Read and not committed', help: 'K2_SINK_BUFFER_BYTES_MAX bounds the bytes.', unit: 'bytes', ask: [ask('sum by (table) (k2_sink_buffered_bytes)', '{{table}}')] },
      { title: 'Rows that wait', help: 'Read and not committed.', unit: 'short', ask: [ask('sum by (table) (k2_sink_buffered_rows)', '{{table}}')] },
    ] },
    { title: 'What was passed over', panels: [
      { title: 'Rejected', help: 'Records that cannot land: k2 dlq list shows them.', unit: 'rowsps', ask: [ask(rate('k2_sink_rejected_records_total', ['topic', 'reason']), '{{topic}} {{reason}}')] },
      { title: 'Dropped and lost', help: 'Redeliveries; and what retention took first.', unit: 'rowsps', ask: [
        ask(rate('k2_sink_dropped_records_total', ['topic']), 'dropped {{topic}}'),
        ask(rate('k2_sink_lost_records_total', ['topic']), 'lost {{topic}}') ] },
      { title: 'Repeats', help: 'Passed over by their message_id.', unit: 'rowsps', ask: [ask(rate('k2_duplicate_messages_detected_total', ['topic']), '{{topic}}')] },
      { title: 'Ids in memory', help: 'By which repeats are judged.', unit: 'short', ask: [ask('sum by (table) (k2_dedup_ids)', '{{table}}')] },
      { title: 'Memory of ids', help: 'K2_DEDUP_MEMORY bounds it.', unit: 'bytes', ask: [ask('sum by (table) (k2_dedup_memory_bytes)', '{{table}}')] },
      { title: 'Ids read back, crowded out, Redis away', help: 'What repeats are judged by.', unit: 'reqps', ask: [
        ask(rate('k2_dedup_reads_total', ['topic']), 'read back {{topic}}'),
        ask(rate('k2_dedup_crowded_total', ['topic']), 'crowded {{topic}}'),
        ask(rate('k2_dedup_store_failures_total', ['topic']), 'Redis away {{topic}}') ] },
    ] },
    { title: 'Upkeep', panels: [
      { title: 'Data files', help: 'Of the newest snapshot, at the last pass.', unit: 'short', warn: 2_000, bad: 5_000, ask: [ask('max by (table) (k2_lake_data_files)', '{{table}}')] },
      { title: 'Manifests', help: 'And those by which another engine deletes rows: answers refuse then.', unit: 'short', ask: [
        ask('max by (table) (k2_lake_manifests)', '{{table}}'),
        ask('max by (table) (k2_lake_delete_manifests)', 'deletes {{table}}') ] },
      { title: 'Compacted', help: 'Files that larger ones took the place of.', unit: 'reqps', ask: [ask(rate('k2_lake_compacted_files_total', ['table']), '{{table}}')] },
      { title: 'Bytes compacted', help: 'Of those files.', unit: 'Bps', ask: [ask(rate('k2_lake_compacted_bytes_total', ['table']), '{{table}}')] },
      { title: 'A pass of compaction', help: 'p99.', unit: 's', ask: [ask(percentile(0.99, 'k2_lake_compaction_duration_seconds', ['table']), '{{table}}')] },
      { title: 'Expired, deleted, failed', help: 'Snapshots dropped, files deleted, passes that failed.', unit: 'reqps', ask: [
        ask(rate('k2_lake_expired_snapshots_total', ['table']), 'snapshots {{table}}'),
        ask(rate('k2_lake_deleted_files_total', ['table', 'reason']), 'files {{table}} {{reason}}'),
        ask(rate('k2_lake_upkeep_failures_total', ['table', 'code']), 'failed {{table}} {{code}}') ] },
    ] },
  ],
}
