/** Binance.US in Binance's place: also where Binance never answered, and again where it failed itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GatewaySettings } from '@k2/binance-gateway/compose.ts'
import { inFeeds, truth } from '../worlds/feeds.ts'

const US = 'market.crypto.trades.binanceus'
const NOBODY = { streams: ['ws://127.0.0.1:1'], requests: ['http://127.0.0.1:1'] }

/** Nothing of Binance can be reached. */
const withoutBinance = (given: GatewaySettings): GatewaySettings => ({
  ...given,
  usWhen: 'last',
  binance: { ...given.binance, venue: { ...given.binance.venue, ...NOBODY } },
})

test('Binance.US is recorded where Binance has not answered since the start', () =>
  inFeeds({ speed: 60, settings: withoutBinance }, async (world) => {
    world.start()
    await world.until('trades of Binance.US', async () => (await world.trades(US)).size === 2)
    assert.match(world.gateway().ready?.() ?? '', /it waits for BINANCE/)
    await world.stop()
  }))

test('Binance.US that could not be recorded is tried again', () =>
  inFeeds(
    {
      speed: 60,
      settings: (given) => ({
        ...withoutBinance(given),
        binanceus: { ...given.binanceus, symbols: ['BTCUSTD'] },
      }),
    },
    async (world) => {
      const failures = () => world.lines.filter((line) => line.includes('Binance.US cannot be recorded')).length
      world.start()
      await world.until('two failures', () => failures() >= 2)
      await world.stop()
    },
  ))

test('what Binance.US traded while nobody listened is among its latest trades, which it shows without a key', () =>
  inFeeds({ speed: 60, settings: (given) => ({ ...given, usWhen: 'always' }) }, async (world) => {
    const counted = async () => [...(await world.trades(US)).values()].flat().length
    world.start()
    await world.until('trades', async () => (await counted()) > 50)
    await world.kill()
    const before = await counted()
    await world.clock.sleep(60_000)
    world.start()
    await world.until('what was missed', async () => (await counted()) > before + 150)
    await world.stop()
    for (const [symbol, records] of await world.trades(US)) {
      const ids = records.map(({ id }) => Number(id))
      const made = truth(world.exchange.binanceus, symbol, ids[0]!, ids.at(-1)!).map(({ id }) => id)
      assert.deepEqual(ids, made, symbol)
    }
  }))
