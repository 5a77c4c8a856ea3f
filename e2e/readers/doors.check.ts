/**
 * A client that shares no code with K2 and has its protos alone: Python's gRPC asks what REST is asked, and gets the
 * same. K2_PYTHON names a Python that has requirements.txt.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CODES, type Code } from '@k2/contracts/codes.ts'
import { overRest, type Question, sameAnswer } from '../worlds/doors.ts'
import { serve } from '../worlds/serve.ts'
import { until } from '../worlds/service.ts'

const { K2_PYTHON } = process.env
const SCRIPT = fileURLToPath(new URL('./ask_doors.py', import.meta.url))
const PROTOS = fileURLToPath(new URL('../../proto', import.meta.url))

type Ask = Question['asked']

// biome-ignore format: a table reads by its columns
const answered: [rpc: Question['rpc'], request: object, path: string, asked: Ask, post?: true][] = [
  ['GetTrades',       { symbols: ['KTA'], limit: 300 },                             '/v1/trades',         { symbol: 'KTA', limit: 300 }],
  ['GetTrades',       { symbols: ['KTA', 'KTB'], order: 'ORDER_ASC', source: 'SOURCE_LAKE', excludeTradeConditions: ['1'] }, '/v1/trades', { symbol: 'KTA,KTB', order: 'asc', source: 'lake', exclude_trade_conditions: '1' }],
  ['GetQuotes',       { symbols: ['KTA'], limit: 200 },                             '/v1/quotes',         { symbol: 'KTA', limit: 200 }],
  ['QueryTrades',     { symbols: ['KTA'], minPrice: '36.5', limit: 50, offset: 20 }, '/v1/trades/query',  { symbols: ['KTA'], min_price: '36.5', limit: 50, offset: 20 }, true],
  ['GetOhlcv',        { timeframe: '5m', symbols: ['KTA'], limit: 500, fill: true }, '/v1/ohlcv/5m',      { symbol: 'KTA', limit: 500, fill: true }],
  ['GetOhlcv',        { timeframe: '4h', symbols: ['KTA', 'KTB'], calendar: 'CALENDAR_UTC' }, '/v1/ohlcv/4h', { symbol: 'KTA,KTB', calendar: 'utc' }],
  ['GetAsOf',         { symbols: ['KTA'], limit: 300, maxAge: '30s' },              '/v1/asof',           { symbol: 'KTA', limit: 300, max_age: '30s' }],
  ['GetAggregations', { symbols: ['KTA'], interval: '1h', metrics: ['ohlcv', 'vwap'] }, '/v1/aggregations', { symbols: ['KTA'], interval: '1h', metrics: ['ohlcv', 'vwap'] }, true],
  ['GetAggregations', { metrics: ['volume_profile'] },                              '/v1/aggregations',   { metrics: ['volume_profile'] }, true],
  ['ListGaps',        {},                                                           '/v1/gaps',           {}],
  ['GetReference',    { explain: true },                                            '/v1/reference',      { explain: true }],
  ['GetSummary',      { symbol: 'KTA', date: '2014-03-11' },                        '/v1/summary/KTA/2014-03-11', {}],
  ['ListSymbols',     {},                                                           '/v1/symbols',        {}],
  ['ListSnapshots',   { table: 'quotes' },                                          '/v1/snapshots',      { table: 'quotes' }],
]
// biome-ignore format: a table reads by its columns
const refused: [rpc: Question['rpc'], request: object, code: Code, path: string][] = [
  ['GetTrades',   { limit: 2_000_000 },                                  'INVALID_ARGUMENT', '/v1/trades?limit=2000000'],
  ['GetTrades',   { startTime: '2014-03-11', endTime: '2014-03-10' },    'INVALID_ARGUMENT', '/v1/trades?start_time=2014-03-11&end_time=2014-03-10'],
  ['GetTrades',   { cursor: 'nothing' },                                 'INVALID_CURSOR',   '/v1/trades?cursor=nothing'],
  ['GetSummary',  { symbol: 'NONE', date: '2014-03-10' },                'NOT_FOUND',        '/v1/summary/NONE/2014-03-10'],
  ['GetOhlcv',    { timeframe: '7m', symbols: ['KTA'] },                 'INVALID_ARGUMENT', '/v1/ohlcv/7m?symbol=KTA'],
  ['ListGaps',    { asOf: '1' },                                         'NOT_FOUND',        '/v1/gaps?as_of=1'],
]

interface Told {
  readonly reply?: Record<string, unknown>
  readonly status?: number
  readonly code?: string
  readonly message?: string
}

test("Python's gRPC is answered as REST is", {
  skip: K2_PYTHON === undefined ? 'K2_PYTHON names no Python' : false,
  timeout: 300_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'k2-doors-'))
  try {
    // All is in the lake before it is asked: a commit between two questions would make two answers.
    await (await serve(['--data', folder, '--once'])).stop()
    const world = await serve(['--data', folder, '--no-feed'])
    await until('the gaps of all records are heard', async () => {
      const { meta } = await overRest(world, {
        rpc: 'GetTrades',
        path: '/v1/trades',
        asked: { symbol: 'KTA', limit: 1 },
      })
      const { trouble, behind } = meta.ledger as { trouble: string | null; behind: string }
      return trouble === null && behind === '0'
    })
    const questions = [...answered, ...refused].map(([rpc, request]) => [rpc, request])
    const { stdout, stderr, status } = spawnSync(K2_PYTHON!, [SCRIPT, world.grpcAddress, PROTOS], {
      encoding: 'utf8',
      input: JSON.stringify(questions),
      maxBuffer: 2 ** 26,
    })
    assert.equal(status, 0, stderr)
    const told = JSON.parse(stdout) as Told[]
    let rows = 0
    for (const [i, [rpc, , path, asked, post]] of answered.entries()) {
      const rest = await overRest(world, { rpc, path, asked, ...(post && { post }) })
      rows += [rest.data].flat().length
      assert.ok(told[i]!.reply, `${rpc}: ${told[i]!.message}`)
      sameAnswer(rest, told[i]!.reply!, `${rpc} ${path}`)
    }
    for (const [i, [rpc, , code, path]] of refused.entries()) {
      const answer = await fetch(`${world.url}${path}`)
      const problem = (await answer.json()) as { code: string; detail: string }
      const { status, code: theirs, message } = told[answered.length + i]!
      assert.deepEqual([status, theirs, message], [CODES[code].grpc, code, problem.detail], `${rpc} ${path}`)
      assert.deepEqual([answer.status, problem.code], [CODES[code].http, code])
    }
    t.diagnostic(`${told.length} questions, ${rows} rows`)
    assert.ok(rows > 1_000)
    assert.equal(await world.stop(), 0)
  } finally {
    await rm(folder, { recursive: true })
  }
})
