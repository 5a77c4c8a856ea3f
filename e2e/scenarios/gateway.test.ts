/** A live feed into the log: each trade once, in order, exact, whatever the connection does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GatewaySettings } from '@k2/binance-gateway/compose.ts'
import type { Log } from '@k2/log/log.ts'
import { parseDecimal } from '@k2/market/decimal.ts'
import { realClock } from '@k2/service/clock.ts'
import { caughtUp, type FeedWorld, inFeeds, type Recorded, TRADES, truth } from '../worlds/feeds.ts'

const SPEED = 20
const US = 'market.crypto.trades.binanceus'

/** Every trade that the venue made between the first and the last one that is recorded, once, in order, to the digit. */
async function expectWhole(world: FeedWorld, venue = world.exchange.binance, topic = TRADES): Promise<number> {
  let count = 0
  for (const [symbol, records] of await world.trades(topic)) {
    const ids = records.map(({ id }) => Number(id))
    const made = truth(venue, symbol, ids[0]!, ids.at(-1)!)
    assert.deepEqual(
      ids,
      made.map(({ id }) => id),
      `ids of ${symbol}`,
    )
    for (const [i, record] of records.entries()) expectSame(record, made[i]!)
    count += ids.length
  }
  return count
}

function expectSame(record: Recorded, made: ReturnType<typeof truth>[number]): void {
  assert.equal(record.price, parseDecimal(made.price))
  assert.equal(record.quantity, parseDecimal(made.quantity))
  assert.equal(record.side, made.isBuyerMaker ? 'SELL' : 'BUY')
}

const counted = async (world: FeedWorld): Promise<number> =>
  [...(await world.trades()).values()].reduce((sum, { length }) => sum + length, 0)

test('what the venue trades is in the log, each trade once and exact', () =>
  inFeeds({ speed: SPEED }, async (world) => {
    world.start()
    await world.until('a thousand trades', async () => (await counted(world)) > 1_000)
    assert.equal(world.gateway().ready?.(), undefined)
    await world.stop()
    assert.ok((await expectWhole(world)) > 1_000)
  }))

test('what was traded while the gateway was down is asked for, in order', () =>
  inFeeds({ speed: SPEED }, async (world) => {
    world.start()
    await world.until('trades', async () => (await counted(world)) > 200)
    await world.kill()
    const before = await counted(world)
    await world.clock.sleep(60_000)
    world.start()
    await world.until('what was missed', async () => (await counted(world)) > before + 1_500)
    await world.stop()
    await expectWhole(world)
    const records = [...(await world.trades()).values()].flat()
    assert.ok(records.filter(({ vendor }) => vendor?.includes('"refilled":"true"')).length > 500)
  }))

test('a symbol that is silent on a living connection is noticed, and what it missed is asked for', () =>
  inFeeds({ speed: SPEED }, async (world) => {
    world.start()
    await world.until('trades', async () => (await counted(world)) > 200)
    world.exchange.inject({ kind: 'silence', symbol: 'ETHUSDT', ms: 40_000 })
    await world.until('a new connection', () => world.lines.some((line) => line.includes('"reason":"silent"')))
    assert.ok(!world.lines.some((line) => line.includes('connection lost')))
    await world.stop()
    await expectWhole(world)
  }))

test('a connection is renewed before it is cut, and nothing is lost or doubled by it', () =>
  inFeeds(
    { speed: SPEED, settings: (given) => ({ ...given, line: { ...given.line, lifeMs: 20_000 } }) },
    async (world) => {
      world.start()
      const renewals = () => world.lines.filter((line) => line.includes('"reason":"renewed"')).length
      await world.until('renewals', () => renewals() >= 3)
      await world.stop()
      assert.ok(!world.lines.some((line) => line.includes('connection lost')))
      assert.ok((await expectWhole(world)) > 500)
    },
  ))

