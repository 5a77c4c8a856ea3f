import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ManualClock, manualClock } from '@k2/service/clock.ts'
import { type Client, connect, refusal } from './client.fixture.ts'
import { type ExchangeOptions, type StandIn, standInExchange } from './stand-in.ts'

const START_MS = Date.UTC(2026, 0, 1)
const TRADES = '/stream?streams=btcusdt@trade'
const ONE_ORDER: ExchangeOptions = { symbols: ['BTCUSDT'], ordersPerSecond: 0.001, quotesPerOrder: 0 }

async function within(
  options: ExchangeOptions,
  work: (world: {
    exchange: StandIn
    clock: ManualClock
    open: (path: string, isPolite?: boolean) => Promise<Client>
  }) => Promise<void>,
): Promise<void> {
  const clock = manualClock(START_MS)
  const exchange = await standInExchange({ clock, pastMs: 1_000, ...options })
  const open = (path: string, isPolite = false) => connect(`${exchange.binance.streams[0]}${path}`, isPolite)
  try {
    await work({ exchange, clock, open })
  } finally {
    await exchange.stop()
  }
}

test('a client gets each trade of what it asked for, once, as the truth has it', async () => {
  await within({}, async ({ exchange, clock, open }) => {
    const client = await open(`${TRADES}/ethusdt@bookTicker`)
    const { end } = exchange.binance.history('BTCUSDT')
    await clock.advance(10_000)
    const truth = [...exchange.binance.trades('BTCUSDT')].slice(end)
    assert.ok(truth.length > 20)
    await client.until((message) => message.includes(`"t":${truth.at(-1)!.id},`))
    const data = client.messages
      .map((message) => JSON.parse(message))
      .filter(({ stream }) => stream === 'btcusdt@trade')
    assert.deepEqual(
      data.map(({ data: { t, p, q } }) => [t, p, q]),
      truth.map(({ id, price, quantity }) => [id, price, quantity]),
    )
    assert.ok(client.messages.some((message) => message.startsWith('{"stream":"ethusdt@bookTicker","data":{"u":')))
  })
})

test('venues have their own trades', async () => {
  await within({}, async ({ exchange }) => {
    const [ours, theirs] = [exchange.binance, exchange.binanceus].map(
      (venue) => venue.trades('BTCUSDT').take(1).toArray()[0]!,
    )
    assert.notEqual(ours!.id, theirs!.id)
    assert.notEqual(ours!.price, theirs!.price)
  })
})

test('a raw stream has no wrapper, until it is asked for', async () => {
  await within({ symbols: ['BTCUSDT'] }, async ({ clock, open }) => {
    const client = await open('/ws/btcusdt@trade')
    await clock.advance(2_000)
    const raw = await client.until((message) => message.includes('"e":"trade"'))
    assert.match(raw, /^\{"e":"trade","E":\d{13},"s":"BTCUSDT",/)
    assert.equal(
      await client.ask({ method: 'SET_PROPERTY', params: ['combined', true], id: 5 }),
      '{"result":null,"id":5}',
    )
    await clock.advance(2_000)
    await client.until((message) => message.startsWith('{"stream":"btcusdt@trade","data":{"e":"trade",'))
  })
})

test('times are in µs where that is asked for, and never at Binance.US', async () => {
  await within({ symbols: ['BTCUSDT'] }, async ({ exchange, clock, open }) => {
    const ours = await open('/ws/btcusdt@trade?timeUnit=MICROSECOND')
    const theirs = await connect(`${exchange.binanceus.streams[0]}/ws/btcusdt@trade?timeUnit=MICROSECOND`)
    await clock.advance(2_000)
    assert.match(await ours.until((message) => message.includes('"trade"')), /"E":\d{16},.*"T":\d{16},/)
    assert.match(
      await theirs.until((message) => message.includes('"trade"')),
      /"E":\d{13},.*"b":\d+,"a":\d+,"T":\d{13},/,
    )
  })
})

test('what is subscribed later comes, what is left does not', async () => {
  await within({ quotesPerOrder: 1 }, async ({ clock, open }) => {
    const client = await open('/ws')
    assert.equal(await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 1 }), '{"result":[],"id":1}')
    await client.ask({ method: 'SUBSCRIBE', params: ['btcusdt@bookTicker', 'ethusdt@bookTicker'], id: 2 })
    await clock.advance(2_000)
    await client.until((message) => message.includes('"s":"BTCUSDT"'))
    await client.ask({ method: 'UNSUBSCRIBE', params: ['btcusdt@bookTicker'], id: 3 })
    const before = client.messages.length
    await clock.advance(5_000)
    await client.until((message) => message.includes('"s":"ETHUSDT"'), before)
    assert.ok(!client.messages.slice(before).some((message) => message.includes('BTCUSDT')))
  })
})

test('aggregates are told with the last of their trades', async () => {
  await within({ symbols: ['BTCUSDT'] }, async ({ exchange, clock, open }) => {
    const client = await open('/ws/btcusdt@aggTrade')
    await clock.advance(5_000)
    const { id } = [...exchange.binance.trades('BTCUSDT')].at(-1)!
    const last = JSON.parse(await client.until((message) => message.includes(`"l":${id},`)))
    const rest = await fetch(`${exchange.binance.rest[0]}/api/v3/aggTrades?symbol=BTCUSDT&fromId=${last.a}`)
    const { e, E, s, ...fields } = last
    assert.deepEqual(await rest.json(), [fields])
  })
})

