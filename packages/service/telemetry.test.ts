import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { METRICS, type Metric } from '@k2/contracts/metrics.ts'
import { watchProcess } from './process-metrics.ts'
import { createTelemetry, joinedText } from './telemetry.ts'

const table = { component: 'sink', exchange: 'ASX', asset_class: 'equities', table: 'trades_v2' }
const COMMON = 'service="iceberg-sink",environment="test"'
const TABLE = `component="sink",exchange="ASX",asset_class="equities",table="trades_v2",${COMMON}`
/** The line with its labels sorted: their order means nothing. */
const inOrder = (line: string) => line.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').sort()}}`)
const sink = () => createTelemetry({ service: 'iceberg-sink', environment: 'test' })

for (const [name, { type, unit, labels, help, buckets }] of Object.entries<Metric>(METRICS)) {
  test(`${name} is named by its unit, told, and bounded`, () => {
    assert.match(name, new RegExp(`^k2_[a-z0-9_]*${unit}${type === 'counter' ? '(_total)' : ''}$`))
    assert.equal(name.endsWith('_total'), type === 'counter')
    assert.match(help, /^(gRPC|[A-Z]).*[^.]$/)
    assert.equal(new Set(labels).size, labels.length)
    assert.ok(!(labels as readonly string[]).includes('symbol'))
    if (type === 'histogram') assert.ok(unit === 'seconds' || buckets)
  })
}

test('there are 40 metrics and more', () => assert.ok(Object.keys(METRICS).length >= 40))

test('counters, gauges and histograms are exported with their labels', async () => {
  const telemetry = sink()
  const rows = telemetry.counter('k2_sink_rows_total', table)
  rows.add()
  rows.add(41)
  telemetry.counter('k2_sink_commits_total', table)
  const lag = telemetry.gauge('k2_kafka_lag_records', {
    component: 'sink',
    exchange: 'ASX',
    asset_class: 'equities',
    topic: 't',
    partition: 3,
  })
  lag.set(7)
  lag.add(-2)
  const write = telemetry.histogram('k2_sink_write_duration_seconds', table)
  write.observe(0.03)
  assert.ok(write.time()() < 1)
  const lines = (await telemetry.text()).split('\n').map(inOrder)
  for (const line of [
    '# HELP k2_sink_rows_total Rows committed to the table',
    '# TYPE k2_sink_rows_total counter',
    `k2_sink_rows_total{${TABLE}} 42`,
    `k2_sink_commits_total{${TABLE}} 0`,
    `k2_kafka_lag_records{component="sink",exchange="ASX",asset_class="equities",topic="t",partition="3",${COMMON}} 5`,
    `k2_sink_write_duration_seconds_bucket{le="0.05",${TABLE}} 2`,
    `k2_sink_write_duration_seconds_count{${TABLE}} 2`,
    '# TYPE k2_query_duration_seconds histogram',
  ]) {
    assert.ok(lines.includes(inOrder(line)), line)
  }
  lag.remove()
  assert.ok(!(await telemetry.text()).includes('k2_kafka_lag_records{'))
})

test('what the registry does not hold is a type error and throws', () => {
  const telemetry = sink()
  const short = { component: 'sink' }
  // @ts-expect-error there is no such metric
  assert.throws(() => telemetry.counter('k2_sink_row_total', table), /no counter k2_sink_row_total/)
  // @ts-expect-error it is a counter
  assert.throws(() => telemetry.gauge('k2_sink_rows_total', table), /no gauge k2_sink_rows_total/)
  // @ts-expect-error labels are missing
  assert.throws(() => telemetry.counter('k2_sink_rows_total', short), /has the labels component, exchange/)
  // @ts-expect-error a label too many
  assert.throws(() => telemetry.counter('k2_sink_rows_total', { ...table, symbol: 'BHP' }), /not component.*symbol/)
  // @ts-expect-error another label in the place of one
  assert.throws(() => telemetry.counter('k2_sink_rows_total', { ...short, exchange: '', table: '', symbol: '' }), /has/)
})

test('gauges are read when they are asked for', async () => {
  const telemetry = sink()
  const age = telemetry.gauge('k2_sink_commit_age_seconds', table)
  let seconds = 1
  telemetry.onScrape(async () => age.set(seconds++))
  assert.match(await telemetry.text(), /k2_sink_commit_age_seconds\{[^}]*\} 1\n/)
  assert.match(await telemetry.text(), /k2_sink_commit_age_seconds\{[^}]*\} 2\n/)
})

test('services of one process are told apart, each metric in one family', async () => {
  const both = [sink(), createTelemetry({ service: 'csv-loader', environment: 'test' })]
  for (const telemetry of both) telemetry.counter('k2_sink_rows_total', table).add(1)
  const text = await joinedText(both)
  assert.equal(text.split('# TYPE k2_sink_rows_total').length - 1, 1)
  assert.match(
    text,
    /# TYPE k2_sink_rows_total counter\nk2_sink_rows_total\{.*iceberg-sink.*\} 1\nk2_sink_rows_total\{.*csv-loader.*\} 1\n# HELP/,
  )
  assert.ok(!text.includes('\n\n') && text.endsWith('\n'))
})

test('the process tells of itself', async () => {
  const telemetry = sink()
  const unwatch = watchProcess(telemetry)
  await sleep(30)
  const text = await telemetry.text()
  unwatch()
  for (const [name, { type }] of Object.entries(METRICS)) {
    if (!name.startsWith('k2_process_') || type === 'histogram') continue
    const [, value] = new RegExp(`\n${name}\\{.*\\} (\\S+)`).exec(text) ?? []
    assert.ok(name.includes('_lag_') ? Number(value) >= 0 : Number(value) > 0, `${name} is ${value}`)
  }
})
