import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatInstant } from '@k2/market/instant.ts'
import { parseQuote, parseTrade, quoteContent, tradeContent } from './asx.ts'

const ZONE = 'Australia/Sydney'

// Sydney's daylight saving time ended on 2014-04-06 and began on 2014-10-05.
// biome-ignore format: a table reads by its columns
const good: [line: string, utc: string, price: bigint, quantity: bigint, day: number][] = [
  ['03/10/2014,07:57:14.754,36.667,20000,3,X,',   '2014-03-09T20:57:14.754000Z', 3_666_700_000n, 2_000_000_000_000n, 16_139],
  ['04/04/2014,10:00:00.000,1.1,5,0,,',           '2014-04-03T23:00:00.000000Z', 110_000_000n,   500_000_000n,       16_164],
  ['04/07/2014,10:00:00.000,1.1,5,0,,',           '2014-04-07T00:00:00.000000Z', 110_000_000n,   500_000_000n,       16_167],
  ['10/06/2014,10:00:00,1.1,5,0,,',               '2014-10-05T23:00:00.000000Z', 110_000_000n,   500_000_000n,       16_349],
  [' 03/10/2014 , 10:00:00.5 ,1.1, 5 ,0,,42',     '2014-03-09T23:00:00.500000Z', 110_000_000n,   500_000_000n,       16_139],
]
for (const [line, utc, price, quantity, day] of good) {
  test(`"${line}" is at ${utc}`, () => {
    const row = parseTrade(line, ZONE)
    assert.ok('price' in row)
    assert.deepEqual(
      [formatInstant(row.timestampMicros), row.price, row.quantity, row.tradingDay],
      [utc, price, quantity, day],
    )
  })
}

// biome-ignore format: a table reads by its columns
const bad: [line: string, code: string, reason: RegExp][] = [
  ['Date,Time,Price,Volume,Qualifiers,Venue,BuyerID',   'time',   /date "Date" is not MM/],
  ['03/10/2014,07:57:14.754,36.667,20000,3,X',          'fields', /6 fields/],
  ['03/10/2014,07:57:14.754,36,667,20000,3,X,',         'fields', /8 fields/],
  ['10/32/2014,07:57:14.754,36.667,20000,3,X,',         'time',   /there is no 10\/32\/2014/],
  ['02/29/2014,07:57:14.754,36.667,20000,3,X,',         'time',   /there is no/],
  ['2014-03-10,07:57:14.754,36.667,20000,3,X,',         'time',   /not MM/],
  ['03/10/2014,24:00:00.000,36.667,20000,3,X,',         'time',   /there is no/],
  ['03/10/2014,7:57,36.667,20000,3,X,',                 'time',   /not HH/],
  ['10/05/2014,02:30:00.000,36.667,20000,3,X,',         'time',   /skip/],
  ['03/10/1914,07:57:14.754,36.667,20000,3,X,',         'time',   /year 1914/],
  ['01/01/1970,05:00:00.000,1.0,10,0,,', 'time', /before 1970 in UTC/],
  ['03/10/2014,07:57:14.754,-1,20000,3,X,',             'value',  /price -1 is negative/],
  ['03/10/2014,07:57:14.754,1.123456789,20000,3,X,',    'value',  /more than 8 decimals/],
  ['03/10/2014,07:57:14.754,,20000,3,X,',               'value',  /price "" is not a decimal/],
  ['03/10/2014,07:57:14.754,1,99999999999,3,X,',        'value',  /volume .* beyond DECIMAL/],
  ['03/10/2014,07:57:14.754,1,1\0,3,X,',                'line',   /NUL/],
  ['',                                                  'fields', /1 fields/],
]
for (const [line, code, reason] of bad) {
  test(`${JSON.stringify(line)} is refused`, () => {
    const fault = parseTrade(line, ZONE)
    assert.ok('reason' in fault)
    assert.equal(fault.code, code)
    assert.match(fault.reason, reason)
  })
}

test('a number written in another way is the same content', () => {
  const [one, other] = ['03/10/2014,07:57:14.754,1.1,5,0,,', '03/10/2014,07:57:14.754000,1.10,5.0,0,, '].map((line) =>
    parseTrade(line, ZONE),
  )
  assert.ok(one && other && 'price' in one && 'price' in other)
  assert.equal(tradeContent(one), tradeContent(other))
})

const side = (price: bigint, quantity: bigint) => ({ price, quantity })
const MOMENT = '03/10/2014,05:43:45.676'

// The second, fourth and fifth are kinds of rows in data/asx/quotes/7078.csv.
// biome-ignore format: a table reads by its columns
const quotes: [name: string, rest: string, bid: ReturnType<typeof side> | null, ask: ReturnType<typeof side> | null][] = [
  ['both sides',               '1.1,1.18,10300,3667',          side(110_000_000n, 1_030_000_000_000n),   side(118_000_000n, 366_700_000_000n)],
  ['no ask',                   '37.7,0.0,300,0',               side(3_770_000_000n, 30_000_000_000n),    null],
  ['no bid, written shorter',  '0,1,0,1',                      null,                                     side(100_000_000n, 100_000_000n)],
  ['crossed',                  '37.73,37.0,19,16',             side(3_773_000_000n, 1_900_000_000n),     side(3_700_000_000n, 1_600_000_000n)],
  ['more than a billion',      '1,2,1000000001,9999999999',    side(100_000_000n, 100_000_000_100_000_000n), side(200_000_000n, 999_999_999_900_000_000n)],
  ['nobody at all',            '0.0,0.0,0,0',                  null,                                     null],
  ['sides that are left out',  ',,,',                          null,                                     null],
  ['a price without quantity', '1,2,0,1',                      side(100_000_000n, 0n),                   side(200_000_000n, 100_000_000n)],
]
for (const [name, rest, bid, ask] of quotes) {
  test(`a quote: ${name}`, () => {
    const row = parseQuote(`${MOMENT},${rest}`, ZONE)
    assert.deepEqual(row, { timestampMicros: 1_394_390_625_676_000, tradingDay: 16_139, bid, ask })
  })
}

// biome-ignore format: a table reads by its columns
const badQuotes: [line: string, code: string, reason: RegExp][] = [
  ['Date,Time,Bid,Ask,BidVolume,AskVolume',   'time',   /date "Date"/],
  [`${MOMENT},1.1,1.2,5`,                     'fields', /5 fields where a quote has 6/],
  [`${MOMENT},1.1,1.2,5,5,X`,                 'fields', /7 fields/],
  [`${MOMENT},-1,1.2,5,5`,                    'value',  /bid price -1 is negative/],
  [`${MOMENT},1,x,5,5`,                       'value',  /ask price "x" is not/],
  [`${MOMENT},1,,5,5`,                        'value',  /ask price "" is not/],
  [`${MOMENT},1,2,10000000000,5`,             'value',  /bid volume .* beyond/],
  [`${MOMENT},1,2,5,\0`,                      'line',   /NUL/],
]
for (const [line, code, reason] of badQuotes) {
  test(`${JSON.stringify(line)} is no quote`, () => {
    const fault = parseQuote(line, ZONE)
    assert.ok('reason' in fault)
    assert.equal(fault.code, code)
    assert.match(fault.reason, reason)
  })
}

test('a quote without an ask is one however the nothing is written', () => {
  const contents = ['37.7,0.0,300,0', '37.70,0,300,0.0', '37.7,,300,'].map((rest) => {
    const row = parseQuote(`${MOMENT},${rest}`, ZONE)
    assert.ok('bid' in row)
    return quoteContent(row)
  })
  assert.equal(new Set(contents).size, 1)
})
