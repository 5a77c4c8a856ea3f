import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askedBy } from './streams.ts'
import { BINANCE, BINANCE_US } from './venues.ts'

const many = (count: number) => Array.from({ length: count }, (_, each) => `s${each}@trade`).join('/')

// Source: Binance spot "web-socket-streams.md", General information; Binance.US has no timeUnit.
// biome-ignore format: a table reads by its columns
const rows: [address: string, streams: string | number, isCombined?: boolean, unit?: string, venue?: typeof BINANCE][] = [
  ['/ws/btcusdt@trade',                                         'btcusdt@trade'],
  ['/ws',                                                       ''],
  ['/ws/',                                                      ''],
  ['/ws/btcusdt%40trade',                                       'btcusdt@trade'],
  ['/ws/a@trade/b@trade',                                       'a@trade b@trade'],
  ['/stream?streams=btcusdt@trade/ethusdt@bookTicker',          'btcusdt@trade ethusdt@bookTicker', true],
  ['/stream?streams=btcusdt%40trade%2Fethusdt%40trade',         'btcusdt@trade ethusdt@trade',      true],
  ['/stream?streams=a@trade/a@trade',                           'a@trade',                          true],
  ['/stream',                                                   '',                                 true],
  ['/stream?streams=a@trade&timeUnit=MICROSECOND',              'a@trade',                          true,  'MICROSECOND'],
  ['/stream?timeUnit=microsecond&streams=a@trade',              'a@trade',                          true,  'MICROSECOND'],
  ['/ws/a@trade?timeUnit=millisecond',                          'a@trade',                          false, 'MILLISECOND'],
  ['/ws/a@trade?timeUnit=SECOND',                               400],
  ['/ws/a@trade?timeUnit=MICROSECOND',                          'a@trade',                          false, 'MILLISECOND', BINANCE_US],
  ['/ws/%E5%B8%81usdt@trade',                                   '币usdt@trade'],
  ['/ws/%E5%',                                                  404],
  ['/other/btcusdt@trade',                                      404],
  ['/',                                                         404],
  [`/stream?streams=${many(1_024)}`,                            many(1_024).replaceAll('/', ' '),   true],
  [`/stream?streams=${many(1_025)}`,                            400],
]

for (const [address, streams, isCombined = false, unit = 'MILLISECOND', venue = BINANCE] of rows) {
  test(`the address ${address.slice(0, 60)} at ${venue.name}`, () => {
    const asked = askedBy(address, venue.rules)
    if (typeof streams === 'number') return assert.equal('status' in asked && asked.status, streams)
    assert.deepEqual(asked, { streams: streams.split(' ').filter(Boolean), isCombined, unit })
  })
}
