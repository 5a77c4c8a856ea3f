/** A load as metrics: of one topic, whatever files its rows come from. */
import type { MarketTopic } from '@k2/contracts/topics.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import type { RowFault } from './core/asx.ts'

const FAULTS: readonly RowFault['code'][] = ['line', 'fields', 'time', 'value', 'order']
const OUTCOMES = ['loaded', 'known', 'failed'] as const

export function loaderMetrics(telemetry: Telemetry, { exchange, assetClass, kind, name }: MarketTopic) {
  const venue = { component: 'loader', exchange, asset_class: assetClass }
  const rows = { ...venue, kind }
  const topic = { ...venue, topic: name }
  const read = telemetry.counter('k2_loader_read_rows_total', rows)
  const skipped = telemetry.counter('k2_loader_skipped_rows_total', { ...rows, reason: 'held' })
  const sent = telemetry.counter('k2_loader_sent_records_total', topic)
  const paused = telemetry.counter('k2_loader_pause_seconds_total', topic)
  const rejected = (reason: RowFault['code']) => telemetry.counter('k2_loader_rejected_rows_total', { ...rows, reason })
  const files = (outcome: (typeof OUTCOMES)[number]) => telemetry.counter('k2_loader_files_total', { ...rows, outcome })
  // From the start, so that a rate sees the first of each.
  for (const code of FAULTS) rejected(code)
  for (const outcome of OUTCOMES) files(outcome)
  return { read, skipped, sent, paused, rejected, files }
}

export type LoaderMetrics = ReturnType<typeof loaderMetrics>
