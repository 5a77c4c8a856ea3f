/** Upkeep as metrics: its events as they come. */
import { TABLES } from '@k2/contracts/tables.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import { tableLabels } from './metrics.ts'
import type { UpkeepEvent } from './upkeep.ts'

export function countUpkeep(telemetry: Telemetry): (event: UpkeepEvent) => void {
  // From the start, so that a rate sees the first of each.
  for (const { name } of TABLES) {
    const labels = tableLabels(name)
    telemetry.counter('k2_lake_compacted_files_total', labels)
    telemetry.counter('k2_lake_compacted_bytes_total', labels)
    telemetry.counter('k2_lake_expired_snapshots_total', labels)
    for (const reason of ['expired', 'orphan']) telemetry.counter('k2_lake_deleted_files_total', { ...labels, reason })
    telemetry.counter('k2_lake_upkeep_failures_total', { ...labels, code: 'LAKE_UNAVAILABLE' })
  }
  return (event) => {
    const labels = tableLabels(event.table)
    switch (event.kind) {
      case 'compacted':
        telemetry.counter('k2_lake_compacted_files_total', labels).add(event.filesBefore)
        telemetry.counter('k2_lake_compacted_bytes_total', labels).add(event.bytesBefore)
        telemetry.histogram('k2_lake_compaction_duration_seconds', labels).observe(event.seconds)
        break
      case 'expired':
        telemetry.counter('k2_lake_expired_snapshots_total', labels).add(event.snapshots)
        break
      case 'deleted':
        telemetry.counter('k2_lake_deleted_files_total', { ...labels, reason: event.reason }).add(event.files)
        break
      case 'failed':
        telemetry.counter('k2_lake_upkeep_failures_total', { ...labels, code: event.code }).add()
        break
      case 'counted':
        telemetry.gauge('k2_lake_data_files', labels).set(event.files)
        telemetry.gauge('k2_lake_manifests', labels).set(event.manifests)
        telemetry.gauge('k2_lake_delete_manifests', labels).set(event.deletes)
    }
  }
}
