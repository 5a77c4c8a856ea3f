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

// biome-ignore format: a table reads by its columns
const HOSTS: [hosts: Parameters<typeof asked>[0], isGood: boolean][] = [
  [{ streamHosts: 'ws://127.0.0.1:9443' },                     true],
  [{ streamHosts: 'wss://[::1]:9443,ws://venue' },             true],
  [{ streamHosts: 'ws://a:b' },                                false],
  [{ streamHosts: 'ws://127.0.0.1:9443,ws://a:99999' },        false],
  [{ requestHosts: 'https://[::1' },                           false],
  [{ requestHosts: 'https://venue?x' },                        false],
  [{ usStreamHosts: 'wss://:9443' },                           false],
  [{ usRequestHosts: 'http://a b' },                           false],
]
for (const [hosts, isGood] of HOSTS) {
  test(`hosts are checked at the start: ${Object.values(hosts!)}`, () => {
    if (isGood) asked(hosts)
    else assert.throws(() => asked(hosts), { code: 'SETTINGS_INVALID' })
  })
}
