import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { type ManualClock, manualClock } from '@k2/service/clock.ts'
import { type Client, connect, refusal } from './client.fixture.ts'
import { type Fault, faultFrom } from './faults.ts'
import { FORMS, type Form } from './garbage.ts'
import { type StandIn, standInExchange } from './stand-in.ts'

const START_MS = Date.UTC(2026, 0, 1)
const TRADE = /"E":\d{13},"s":"BTCUSDT","t":/
const QUOTE = /"data":\{"u":/
const HOST = 'stream.binance.com:9443'

interface World {
  readonly exchange: StandIn
  readonly clock: ManualClock
  readonly client: Client
  /** Moves time on, and gives the ids that came, counted from the first trade after the connection. */
  trades(ms: number): Promise<number[]>
}

async function within(work: (world: World) => Promise<void>): Promise<void> {
  const clock = manualClock(START_MS)
  const exchange = await standInExchange({
    clock,
    symbols: ['BTCUSDT'],
    ordersPerSecond: 20,
    quotesPerOrder: 1,
    pastMs: 1_000,
  })
  const client = await connect(`${exchange.binance.streams[0]}/stream?streams=btcusdt@trade/btcusdt@bookTicker`)
  const history = exchange.binance.history('BTCUSDT')
  const first = history.trade(history.end - 1).id + 1
  async function trades(ms: number): Promise<number[]> {
    await clock.advance(ms)
    // What is told behind it has been told after it.
    client.ws.ping()
    await once(client.ws, 'pong')
    return client.messages.filter((text) => TRADE.test(text)).map((text) => JSON.parse(text).data.t - first)
  }
  try {
    await work({ exchange, clock, client, trades })
  } finally {
    await exchange.stop()
  }
}

const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, each) => from + each)

// Each is ordered before the first trade.
// biome-ignore format: a table reads by its columns
const rows: [name: string, fault: Fault, begin: (count: number) => number[]][] = [
  ['no change, where it is for another venue', { kind: 'gap', symbol: 'BTCUSDT', count: 3, venue: 'binanceus' },         (count) => upTo(count)],
  ['no change, where it is for another host',  { kind: 'gap', symbol: 'BTCUSDT', count: 3, host: 'stream.binance.com:443' }, (count) => upTo(count)],
  ['a gap',                           { kind: 'gap', symbol: 'BTCUSDT' },                                       (count) => upTo(count, 1)],
  ['a gap of three at this host',     { kind: 'gap', symbol: 'BTCUSDT', count: 3, host: HOST },                 (count) => upTo(count, 3)],
  ['a repeat',                        { kind: 'repeat', symbol: 'BTCUSDT' },                                    (count) => [0, ...upTo(count)]],
  ['two repeats',                     { kind: 'repeat', symbol: 'BTCUSDT', count: 2 },                          (count) => [0, 0, 1, 1, ...upTo(count, 2)]],
  ['another order',                   { kind: 'reorder', symbol: 'BTCUSDT' },                                   (count) => [1, 0, ...upTo(count, 2)]],
  ['another order of five',           { kind: 'reorder', symbol: 'BTCUSDT', count: 5 },                         (count) => [4, 3, 2, 1, 0, ...upTo(count, 5)]],
]
for (const [name, fault, begin] of rows) {
  test(`trades come with ${name}, and the truth has them all`, async () => {
    await within(async ({ exchange, trades }) => {
      exchange.inject(fault)
      const { end } = exchange.binance.history('BTCUSDT')
      const came = await trades(2_000)
      const made = exchange.binance.history('BTCUSDT').end - end
      assert.ok(made > 10)
      assert.deepEqual(came, begin(made))
    })
  })
}

for (const isLost of [false, true]) {
  test(`a gap's trades are ${isLost ? 'not in REST where they are lost' : 'in REST'}`, async () => {
    await within(async ({ exchange, trades }) => {
      const { end } = exchange.binance.history('BTCUSDT')
      exchange.inject({ kind: 'gap', symbol: 'BTCUSDT', count: 2, isLost })
      await trades(2_000)
      const truth = exchange.binance.trades('BTCUSDT').drop(end).take(4).toArray()
      assert.deepEqual(
        truth.map((trade) => trade.isLost),
        [isLost, isLost, false, false],
      )
      const rest = await fetch(
        `${exchange.binance.rest[0]}/api/v3/historicalTrades?symbol=BTCUSDT&fromId=${truth[0]!.id}&limit=1`,
      )
      const [found] = (await rest.json()) as { id: number; price: string; qty: string }[]
      const wanted = truth[isLost ? 2 : 0]!
      assert.deepEqual([found?.id, found?.price, found?.qty], [wanted.id, wanted.price, wanted.quantity])
    })
  })
}

