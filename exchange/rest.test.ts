import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QuoteEvent } from './event.ts'
import { History } from './history.ts'
import { answerRest, type MarketView, type RestReply } from './rest.ts'
import { factsOf } from './symbols.ts'
import { BINANCE, BINANCE_US, type Venue } from './venues.ts'
import { createWeights } from './weights.ts'

const NOW_MS = Date.UTC(2026, 0, 1)
const QUOTE: QuoteEvent = {
  kind: 'bookTicker',
  symbol: 'BTCUSDT',
  atMicros: 0,
  updateId: 1,
  bidPrice: 400_000_000,
  bidQuantity: 43_100_000_000,
  askPrice: 400_000_200,
  askQuantity: 900_000_000,
  frames: [],
}

/** BTCUSDT has trades 1 to 1,200, two at a time: aggregates 1 to 600, one each 100 ms; ETHUSDT has none. */
function world(venue: Venue): MarketView {
  const [btc, eth] = [new History(10_000), new History(10_000)]
  for (let id = 1; id <= 1_200; id++) {
    const number = Math.ceil(id / 2)
    const timeMicros = (NOW_MS - 60_000 + number * 100) * 1_000 + 999
    btc.add({
      id,
      price: 100_000_000 + number * 1_000,
      quantity: 200_000_000,
      timeMicros,
      isBuyerMaker: number % 2 === 1,
    })
  }
  btc.lose(700)
  return {
    symbols: ['BTCUSDT', 'ETHUSDT'].map(factsOf),
    rules: venue.rules,
    history: (symbol) => (symbol === 'BTCUSDT' ? btc : eth),
    quote: (symbol) => (symbol === 'BTCUSDT' ? QUOTE : undefined),
  }
}

function get(address: string, venue = BINANCE, key?: string): RestReply {
  const { pathname, searchParams } = new URL(`/api/v3/${address}`, 'http://exchange')
  const request = { path: pathname, query: searchParams, key, address: '127.0.0.1' }
  return answerRest(request, world(venue), createWeights(venue.rules), NOW_MS)
}

const BOTH = encodeURIComponent('["BTCUSDT","ETHUSDT"]')
const names = (count: number) => encodeURIComponent(JSON.stringify(Array(count).fill('BTCUSDT')))

// Source: Binance spot "Market Data endpoints" and "General endpoints" of January 2026; Binance.US REST documents.
// biome-ignore format: a table reads by its columns
const weights: [address: string, binance: number, us: number][] = [
  ['ping',                                   1,  1],
  ['time',                                   1,  1],
  ['exchangeInfo',                           20, 10],
  ['trades?symbol=BTCUSDT',                  25, 1],
  ['historicalTrades?symbol=BTCUSDT',        25, 5],
  ['aggTrades?symbol=BTCUSDT',               4,  1],
  ['ticker/price?symbol=BTCUSDT',            2,  1],
  ['ticker/price',                           4,  2],
  [`ticker/price?symbols=${BOTH}`,           4,  2],
  ['ticker/bookTicker?symbol=BTCUSDT',       2,  1],
  ['ticker/bookTicker',                      4,  2],
  ['ticker/24hr?symbol=BTCUSDT',             2,  1],
  [`ticker/24hr?symbols=${names(20)}`,       2,  1],
  [`ticker/24hr?symbols=${names(21)}`,       40, 20],
  [`ticker/24hr?symbols=${names(100)}`,      40, 20],
  [`ticker/24hr?symbols=${names(101)}`,      80, 40],
  ['ticker/24hr',                            80, 40],
]
for (const [address, binance, us] of weights) {
  test(`GET ${address.slice(0, 40)} weighs ${binance}, at Binance.US ${us}`, () => {
    const used = [BINANCE, BINANCE_US].map((venue) => get(address, venue, 'key').headers['x-mbx-used-weight-1m'])
    assert.deepEqual(used, [String(binance), String(us)])
  })
}

// Source: Binance spot "Error codes".
// biome-ignore format: a table reads by its columns
const faults: [address: string, status: number, code: number, venue?: Venue, key?: string][] = [
  ['trades',                                          400, -1102],
  ['trades?symbol=',                                  400, -1102],
  ['trades?symbol=NOBODY',                            400, -1121],
  ['trades?symbol=btcusdt',                           400, -1121],
  ['exchangeInfo?symbol=NOBODY',                      400, -1121],
  ['exchangeInfo?symbols=BTCUSDT',                    400, -1100],
  [`exchangeInfo?symbol=BTCUSDT&symbols=${BOTH}`,     400, -1128],
  ['trades?symbol=BTCUSDT&limit=x',                   400, -1100],
  ['trades?symbol=BTCUSDT&limit=-1',                  400, -1100],
  ['trades?symbol=BTCUSDT&limit=0',                   400, -1130],
  ['trades?symbol=BTCUSDT&limit=',                    400, -1105],
  ['trades?symbol=BTCUSDT&fromId=1',                  400, -1104],
  ['trades?symbol=BTCUSDT&symbol=BTCUSDT',            400, -1101],
  ['ping?a=1',                                        400, -1104],
  ['aggTrades?symbol=BTCUSDT&fromId=1&startTime=1',   400, -1128],
  ['historicalTrades?symbol=BTCUSDT',                 401, -2014, BINANCE_US],
  ['historicalTrades?symbol=BTCUSDT',                 200, 0,     BINANCE_US, 'key'],
  ['historicalTrades?symbol=BTCUSDT',                 200, 0,     BINANCE],
]
for (const [address, status, code, venue = BINANCE, key] of faults) {
  test(`GET ${address} at ${venue.name}${key ? ' with a key' : ''} is ${status} ${code || ''}`, () => {
    const reply = get(address, venue, key)
    assert.equal(reply.status, status)
    if (status !== 200) assert.equal(JSON.parse(reply.body).code, code)
  })
}

