import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Filter } from '@k2/lake/table.ts'
import { ohlcvBatchQuestion, ohlcvQuestion } from './bars.ts'
import { behind, inOrder } from './pages.ts'
import { type Raw, referenceQuestion, tradesQuestion } from './question.ts'

const HOUR = 3_600_000_000
const DAY = 24 * HOUR

// biome-ignore format: a table reads by its columns
const records: [order: 'asc' | 'desc', filter: Filter, at: string, left: Filter][] = [
  ['asc',  {},                               '7', { fromMicros: 7 }],
  ['asc',  { fromMicros: 9 },                '7', { fromMicros: 9 }],
  ['desc', {},                               '7', { toMicros: 8 }],
  ['desc', { fromMicros: 1, toMicros: 5 },   '7', { fromMicros: 1, toMicros: 5 }],
]
for (const [order, filter, at, left] of records) {
  test(`records, ${order}, behind ${at}: ${JSON.stringify(left)}`, () => {
    const question = { ...tradesQuestion({ order }, 0), filter }
    assert.deepEqual(behind(question, [at, null, 'topic', '3', '9']), left)
  })
}

test('files lie in the order in which their rows are asked for, of one day the newer commits nearer to the newest', () => {
  const files = [
    { day: 3, n: 1 },
    { day: null, n: 2 },
    { day: 5, n: 3 },
    { day: 3, n: 4 },
    { day: undefined, n: 5 },
  ]
  const numbers = (order: 'asc' | 'desc') => inOrder(files, { order }).map(({ n }) => n)
  assert.deepEqual(
    [numbers('asc'), numbers('desc')],
    [
      [2, 5, 1, 4, 3],
      [3, 4, 1, 5, 2],
    ],
  )
})

// An interval must be read whole, wherever its venue's clock begins it.
// biome-ignore format: a table reads by its columns
const bars: [name: string, raw: Raw, bucket: string, left: Filter][] = [
  ['minutes are of UTC',                   { timeframe: '1m' },                            '60', { fromMicros: HOUR }],
  ['backwards to the interval\'s end',     { timeframe: '1h', order: 'desc' },             '1',  { toMicros: 2 * HOUR }],
  ['a day may have begun before',          { timeframe: '1d' },                            '2',  { fromMicros: 2 * DAY - 16 * HOUR }],
  ['or end later',                         { timeframe: '1d', order: 'desc' },             '2',  { toMicros: 3 * DAY + 16 * HOUR }],
  ['not so by UTC',                        { timeframe: '4h', calendar: 'utc' },           '2',  { fromMicros: 8 * HOUR }],
  ['never more than was asked',            { timeframe: '1d', start_time: '1970-01-03' },  '2',  { fromMicros: 2 * DAY }],
  ['what fills a gap may be far before',   { timeframe: '1m', fill: 'true' },              '60', {}],
]
for (const [name, raw, bucket, left] of bars) {
  test(`bars: ${name}`, () => {
    const { symbols: _, ...filter } = behind(ohlcvQuestion({ symbol: 'KTA', ...raw }, 0), ['0', bucket, 'KTA', 'ASX'])
    assert.deepEqual(filter, left)
  })
}

test('of several timeframes the next begins anew, and companies have no times', () => {
  const batch = ohlcvBatchQuestion({ symbol: 'KTA', timeframe: '1m,1d' }, 0)
  assert.deepEqual(behind(batch, ['0', '60', 'KTA', 'ASX']), batch.filter)
  assert.deepEqual(behind(referenceQuestion({}, 0), ['KTA', '9001', 'ASX']), {})
})