test('a symbol is silent for its time, and trades all the same', async () => {
  await within(async ({ exchange, trades }) => {
    exchange.inject({ kind: 'silence', symbol: 'BTCUSDT', ms: 30_000 })
    const { end } = exchange.binance.history('BTCUSDT')
    assert.deepEqual(await trades(29_900), [])
    const made = exchange.binance.history('BTCUSDT').end - end
    assert.ok(made > 100)
    const came = await trades(10_000)
    assert.ok(came[0]! >= made && came.length > 10)
  })
})

test('held trades come when faults are ended', async () => {
  await within(async ({ exchange, trades }) => {
    exchange.inject({ kind: 'reorder', symbol: 'BTCUSDT', count: 1_000 })
    assert.deepEqual(await trades(1_000), [])
    await exchange.clear()
    const came = await trades(1_000)
    assert.ok(came.length > 10)
    assert.deepEqual(came, upTo(came.length))
  })
})

test('on a half-open line nothing comes, nothing is answered, and nothing ends', async () => {
  await within(async ({ exchange, clock, client }) => {
    await clock.advance(500)
    assert.deepEqual(exchange.inject({ kind: 'half-open', host: HOST }), { doors: 1, connections: 1 })
    client.ws.send('{"method":"LIST_SUBSCRIPTIONS","id":1}')
    client.ws.ping()
    await clock.advance(200_000)
    exchange.inject({ kind: 'close', host: HOST })
    const other = await connect(`${exchange.binance.streams[0]}/ws/btcusdt@trade`)
    await clock.advance(1_000)
    await other.until((message) => message.includes('"trade"')) // long after the first could have heard something
    assert.ok(!client.messages.some((message) => message.includes('result')))
    assert.equal(client.pings.length, 0)
    assert.equal(client.ws.readyState, client.ws.OPEN)
  })
})

// biome-ignore format: a table reads by its columns
const ends: [fault: Fault, code: number, reason: string][] = [
  [{ kind: 'cut' },                                      1006, ''],
  [{ kind: 'close' },                                    1001, ''],
  [{ kind: 'close', code: 1008, reason: 'disconnected' }, 1008, 'disconnected'],
]
for (const [fault, code, reason] of ends) {
  test(`${JSON.stringify(fault)} ends a line with ${code}`, async () => {
    await within(async ({ exchange, client }) => {
      assert.deepEqual(exchange.inject({ ...fault, venue: 'binance' }), { doors: 3, connections: 1 })
      assert.deepEqual(await client.closed(), { code, reason })
    })
  })
}

for (const [path, told] of [
  ['/ws/btcusdt@trade', `{"e":"serverShutdown","E":${START_MS}}`],
  ['/stream?streams=btcusdt@trade', `{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":${START_MS}}}`],
  ['/ws?timeUnit=MICROSECOND', `{"e":"serverShutdown","E":${START_MS}000}`],
] as const) {
  test(`a shutdown is told to ${path}, and comes after its time`, async () => {
    await within(async ({ exchange, clock }) => {
      const client = await connect(`${exchange.binance.streams[1]}${path}`)
      exchange.inject({ kind: 'shutdown', ms: 5_000, host: 'stream.binance.com:443' })
      assert.equal(await client.until((message) => message.includes('serverShutdown')), told)
      await clock.advance(4_999)
      assert.equal(exchange.binance.doors[1]!.connections.size, 1)
      await clock.advance(1)
      assert.equal((await client.closed()).code, 1001)
    })
  })
}

test('a slow line gives its bytes a second, cut anywhere, and then the rest', async () => {
  await within(async ({ exchange, clock, client }) => {
    const socket = (client.ws as unknown as { _socket: { bytesRead: number } })._socket
    const before = socket.bytesRead
    exchange.inject({ kind: 'slow', bytesPerSecond: 500, ms: 10_000 })
    const { end } = exchange.binance.history('BTCUSDT')
    await clock.advance(9_900)
    assert.ok(socket.bytesRead - before <= 5_000)
    const last = exchange.binance.history('BTCUSDT').trade(exchange.binance.history('BTCUSDT').end - 1)
    await clock.advance(1_000)
    await client.until((message) => message.includes(`"t":${last.id},`))
    const ids = client.messages
      .filter((message) => message.includes('"t":'))
      .map((message) => JSON.parse(message).data.t)
    const truth = exchange.binance.trades('BTCUSDT').drop(end).take(ids.length).toArray()
    assert.deepEqual(
      ids,
      truth.map(({ id }) => id),
    )
  })
})

// What a client of RFC 6455 must fail a connection for; the rest is for who reads the messages.
const FATAL: readonly Form[] = ['bad UTF-8', 'reserved opcode', 'reserved bit', 'masked', 'long ping']
for (const form of FORMS) {
  test(`garbage: ${form} ${FATAL.includes(form) ? 'ends the line' : 'is a message'}`, async () => {
    await within(async ({ exchange, client, trades }) => {
      exchange.inject({ kind: 'garbage', form })
      if (FATAL.includes(form)) return assert.ok([1002, 1006, 1007].includes((await client.closed()).code))
      const came = await trades(1_000)
      const [first, ...others] = client.messages
      assert.ok(first !== undefined && !TRADE.test(first) && !QUOTE.test(first))
      assert.ok(others.every((message) => TRADE.test(message) || QUOTE.test(message)))
      assert.ok(came.length > 3)
    })
  })
}

