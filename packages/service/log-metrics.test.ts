import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logMetrics } from './log-metrics.ts'
import { createTelemetry } from './telemetry.ts'

const ASX = 'market.equities.trades.asx'
const MARKET = `component="sink",exchange="ASX",asset_class="equities",topic="${ASX}"`
const PLATFORM = 'component="sink",exchange="none",asset_class="none",topic="k2.lake.commits"'
const SEVERAL = 'component="sink",exchange="all",asset_class="all",topic="all"'

// biome-ignore format: a table reads by its columns
const rows: [name: string, tell: (metrics: ReturnType<typeof logMetrics>) => void, lines: string[]][] = [
  ['appends', (log) => { log.appended(ASX, 2, 30, 0.02); log.appended(ASX, 3, 40, 0.2) }, [
    `k2_kafka_produced_records_total{${MARKET}} 5`, `k2_kafka_produced_bytes_total{${MARKET}} 70`,
    `k2_kafka_produce_duration_seconds_count{${MARKET}} 2`]],
  ['appends to a topic of the platform', (log) => log.appended('k2.lake.commits', 1, 9, 0.02), [
    `k2_kafka_produced_records_total{${PLATFORM}} 1`]],
  ['an append that failed', (log) => log.appendFailed(ASX, 'LOG_UNAVAILABLE'), [
    `k2_kafka_produce_errors_total{${MARKET},code="LOG_UNAVAILABLE"} 1`]],
  ['reads', (log) => { log.read(ASX, 7, 100); log.read(ASX, 0, 0) }, [
    `k2_kafka_consumed_records_total{${MARKET}} 7`, `k2_kafka_consumed_bytes_total{${MARKET}} 100`]],
  ['a read of several topics that failed', (log) => log.readFailed('all', 'INTERNAL'), [
    `k2_kafka_consume_errors_total{${SEVERAL},code="INTERNAL"} 1`]],
]
for (const [name, tell, lines] of rows) {
  test(`${name}: counted by topic`, async () => {
    const telemetry = createTelemetry({ service: 'iceberg-sink', environment: 'test' })
    tell(logMetrics(telemetry, 'sink'))
    const text = (await telemetry.text()).replaceAll(/,service="iceberg-sink",environment="test"|service.*"test",/g, '')
    for (const line of lines) assert.ok(text.includes(`\n${line}\n`), line)
  })
}
