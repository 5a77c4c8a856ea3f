import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatewaySettings } from '@k2/binance-gateway/settings.ts'
import { loaderSettings, onceSettings } from '@k2/csv-loader/settings.ts'
import { controllerSettings } from '@k2/degradation-controller/settings.ts'
import { sinkSettings } from '@k2/iceberg-sink/settings.ts'
import { processSettings } from '@k2/process/settings.ts'
import { querySettings } from '@k2/query-service/settings.ts'
import { sequenceSettings } from '@k2/sequence-tracker/settings.ts'
import { embeddedSettings } from './settings.ts'

test('no setting of one service hides another’s of the same name', () => {
  const parts = [
    ...[processSettings, loaderSettings, onceSettings, gatewaySettings, sinkSettings],
    ...[querySettings, controllerSettings, sequenceSettings],
  ]
  const merged = new Set(Object.values(embeddedSettings).map(({ env }) => env))
  const hidden = parts.flatMap((part) => Object.values(part).map(({ env }) => env)).filter((env) => !merged.has(env))
  assert.deepEqual(hidden, [])
})
