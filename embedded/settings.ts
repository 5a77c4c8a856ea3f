/** Settings of the one process, and of the services that live in it. */
import { loaderSettings, onceSettings } from '@k2/csv-loader/settings.ts'
import { controllerSettings } from '@k2/degradation-controller/settings.ts'
import { sinkSettings } from '@k2/iceberg-sink/settings.ts'
import { processSettings } from '@k2/process/settings.ts'
import { querySettings } from '@k2/query-service/settings.ts'

export const embeddedSettings = {
  ...processSettings,
  ...loaderSettings,
  ...onceSettings,
  ...sinkSettings,
  ...querySettings,
  ...controllerSettings,
} as const