test('a server that says that it shuts down is left before it does', () =>
  inFeeds({ speed: SPEED }, async (world) => {
    world.start()
    await world.until('trades', async () => (await counted(world)) > 200)
    world.exchange.inject({ kind: 'shutdown', ms: 60_000 })
    await world.until('a new connection', () => world.lines.some((line) => line.includes('"reason":"renewed"')))
    await world.clock.sleep(90_000)
    await world.stop()
    assert.ok(!world.lines.some((line) => line.includes('connection lost')))
    await expectWhole(world)
  }))

test('a host that is down is left for the next one after two failures, and no gap is seen', () =>
  inFeeds(
    { speed: SPEED, settings: (given) => ({ ...given, line: { ...given.line, homeMs: 60_000 } }) },
    async (world) => {
      world.start()
      await world.until('trades', async () => (await counted(world)) > 200)
      const host = 'stream.binance.com:9443'
      world.exchange.inject({ kind: 'refuse', host, ms: 60_000 })
      world.exchange.inject({ kind: 'cut', host })
      const connected = (nth: number) =>
        world.lines.some(
          (line) => line.includes(`"host":"${world.exchange.binance.streams[nth]}"`) && line.includes('"connect'),
        )
      await world.until('the second host', () => connected(1))
      await world.until('the first one again', () => world.lines.some((line) => line.includes('"reason":"home"')))
      await world.stop()
      assert.ok(!world.lines.some((line) => line.includes('a gap is open')))
      await expectWhole(world)
    },
  ))

test('a circuit that is open is tried for ever; Binance.US is recorded meanwhile, as another venue', () =>
  inFeeds({ speed: 60, settings: (given) => ({ ...given, usWhen: 'last' }) }, async (world) => {
    const { exchange } = world
    world.start()
    await world.until('trades', async () => (await counted(world)) > 200)
    for (const door of exchange.binance.doors) {
      if (door.kind !== 'streams') continue
      exchange.inject({ kind: 'refuse', host: door.host, ms: 700_000 })
      exchange.inject({ kind: 'cut', host: door.host })
    }
    await world.until('an open circuit', () => world.lines.some((line) => line.includes('the circuit is open')))
    assert.match(
      world.gateway().ready?.() ?? '',
      /no host answers \(1\d failures in a row\); it is tried again for ever/,
    )
    await world.until('trades of Binance.US', async () => (await world.trades(US)).size === 2)
    await world.until('Binance again', () => world.gateway().ready?.() === undefined)
    await world.until('the end of Binance.US', () => /not wanted/.test(world.gateway().feeds[1]!.ready() ?? ''))
    await caughtUp(world)
    await world.stop()
    await expectWhole(world)
    await expectWhole(world, exchange.binanceus, US)
  }))

test('a typo in a symbol ends the gateway, with what may have been meant', () =>
  inFeeds(
    { speed: SPEED, settings: (given) => ({ ...given, binance: { ...given.binance, symbols: ['BTCUSTD'] } }) },
    async (world) => {
      world.start()
      await assert.rejects(world.failed(), {
        code: 'SETTINGS_INVALID',
        message: 'BINANCE lists no symbol BTCUSTD. Is BTCUSDT meant?',
      })
    },
  ))

test('symbols are added and removed while it runs; a typo changes nothing, and nothing is lost or doubled', () =>
  inFeeds({ speed: SPEED }, async (world) => {
    world.start()
    await world.until('trades', async () => (await counted(world)) > 200)
    const feed = world.gateway().feeds[0]!
    const never = new AbortController().signal
    const change = (add: string[], remove: string[]) => feed.change({ add, remove }, never)
    await assert.rejects(change(['ETHUSDR'], []), { code: 'INVALID_ARGUMENT', message: /Is ETHUSDT meant/ })
    await assert.rejects(change([], ['BTCUSDT', 'ETHUSDT']), { code: 'INVALID_ARGUMENT' })
    await change([], ['ETHUSDT'])
    const ofEth = async () => (await world.trades()).get('ETHUSDT')?.length ?? 0
    const ofBtc = async () => (await world.trades()).get('BTCUSDT')?.length ?? 0
    const btc = await ofBtc()
    await world.until('trades of the one that is left', async () => (await ofBtc()) > btc + 300)
    assert.deepEqual(feed.symbols(), ['BTCUSDT'])
    const eth = await ofEth()
    await change(['ETHUSDT'], [])
    await world.until('trades of the one that is back', async () => (await ofEth()) > eth + 300)
    assert.equal(feed.ready(), undefined)
    await world.stop()
    await expectWhole(world)
  }))

