import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ohlcvBatchQuestion, ohlcvQuestion } from './bars.ts'
import {
  queryQuotesQuestion,
  queryTradesQuestion,
  quotesQuestion,
  recentQuestion,
  summaryQuestion,
  tradesQuestion,
} from './question.ts'

const NOW = 1_000_000_000_000_000

test('a question without parameters is the newest hundred, of all fields', () => {
  const { fields, digest: _, ...rest } = tradesQuestion({}, NOW)
  const asked = {
    kind: 'trades',
    filter: {},
    explain: false,
    limit: 100,
    order: 'desc',
    format: 'json',
    source: 'hybrid',
    conditions: {},
  }
  assert.deepEqual(rest, asked)
  assert.equal(fields[0], 'message_id')
})

test('every parameter finds its place', () => {
  const raw = {
    symbol: 'BHP,RIO',
    exchange: 'ASX',
    start_time: '1970-01-01',
    end_time: '1970-01-02',
    limit: '10000',
    order: 'asc',
    source: 'lake',
    trade_conditions: '0,2',
    exclude_trade_conditions: 'XT',
    fields: 'price,symbol',
    format: 'csv',
    as_of: '17',
    cursor: 'abc',
  }
  const { digest: _, ...rest } = tradesQuestion(raw, NOW)
  assert.deepEqual(rest, {
    kind: 'trades',
    limit: 10_000,
    explain: false,
    order: 'asc',
    source: 'lake',
    format: 'csv',
    asOf: { snapshotId: 17n },
    fields: ['price', 'symbol'],
    cursor: 'abc',
    conditions: { include: ['0', '2'], exclude: ['XT'] },
    filter: { symbols: ['BHP', 'RIO'], exchanges: ['ASX'], fromMicros: 0, toMicros: 86_400_000_000 },
  })
})

// biome-ignore format: a table reads by its columns
const digests: [name: string, a: Record<string, string>, b: Record<string, string>, same: boolean][] = [
  ['pages may differ in size and writing',   { limit: '5', format: 'csv' }, { fields: 'price', cursor: 'x' },  true],
  ['what is a default may be said',          {},                            { order: 'desc' },                  true],
  ['another order is another question',      {},                            { order: 'asc' },                   false],
  ['so is another symbol',                   { symbol: 'A' },               { symbol: 'B' },                    false],
  ['so is another snapshot',                 { as_of: '1' },                { as_of: '2' },                     false],
]
for (const [name, a, b, same] of digests) {
  test(name, () => {
    assert.equal(tradesQuestion(a, NOW).digest === tradesQuestion(b, NOW + 5).digest, same)
  })
}

test('trades and quotes are different questions, and a window is the same a minute later', () => {
  assert.notEqual(tradesQuestion({}, NOW).digest, quotesQuestion({}, NOW).digest)
  const window = { window_minutes: '15' }
  assert.equal(tradesQuestion(window, NOW).digest, tradesQuestion(window, NOW + 60_000_000).digest)
})

test('as_of a time is of the lake', () => {
  const { source, asOf } = tradesQuestion({ as_of: '2014-03-10T00:00:00Z' }, NOW)
  assert.deepEqual([source, asOf], ['lake', { micros: 1_394_409_600_000_000 }])
})

// biome-ignore format: a table reads by its columns
const summaries: [exchange: string | undefined, fromHour: number, toHour: number][] = [
  [undefined,   -10, 24], // Sydney's day and UTC's
  ['ASX',       -10, 14],
  ['BINANCE',     0, 24],
  ['ELSEWHERE',   0, 24],
]
for (const [exchange, from, to] of summaries) {
  test(`a summary of ${exchange ?? 'any venue'} looks at the day by its calendar`, () => {
    const { day, filter } = summaryQuestion({ symbol: 'BHP', date: '1970-01-02', exchange }, NOW)
    const hours = [filter.fromMicros!, filter.toMicros!].map((micros) => micros / 3_600_000_000 - 24)
    assert.deepEqual([day, ...hours], [1, from, to])
  })
}

