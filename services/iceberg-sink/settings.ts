/** The sink's settings. */
import { defineSettings } from '@k2/service/settings.ts'

export const sinkSettings = defineSettings({
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
    doc: 'A commit comes as soon as so many records wait. More make fewer files, and take memory; above K2_LOADER_LAG a load waits for the age instead.',
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
  stageMemoryMb: {
    env: 'K2_SINK_DUCKDB_MEMORY',
    kind: 'integer',
    unit: 'MiB',
    min: 64,
    max: 65_536,
    default: 512,
    doc: 'Memory of the DuckDB that writes Parquet; beyond it spills to disk.',
  },
})
