/** What a client of the Python peer asks, line by line: it is answered here, by the same names. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { seeded } from '@k2/embedded/sample.ts'
import { askingOpen } from '../worlds/asking.ts'
import { quoteOf, referenceOf, tradeOf } from '../worlds/market.ts'

const DAY = '2014-03-10'
let world: Awaited<ReturnType<typeof askingOpen>>
let snapshotId: string

before(async () => {
  world = await askingOpen()
  const random = seeded(21)
  for (const symbol of ['KTA', 'KTB']) {
    const trades = Array.from({ length: 40 }, () => tradeOf(symbol, random))
    await world.append('trades', trades)
    await world.append(
      'quotes',
      Array.from({ length: 30 }, () => quoteOf(symbol, random)),
    )
  }
  await world.append('reference', [referenceOf('KTA', '9001', 'COMPANY')])
  await world.sink.drain(AbortSignal.timeout(20_000))
  const { data } = (await (await fetch(`${world.url}/v1/snapshots?table=trades&limit=1`)).json()) as Body
  snapshotId = String(data[0]!.snapshot_id)
  await world.append('trades', [tradeOf('KTA', random)])
})

after(() => world.end())

type Json = Record<string, unknown>
interface Body {
  readonly data: Json[]
  readonly meta: Json
}

const HEADERS = { 'content-type': 'application/json', 'x-api-key': 'any', 'x-correlation-id': 'peer-1' }

/** `:snapshot` in a path stands for the id of one that is there. */
function ask(path: string, body?: object): Promise<Response> {
  const url = `${world.url}${path.replace(':snapshot', snapshotId)}`
  return fetch(
    url,
    body === undefined ? { headers: HEADERS } : { method: 'POST', headers: HEADERS, body: JSON.stringify(body) },
  )
}

const TIMES = `start_time=${DAY}T00:00:00Z&end_time=${DAY}T23:00:00Z`
const SPAN = { start: `${DAY}T00:00:00Z`, end: `${DAY}T23:00:00Z` }
const TRADE = [
  'message_id',
  'trade_id',
  'symbol',
  'exchange',
  'asset_class',
  'timestamp',
  'price',
  'quantity',
  'currency',
  'side',
  'trade_conditions',
  'source_sequence',
  'ingestion_timestamp',
  'platform_sequence',
  'vendor_data',
]
const QUOTE = [
  'message_id',
  'quote_id',
  'symbol',
  'exchange',
  'asset_class',
  'timestamp',
  'bid_price',
  'bid_quantity',
  'ask_price',
  'ask_quantity',
  'currency',
  'source_sequence',
  'ingestion_timestamp',
  'platform_sequence',
  'vendor_data',
]
const BAR = ['symbol', 'exchange', 'timestamp', 'open', 'high', 'low', 'close', 'volume', 'trade_count', 'vwap']
const SUMMARY = [
  'symbol',
  'date',
  'open_price',
  'high_price',
  'low_price',
  'close_price',
  'volume',
  'trade_count',
  'vwap',
]
const QUERY = { symbols: ['KTA', 'KTB'], exchanges: ['ASX'], ...SPAN, limit: 10, offset: 0, format: 'json' }
const GROUPS = { symbols: ['KTA'], interval: '5min', ...SPAN, exchange: 'ASX' }
const WHOSE = ['symbol', 'exchange', 'timestamp']

/** Columns that each row has, and how many rows at least. */
type Shape = readonly [columns: readonly string[], rows: number]

