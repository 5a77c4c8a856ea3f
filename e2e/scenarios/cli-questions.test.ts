/** Questions of several tables, timeframes and groups from the command line: what it says is what REST says. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { k2 } from '../worlds/k2.ts'
import { type Serving, serve } from '../worlds/serve.ts'

let folder: string
let world: Serving

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k2-cli-questions-'))
  // All is in the lake before it is asked: a commit between two questions would make two answers.
  const loaded = await serve(['--data', folder, '--once'])
  await loaded.stop()
  world = await serve(['--data', folder])
})

after(async () => {
  await world.stop()
  await rm(folder, { recursive: true })
})

interface Body {
  readonly data: object[]
  readonly meta: { elapsed_ms?: number; complete: boolean }
}

async function post(path: string, asked: object): Promise<Body> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${world.url}${path}`, { method: 'POST', headers, body: JSON.stringify(asked) })
  assert.equal(answer.status, 200, await answer.clone().text())
  return (await answer.json()) as Body
}

const ask = async (line: string) => await k2(line.split(' '), world.grpcAddress).ended

// biome-ignore format: a table reads by its columns
const questions: [line: string, path: string, asked: object][] = [
  ['asof KTA --limit 40 --max-age 30s',                           '/v1/asof',         { symbols: ['KTA'], limit: 40, max_age: '30s' }],
  ['aggregate KTA,KTB --interval 1h --metrics volume,twap,vwap',  '/v1/aggregations', { symbols: ['KTA', 'KTB'], interval: '1h', metrics: ['volume', 'twap', 'vwap'] }],
  ['aggregate KTA --group-by price_level --tick 0.05 --metrics volume', '/v1/aggregations', { symbols: ['KTA'], group_by: ['price_level'], tick: '0.05', metrics: ['volume'] }],
  ['ohlcv batch --symbol KTA --timeframes 4h,1d --fill',          '/v1/ohlcv/batch',  { symbols: ['KTA'], timeframes: ['4h', '1d'], fill: true }],
  ['query trades KTA KTB --min-price 36.5 --limit 30',            '/v1/trades/query', { symbols: ['KTA', 'KTB'], min_price: '36.5', limit: 30 }],
  ['query quotes KTA --ranges 2014-03-10T00:00Z/2014-03-10T01:00Z', '/v1/quotes/query', { symbols: ['KTA'], ranges: ['2014-03-10T00:00Z/2014-03-10T01:00Z'] }],
  ['query trades -s KTA -e ASX --start 2014-03-11 --end 2014-03-13 -n 7', '/v1/trades/query', { symbols: ['KTA'], exchanges: ['ASX'], start: '2014-03-11', end: '2014-03-13', limit: 7 }],
]
for (const [line, path, asked] of questions) {
  test(`k2 ${line}`, async () => {
    const { code, out, err } = await ask(`${line} --format json`)
    assert.deepEqual([code, err], [0, ''])
    const [ours, theirs] = [JSON.parse(out) as Body, await post(path, asked)]
    for (const { meta } of [ours, theirs]) delete meta.elapsed_ms
    assert.ok(theirs.data.length > 0)
    assert.deepEqual(ours, theirs)
    const table = await ask(`${line} --format table`)
    assert.match(table.out, /\n\d+ rows.* · complete · /)
  })
}

// biome-ignore format: a table reads by its columns
const peers: [line: string, own: string][] = [
  ['trades -s KTA -e ASX --start 2014-03-10 --end 2014-03-12 -n 20 -o csv', 'trades KTA --exchange ASX --start-time 2014-03-10 --end-time 2014-03-12 --limit 20 --format csv'],
  ['quotes --symbol KTA --limit 5 --output json',                           'quotes KTA --limit 5 --json'],
  ['summary KTA 2014-03-11 -e ASX -o csv',                                  'summary KTA 2014-03-11 --exchange ASX --format csv'],
  ['snapshots -t market_data.quotes -n 10 -o csv',                                 'snapshots quotes --limit 10 --format csv'],
  ['stats -o table',                                                        'stats --format table'],
  ['symbols -e ASX -o csv',                                                 'symbols --exchange ASX --format csv'],
]
for (const [line, own] of peers) {
  test(`k2 ${line}, as the Python peer's command line has it`, async () => {
    const [theirs, ours] = [await ask(line), await ask(own)]
    assert.deepEqual([theirs.code, theirs.err], [0, ours.err])
    const timeless = (text: string) => text.replaceAll(/"elapsed_ms":[\d.]+|[\d.]+ ms/g, '')
    assert.equal(timeless(theirs.out), timeless(ours.out))
    assert.notEqual(theirs.out, '')
  })
}

test('what a bulk of files holds has no gaps', async () => {
  const { code, out } = await ask('gaps --format table')
  assert.equal(code, 0)
  assert.match(out, /^0 rows/)
})

test('every page of an as-of join is the whole', async () => {
  const line = 'asof KTA --start-time 2014-03-12 --format csv'
  const whole = await ask(`${line} --limit 10000`)
  const paged = await ask(`${line} --limit 1500 --all`)
  assert.deepEqual([paged.code, paged.out], [0, whole.out])
})
