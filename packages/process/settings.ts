/** Settings of every service in a process of its own, beside what it adds. */
import { lakeSettings } from '@k2/lake/settings.ts'
import { logSettings } from '@k2/log/settings.ts'
import { LOG_LEVELS } from '@k2/service/logger.ts'
import { defineSettings, type Settings } from '@k2/service/settings.ts'

export const processSettings = {
  ...defineSettings({
    data: {
      env: 'K2_DATA',
      kind: 'string',
      unit: 'folder',
      default: '.k2',
      doc: 'What the process keeps on disk: files on their way to the lake, and its cache of the lake.',
    },
    environment: { env: 'K2_ENVIRONMENT', kind: 'string', default: 'local', doc: 'Label of metrics and logs.' },
    logLevel: {
      env: 'K2_LOG_LEVEL',
      kind: 'choice',
      choices: LOG_LEVELS,
      default: 'info',
      doc: 'Logs from this level on, to standard error.',
    },
  }),
  ...logSettings,
  ...lakeSettings,
} as const

/** Of a service without a door of its own. */
export const probeSettings = defineSettings({
  host: { env: 'K2_HOST', kind: 'string', unit: 'address', default: '127.0.0.1', doc: 'Address to listen on.' },
  httpPort: {
    env: 'K2_HTTP_PORT',
    kind: 'integer',
    unit: 'port',
    min: 0,
    max: 65_535,
    default: 8080,
    doc: 'Port of health and metrics; 0 takes any free one.',
  },
})

export type ProcessSettings = Settings<typeof processSettings>
