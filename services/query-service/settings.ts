/** The query-service's settings. */
import { doorSettings } from '@k2/process/settings.ts'
import { defineSettings } from '@k2/service/settings.ts'

export const querySettings = {
  ...doorSettings(8080, 'REST, health and metrics'),
  ...defineSettings({
    grpcPort: {
      env: 'K2_GRPC_PORT',
      kind: 'integer',
      unit: 'port',
      min: 0,
      max: 65_535,
      default: 50_051,
      doc: 'Port of gRPC; 0 takes any free one.',
    },
    queryMemoryMb: {
      env: 'K2_QUERY_DUCKDB_MEMORY',
      kind: 'integer',
      unit: 'MiB',
      min: 64,
      max: 65_536,
      default: 1024,
      doc: 'Memory of the DuckDB that answers, the tail included; beyond it spills to disk.',
    },
    queryThreads: {
      env: 'K2_QUERY_DUCKDB_THREADS',
      kind: 'integer',
      unit: 'threads',
      min: 1,
      max: 64,
      default: 2,
      doc: 'Threads of that DuckDB.',
    },
    queryRunningMax: {
      env: 'K2_QUERY_RUNNING',
      kind: 'integer',
      unit: 'questions',
      min: 1,
      max: 64,
      default: 3,
      doc: "Answered at once; each holds one of the process's four threads for files while DuckDB works on it.",
    },
    queryWaitingMax: {
      env: 'K2_QUERY_WAITING',
      kind: 'integer',
      unit: 'questions',
      min: 0,
      max: 100_000,
      default: 256,
      doc: 'Wait for their turn, until their deadline; the next is refused with the time to come again.',
    },
    slowMs: {
      env: 'K2_QUERY_SLOW',
      kind: 'duration',
      unit: 'ms',
      min: 0,
      max: 60_000,
      default: 500,
      doc: 'An answer that takes longer is logged, with where the time went and what was read.',
    },
    tailRowsMax: {
      env: 'K2_QUERY_TAIL_ROWS',
      kind: 'integer',
      unit: 'rows',
      min: 1000,
      max: 100_000_000,
      default: 2_000_000,
      doc: 'Records of a table kept from the lake to the end of the log; past it answers say TAIL_LIMIT.',
    },
    lookMs: {
      env: 'K2_QUERY_LOOK',
      kind: 'duration',
      unit: 'ms',
      min: 100,
      max: 60_000,
      default: 5_000,
      doc: 'How often to look for a new snapshot where no hint comes.',
    },
  }),
} as const

/** Of a process of its own. */
export const ownSettings = defineSettings({
  probePort: {
    env: 'K2_PROBE_PORT',
    kind: 'integer',
    unit: 'port',
    min: 0,
    max: 65_535,
    default: 9105,
    doc: 'Port of health and metrics of query-service, there before it can answer; 0 takes any free one.',
  },
})
