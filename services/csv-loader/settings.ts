/** The loader's settings. */
import { defineSettings } from '@k2/service/settings.ts'

export const loaderSettings = defineSettings({
  appendRows: {
    env: 'K2_LOADER_APPEND_ROWS',
    kind: 'integer',
    unit: 'rows',
    min: 1,
    max: 100_000,
    default: 5_000,
    doc: 'Records in one append to the log.',
  },
  lagRecordsMax: {
    env: 'K2_LOADER_LAG',
    kind: 'integer',
    unit: 'records',
    min: 1,
    max: 1_000_000_000,
    default: 50_000,
    doc: 'It waits while the sink is further behind than this on its topic.',
  },
})

/** Of a load that ends. */
export const onceSettings = defineSettings({
  waitMsMax: {
    env: 'K2_LOADER_WAIT',
    kind: 'duration',
    unit: 'ms',
    min: 0,
    max: 86_400_000,
    default: 60_000,
    doc: 'Where log or lake are away, a load of named files that ends by itself waits so long, and fails then; others wait on.',
  },
})