test('messages that cannot be read are dead letters, with their bytes', () =>
  inFeeds({ speed: SPEED }, async (world) => {
    world.start()
    await world.until('trades', async () => (await counted(world)) > 100)
    world.exchange.inject({ kind: 'garbage', form: 'not JSON', count: 2 })
    world.exchange.inject({ kind: 'garbage', form: 'no decimal' })
    await world.until('letters', async () => (await world.letters()).length >= 2)
    await world.stop()
    const letters = await world.letters()
    assert.ok(
      letters.some((letter) => letter.origin === 'feed' && letter.raw.toString() === '<html>502 Bad Gateway</html>'),
    )
    assert.ok(letters.some((letter) => letter.origin === 'feed' && /price "1e5"/.test(letter.reason)))
    await expectWhole(world)
  }))

test('a slow log: quotes give way, trades wait on disk, then the venue waits; nothing is lost', () => {
  let isSlow = true
  const slow = (log: Log): Log =>
    new Proxy(log, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        if (name !== 'append') return value.bind(target)
        return async (...args: Parameters<Log['append']>) => {
          if (isSlow && args[0].startsWith('market.')) await realClock.sleep(250)
          return target.append(...args)
        }
      },
    })
  const lane = { batchRecords: 50, memoryBytesMax: 20_000, spoolBytesMax: 60_000, lingerMs: 0 }
  const options = {
    speed: SPEED,
    ordersPerSecond: 40,
    throughLog: slow,
    settings: (given: GatewaySettings) => ({ ...given, lane }),
  }
  return inFeeds(options, async (world) => {
    world.start()
    const figure = async (name: string): Promise<number> => {
      const found = new RegExp(`^${name}\\{[^}]*\\} ([\\d.]+)$`, 'm').exec(await world.telemetry().text())
      return Number(found?.[1] ?? 0)
    }
    const onDisk = 'k2_binance_buffered_bytes\\{[^}]*kind="disk"[^}]*\\} [1-9]'
    await world.until('trades on disk', async () => new RegExp(onDisk).test(await world.telemetry().text()))
    await world.until('quotes that gave way', async () => (await figure('k2_binance_conflated_quotes_total')) > 0)
    await world.until('a venue that waits', () => world.lines.some((line) => line.includes('the log is slow')))
    isSlow = false
    await caughtUp(world)
    await world.stop()
    assert.ok((await expectWhole(world)) > 300)
  })
})

test('aggregates are a feed of their own numbers, filled alike', () =>
  inFeeds({ speed: SPEED, settings: (given) => ({ ...given, tradeKind: 'aggTrade' }) }, async (world) => {
    world.start()
    await world.until('aggregates', async () => (await counted(world)) > 200)
    await world.kill()
    const before = await counted(world)
    await world.clock.sleep(30_000)
    world.start()
    await world.until('what was missed', async () => (await counted(world)) > before + 600)
    await world.stop()
    for (const [symbol, records] of await world.trades()) {
      const made = truth(world.exchange.binance, symbol, 0, Number.POSITIVE_INFINITY)
      let next = -1
      for (const { id, quantity, vendor } of records) {
        const { first_trade_id: first, last_trade_id: last } = JSON.parse(vendor!)
        const parts = made.filter((one) => one.id >= Number(first) && one.id <= Number(last))
        assert.equal(
          quantity,
          parts.reduce((sum, one) => sum + (parseDecimal(one.quantity) as bigint), 0n),
        )
        assert.ok(next < 0 || Number(id) === next, `aggregate ${id} of ${symbol}, not ${next}`)
        next = Number(id) + 1
      }
    }
  }))
