/** Every question at both doors: over trades, quotes and reference data, partly in the lake and partly in the log. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { seeded } from '@k2/embedded/sample.ts'
import type { Trade } from '@k2/market/trade.ts'
import { type Asking, askingOpen } from '../worlds/asking.ts'
import { quoteOf, referenceOf, tradeOf } from '../worlds/market.ts'

const DAY = '2014-03-10'
let world: Awaited<ReturnType<typeof askingOpen>>
let landedAt: string
const trades: Trade[] = []

before(async () => {
  // One commit when it is told to drain; what comes behind it stays in the log.
  world = await askingOpen()
  const random = seeded(3)
  const some = (symbol: string) => Array.from({ length: 40 }, () => tradeOf(symbol, random))
  const quotes = (symbol: string) => Array.from({ length: 30 }, () => quoteOf(symbol, random))
  async function put(symbol: string): Promise<void> {
    const made = some(symbol)
    trades.push(...made)
    await world.append('trades', made)
    await world.append('quotes', quotes(symbol))
  }
  await put('KTA')
  await put('KTB')
  await world.append('reference', [referenceOf('KTA', '9001', 'OLD NAME'), referenceOf('KTA', '9002', 'TWIN')])
  await world.sink.drain(AbortSignal.timeout(20_000))
  landedAt = new Date().toISOString()
  await put('KTA')
  await world.append('reference', [referenceOf('KTA', '9001', 'NEW NAME')])
})

after(() => world.end())

type Json = Record<string, unknown>

async function get(path: string): Promise<{ data: Json[]; meta: Json & { snapshot: { id: string } } }> {
  const answer = await fetch(`${world.url}${path}`)
  assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`)
  return (await answer.json()) as never
}

// biome-ignore format: a table reads by its columns
const questions: [path: string, rpc: Parameters<Asking['rpc']['call']>[0], request: object, rows: number][] = [
  ['/v1/trades?limit=10000',                                    'GetTrades',       { limit: 10000 },                                        120],
  ['/v1/trades?symbol=KTA&order=asc&source=lake',               'GetTrades',       { symbols: ['KTA'], order: 'ORDER_ASC', source: 'SOURCE_LAKE' }, 40],
  ['/v1/trades?trade_conditions=XT,2&limit=1000',               'GetTrades',       { tradeConditions: ['XT', '2'], limit: 1000 },           -1],
  ['/v1/trades?exclude_trade_conditions=XT&limit=1000',         'GetTrades',       { excludeTradeConditions: ['XT'], limit: 1000 },         -1],
  ['/v1/trades?symbol=NONE',                                    'GetTrades',       { symbols: ['NONE'] },                                   0],
  ['/v1/trades/recent?symbol=KTA&exchange=ASX',                 'GetRecentTrades', { symbols: ['KTA'], exchange: 'ASX' },                   0],
  ['/v1/quotes?symbol=KTA&limit=1000',                          'GetQuotes',       { symbols: ['KTA'], limit: 1000 },                       60],
  ['/v1/quotes?source=tail',                                    'GetQuotes',       { source: 'SOURCE_TAIL' },                               30],
  ['/v1/reference',                                             'GetReference',    {},                                                      2],
  ['/v1/reference?company_id=9002&symbol=KTA',                  'GetReference',    { companyId: ['9002'], symbols: ['KTA'] },               1],
  ['/v1/ohlcv/1m?symbol=KTA,KTB',                               'GetOhlcv',        { timeframe: '1m', symbols: ['KTA', 'KTB'] },            -1],
  ['/v1/ohlcv/1d?symbol=KTA&exclude_trade_conditions=XT',       'GetOhlcv',        { timeframe: '1d', symbols: ['KTA'], excludeTradeConditions: ['XT'] }, 1],
  [`/v1/summary/KTA/${DAY}?exchange=ASX`,                       'GetSummary',      { symbol: 'KTA', date: DAY, exchange: 'ASX' },           1],
  ['/v1/symbols',                                               'ListSymbols',     {},                                                      2],
  ['/v1/symbols?exchange=BINANCE',                              'ListSymbols',     { exchange: 'BINANCE' },                                 0],
  ['/v1/stats',                                                 'GetStats',        {},                                                      3],
  ['/v1/snapshots?table=quotes&limit=5',                        'ListSnapshots',   { table: 'quotes', limit: 5 },                           1],
]
for (const [path, rpc, request, rows] of questions) {
  test(`${path}: REST and gRPC agree`, async () => {
    const rest = await get(path)
    const grpc = (await world.rpc.call(rpc, request as never)) as unknown as Json & { meta: Json }
    const { meta, ...reply } = grpc
    const [theirs] = Object.values(reply)
    const ours = [rest.data].flat()
    assert.deepEqual(
      [theirs].flat().map((row) => plain(row as Json)),
      ours.map((row) => plain(asMessage(row))),
    )
    assert.deepEqual([meta.count, meta.hasMore, meta.complete], [ours.length, rest.meta.has_more, true])
    assert.equal(meta.nextCursor, rest.meta.next_cursor ?? '')
    assert.deepEqual(meta.offsets, rest.meta.offsets)
    if (rows >= 0) assert.equal(ours.length, rows)
    else assert.ok(ours.length > 0)
  })
}

/** As the protos name and write it. */
function asMessage(row: Json): Json {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const camel = (text: string) => text.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())
      const time = /^(.*T\d\d:\d\d:\d\d\.\d{3})(\d{3})Z$/.exec(typeof value === 'string' ? value : '')
      return time ? [camel(`${name}_micros`), `${Date.parse(`${time[1]}Z`)}${time[2]}`] : [camel(name), value]
    }),
  )
}