// biome-ignore format: a table reads by its columns
const pages: [address: string, count: number, first?: number, last?: number][] = [
  ['trades?symbol=BTCUSDT',                              500, 701,  1_200],
  ['trades?symbol=BTCUSDT&limit=2',                      2,   1_199, 1_200],
  ['trades?symbol=BTCUSDT&limit=5000',                   999, 201,  1_200],
  ['trades?symbol=ETHUSDT',                              0],
  ['historicalTrades?symbol=BTCUSDT&fromId=0&limit=3',   3,   1,    3],
  ['historicalTrades?symbol=BTCUSDT&fromId=1199',        2,   1_199, 1_200],
  ['historicalTrades?symbol=BTCUSDT&fromId=1200',        1,   1_200, 1_200],
  ['historicalTrades?symbol=BTCUSDT&fromId=1201',        0],
  ['historicalTrades?symbol=BTCUSDT&fromId=699&limit=2', 2,   699,  701],
]
for (const [address, count, first, last] of pages) {
  test(`GET ${address} has ${count} trades`, () => {
    const ids: number[] = JSON.parse(get(address).body).map(({ id }: { id: number }) => id)
    assert.deepEqual([ids[0], ids.at(-1)], [first, last])
    assert.equal(ids.length, count)
    assert.ok(!ids.includes(700), 'a lost trade is not there')
  })
}

const AT = (number: number) => NOW_MS - 60_000 + number * 100
// biome-ignore format: a table reads by its columns
const aggregates: [query: string, first?: number, last?: number, firstId?: number, lastId?: number][] = [
  ['limit=2',                                          599, 600, 1_197, 1_200],
  ['fromId=1&limit=1',                                 1,   1,   1,     2],
  ['fromId=600',                                       600, 600, 1_199, 1_200],
  ['fromId=601'],
  ['fromId=349&limit=2',                               349, 351, 697,   702],
  [`startTime=${AT(10)}&endTime=${AT(12)}`,            10,  12,  19,    24],
  [`startTime=${AT(10) + 1}&endTime=${AT(12) - 1}`,    11,  11,  21,    22],
  [`startTime=${AT(599)}`,                             599, 600, 1_197, 1_200],
  [`endTime=${AT(3)}&limit=2`,                         2,   3,   3,     6],
]
for (const [query, ...wanted] of aggregates) {
  test(`GET aggTrades?${query}`, () => {
    const found = JSON.parse(get(`aggTrades?symbol=BTCUSDT&${query}`).body)
    assert.deepEqual(
      [found[0]?.a, found.at(-1)?.a, found[0]?.f, found.at(-1)?.l],
      [...wanted, ...Array(4 - wanted.length)],
    )
  })
}

test('answers have the documented fields, with 8 decimals', () => {
  const body = (address: string) => get(address).body
  assert.equal(body('ping'), '{}')
  assert.equal(body('time'), `{"serverTime":${NOW_MS}}`)
  assert.equal(
    body('trades?symbol=BTCUSDT&limit=1'),
    `[{"id":1200,"price":"1.00600000","qty":"2.00000000","quoteQty":"2.01200000","time":${NOW_MS},"isBuyerMaker":false,"isBestMatch":true}]`,
  )
  assert.equal(
    body('aggTrades?symbol=BTCUSDT&limit=1'),
    `[{"a":600,"p":"1.00600000","q":"4.00000000","f":1199,"l":1200,"T":${NOW_MS},"m":false,"M":true}]`,
  )
  assert.equal(body('ticker/price?symbol=BTCUSDT'), '{"symbol":"BTCUSDT","price":"1.00600000"}')
  assert.equal(
    body('ticker/bookTicker?symbol=BTCUSDT'),
    '{"symbol":"BTCUSDT","bidPrice":"4.00000000","bidQty":"431.00000000","askPrice":"4.00000200","askQty":"9.00000000"}',
  )
  assert.equal(JSON.parse(body('ticker/price')).length, 2)
})

test('24 hours of a symbol, and of one that did not trade', () => {
  const day = JSON.parse(get('ticker/24hr?symbol=BTCUSDT').body)
  const { openPrice, highPrice, lowPrice, lastPrice, volume, count, firstId, lastId, priceChange } = day
  assert.deepEqual(
    [openPrice, highPrice, lowPrice, lastPrice, volume, count, firstId, lastId, priceChange],
    ['1.00001000', '1.00600000', '1.00001000', '1.00600000', '2400.00000000', 1_200, 1, 1_200, '0.00599000'],
  )
  const none = JSON.parse(get('ticker/24hr?symbol=ETHUSDT').body)
  assert.deepEqual([none.count, none.firstId, none.volume], [0, -1, '0.00000000'])
})

test('exchangeInfo says symbols, ticks and limits', () => {
  const info = JSON.parse(get('exchangeInfo?symbol=BTCUSDT').body)
  assert.deepEqual(info.rateLimits[0], {
    rateLimitType: 'REQUEST_WEIGHT',
    interval: 'MINUTE',
    intervalNum: 1,
    limit: 6_000,
  })
  const [{ symbol, status, baseAsset, quoteAsset, filters }] = info.symbols
  assert.deepEqual([symbol, status, baseAsset, quoteAsset], ['BTCUSDT', 'TRADING', 'BTC', 'USDT'])
  assert.equal(filters[0].tickSize, '0.01000000')
  assert.equal(JSON.parse(get('exchangeInfo').body).symbols.length, 2)
})

test('there is nothing elsewhere', () => {
  assert.equal(get('klines').status, 404)
  assert.equal(get('../v1/trades').status, 404)
})
