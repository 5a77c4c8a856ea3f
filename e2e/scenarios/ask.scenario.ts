/** One meaning behind two doors: what REST answers, gRPC answers; and what is asked wrongly is told so at both. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { QueryServiceDefinition } from '@k2/contracts/gen/k2/v1/QueryService.ts'
import { writeSample } from '@k2/embedded/sample.ts'
import { createRpcClient, loadProtos, type RpcClient, serviceIn } from '@k2/service/rpc.ts'
import type { Serving } from '../worlds/serve.ts'
import type { MakeWorld, World } from '../worlds/world.ts'

const PROTOS = fileURLToPath(new URL('../../proto/', import.meta.url))

interface Body {
  readonly data: Record<string, unknown>[]
  readonly meta: {
    count: number
    has_more: boolean
    complete: boolean
    snapshot: { id: string } | null
    offsets: Record<string, string>
  }
}

/** `more`: further tests of the same world, while it serves. */
export function askScenario(make: MakeWorld, more: (url: () => string) => void = () => {}): void {
  suite('questions at both doors', () => asked(make, more))
}

function asked(make: MakeWorld, more: (url: () => string) => void): void {
  let folder: string
  let world: World
  let server: Serving
  let rpc: RpcClient<QueryServiceDefinition>
  let rows: Record<string, number>

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k2-ask-'))
    const files = await writeSample(folder, 11)
    rows = {}
    for (const [i, symbol] of ['KTA', 'KTB', 'KTC'].entries()) {
      rows[symbol] = (await readFile(files[i]!, 'utf8')).split('\r\n').length - 1
    }
    // Two symbols in the lake and one in the tail, so that answers are of both.
    world = await make(join(folder, 'world'))
    const landed = await world.live({ csv: files.slice(0, 2) }).ended
    assert.equal(landed.code, 0, landed.err.slice(-4_000))
    server = await world.serve({ csv: [files[2]!], settings: { K2_SINK_COMMIT_AGE: '1h' } })
    const service = serviceIn(loadProtos(['k2/v1/query.proto'], [PROTOS]), 'k2.v1.QueryService')
    rpc = createRpcClient<QueryServiceDefinition>(service, { address: server.grpcAddress })
  })

  after(async () => {
    rpc?.close()
    assert.equal(await server?.stop(), 0)
    await world?.end()
    await rm(folder, { recursive: true })
  })

  async function get(path: string): Promise<Body> {
    const answer = await fetch(`${server.url}${path}`)
    assert.equal(answer.status, 200, await answer.clone().text())
    return (await answer.json()) as Body
  }

  test('lake and tail together are the whole, and neither alone is', async () => {
    const counts = await Promise.all(
      ['hybrid', 'lake', 'tail'].map(async (source) =>
        (await get(`/v1/ohlcv/1d?symbol=KTA,KTB,KTC&source=${source}`)).data.reduce(
          (sum, bar) => sum + Number(bar.trade_count),
          0,
        ),
      ),
    )
    const whole = Object.values(rows).reduce((sum, count) => sum + count, 0)
    assert.equal(counts[0], whole)
    assert.equal(counts[1]! + counts[2]!, whole)
    assert.equal(counts[2], rows.KTC, 'what was loaded last is not in the lake yet')
  })

  test('offsets cover what the answer covers', async () => {
    const { meta } = await get('/v1/trades?symbol=KTB')
    const covered = Object.values(meta.offsets).reduce((sum, offset) => sum + Number(offset), 0)
    assert.equal(
      covered,
      Object.values(rows).reduce((sum, count) => sum + count, 0),
    )
    assert.equal(meta.complete, true)
    assert.match(meta.snapshot!.id, /^\d+$/)
  })

  // biome-ignore format: a table reads by its columns
  const questions: [name: string, query: string, request: object][] = [
  ['the newest of all',             'limit=50',                                                                      { limit: 50 }],
  ['one symbol, oldest first',      'symbol=KTB&order=asc&limit=2000',                                               { symbols: ['KTB'], order: 'ORDER_ASC', limit: 2000 }],
  ['two symbols within an hour',    'symbol=KTA,KTB&start_time=2014-03-11T00:00:00Z&end_time=2014-03-11T01:00:00Z&limit=10000', { symbols: ['KTA', 'KTB'], startTime: '2014-03-11T00:00:00Z', endTime: '2014-03-11T01:00:00Z', limit: 10000 }],
  ['the tail of one',               'symbol=KTC&source=tail&limit=50',                                               { symbols: ['KTC'], source: 'SOURCE_TAIL', limit: 50 }],
  ['a symbol that nobody trades',   'symbol=NONE',                                                                   { symbols: ['NONE'] }],
  ['another venue',                 'exchange=BINANCE',                                                              { exchange: 'BINANCE' }],
]
  for (const [name, query, request] of questions) {
    test(`trades, ${name}: REST and gRPC agree`, async () => {
      const rest = await get(`/v1/trades?${query}`)
      const grpc = await rpc.call('GetTrades', request)
      const own = (row: Record<string, unknown>) => [
        row.message_id,
        row.timestamp,
        row.price,
        row.quantity,
        row.source_sequence,
        row.kafka_offset,
        row.trade_conditions,
        row.vendor_data,
      ]
      const theirs = grpc.trades.map((row) => {
        const micros = Number(row.timestampMicros)
        const iso = `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1)}${String(micros % 1000).padStart(3, '0')}Z`
        return [
          row.messageId,
          iso,
          row.price,
          row.quantity,
          row.sourceSequence,
          row.kafkaOffset,
          row.tradeConditions,
          row.vendorData,
        ]
      })
      assert.deepEqual(theirs, rest.data.map(own))
      assert.deepEqual(
        [grpc.meta!.count, grpc.meta!.hasMore, grpc.meta!.offsets],
        [rest.meta.count, rest.meta.has_more, rest.meta.offsets],
      )
    })
  }

  test('bars: REST and gRPC agree', async () => {
    const rest = await get('/v1/ohlcv/5m?symbol=KTA&limit=10000')
    const grpc = await rpc.call('GetOhlcv', { timeframe: '5m', symbols: ['KTA'], limit: 10000 })
    assert.deepEqual(
      grpc.bars.map((bar) => [bar.open, bar.high, bar.low, bar.close, bar.volume, bar.tradeCount, bar.vwap]),
      rest.data.map((bar) => [bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trade_count, bar.vwap]),
    )
    assert.ok(rest.data.length > 100)
  })

  test('a limit says whether there is more', async () => {
    const exact = await get(`/v1/trades?symbol=KTC&limit=${rows.KTC}`)
    const short = await get(`/v1/trades?symbol=KTC&limit=${rows.KTC! - 1}`)
    assert.deepEqual([exact.meta.has_more, short.meta.has_more], [false, true])
  })

  test('an off-market print is in the daily bar, and its quantity is exact text', async () => {
    const [bar] = (await get('/v1/ohlcv/1d?symbol=KTA')).data
    assert.equal(bar!.timestamp, '2014-03-09T13:00:00.000000Z', 'a day of the ASX begins at midnight in Sydney')
    assert.match(String(bar!.volume), /^\d+$/)
    assert.equal(bar!.high, '41.781', 'the print at 07:05, far from the market')
  })

  // biome-ignore format: a table reads by its columns
  const wrong: [path: string, status: number, code: string, detail: RegExp][] = [
  ['/v1/trades?limit=0',                                      400, 'INVALID_ARGUMENT',   /limit is a whole number from 1 to 10000/],
  ['/v1/trades?limit=1000000000',                             400, 'INVALID_ARGUMENT',   /limit/],
  ['/v1/trades?symbl=BHP',                                    400, 'INVALID_ARGUMENT',   /symbl is not a parameter/],
  ['/v1/trades?symbol=A&symbol=B',                            400, 'INVALID_ARGUMENT',   /given 2 times/],
  ["/v1/trades?symbol=A'%20OR%201=1",                         400, 'INVALID_ARGUMENT',   /symbol/],
  ['/v1/trades?start_time=2014-03-11&end_time=2014-03-10',    400, 'INVALID_ARGUMENT',   /behind start_time/],
  ['/v1/ohlcv/7m?symbol=KTA',                                 400, 'INVALID_ARGUMENT',   /timeframe is one of/],
  ['/v1/ohlcv/1m',                                            400, 'INVALID_ARGUMENT',   /symbol is required/],
  ['/v1/trades?cursor=abc',                                   400, 'INVALID_CURSOR',     /not one of ours/],
  ['/v1/trades?fields=price,nothing',                         400, 'INVALID_ARGUMENT',   /fields names "nothing"/],
  ['/v1/trades?as_of=1&source=hybrid',                        400, 'INVALID_ARGUMENT',   /as_of asks for the lake as it was/],
  ['/v1/nothing',                                             404, 'NOT_FOUND',          /nothing/],
]
  for (const [path, status, code, detail] of wrong) {
    test(`${path} is a ${status} ${code}`, async () => {
      const answer = await fetch(`${server.url}${path}`, { headers: { 'x-correlation-id': 'mine-1' } })
      const problem = (await answer.json()) as Record<string, unknown>
      assert.deepEqual(
        [answer.status, problem.status, problem.code, problem.correlation_id],
        [status, status, code, 'mine-1'],
      )
      assert.match(answer.headers.get('content-type')!, /^application\/problem\+json/)
      assert.equal(answer.headers.get('x-correlation-id'), 'mine-1')
      assert.match(String(problem.detail), detail)
    })
  }

  test('gRPC refuses as REST does', async () => {
    await assert.rejects(rpc.call('GetTrades', { limit: -1 }), {
      code: 'INVALID_ARGUMENT',
      message: /limit is a whole number/,
    })
    await assert.rejects(rpc.call('GetOhlcv', { timeframe: '7m' }), {
      code: 'INVALID_ARGUMENT',
      message: /timeframe .*symbol is required/,
    })
  })

  more(() => server.url)
}
