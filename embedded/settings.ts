/** Settings of the one process, and of the services that live in it. */
import { gatewaySettings } from '@k2/binance-gateway/settings.ts'
import { loaderSettings, onceSettings } from '@k2/csv-loader/settings.ts'
import { controllerSettings } from '@k2/degradation-controller/settings.ts'
import { sinkSettings } from '@k2/iceberg-sink/settings.ts'
import { processSettings } from '@k2/process/settings.ts'
import { querySettings } from '@k2/query-service/settings.ts'
import { sequenceSettings } from '@k2/sequence-tracker/settings.ts'

export const embeddedSettings = {
  ...processSettings,
  ...loaderSettings,
  ...onceSettings,
  ...gatewaySettings,
  ...sinkSettings,
  ...querySettings,
  ...controllerSettings,
  ...sequenceSettings,
} as const
