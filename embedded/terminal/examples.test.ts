import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, exampleLines } from './examples.ts'
import { commandsOf, examplesOf } from './questions.ts'
import { sparkline } from './sparkline.ts'
import { paints } from './text.ts'

const plain = paints(false)
const doors = { url: 'http://127.0.0.1:8080', grpc: '127.0.0.1:50051' }
const listed = (symbol: string, trade_count: string, last_timestamp: string) => ({
  ...{ symbol, exchange: 'ASX', trade_count, last_timestamp },
})
const examples = examplesOf([
  listed('KTB', '9', '2014-03-12T02:00:00.000000Z'),
  listed('KTA', '12000', '2014-03-11T23:30:00.000000Z'),
])

test('questions are of the symbol with the most trades, and of its last day by its own calendar', () => {
  assert.deepEqual(
    examples.map((example) => commandsOf(example, doors)),
    [
      ["curl 'http://127.0.0.1:8080/v1/trades?symbol=KTA&limit=3'", 'npx k2 trades KTA --limit 3'],
      [
        "curl 'http://127.0.0.1:8080/v1/ohlcv/5m?symbol=KTA&start_time=2014-03-11T13:00:00Z'",
        'npx k2 ohlcv KTA --timeframe 5m --start-time 2014-03-11T13:00:00Z',
      ],
      ["curl 'http://127.0.0.1:8080/v1/summary/KTA/2014-03-12'", 'npx k2 summary KTA 2014-03-12'],
      ["curl 'http://127.0.0.1:8080/v1/symbols?limit=3'", 'npx k2 symbols --limit 3'],
    ],
  )
  assert.deepEqual(examplesOf([]), [], 'nothing was traded')
})

test('k2 is told the address that is not its own default', () =>
  assert.match(commandsOf(examples[0]!, { ...doors, grpc: '127.0.0.1:9' })[1], / --address 127\.0\.0\.1:9$/))

const meta: Answer['meta'] = {
  ...{ count: 1, has_more: false, complete: true, reasons: [] },
  snapshot: { id: '42', committed_at: '2026-01-01T00:00:00.000000Z' },
  offsets: { 'market.equities.trades.asx/9': '5', 'market.equities.trades.asx/26': '12000' },
}
const bar = (close: number) => ({ timestamp: '2014-03-12T02:35:00.000000Z', open: '1.5', high: '2', low: '1', close })

// biome-ignore format: an example reads by its lines
const shown: [at: number, data: Answer['data'], cells: number, lines: string[]][] = [
  [0, [{ timestamp: '2014-03-12T02:46:57.589000Z', price: '36.581', quantity: '7', trade_conditions: ['2', 'XT'], trade_id: 'a' }], 80, [
    'The last trades of KTA, with the proof that every answer has',
    '  timestamp                  price  quantity  trade_conditions  trade_id',
    '  2014-03-12T02:46:57.589Z  36.581         7  2 XT              a',
    '  complete: yes',
    '  snapshot: 42 of 2026-01-01T00:00:00.000000Z',
    '  offsets:  market.equities.trades.asx/26 up to 12000, and 1 more partition',
    "  curl 'http://127.0.0.1:8080/v1/trades?symbol=KTA&limit=3'",
    '  npx k2 trades KTA --limit 3',
  ]],
  [1, [1, 2, 3, 4].map(bar), 46, [
    'Its 5-minute bars of 2014-03-12',
    '  ▁▃▆█  1 to 4',
    '  timestamp             open  high  low  close',
    '  2014-03-12T02:35:00Z   1.5     2    1      2',
    '  2014-03-12T02:35:00Z   1.5     2    1      3',
    '  2014-03-12T02:35:00Z   1.5     2    1      4',
    '  the last 3 of 4 rows',
  ]],
  [3, [{ symbol: 'KTA', exchange: 'ASX', trade_count: '12000' }], 34, [
    'What there is',
    '  symbol  exchange  trade_count',
    '  KTA     ASX             12000',
  ]],
]
for (const [at, data, cells, lines] of shown) {
  test(`${examples[at]!.title}, in ${cells} cells`, () => {
    const all = exampleLines(examples[at]!, { data, meta }, doors, cells, plain)
    assert.deepEqual(all.slice(0, lines.length), lines)
  })
}

test('what is missing is said', () => {
  const partial = { ...meta, complete: false, reasons: ['TAIL_LIMIT'], snapshot: null, offsets: {} }
  assert.deepEqual(exampleLines(examples[0]!, { data: [], meta: partial }, doors, 60, plain).slice(2, 4), [
    '  complete: no, TAIL_LIMIT',
    '  snapshot: none yet: all of it is from the log',
  ])
})

// biome-ignore format: a table reads by its columns
const sparks: [prices: number[], cells: number, line: string | undefined][] = [
  [[1, 2, 3, 4, 5, 6, 7, 8],        8, '▁▂▃▄▅▆▇█'],
  [[5, 5, 5],                       8, '▄▄▄'],
  [[1, 1, 5, 5, 8, 8],              3, '▁▅█'],
  [[5],                             8, undefined],
  [[],                              8, undefined],
  [[100, ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]], 60, '█▁▁▁▂▃▄▅▆▇██'],
]
for (const [prices, cells, line] of sparks)
  test(`${prices.length} prices in ${cells} cells`, () => assert.equal(sparkline(prices, cells)?.line, line))
