/** Questions to the one process on folders, and what it tells of itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oneProcess } from '../worlds/one.ts'
import { askScenario } from './ask.scenario.ts'

// One file in the log and not in the lake; two in the lake, whose last records the sink read to check the history.
// biome-ignore format: a table reads by its columns
const told: RegExp[] = [
  /^k2_kafka_produced_records_total\{component="loader",exchange="ASX",.*topic="market.equities.trades.asx",.*\} 75$/m,
  /^k2_kafka_produced_records_total\{component="loader",exchange="none",.*topic="k2.loader.progress",.*\} [1-9]$/m,
  /^k2_kafka_consumed_records_total\{component="sink",.*topic="market.equities.trades.asx",.*\} 77$/m,
  /^k2_kafka_consumed_bytes_total\{component="query",.*topic="market.equities.trades.asx",.*\} \d{4,}$/m,
  /^k2_kafka_lag_records\{component="sink",.*\} 75$/m,
  /^k2_sink_buffered_rows\{.*table="trades_v2",.*\} 75$/m,
  /^k2_sink_commit_age_seconds\{.*table="trades_v2",.*\} [\d.]+$/m,
  /^k2_query_snapshot_age_seconds\{.*table="trades_v2",.*\} [\d.]+$/m,
  /^k2_query_kept_bytes\{component="query",kind="checked",.*\} [1-9]\d*$/m,
  /^k2_query_kept_max_bytes\{component="query",kind="columns",.*\} [1-9]\d*$/m,
  /^k2_query_tail_rows\{.*\} 75$/m,
  /^k2_query_executions_total\{.*outcome="answered",.*\} [1-9]/m,
  /^k2_loader_files_total\{.*outcome="loaded",.*\} 1$/m,
  /^k2_loader_read_rows_total\{.*\} 75$/m,
  /^k2_loader_skipped_rows_total\{.*\} 0$/m,
  /^k2_process_resident_memory_bytes\{service="csv-loader",.*\} [1-9]/m,
]

askScenario(oneProcess, (url) => {
  test('it is live and ready, and tells its metrics', async () => {
    for (const path of ['/health/live', '/health/ready']) assert.equal((await fetch(`${url()}${path}`)).status, 200)
    const metrics = await (await fetch(`${url()}/metrics`)).text()
    for (const line of told) assert.match(metrics, line)
  })
})