// biome-ignore format: a table reads by its columns
const answered: [path: string, body: object | undefined, shape: Shape][] = [
  ['/v1/trades',                                                        undefined, [TRADE, 81]],
  [`/v1/trades?symbol=KTA&exchange=ASX&${TIMES}&limit=20`,              undefined, [TRADE, 20]],
  ['/v1/trades/recent?symbol=KTA&exchange=ASX',                         undefined, [TRADE, 0]],
  ['/v1/trades/recent?symbol=KTA&exchange=ASX&window_minutes=60&limit=1000', undefined, [TRADE, 0]],
  [`/v1/quotes?symbol=KTA&exchange=ASX&${TIMES}&limit=20`,              undefined, [QUOTE, 20]],
  [`/v1/summary/KTA/${DAY}?exchange=ASX`,                               undefined, [SUMMARY, 1]],
  [`/v1/summary/KTA/${DAY}`,                                            undefined, [SUMMARY, 1]],
  ['/v1/symbols',                                                       undefined, [['symbol'], 2]],
  ['/v1/symbols?exchange=ASX',                                          undefined, [['symbol'], 2]],
  ['/v1/stats',                                                         undefined, [['table', 'rows', 'error'], 3]],
  ['/v1/snapshots',                                                     undefined, [['snapshot_id', 'committed_at', 'summary', 'table'], 1]],
  ['/v1/snapshots?table=market_data.trades',                            undefined, [['snapshot_id'], 1]],
  ['/v1/snapshots?table=quotes&limit=100',                              undefined, [['snapshot_id'], 1]],
  ['/v1/trades/query',          QUERY,                                             [TRADE, 10]],
  ['/v1/trades/query',          { ...QUERY, fields: ['price', 'symbol'], offset: 5 }, [['price', 'symbol'], 10]],
  ['/v1/trades/query',          { ...QUERY, min_price: 1.5, max_price: 200, min_quantity: 0.5 }, [TRADE, 1]],
  ['/v1/trades/query',          { symbols: ['KTA'], start_time: SPAN.start, end_time: SPAN.end }, [TRADE, 41]],
  ['/v1/trades/query',          {},                                                [TRADE, 81]],
  ['/v1/trades/query',          { symbols: [], exchanges: [], fields: [] },        [TRADE, 81]],
  ['/v1/quotes/query',          QUERY,                                             [QUOTE, 10]],
  ['/v1/snapshots/:snapshot/query', { data_type: 'trades', symbol: 'KTA', exchange: 'ASX', limit: 1000, offset: 0 }, [TRADE, 40]],
  ['/v1/snapshots/:snapshot/query', { symbols: ['KTB'], limit: 5, format: 'json' }, [TRADE, 5]],
  ...['1min', '5min', '15min', '30min', '1hour', '1day'].map((interval): [string, object, Shape] =>
    ['/v1/aggregations',        { ...GROUPS, interval, metrics: ['vwap', 'twap', 'ohlcv', 'trade_count'] }, [[...WHOSE, 'trade_count', 'volume', 'open_price', 'close_price', 'min_price', 'max_price', 'vwap', 'twap'], 1]]),
  ['/v1/aggregations',          { ...GROUPS, metrics: ['volume_profile'] },        [[...WHOSE, 'price_level', 'price_level_end', 'volume'], 2]],
  ...['1m', '5m', '30m', '1h', '1d'].map((timeframe): [string, undefined, Shape] =>
    [`/v1/ohlcv/${timeframe}?symbol=KTA&exchange=ASX&start=${SPAN.start}&end=${SPAN.end}&limit=1000`, undefined, [BAR, 1]]),
]
for (const [path, body, [columns, rows]] of answered) {
  test(`${body ? `POST ${path} ${JSON.stringify(body)}` : `GET ${path}`}`, async () => {
    const answer = await ask(path, body)
    const text = await answer.text()
    assert.equal(answer.status, 200, text)
    const { data, meta } = JSON.parse(text) as Body
    const all = [data].flat()
    assert.ok(all.length >= rows, `${all.length} rows`)
    for (const row of all)
      assert.deepEqual(
        columns.filter((name) => !(name in row)),
        [],
      )
    assert.equal(answer.headers.get('x-record-count'), String(meta.count))
    assert.equal(answer.headers.get('x-correlation-id'), 'peer-1')
  })
}

