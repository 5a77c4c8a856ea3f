/** What is asked wrongly: each a problem with our code over REST, and the matching status over gRPC, never a crash. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CODES, type Code } from '@k2/contracts/codes.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { type Asking, askingOpen } from '../worlds/asking.ts'
import { quoteOf, tradeOf } from '../worlds/market.ts'

let world: Awaited<ReturnType<typeof askingOpen>>
/** Of `symbol=KTA`, newest first. */
let cursor: string

before(async () => {
  world = await askingOpen()
  const random = seeded(9)
  await world.append(
    'trades',
    Array.from({ length: 5 }, () => tradeOf('KTA', random)),
  )
  await world.append(
    'quotes',
    Array.from({ length: 5 }, () => quoteOf('KTA', random)),
  )
  const first = await fetch(`${world.url}/v1/trades?symbol=KTA&limit=2`)
  cursor = ((await first.json()) as { meta: { next_cursor: string } }).meta.next_cursor
})

after(() => world.end())

type Rpc = Parameters<Asking['rpc']['call']>[0]
const LONG = 'A'.repeat(65)
const MANY = Array.from({ length: 101 }, (_, i) => `S${i}`)
/** The last byte of its signature is another. */
const forged = () => `${cursor.slice(0, 20)}${cursor[20] === 'A' ? 'B' : 'A'}${cursor.slice(21)}`

