import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregationsQuestion } from './aggregations.ts'
import type { Raw } from './question.ts'

const NOW = 1_000_000_000_000_000
const HOUR = 3_600_000_000

test('without parameters it is count, volume and vwap of each symbol and venue', () => {
  const { groupBy, metrics, interval, levels, limit, order } = aggregationsQuestion({}, NOW)
  assert.deepEqual(
    [groupBy, metrics],
    [
      ['symbol', 'exchange'],
      ['trade_count', 'volume', 'vwap'],
    ],
  )
  assert.deepEqual([interval, levels, limit, order], [undefined, undefined, 1000, 'asc'])
})

// biome-ignore format: a table reads by its columns
const intervals: [text: string, micros: number][] = [
  ['30s', 30_000_000], ['1m', HOUR / 60], ['15min', HOUR / 4], ['1hour', HOUR], ['4h', 4 * HOUR], ['1d', 24 * HOUR], ['1day', 24 * HOUR], ['31d', 744 * HOUR], ['7m', 7 * 60_000_000],
]
for (const [text, micros] of intervals) {
  test(`an interval of ${text}`, () => {
    assert.deepEqual(aggregationsQuestion({ interval: text }, NOW).interval, { micros, calendar: 'exchange' })
  })
}

test('levels are of a tick, or so many', () => {
  assert.deepEqual(aggregationsQuestion({ group_by: 'price_level', tick: '0.05' }, NOW).levels, { tick: 5_000_000n })
  assert.deepEqual(aggregationsQuestion({ group_by: 'side,price_level', levels: '20' }, NOW).levels, { count: 20 })
})

test("one venue's clock is enough, or none", () => {
  for (const raw of [{ exchange: 'ASX' }, { calendar: 'utc' }, { interval: '1h' }] satisfies Raw[])
    assert.ok(aggregationsQuestion({ group_by: 'symbol', interval: '1d', ...raw }, NOW).interval)
})

// biome-ignore format: a table reads by its columns
const bad: [raw: Raw, sentence: RegExp][] = [
  [{ interval: '0s' },                                       /interval is a duration from 1s to 31d, such as/],
  [{ interval: '999ms' },                                    /interval is a duration/],
  [{ interval: '32d' },                                      /interval is a duration/],
  [{ interval: '5' },                                        /interval is a duration/],
  [{ interval: '1.5h' },                                     /interval is a duration/],
  [{ interval: '1constructor' },                             /interval is a duration/],
  [{ interval: '999999999d' },                               /interval is a duration/],
  [{ metric: 'vwap,median' },                                /metric names "median"; there are trade_count/],
  [{ group_by: 'venue' },                                    /group_by names "venue"; there are symbol, exchange/],
  [{ group_by: 'price_level' },                              /price_level, which needs one of tick, its width, and levels/],
  [{ group_by: 'price_level', tick: '1', levels: '5' },      /price_level, which needs/],
  [{ group_by: 'price_level', tick: '0' },                   /tick must be more than 0/],
  [{ group_by: 'price_level', levels: '1001' },              /levels is a whole number from 1 to 1000/],
  [{ tick: '1' },                                            /tick is of price_level/],
  [{ group_by: 'symbol', interval: '4h' },                   /interval of more than an hour follows a venue's clock/],
  [{ group_by: 'symbol', interval: '1d', exchange: 'A,B' },  /interval of more than an hour/],
]
for (const [raw, sentence] of bad) {
  test(`${JSON.stringify(raw)} is refused`, () => {
    assert.throws(() => aggregationsQuestion(raw, NOW), { code: 'INVALID_ARGUMENT', message: sentence })
  })
}
