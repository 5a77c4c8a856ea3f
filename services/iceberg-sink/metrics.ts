/** A lane's events as metrics. */
import { MARKET_TOPICS } from '@k2/contracts/topics.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import type { LaneEvent } from './lane.ts'

export function countLanes(telemetry: Telemetry, table: string) {
  // A table takes the topics of several venues, so a commit is of none of them alone.
  const topics = MARKET_TOPICS.filter((topic) => topic.table.name === table)
  const one = (values: readonly string[]) => (new Set(values).size === 1 ? values[0]! : 'all')
  const labels = {
    component: 'sink',
    exchange: one(topics.map(({ exchange }) => exchange)),
    asset_class: one(topics.map(({ assetClass }) => assetClass)),
    table,
  }
  const rows = telemetry.counter('k2_sink_rows_total', labels)
  const commits = telemetry.counter('k2_sink_commits_total', labels)
  const stale = telemetry.counter('k2_sink_commit_failures_total', { ...labels, code: 'STALE' })
  const batchRows = telemetry.histogram('k2_sink_batch_rows', labels)
  const duration = telemetry.histogram('k2_sink_commit_duration_seconds', labels)
  const retries = telemetry.counter('k2_retries_total', { component: 'sink', operation: 'land', code: 'any' })
  return {
    retried: () => retries.add(),
    told(event: LaneEvent) {
      if (event.kind === 'stale') return stale.add()
      commits.add()
      rows.add(event.rows)
      batchRows.observe(event.rows)
      duration.observe(event.durationMs / 1000)
    },
  }
}