/** Without what is absent in one and a default in the other. */
const plain = (row: Json): Json =>
  Object.fromEntries(
    Object.entries(row).filter(
      ([name, value]) => !name.startsWith('_') && value !== null && value !== '' && !isEmpty(value),
    ),
  )
const isEmpty = (value: unknown): boolean => typeof value === 'object' && Object.keys(value as object).length === 0

test('the last that was said of a company holds, here and then', async () => {
  const names = async (query: string) => (await get(`/v1/reference?${query}`)).data.map((row) => row.company_name)
  assert.deepEqual(await names(''), ['NEW NAME', 'TWIN'])
  assert.deepEqual(await names('source=lake'), ['OLD NAME', 'TWIN'])
  assert.deepEqual(await names(`as_of=${landedAt}`), ['OLD NAME', 'TWIN'])
})

test('as_of a snapshot or a time is the lake as it was, page by page', async () => {
  const [snapshot] = (await get('/v1/snapshots')).data
  for (const asOf of [snapshot!.snapshot_id, landedAt]) {
    const ids: unknown[] = []
    for (let cursor = ''; ; ) {
      const { data, meta } = await get(`/v1/trades?as_of=${asOf}&limit=33&fields=message_id${cursor}`)
      assert.equal(meta.snapshot.id, snapshot!.snapshot_id)
      ids.push(...data.map((row) => row.message_id))
      if (meta.next_cursor === null) break
      cursor = `&cursor=${meta.next_cursor}`
    }
    assert.deepEqual(
      ids.sort(),
      trades
        .slice(0, 80)
        .map((trade) => trade.messageId)
        .sort(),
    )
  }
})

test('conditions keep prints out of bars', async () => {
  const count = async (query: string) => Number((await get(`/v1/ohlcv/1d?symbol=KTA${query}`)).data[0]!.trade_count)
  const marked = trades.filter((trade) => trade.symbol === 'KTA' && trade.tradeConditions.includes('XT')).length
  assert.equal(await count(''), 80)
  assert.equal(await count('&exclude_trade_conditions=XT'), 80 - marked)
  assert.equal(await count('&trade_conditions=XT'), marked)
})