// Source: Binance spot "web-socket-streams.md": a ping each 20 s, a minute for the pong, 24 hours.
test('a client that answers no ping is cut a minute after the first', async () => {
  await within(ONE_ORDER, async ({ exchange, clock, open }) => {
    const client = await open(TRADES)
    await clock.advance(19_999)
    await clock.advance(1)
    await clock.advance(59_999)
    assert.equal(exchange.binance.doors[0]!.connections.size, 1)
    await clock.advance(1)
    assert.equal((await client.closed()).code, 1006)
    assert.deepEqual(
      client.pings,
      [20_000, 40_000, 60_000].map((ms) => String(START_MS + ms)),
    )
  })
})

test('a pong that nobody asked for saves nobody', async () => {
  await within(ONE_ORDER, async ({ clock, open }) => {
    const client = await open(TRADES)
    await clock.advance(20_000)
    client.ws.pong('')
    client.ws.pong('hello')
    await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 1 }) // heard behind the pongs
    await clock.advance(60_000)
    assert.equal((await client.closed()).code, 1006)
  })
})

test('a client that answers lives 24 hours, and is then closed', async () => {
  await within({ ...ONE_ORDER, rules: { pingMs: 3_600_000, pongMs: 7_200_000 } }, async ({ clock, open }) => {
    const client = await open(TRADES, true)
    for (let hour = 1; hour <= 23; hour++) {
      await clock.advance(3_600_000)
      while (client.pings.length < hour) await new Promise((resolve) => setImmediate(resolve))
      await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: hour }) // its pong was heard before
    }
    await clock.advance(3_599_999)
    await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 24 })
    await clock.advance(1)
    assert.equal((await client.closed()).code, 1001)
  })
})

// Source: Limits: 5 messages a second; pings, pongs and requests all count.
for (const [name, say] of [
  ['requests', (client: Client, each: number) => client.ws.send(`{"method":"LIST_SUBSCRIPTIONS","id":${each}}`)],
  ['pings', (client: Client) => client.ws.ping()],
  ['pongs', (client: Client) => client.ws.pong()],
] as const) {
  test(`the sixth of ${name} in a second closes the line, and the fifth does not`, async () => {
    await within(ONE_ORDER, async ({ clock, open }) => {
      const client = await open(TRADES)
      for (let each = 0; each < 4; each++) say(client, each)
      await client.ask({ method: 'GET_PROPERTY', params: ['combined'], id: 99 })
      await clock.advance(1_000)
      for (let each = 0; each < 4; each++) say(client, each)
      await client.ask({ method: 'GET_PROPERTY', params: ['combined'], id: 100 })
      await clock.advance(999)
      say(client, 5)
      assert.deepEqual(await client.closed(), { code: 1008, reason: 'Too many requests' })
    })
  })
}

test('a host takes 300 attempts in five minutes from an address', async () => {
  await within({ ...ONE_ORDER, rules: { attemptsMax: 3 } }, async ({ exchange, clock }) => {
    const url = `${exchange.binance.streams[0]}${TRADES}`
    const attempts = async (count: number) => {
      const found: (number | string)[] = []
      for (let each = 0; each < count; each++) found.push(await refusal(url))
      return found
    }
    assert.deepEqual(await attempts(4), [101, 101, 101, 429])
    await clock.advance(299_999)
    assert.deepEqual(await attempts(1), [429])
    await clock.advance(300_000)
    assert.deepEqual(await attempts(1), [101])
  })
})

test('a door of streams has no REST, and one of REST no streams', async () => {
  await within(ONE_ORDER, async ({ exchange }) => {
    const { streams, rest } = exchange.binance
    assert.equal((await fetch(`${streams[0]!.replace('ws', 'http')}/api/v3/ping`)).status, 404)
    assert.equal(await refusal(`${rest[0]!.replace('http', 'ws')}${TRADES}`), 404)
    assert.equal(await refusal(`${streams[0]}/nothing`), 404)
  })
})

test('a client that takes nothing is cut, and memory stays', async () => {
  await within(
    { symbols: ['BTCUSDT'], ordersPerSecond: 1_000, rules: { backlogBytesMax: 100_000 } },
    async ({ exchange, clock, open }) => {
      const client = await open('/ws/btcusdt@bookTicker')
      client.ws.pause()
      for (let seconds = 0; exchange.binance.doors[0]!.connections.size > 0; seconds++) {
        assert.ok(seconds < 60, 'it takes what a socket holds, and no more')
        await clock.advance(1_000)
      }
    },
  )
})

test('its clock may be ahead: server time and events are', async () => {
  await within({ symbols: ['BTCUSDT'], skewMs: 1_270 }, async ({ exchange, clock, open }) => {
    const client = await open('/ws/btcusdt@trade')
    await clock.advance(3_000)
    const { E } = JSON.parse(await client.until((message) => message.includes('"trade"')))
    assert.ok(E > START_MS + 1_270 && E <= START_MS + 3_000 + 1_270)
    const reply = await fetch(`${exchange.binance.rest[0]}/api/v3/time`)
    assert.deepEqual(await reply.json(), { serverTime: START_MS + 3_000 + 1_270 })
  })
})

test('an exchange that begins again has the trades of its past, with their ids', async () => {
  const trades = async (startMs: number) => {
    const exchange = await standInExchange({ clock: manualClock(startMs), symbols: ['BTCUSDT'] })
    await exchange.stop()
    return [...exchange.binance.trades('BTCUSDT')]
  }
  const [first, second] = [await trades(START_MS), await trades(START_MS + 300_000)]
  const both = second.filter(({ id }) => id <= first.at(-1)!.id)
  assert.ok(both.length > 1_000)
  assert.deepEqual(both, first.slice(-both.length))
})

test('a port that is taken is told', async () => {
  const other = await standInExchange()
  try {
    const port = Number(new URL(other.binance.rest[1]!).port)
    await assert.rejects(standInExchange({ port: port - 2 }), { code: 'SETTINGS_INVALID' })
  } finally {
    await other.stop()
  }
})
