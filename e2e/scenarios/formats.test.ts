/** One question, asked in every format: by parameter and by Accept, plain and compressed, all say the same. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { seeded } from '@k2/embedded/sample.ts'
import { type Engine, openEngine } from '@k2/lake/duckdb/engine.ts'
import { type Asking, asking } from '../worlds/asking.ts'
import { inFolder } from '../worlds/folder.ts'
import { csvOf, fillAll, type Json, landAll, readArrow, readLines, readParquet } from '../worlds/formats.ts'
import { below, oneOf } from '../worlds/venues.ts'

const SEED = Number(process.env.K2_SEED ?? 21)
const QUESTIONS = 50

type Random = () => number
type Asked = readonly [path: string, params: Record<string, string>, body?: Json]

const TYPES = {
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  arrow: 'application/vnd.apache.arrow.stream',
  parquet: 'application/vnd.apache.parquet',
} as const
type Format = keyof typeof TYPES
const FORMATS = Object.keys(TYPES) as Format[]

const SYMBOLS = ['KTA', 'KTB', 'KTA,KTB,VEN', 'VEN', 'NONE']
const METRICS = ['trade_count', 'volume', 'notional', 'open_price', 'min_price', 'avg_price', 'vwap', 'twap']

function drawn(random: Random): Asked {
  const limit = String(1 + below(random, oneOf(random, [5, 50, 1_000])))
  const symbol = oneOf(random, SYMBOLS)
  const order = oneOf(random, ['asc', 'desc'])
  const page = { symbol, limit, order }
  const some = (names: readonly string[]) => names.filter(() => random() < 0.6)
  switch (below(random, 11)) {
    case 0:
      return ['/v1/trades', { ...page, source: oneOf(random, ['hybrid', 'lake', 'tail']) }]
    case 1:
      return ['/v1/trades', { ...page, fields: 'kafka_offset,vendor_data,message_id,trade_conditions,price' }]
    case 2:
      return ['/v1/quotes', page]
    case 3:
      return ['/v1/reference', { limit }]
    case 4:
      return [`/v1/ohlcv/${oneOf(random, ['1m', '1h', '1d'])}`, { ...page, ...(random() < 0.3 && { fill: 'true' }) }]
    case 5:
      return ['/v1/ohlcv/batch', {}, { symbols: symbol.split(','), timeframes: ['1h', '1d'], limit }]
    case 6: {
      const metrics = some(METRICS)
      const levels =
        random() < 0.5 ? { group_by: ['symbol', 'price_level'], tick: '0.125' } : { group_by: ['exchange', 'side'] }
      return ['/v1/aggregations', {}, { ...levels, limit, metrics: metrics.length > 0 ? metrics : METRICS }]
    }
    case 7:
      return ['/v1/asof', page]
    case 8:
      return ['/v1/trades/query', {}, { symbols: symbol.split(','), limit, order }]
    case 9:
      return ['/v1/gaps', { symbol, limit }]
    default:
      return oneOf(random, [
        ['/v1/symbols', { limit }],
        ['/v1/stats', {}],
        ['/v1/snapshots', { limit: '5' }],
      ] as const)
  }
}

interface Got {
  readonly headers: Headers
  readonly body: Buffer
}

async function ask(world: Asking, [path, params, body]: Asked, format: Format, random: Random): Promise<Got> {
  const byAccept = random() < 0.5
  const query = new URLSearchParams({ ...params, ...(!byAccept && !body && { format }) })
  const headers = {
    'accept-encoding': oneOf(random, ['identity', 'gzip', 'br', 'zstd, br;q=0.5']),
    ...(byAccept && { accept: `text/html, ${TYPES[format].split(';')[0]};q=0.9, */*;q=0.1` }),
    ...(body && { 'content-type': 'application/json' }),
  }
  const posted = body && { method: 'POST', body: JSON.stringify(byAccept ? body : { ...body, format }) }
  const answer = await fetch(`${world.url}${path}?${query}`, { headers, ...posted })
  const bytes = Buffer.from(await answer.arrayBuffer())
  assert.equal(answer.status, 200, `${path} ${query} ${bytes}`)
  assert.equal(answer.headers.get('content-type'), TYPES[format])
  assert.equal(answer.headers.get('vary'), format === 'parquet' ? 'Accept' : 'Accept, Accept-Encoding')
  return { headers: answer.headers, body: bytes }
}

/** How long an answer took is its own. */
const timeless = ({ elapsed_ms, ...meta }: Json): Json => {
  assert.equal(typeof elapsed_ms, 'number')
  return meta
}

async function sameInAll(world: Asking, engine: Engine, file: string, asked: Asked, random: Random): Promise<number> {
  const got = new Map<Format, Got>()
  for (const format of FORMATS) got.set(format, await ask(world, asked, format, random))
  const bodyOf = (format: Format) => got.get(format)!.body
  const told = JSON.stringify(asked)
  const { data, meta } = JSON.parse(String(bodyOf('json'))) as { data: Json[]; meta: Json }
  assert.deepEqual(readLines(String(bodyOf('ndjson'))), data, told)
  const csv = String(bodyOf('csv'))
  assert.equal(csv, csvOf(csv.slice(0, csv.indexOf('\r\n')), data), told)
  const arrow = readArrow(bodyOf('arrow'))
  assert.deepEqual(arrow.rows, data, told)
  assert.deepEqual(timeless(arrow.meta), timeless(meta), told)
  const parquet = await readParquet(engine, file, bodyOf('parquet'))
  assert.deepEqual(parquet.rows, data, told)
  assert.deepEqual(timeless(parquet.meta), timeless(meta), told)
  for (const [format, { headers }] of got) {
    assert.equal(headers.get('x-record-count'), String(data.length))
    if (format !== 'json') assert.equal(headers.get('x-next-cursor'), meta.next_cursor)
  }
  return data.length
}

test(`answers are the same in every format, seed ${SEED}`, { timeout: 300_000 }, (t) =>
  inFolder((data) =>
    asking(data, { rows: 100_000, ageMs: 3_600_000 }, async (world) => {
      const random = seeded(SEED)
      await fillAll(world, 100, random)
      await landAll(world)
      await fillAll(world, 100, random)
      const engine = await openEngine({ memoryMb: 128, threads: 1, tempFolder: join(data, 'tmp', 'test') })
      try {
        let [rows, empty] = [0, 0]
        for (let i = 0; i < QUESTIONS; i++) {
          const count = await sameInAll(world, engine, join(data, 'answer.parquet'), drawn(random), random)
          rows += count
          empty += Number(count === 0)
        }
        t.diagnostic(`${QUESTIONS} questions in ${FORMATS.length} formats, ${rows} rows; ${empty} without any`)
        assert.ok(rows > 500 && empty > 0)
      } finally {
        await engine.close()
      }
      await chosen(world)
    }),
  ),
)

// biome-ignore format: a table reads by its columns
const choices: [name: string, path: string, accept: string | undefined, status: number, type: string][] = [
  ['JSON where nothing is said',           '/v1/trades',                    undefined,                                  200, TYPES.json],
  ['JSON to a browser',                    '/v1/trades',                    'text/html,application/xml;q=0.9,*/*;q=0.8', 200, TYPES.json],
  ['of equals the first one named',        '/v1/trades',                    `${TYPES.parquet}, application/json`,       200, TYPES.parquet],
  ['what is wanted most',                  '/v1/trades',                    'application/json;q=0.2, text/csv;q=0.3',   200, TYPES.csv],
  ['the parameter, whatever Accept says',  '/v1/trades?format=ndjson',      'image/png',                                200, TYPES.ndjson],
  ['a refusal where nothing fits',         '/v1/trades',                    'image/png, application/json;q=0',          406, 'NOT_ACCEPTABLE'],
  ['of a single row JSON alone',           '/v1/summary/VEN/2014-03-10',    'application/json',                         200, TYPES.json],
  ['of a single row nothing else',         '/v1/summary/VEN/2014-03-10',    'text/csv',                                 406, 'NOT_ACCEPTABLE'],
  ['no plan where there is no place',      '/v1/trades?explain=true',       'text/csv',                                 400, 'INVALID_ARGUMENT'],
  ['a plan in the metadata',               '/v1/trades?explain=true',       TYPES.arrow,                                200, TYPES.arrow],
]

async function chosen({ url }: Asking): Promise<void> {
  for (const [name, path, accept, status, type] of choices) {
    const answer = await fetch(url + path, { headers: { ...(accept && { accept }) } })
    const body = Buffer.from(await answer.arrayBuffer())
    assert.equal(answer.status, status, name)
    if (status === 200) assert.equal(answer.headers.get('content-type'), type, name)
    else assert.equal(JSON.parse(String(body)).code, type, name)
    if (path.includes('explain') && status === 200) assert.ok('plan' in readArrow(body).meta)
    const head = await fetch(url + path, { method: 'HEAD', headers: { ...(accept && { accept }) } })
    assert.deepEqual(
      [head.status, head.headers.get('content-type')],
      [status, answer.headers.get('content-type')],
      name,
    )
  }
}