test('a window reaches back from now and has no end', () => {
  assert.deepEqual(tradesQuestion({ window_minutes: '15' }, NOW).filter, { fromMicros: NOW - 900_000_000 })
})

test('bars know their timeframes', () => {
  assert.deepEqual(ohlcvQuestion({ timeframe: '5m', symbol: 'BHP' }, NOW).timeframes, ['5m'])
  assert.deepEqual(ohlcvBatchQuestion({ timeframe: '1d,1m', symbol: 'BHP' }, NOW).timeframes, ['1d', '1m'])
})

// biome-ignore format: a table reads by its columns
const fills: [name: string, raw: Record<string, string>, fill: object | undefined][] = [
  ['nothing is filled unasked',          {},                                         undefined],
  ['without an end to the last trade',   { fill: 'true' },                           {}],
  ['up to the end that is asked for',    { fill: 'true', end_time: '1970-01-02' },   { toMicros: 86_400_000_000 }],
  ['never beyond now',                   { fill: 'true', end_time: '2100-01-01' },   { toMicros: NOW }],
]
for (const [name, raw, fill] of fills) {
  test(`bars: ${name}`, () => {
    assert.deepEqual(ohlcvQuestion({ timeframe: '5m', symbol: 'BHP', ...raw }, NOW).fill, fill)
  })
}

// biome-ignore format: a table reads by its columns
const bad: [raw: Record<string, string>, sentence: RegExp][] = [
  [{ limit: '0' },                                        /limit is a whole number from 1 to 10000, not "0"/],
  [{ limit: '1000000000' },                               /limit/],
  [{ limit: '1e3' },                                      /limit/],
  [{ start_time: 'yesterday' },                           /start_time is an ISO 8601 time/],
  [{ start_time: '2014-03-11', end_time: '2014-03-10' },  /end_time must lie behind/],
  [{ start_time: '2014-03-11', end_time: '2014-03-11' },  /end_time must lie behind/],
  [{ window_minutes: '5', end_time: '2014-03-11' },       /instead of/],
  [{ symbol: 'a;DROP TABLE' },                            /symbol/],
  [{ symbol: Array(101).fill('A').join() },               /at most 100/],
  [{ order: 'up' },                                       /asc, desc, not "up"/],
  [{ smybol: 'BHP' },                                     /smybol is not a parameter/],
  [{ fields: 'price,nothing' },                           /fields names "nothing"; there are message_id/],
  [{ fields: 'price,price' },                             /fields names one twice/],
  [{ format: 'xml' },                                     /format is one of json, csv, ndjson, arrow, parquet, not/],
  [{ as_of: 'yesterday' },                                /as_of is a snapshot id or an ISO 8601 time/],
  [{ as_of: '99999999999999999999' },                     /as_of is a snapshot id/],
  [{ as_of: '1', source: 'hybrid' },                      /as_of asks for the lake as it was/],
  [{ as_of: '1', source: 'tail' },                        /as_of asks/],
  [{ limit: '0', order: 'up' },                           /limit .*; order /],
]
for (const [raw, sentence] of bad) {
  test(`${JSON.stringify(raw).slice(0, 60)} is refused`, () => {
    assert.throws(() => tradesQuestion(raw, NOW), { code: 'INVALID_ARGUMENT', message: sentence })
  })
}

test('queries are answered with as much as a program takes at once', () => {
  assert.equal(queryTradesQuestion({ limit: '100000' }, NOW).limit, 100_000)
  assert.equal(queryQuotesQuestion({ limit: '100000' }, NOW).limit, 100_000)
})

test('bars need a symbol and a timeframe there is', () => {
  assert.throws(() => ohlcvQuestion({ timeframe: '7m' }, NOW), {
    message: /timeframe is one of 1s, .*symbol is required/,
  })
})

