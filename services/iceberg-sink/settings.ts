/** The sink's settings. */
import { dedupSettings } from '@k2/dedup/settings.ts'
import { upkeepSettings } from '@k2/lake/settings.ts'
import { defineSettings } from '@k2/service/settings.ts'

export const sinkSettings = {
  ...defineSettings({
    commitAgeMs: {
      env: 'K2_SINK_COMMIT_AGE',
      kind: 'duration',
      unit: 'ms',
      min: 100,
      max: 3_600_000,
      default: 15_000,
      doc: 'A commit comes at the latest so long after its first record was read; answers up to now do not wait for it.',
    },
    commitRows: {
      env: 'K2_SINK_COMMIT_ROWS',
      kind: 'integer',
      unit: 'rows',
      min: 1,
      max: 5_000_000,
      default: 50_000,
      doc: 'A commit comes as soon as so many records wait; behind a backlog it takes four times as many. More make fewer files, and take memory; above K2_LOADER_LAG a load waits for the age instead.',
    },
    commitBytes: {
      env: 'K2_SINK_COMMIT_BYTES',
      kind: 'bytes',
      unit: 'bytes',
      min: 1,
      max: 2 ** 30,
      default: 64 * 2 ** 20,
      doc: 'A commit comes as soon as so many bytes of records wait.',
    },
    bufferBytesMax: {
      env: 'K2_SINK_BUFFER_BYTES_MAX',
      kind: 'bytes',
      unit: 'bytes',
      min: 1,
      max: 2 ** 36,
      default: 384 * 2 ** 20,
      doc: 'What all tables together hold of the log, read and not yet in files; each has its share, and reads no further there. A commit takes half a share at most.',
    },
    upkeepIntervalMs: {
      env: 'K2_SINK_UPKEEP_INTERVAL',
      kind: 'duration',
      unit: 'ms',
      default: 60_000,
      min: 100,
      max: 86_400_000,
      doc: 'Small files are compacted, old snapshots dropped and their files deleted this often.',
    },
    orphanAgeMs: {
      env: 'K2_SINK_ORPHAN_AGE',
      kind: 'duration',
      unit: 'ms',
      default: 259_200_000,
      min: 3_600_000,
      max: 31_536_000_000,
      doc: 'Files that no snapshot names are deleted at this age; a younger one may belong to a commit on its way.',
    },
    upkeepMemoryMb: {
      env: 'K2_SINK_UPKEEP_MEMORY',
      kind: 'integer',
      unit: 'MiB',
      default: 256,
      min: 64,
      max: 65_536,
      doc: 'DuckDB checks compactions and sorts the large ones in this much, and spills what is more.',
    },
  }),
  ...dedupSettings,
  ...upkeepSettings,
} as const