// The request of gRPC is left out where it cannot be made there: fields have types, and names of their own.
// biome-ignore format: a table reads by its columns
const refused: [name: string, path: string | (() => string), code: Code, rpc?: Rpc, request?: object | (() => object)][] = [
  ['limit of 0',                      '/v1/trades?limit=0',                                'INVALID_ARGUMENT'],
  ['limit below 0',                   '/v1/trades?limit=-1',                               'INVALID_ARGUMENT', 'GetTrades',       { limit: -1 }],
  ['limit of 10^9',                   '/v1/ohlcv/1m?symbol=KTA&limit=1000000000',          'INVALID_ARGUMENT', 'GetOhlcv',        { timeframe: '1m', symbols: ['KTA'], limit: 1e9 }],
  ['limit one too many',              '/v1/symbols?limit=10001',                           'INVALID_ARGUMENT', 'ListSymbols',     { limit: 10_001 }],
  ['a limit that is no number',       '/v1/quotes?limit=ten',                              'INVALID_ARGUMENT'],
  ['a broken limit',                  '/v1/quotes?limit=1.5',                              'INVALID_ARGUMENT'],
  ['a limit in hex',                  '/v1/quotes?limit=0x10',                             'INVALID_ARGUMENT'],
  ['a range in reverse',              '/v1/trades?start_time=2014-03-11&end_time=2014-03-10', 'INVALID_ARGUMENT', 'GetTrades',    { startTime: '2014-03-11', endTime: '2014-03-10' }],
  ['an empty range',                  '/v1/ohlcv/1m?symbol=A&start_time=2014-03-11&end_time=2014-03-11', 'INVALID_ARGUMENT', 'GetOhlcv', { timeframe: '1m', symbols: ['A'], startTime: '2014-03-11', endTime: '2014-03-11' }],
  ['a window of 0',                   '/v1/trades?window_minutes=0',                       'INVALID_ARGUMENT'],
  ['a window of two days',            '/v1/quotes?window_minutes=2880',                    'INVALID_ARGUMENT', 'GetQuotes',       { windowMinutes: 2880 }],
  ['a window beside times',           '/v1/quotes?window_minutes=5&start_time=2014-03-11', 'INVALID_ARGUMENT', 'GetQuotes',       { windowMinutes: 5, startTime: '2014-03-11' }],
  ['a day that is not',               '/v1/trades?start_time=2014-02-30',                  'INVALID_ARGUMENT', 'GetTrades',       { startTime: '2014-02-30' }],
  ['an hour that is not',             '/v1/trades?end_time=2014-03-10T25:00:00Z',          'INVALID_ARGUMENT', 'GetTrades',       { endTime: '2014-03-10T25:00:00Z' }],
  ['a time as a number',              '/v1/trades?start_time=1394398634754',               'INVALID_ARGUMENT', 'GetTrades',       { startTime: '1394398634754' }],
  ['a summary of no day',             '/v1/summary/KTA/2014-02-30',                        'INVALID_ARGUMENT', 'GetSummary',      { symbol: 'KTA', date: '2014-02-30' }],
  ['a summary without trades',        '/v1/summary/NONE/2014-03-10',                       'NOT_FOUND',        'GetSummary',      { symbol: 'NONE', date: '2014-03-10' }],
  ['no such timeframe',               '/v1/ohlcv/7m?symbol=KTA',                           'INVALID_ARGUMENT', 'GetOhlcv',        { timeframe: '7m', symbols: ['KTA'] }],
  ['bars of no symbol',               '/v1/ohlcv/1m',                                      'INVALID_ARGUMENT', 'GetOhlcv',        { timeframe: '1m' }],
  ['a symbol too long',               `/v1/trades?symbol=${LONG}`,                         'INVALID_ARGUMENT', 'GetTrades',       { symbols: [LONG] }],
  ['too many symbols',                `/v1/quotes?symbol=${MANY}`,                         'INVALID_ARGUMENT', 'GetQuotes',       { symbols: MANY }],
  ['a list with nothing in it',       '/v1/trades?symbol=KTA,',                            'INVALID_ARGUMENT', 'GetTrades',       { symbols: ['KTA', ''] }],
  ['an empty value',                  '/v1/trades?symbol=',                                'INVALID_ARGUMENT'],
  ['SQL for a symbol',                "/v1/reference?symbol=A'%20OR%201=1--",              'INVALID_ARGUMENT', 'GetReference',    { symbols: ["A' OR 1=1--"] }],
  ['a NUL in a symbol',               '/v1/trades?symbol=A%00',                            'INVALID_ARGUMENT', 'GetTrades',       { symbols: ['A\0'] }],
  ['a parameter twice',               '/v1/trades?symbol=A&symbol=B',                      'INVALID_ARGUMENT'],
  ['a parameter of the path again',   '/v1/ohlcv/1m?timeframe=1m&symbol=A',                'INVALID_ARGUMENT'],
  ['an unknown parameter',            '/v1/trades?symbl=A',                                'INVALID_ARGUMENT'],
  ['a parameter of every object',     '/v1/trades?__proto__=A',                            'INVALID_ARGUMENT'],
  ['an unknown field',                '/v1/trades?fields=price,volume',                    'INVALID_ARGUMENT', 'GetTrades',       { fields: ['price', 'volume'] }],
  ['a field twice',                   '/v1/quotes?fields=symbol,symbol',                   'INVALID_ARGUMENT', 'GetQuotes',       { fields: ['symbol', 'symbol'] }],
  ['no such format',                  '/v1/trades?format=xml',                             'INVALID_ARGUMENT'],
  ['no such order',                   '/v1/trades?order=up',                               'INVALID_ARGUMENT', 'GetTrades',       { order: 9 }],
  ['no such source',                  '/v1/reference?source=log',                          'INVALID_ARGUMENT', 'GetReference',    { source: 9 }],
  ['no such table',                   '/v1/snapshots?table=trades_v2',                     'INVALID_ARGUMENT', 'ListSnapshots',   { table: 'trades_v2' }],
  ['explain as a number',             '/v1/trades?explain=1',                              'INVALID_ARGUMENT'],
  ['as_of what is neither',           '/v1/trades?as_of=-1',                               'INVALID_ARGUMENT', 'GetTrades',       { asOf: '-1' }],
  ['as_of past 64 bits',              '/v1/trades?as_of=9999999999999999999',              'INVALID_ARGUMENT', 'GetTrades',       { asOf: '9999999999999999999' }],
  ['as_of no snapshot',               '/v1/ohlcv/1d?symbol=KTA&as_of=1',                   'NOT_FOUND',        'GetOhlcv',        { timeframe: '1d', symbols: ['KTA'], asOf: '1' }],
  ['as_of before all',                '/v1/reference?as_of=1999-01-01',                    'NOT_FOUND',        'GetReference',    { asOf: '1999-01-01' }],
  ['as_of and the log',               '/v1/symbols?as_of=1&source=tail',                   'INVALID_ARGUMENT', 'ListSymbols',     { asOf: '1', source: 'SOURCE_TAIL' }],
  ['a cursor that is none',           '/v1/trades?cursor=abc',                             'INVALID_CURSOR',   'GetTrades',       { cursor: 'abc' }],
  ['a very long cursor',              `/v1/trades?cursor=${'A'.repeat(8_000)}`,            'INVALID_CURSOR',   'GetTrades',       { cursor: 'A'.repeat(100_000) }],
  ['a forged cursor',                 () => `/v1/trades?symbol=KTA&cursor=${forged()}`,    'INVALID_CURSOR',   'GetTrades',       () => ({ symbols: ['KTA'], cursor: forged() })],
  ['a cursor cut short',              () => `/v1/trades?symbol=KTA&cursor=${cursor.slice(0, -4)}`, 'INVALID_CURSOR', 'GetTrades', () => ({ symbols: ['KTA'], cursor: cursor.slice(0, -4) })],
  ['a cursor in another order',       () => `/v1/trades?symbol=KTA&order=asc&cursor=${cursor}`, 'INVALID_CURSOR', 'GetTrades',    () => ({ symbols: ['KTA'], order: 'ORDER_ASC', cursor })],
  ['a cursor of another table',       () => `/v1/quotes?symbol=KTA&cursor=${cursor}`,      'INVALID_CURSOR',   'GetQuotes',       () => ({ symbols: ['KTA'], cursor })],
  ['a cursor where there is none',    () => `/v1/symbols?cursor=${cursor}`,                'INVALID_ARGUMENT'],
  ['a summary of another day',        '/v1/summary/KTA/2014-03-12',                        'NOT_FOUND',        'GetSummary',      { symbol: 'KTA', date: '2014-03-12' }],
  ['too many snapshots',              '/v1/snapshots?limit=101',                           'INVALID_ARGUMENT', 'ListSnapshots',   { limit: 101 }],
  ['conditions of quotes',            '/v1/quotes?trade_conditions=XT',                    'INVALID_ARGUMENT'],
  ['the last minutes of no venue',    '/v1/trades/recent?symbol=KTA',                      'INVALID_ARGUMENT', 'GetRecentTrades', { symbols: ['KTA'] }],
  ['a parameter of another question', '/v1/stats?table=trades',                            'INVALID_ARGUMENT'],
  ['no such question',                '/v1/candles',                                       'NOT_FOUND'],
]
for (const [name, path, code, rpc, request = {}] of refused) {
  test(`${name}: ${code}`, async () => {
    const answer = await fetch(`${world.url}${typeof path === 'string' ? path : path()}`)
    const problem = (await answer.json()) as Record<string, string>
    assert.deepEqual([answer.status, problem.code], [CODES[code].http, code], JSON.stringify(problem))
    assert.match(answer.headers.get('content-type')!, /^application\/problem\+json/)
    assert.equal(answer.headers.get('cache-control') ?? 'no-store', 'no-store')
    assert.match(problem.detail!, /\w+ \w+/, 'it says what is wrong')
    assert.ok(problem.detail!.length < 1_000, 'and does not repeat all that was sent')
    if (rpc === undefined) return
    const asked = typeof request === 'function' ? (request as () => object)() : request
    await assert.rejects(world.rpc.call(rpc, asked), { code })
  })
}

test('a symbol or venue that is not known is an empty answer: a filter that nothing matches', async () => {
  for (const path of [
    '/v1/trades?symbol=NONE',
    '/v1/quotes?exchange=NOWHERE',
    '/v1/ohlcv/1d?symbol=NONE',
    '/v1/reference?symbol=NONE',
  ]) {
    const answer = await fetch(`${world.url}${path}`)
    const { data, meta } = (await answer.json()) as { data: unknown[]; meta: { complete: boolean } }
    assert.deepEqual([answer.status, data, meta.complete], [200, [], true], path)
  }
})

test('another method is refused, and a request line beyond all limits', async () => {
  const posted = await fetch(`${world.url}/v1/trades`, { method: 'POST' })
  assert.deepEqual([posted.status, ((await posted.json()) as { code: string }).code], [405, 'METHOD_NOT_ALLOWED'])
  const long = await fetch(`${world.url}/v1/trades?symbol=${'A,'.repeat(20_000)}`)
  assert.ok(long.status >= 400 && long.status < 500, String(long.status))
})