// biome-ignore format: a table reads by its columns
const written: [query: string, type: RegExp, body: RegExp, count: string][] = [
  ['symbol=KTA&format=csv&fields=symbol,price&limit=2',         /^text\/csv/,              /^symbol,price\r\nKTA,[\d.]+\r\nKTA,[\d.]+\r\n$/, '2'],
  ['symbol=NONE&format=csv&fields=price,symbol',                /^text\/csv/,              /^price,symbol\r\n$/,                             '0'],
  ['symbol=NONE&format=ndjson',                                 /^application\/x-ndjson/,  /^$/,                                             '0'],
  ['symbol=KTB&format=ndjson&fields=symbol,exchange&limit=1',   /^application\/x-ndjson/,  /^\{"symbol":"KTB","exchange":"ASX"\}\n$/,        '1'],
]
for (const [query, type, body, count] of written) {
  test(`${query} is a file`, async () => {
    const answer = await fetch(`${world.url}/v1/trades?${query}`)
    assert.match(await answer.text(), body)
    const header = (name: string) => answer.headers.get(name) ?? ''
    assert.match(header('content-type'), type)
    assert.match(header('content-disposition'), /^attachment; filename=trades_\d{8}_\d{6}\.(csv|ndjson)$/)
    assert.deepEqual([header('x-record-count'), header('x-complete')], [count, 'true'])
    assert.equal(header('cache-control'), 'private, max-age=5')
    assert.equal(header('x-next-cursor') !== '', count !== '0')
  })
}

test('a cursor of one door opens the other, and none opens another question', async () => {
  const first = await get('/v1/quotes?symbol=KTA&limit=7')
  const cursor = String(first.meta.next_cursor)
  const rest = await get(`/v1/quotes?symbol=KTA&limit=9&cursor=${cursor}`)
  const grpc = await world.rpc.call('GetQuotes', { symbols: ['KTA'], limit: 9, cursor })
  assert.deepEqual(
    grpc.quotes.map((row) => row.messageId),
    rest.data.map((row) => row.message_id),
  )
  for (const other of [
    `/v1/quotes?symbol=KTB&cursor=${cursor}`,
    `/v1/trades?symbol=KTA&cursor=${cursor}`,
    `/v1/quotes?symbol=KTA&cursor=${cursor}A`,
    '/v1/quotes?cursor=x',
  ]) {
    const answer = await fetch(`${world.url}${other}`)
    assert.deepEqual([answer.status, ((await answer.json()) as Json).code], [400, 'INVALID_CURSOR'], other)
  }
  await assert.rejects(world.rpc.call('GetQuotes', { cursor: 'x' }), { code: 'INVALID_CURSOR' })
})

test('the figures of a table are those of its files and of the log behind it', async () => {
  const [of] = (await get('/v1/stats')).data
  assert.deepEqual([of!.table, of!.rows, of!.lag_records, of!.error], ['trades_v2', '80', '40', null])
  // The tail lets go of what has landed when it hears of it.
  assert.ok(Number(of!.tail_rows) >= 40)
})

// It adds records: those before it count what was there.
test('symbols are those of all tables, with what there is of each', async () => {
  const row = ({ symbol, kinds, trade_count, quote_count, first_timestamp: first }: Json) => [
    symbol,
    kinds,
    trade_count,
    quote_count,
    first === null ? null : String(first).slice(0, 10),
  ]
  await world.append('reference', [referenceOf('KTR', '9003', 'NEVER TRADED')])
  await world.append('quotes', [quoteOf('KTQ', seeded(4))])
  assert.deepEqual((await get('/v1/symbols')).data.map(row), [
    ['KTA', ['trades', 'quotes', 'reference'], '80', '60', DAY],
    ['KTB', ['trades', 'quotes'], '40', '30', DAY],
    ['KTQ', ['quotes'], '0', '1', DAY],
    ['KTR', ['reference'], '0', '0', null],
  ])
  assert.deepEqual((await get('/v1/symbols?source=lake')).data.map(row), [
    ['KTA', ['trades', 'quotes', 'reference'], '40', '30', DAY],
    ['KTB', ['trades', 'quotes'], '40', '30', DAY],
  ])
  const few = await get('/v1/symbols?limit=2')
  assert.deepEqual([few.data.map(({ symbol }) => symbol), few.meta.has_more], [['KTA', 'KTB'], true])
  assert.deepEqual((await get(`/v1/symbols?as_of=${landedAt}`)).data.length, 2)
  assert.equal((await fetch(`${world.url}/v1/symbols?as_of=17`)).status, 400)
})

test('it describes itself', async () => {
  const document = (await (await fetch(`${world.url}/openapi.json`)).json()) as { openapi: string; paths: object }
  assert.equal(document.openapi, '3.1.1')
  assert.ok('/v1/summary/{symbol}/{date}' in document.paths)
  const page = await (await fetch(`${world.url}/docs`)).text()
  assert.match(page, /GET \/v1\/quotes/)
  assert.doesNotMatch(page, /(src|href)="http/)
})