const MANY = Array.from({ length: 101 }, (_, i) => `S${i}`)
// biome-ignore format: a table reads by its columns
const refused: [what: string, path: string, body: object | undefined, status: number, code: string][] = [
  ['a limit of 0',                '/v1/trades?limit=0',                     undefined,                         400, 'INVALID_ARGUMENT'],
  ['the last minutes of no venue', '/v1/trades/recent?symbol=KTA',          undefined,                         400, 'INVALID_ARGUMENT'],
  ['a window of 61 minutes',      '/v1/trades/recent?symbol=KTA&exchange=ASX&window_minutes=61', undefined,    400, 'INVALID_ARGUMENT'],
  ['a day without trades',        '/v1/summary/KTA/2014-03-12',             undefined,                         404, 'NOT_FOUND'],
  ['no such table',               '/v1/snapshots?table=bars',               undefined,                         400, 'INVALID_ARGUMENT'],
  ['101 snapshots',               '/v1/snapshots?limit=101',                undefined,                         400, 'INVALID_ARGUMENT'],
  ['a symbol with a comma',       '/v1/trades/query',                       { symbols: ['KTA,KTB'] },          400, 'INVALID_ARGUMENT'],
  ['101 symbols',                 '/v1/trades/query',                       { symbols: MANY },                 400, 'INVALID_ARGUMENT'],
  ['a field that is none',        '/v1/trades/query',                       { fields: ['volume'] },            400, 'INVALID_ARGUMENT'],
  ['an offset below 0',           '/v1/trades/query',                       { offset: -1 },                    400, 'INVALID_ARGUMENT'],
  ['an offset beyond all',        '/v1/quotes/query',                       { offset: 100_001 },               400, 'INVALID_ARGUMENT'],
  ['an offset beside a cursor',   '/v1/trades/query',                       { offset: 1, cursor: 'x' },        400, 'INVALID_ARGUMENT'],
  ['bounds in reverse',           '/v1/trades/query',                       { min_price: 2, max_price: 1 },    400, 'INVALID_ARGUMENT'],
  ['quotes by price',             '/v1/quotes/query',                       { min_price: 2 },                  400, 'INVALID_ARGUMENT'],
  ['two names of one start',      '/v1/trades/query',                       { start: DAY, start_time: DAY },   400, 'INVALID_ARGUMENT'],
  ['two names of one end',        `/v1/ohlcv/1m?symbol=A&end=${DAY}&end_time=${DAY}`, undefined,               400, 'INVALID_ARGUMENT'],
  ['two spellings of a list',     '/v1/aggregations',                       { exchange: 'ASX', exchanges: ['ASX'] }, 400, 'INVALID_ARGUMENT'],
  ['no such metric',              '/v1/aggregations',                       { metrics: ['median'] },           400, 'INVALID_ARGUMENT'],
  ['a profile beside an average', '/v1/aggregations',                       { metrics: ['volume_profile', 'vwap'] }, 400, 'INVALID_ARGUMENT'],
  ['a snapshot that is none',     '/v1/snapshots/1/query',                  {},                                404, 'NOT_FOUND'],
  ['a snapshot by its time',      `/v1/snapshots/${DAY}/query`,             {},                                400, 'INVALID_ARGUMENT'],
  ['a snapshot as of another',    '/v1/snapshots/:snapshot/query',          { as_of: '1' },                    400, 'INVALID_ARGUMENT'],
  ["another table's snapshot",    '/v1/snapshots/:snapshot/query',          { data_type: 'quotes' },           404, 'NOT_FOUND'],
]
for (const [what, path, body, status, code] of refused) {
  test(`${what}: ${status} ${code}`, async () => {
    const answer = await ask(path, body)
    const problem = (await answer.json()) as Json
    assert.deepEqual([answer.status, problem.code], [status, code], JSON.stringify(problem))
    assert.equal(answer.headers.get('cache-control') ?? 'no-store', 'no-store')
    assert.deepEqual([problem.correlation_id, answer.headers.get('x-correlation-id')], ['peer-1', 'peer-1'])
  })
}

// biome-ignore format: a table reads by its columns
const kept: [path: string, cacheControl: string][] = [
  ['/v1/trades',                       'private, max-age=5'],
  ['/v1/quotes',                       'private, max-age=5'],
  [`/v1/summary/KTA/${DAY}`,           'private, max-age=60'],
  ['/v1/symbols',                      'private, max-age=300'],
  ['/v1/stats',                        'private, max-age=30'],
  ['/v1/snapshots',                    'private, max-age=10'],
  ['/v1/ohlcv/1d?symbol=KTA',          'no-store'],
  ['/v1/gaps',                         'no-store'],
]
for (const [path, cacheControl] of kept) {
  test(`${path} may be kept: ${cacheControl}`, async () => {
    assert.equal((await ask(path)).headers.get('cache-control'), cacheControl)
  })
}

test('an answer as CSV is a file, its columns as asked for', async () => {
  const answer = await ask('/v1/quotes/query', {
    symbols: ['KTA'],
    fields: ['symbol', 'bid_price'],
    limit: 3,
    format: 'csv',
  })
  const header = (name: string) => answer.headers.get(name) ?? ''
  assert.match(await answer.text(), /^symbol,bid_price\r\n(KTA,[\d.]*\r\n){3}$/)
  assert.match(header('content-type'), /^text\/csv/)
  assert.match(header('content-disposition'), /^attachment; filename=quotes_\d{8}_\d{6}\.csv$/)
  assert.deepEqual([header('x-record-count'), header('cache-control')], ['3', 'no-store'])
})

test('pages by offset are the whole, within one snapshot', async () => {
  const page = async (offset: number, limit: number) => {
    const answer = await ask('/v1/snapshots/:snapshot/query', { offset, limit, fields: ['message_id'] })
    return (await answer.json()) as Body
  }
  const whole = await page(0, 1000)
  assert.deepEqual([whole.data.length, whole.meta.has_more, (whole.meta.snapshot as Json).id], [80, false, snapshotId])
  const rows: Json[] = []
  for (let offset = 0; ; offset += 17) {
    const { data, meta } = await page(offset, 17)
    rows.push(...data)
    if (!meta.has_more) break
  }
  assert.deepEqual(rows, whole.data)
  assert.deepEqual((await page(80, 5)).data, [])
  const { meta } = await page(10, 5)
  const rest = await ask('/v1/snapshots/:snapshot/query', { cursor: meta.next_cursor, fields: ['message_id'] })
  assert.deepEqual(((await rest.json()) as Body).data, whole.data.slice(15), 'a cursor goes on behind it')
})

test('health, metrics and the front door are where they were', async () => {
  assert.equal((await ask('/health')).status, 200)
  assert.match(await (await ask('/metrics')).text(), /^$|k2_/)
  assert.ok('links' in ((await (await ask('/')).json()) as Json))
})
