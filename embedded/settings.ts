/** Settings of the one process, and of the services that live in it. */
import { loaderSettings } from '@k2/csv-loader/settings.ts'
import { sinkSettings } from '@k2/iceberg-sink/settings.ts'
import { lakeSettings } from '@k2/lake/settings.ts'
import { logSettings } from '@k2/log/settings.ts'
import { querySettings } from '@k2/query-service/settings.ts'
import { LOG_LEVELS } from '@k2/service/logger.ts'
import { defineSettings } from '@k2/service/settings.ts'

export const embeddedSettings = {
  ...defineSettings({
    data: {
      env: 'K2_DATA',
      kind: 'string',
      unit: 'folder',
      default: '.k2',
      doc: 'Holds the log, and the warehouse where ICEBERG_CATALOG_URI names no other; a second start goes on with what it holds.',
    },
    environment: { env: 'K2_ENVIRONMENT', kind: 'string', default: 'local', doc: 'Label of metrics and logs.' },
    logLevel: {
      env: 'K2_LOG_LEVEL',
      kind: 'choice',
      choices: LOG_LEVELS,
      optional: true,
      doc: 'Logs from this level on, to standard error: info, and warn above the view of a terminal, unless it is given.',
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
  ...loaderSettings,
  ...sinkSettings,
  ...querySettings,
  ...lakeSettings,
  ...logSettings,
} as const