// biome-ignore format: a table reads by its columns
const others: [name: string, read: () => unknown, sentence: RegExp][] = [
  ['recent trades name their symbol and venue', () => recentQuestion({}, NOW),                                    /symbol is required; exchange is required/],
  ['a recent window is an hour at most',        () => recentQuestion({ symbol: 'A', exchange: 'ASX', window_minutes: '61' }, NOW), /from 1 to 60/],
  ['a day is a day',                            () => summaryQuestion({ symbol: 'A', date: '2014-02-30' }, NOW),  /date is a day such as/],
  ['a page of trades is not a query of them',   () => tradesQuestion({ limit: '10001' }, NOW),                    /limit is a whole number from 1 to 10000/],
  ['a query of trades has an end',              () => queryTradesQuestion({ limit: '100001' }, NOW),              /limit is a whole number from 1 to 100000/],
  ['a query of quotes has an end',              () => queryQuotesQuestion({ limit: '100001' }, NOW),              /limit is a whole number from 1 to 100000/],
  ['quotes have no conditions',                 () => quotesQuestion({ trade_conditions: '1' }, NOW),             /trade_conditions is not a parameter/],
]
for (const [name, read, sentence] of others) {
  test(name, () => {
    assert.throws(read, { code: 'INVALID_ARGUMENT', message: sentence })
  })
}

test("a query finds its place, and what is not of the lake's filter beside it", () => {
  const raw = {
    symbol: 'A,B',
    exchange: 'ASX,BINANCE',
    range: '1970-01-02T00:00Z/1970-01-03T00:00Z,1970-01-01T00:00Z/1970-01-01T01:00Z',
    side: 'BUY,SELL',
    min_price: '-1.5',
    max_quantity: '0',
  }
  const { filter, conditions, limit } = queryTradesQuestion(raw, NOW)
  const day = 86_400_000_000
  assert.deepEqual(filter, { symbols: ['A', 'B'], exchanges: ['ASX', 'BINANCE'], fromMicros: 0, toMicros: 2 * day })
  assert.deepEqual(conditions, {
    sides: ['BUY', 'SELL'],
    ranges: [
      { fromMicros: day, toMicros: 2 * day },
      { fromMicros: 0, toMicros: day / 24 },
    ],
    minPrice: -150_000_000n,
    maxQuantity: 0n,
  })
  assert.equal(limit, 1000)
})

// biome-ignore format: a table reads by its columns
const badQueries: [raw: Record<string, string>, sentence: RegExp][] = [
  [{ range: '2014-03-10' },                                          /range is a start, a slash and an end/],
  [{ range: '2014-03-11T00:00Z/2014-03-10T00:00Z' },                 /range is a start/],
  [{ range: '2014-03-10T00:00Z/2014-03-11T00:00Z/2014-03-12T00:00Z' }, /range is a start/],
  [{ range: Array(101).fill('a/b').join() },                         /range names 101, and at most 100/],
  [{ range: '2014-03-10T00:00Z/2014-03-11T00:00Z', start_time: '2014-03-10' }, /range stands instead of/],
  [{ side: 'BOTH' },                                                 /side names "BOTH"; there are BUY, SELL/],
  [{ min_price: 'cheap' },                                           /min_price is not a decimal number: "cheap"/],
  [{ min_price: '1e3' },                                             /min_price is not a decimal number/],
  [{ min_price: '0.000000001' },                                     /min_price is more than 8 decimals/],
  [{ min_price: '2', max_price: '1' },                               /max_price must not lie below min_price/],
  [{ min_quantity: '2', max_quantity: '1.99' },                      /max_quantity must not lie below/],
]
for (const [raw, sentence] of badQueries) {
  test(`a query with ${JSON.stringify(raw).slice(0, 60)} is refused`, () => {
    assert.throws(() => queryTradesQuestion(raw, NOW), { code: 'INVALID_ARGUMENT', message: sentence })
  })
}