test('a huge message has its size, and is JSON', async () => {
  await within(async ({ exchange, client }) => {
    exchange.inject({ kind: 'huge', bytes: 2_000_000 })
    const message = await client.until((text) => text.includes('zzz'))
    assert.equal(message.length, 2_000_000)
    assert.equal(JSON.parse(message).data.e, 'trade')
  })
})

test('REST fails as often as it is told, or as long', async () => {
  await within(async ({ exchange, clock }) => {
    const statuses = async (count: number) => {
      const found: number[] = []
      for (let each = 0; each < count; each++)
        found.push((await fetch(`${exchange.binance.rest[0]}/api/v3/ping`)).status)
      return found
    }
    exchange.inject({ kind: 'status', count: 2 })
    assert.deepEqual(await statuses(3), [503, 503, 200])
    exchange.inject({ kind: 'status', status: 500, ms: 1_000 })
    assert.deepEqual(await statuses(2), [500, 500])
    await clock.advance(999)
    assert.deepEqual(await statuses(1), [500])
    await clock.advance(1)
    assert.deepEqual(await statuses(1), [200])
    exchange.inject({ kind: 'status', status: 502 })
    await exchange.clear()
    assert.deepEqual(await statuses(1), [200])
    exchange.inject({ kind: 'hang', count: 1 })
    const hung = new AbortController()
    const waiting = fetch(`${exchange.binance.rest[0]}/api/v3/ping`, { signal: hung.signal })
    assert.deepEqual(await Promise.race([waiting.then(() => 'answered'), statuses(1)]), [200])
    hung.abort()
    await assert.rejects(waiting, { name: 'AbortError' })
  })
})

test('a door that refuses takes nobody for its time, and who is connected stays', async () => {
  await within(async ({ exchange, clock, client }) => {
    const url = exchange.binance.streams[0]!
    exchange.inject({ kind: 'refuse', host: HOST, ms: 5_000 })
    assert.equal(await refusal(`${url}/ws`), 'ECONNREFUSED')
    assert.equal(await refusal(`${exchange.binance.streams[1]}/ws`), 101)
    await clock.advance(4_999)
    assert.equal(await refusal(`${url}/ws`), 'ECONNREFUSED')
    await client.until((message) => message.includes('"trade"'))
    await clock.advance(1)
    await exchange.clear() // waits until it is open
    assert.equal(exchange.binance.streams[0], url)
    assert.equal(await refusal(`${url}/ws`), 101)
  })
})

// biome-ignore format: a table reads by its columns
const wrong: [value: unknown, why: RegExp][] = [
  ['cut',                                              /^A fault is an object with a kind\.$/],
  [null,                                               /^A fault is an object/],
  [{},                                                 /^kind is one of gap, repeat, /],
  [{ kind: 'toString' },                               /^kind is one of/],
  [{ kind: 'gap' },                                    /^gap needs symbol\.$/],
  [{ kind: 'gap', symbol: 'BTCUSDT', count: 0 },       /^count of gap must be a whole number of 1 to 1000000\.$/],
  [{ kind: 'gap', symbol: 'BTCUSDT', count: 1.5 },     /^count of gap must be a whole number/],
  [{ kind: 'gap', symbol: 7 },                         /^symbol of gap must be text\.$/],
  [{ kind: 'gap', symbol: 'BTCUSDT', isLost: 1 },      /^isLost of gap must be true or false\.$/],
  [{ kind: 'cut', ms: 5 },                             /^cut takes venue, host, not ms\.$/],
  [{ kind: 'garbage', form: 'x' },                     /^form of garbage must be one of not JSON, /],
  [{ kind: 'status', status: 200 },                    /^status of status must be a whole number of 400 to 599\.$/],
]
for (const [value, why] of wrong) {
  test(`${JSON.stringify(value)} is no fault`, () => {
    assert.throws(
      () => faultFrom(value),
      (error: unknown) => error instanceof K2Error && error.code === 'INVALID_ARGUMENT' && why.test(error.message),
    )
  })
}

test('a fault of a door or a symbol that is not there is refused', async () => {
  await within(async ({ exchange }) => {
    const refused = (fault: Fault, message: RegExp) =>
      assert.throws(() => exchange.inject(fault), { code: 'INVALID_ARGUMENT', message })
    refused(
      { kind: 'cut', host: 'stream.binance.com' },
      /^No door is meant: there are binance stream\.binance\.com:9443, /,
    )
    refused({ kind: 'cut', venue: 'kraken' }, /^No door is meant/)
    refused({ kind: 'status', host: HOST }, /^No door is meant/)
    refused({ kind: 'gap', symbol: 'SOLUSDT' }, /^Nobody trades SOLUSDT\.$/)
  })
})
