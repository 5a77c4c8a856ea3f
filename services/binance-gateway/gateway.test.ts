import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from '@k2/service/settings.ts'
import { asGateway } from './gateway.ts'
import { gatewaySettings } from './settings.ts'

const asked = (overrides: Parameters<typeof readSettings<typeof gatewaySettings>>[1]) =>
  asGateway(readSettings(gatewaySettings, overrides, {}))

test('symbols are in upper case, each once', () => {
  assert.deepEqual(asked({ symbols: 'btcusdt,BTCUSDT,ethusdt' }).binance.symbols, ['BTCUSDT', 'ETHUSDT'])
})

test('a feed of no symbols is refused, since it would be ready and record nothing', () => {
  assert.throws(() => asked({ symbols: '' }), { code: 'SETTINGS_INVALID' })
  assert.throws(() => asked({ usSymbols: '' }), { code: 'SETTINGS_INVALID' })
  assert.deepEqual(asked({ usSymbols: '', usWhen: 'never' }).binanceus.symbols, [])
})
