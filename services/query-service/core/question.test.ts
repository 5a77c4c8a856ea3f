import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ohlcvQuestion, tradesQuestion } from './question.ts'

const NOW = 1_000_000_000_000_000

test('a question without parameters is the newest hundred', () => {
  assert.deepEqual(tradesQuestion({}, NOW), { kind: 'trades', filter: {}, limit: 100, order: 'desc', source: 'hybrid' })
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
  }
  assert.deepEqual(tradesQuestion(raw, NOW), {
    kind: 'trades',
    limit: 10_000,
    order: 'asc',
    source: 'lake',
    filter: { symbols: ['BHP', 'RIO'], exchanges: ['ASX'], fromMicros: 0, toMicros: 86_400_000_000 },
  })
})

test('a window reaches back from now and has no end', () => {
  assert.deepEqual(tradesQuestion({ window_minutes: '15' }, NOW).filter, { fromMicros: NOW - 900_000_000 })
})

test('bars know their timeframe', () => {
  assert.equal(ohlcvQuestion({ timeframe: '5m', symbol: 'BHP' }, NOW).timeframe, '5m')
})

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
  [{ limit: '0', order: 'up' },                           /limit .*; order /],
]
for (const [raw, sentence] of bad) {
  test(`${JSON.stringify(raw).slice(0, 60)} is refused`, () => {
    assert.throws(() => tradesQuestion(raw, NOW), { code: 'INVALID_ARGUMENT', message: sentence })
  })
}

test('bars need a symbol and a timeframe there is', () => {
  assert.throws(() => ohlcvQuestion({ timeframe: '7m' }, NOW), {
    message: /timeframe is one of 1s, .*symbol is required/,
  })
})
