/** Settings of every process, whatever services it runs, beside what these add. */
import { lakeSettings } from '@k2/lake/settings.ts'
import { logSettings } from '@k2/log/settings.ts'
import { accessSettings, callerSettings } from '@k2/service/access/settings.ts'
import { LOG_LEVELS } from '@k2/service/logger.ts'
import { defineSettings, type Settings } from '@k2/service/settings.ts'
import { memberSettings } from '@k2/shedding/settings.ts'

export const processSettings = {
  ...defineSettings({
    data: {
      env: 'K2_DATA',
      kind: 'string',
      unit: 'folder',
      default: '.k2',
      doc: 'Holds the log and the warehouse where they are folders, and what a process needs on disk: files on their way to the lake, its cache. A second start goes on with what it holds.',
    },
    environment: { env: 'K2_ENVIRONMENT', kind: 'string', default: 'local', doc: 'Label of metrics and logs.' },
    logLevel: {
      env: 'K2_LOG_LEVEL',
      kind: 'choice',
      choices: LOG_LEVELS,
      optional: true,
      doc: 'Logs from this level on, to standard error: info, and warn above the view of a terminal, unless it is given.',
    },
    tracesEndpoint: {
      env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      kind: 'string',
      unit: 'URL',
      optional: true,
      doc: 'Collector of traces, by OTLP over HTTP; without it none are made. OpenTelemetry reads the rest itself: OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER (all by default; parentbased_traceidratio with OTEL_TRACES_SAMPLER_ARG keeps a share).',
    },
    crashAt: {
      env: 'K2_CRASH_AT',
      kind: 'string',
      unit: 'moment:n',
      optional: true,
      matches: /^[a-z.-]+:[1-9]\d{0,5}(:SIG[A-Z]+)?$/,
      doc: 'For crash tests: the process kills itself when it comes to that moment for the n-th time; with :SIGINT it is told to end.',
    },
  }),
  ...logSettings,
  ...lakeSettings,
  ...memberSettings,
  ...accessSettings,
  ...callerSettings,
} as const

export type ProcessSettings = Settings<typeof processSettings>

/** Where a process listens: each service has its own port, so that all of them run on one machine. */
export const doorSettings = (port: number, what: string) =>
  defineSettings({
    host: {
      env: 'K2_HOST',
      kind: 'string',
      unit: 'address',
      default: '127.0.0.1',
      doc: 'Address to listen on. One that others can reach needs access control (K2_API_KEYS, K2_JWT_JWKS or K2_TLS_CLIENT_CA).',
    },
    httpPort: {
      env: 'K2_HTTP_PORT',
      kind: 'integer',
      unit: 'port',
      min: 0,
      max: 65_535,
      default: port,
      doc: `Port of ${what}; 0 takes any free one.`,
    },
  })

/** Of a service without a door of its own. */
export const probeSettings = (port: number) => doorSettings(port, 'health and metrics')

/** Of a service that is asked by gRPC. */
export const grpcSettings = (port: number) =>
  defineSettings({
    grpcPort: {
      env: 'K2_GRPC_PORT',
      kind: 'integer',
      unit: 'port',
      min: 0,
      max: 65_535,
      default: port,
      doc: 'Port of gRPC; 0 takes any free one.',
    },
  })
