/** The command line as people and scripts run it, against K2 in another process: what it says is what REST says. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { k2 } from '../worlds/k2.ts'
import { type Serving, serve } from '../worlds/serve.ts'

let folder: string
let world: Serving

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k2-cli-'))
  // All is in the lake before it is asked: a commit between two questions would make two answers.
  const loaded = await serve(['--data', folder, '--once'])
  await loaded.stop()
  world = await serve(['--data', folder, '--no-feed'])
})

after(async () => {
  await world.stop()
  await rm(folder, { recursive: true })
})

async function rest(path: string, asked?: object): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const post = asked && { method: 'POST', headers, body: JSON.stringify(asked) }
  const answer = await fetch(`${world.url}${path}`, post)
  const text = await answer.text()
  assert.equal(answer.status, 200, `${path}: ${text}`)
  return text
}

/** How long an answer took, and when the ledger of gaps was heard, are of each answer its own. */
function makeTimeless(meta: { elapsed_ms?: number; ledger?: { heard_at?: string } }): void {
  delete meta.elapsed_ms
  delete meta.ledger?.heard_at
}

async function ask(line: string) {
  return await k2(line.split(' '), world.grpcAddress).ended
}

// biome-ignore format: a table reads by its columns
const questions: [line: string, path: string][] = [
  ['trades KTA --limit 3',                                            '/v1/trades?symbol=KTA&limit=3'],
  ['trades --symbol KTA,KTB --order asc --start-time 2014-03-11',     '/v1/trades?symbol=KTA,KTB&order=asc&start_time=2014-03-11'],
  ['trades KTB KTA --fields price,symbol --exclude-trade-conditions 0', '/v1/trades?symbol=KTB,KTA&fields=price,symbol&exclude_trade_conditions=0'],
  ['recent KTA --exchange ASX',                                       '/v1/trades/recent?symbol=KTA&exchange=ASX'],
  ['quotes KTA --end-time 2014-03-11T00:00:00Z',                      '/v1/quotes?symbol=KTA&end_time=2014-03-11T00:00:00Z'],
  ['reference',                                                       '/v1/reference?'],
  ['reference --company-id 9002',                                     '/v1/reference?company_id=9002'],
  ['ohlcv KTA KTB --timeframe 5m --limit 40',                         '/v1/ohlcv/5m?symbol=KTA,KTB&limit=40'],
  ['summary KTA 2014-03-10',                                          '/v1/summary/KTA/2014-03-10?'],
  ['symbols --exchange ASX',                                          '/v1/symbols?exchange=ASX'],
  ['snapshots quotes --limit 5',                                      '/v1/snapshots?table=quotes&limit=5'],
]
for (const [line, path] of questions) {
  test(`k2 ${line} writes what REST writes, in each format`, async () => {
    const [json, ndjson, csv] = await Promise.all([
      ask(`${line} --format json`),
      ask(line),
      ask(`${line} --format csv`),
    ])
    for (const { code } of [json, ndjson, csv]) assert.equal(code, 0)
    assert.equal(json.err, '')
    const [ours, theirs] = [JSON.parse(json.out), JSON.parse(await rest(path))]
    for (const { meta } of [ours, theirs]) makeTimeless(meta)
    assert.deepEqual(ours, theirs)
    // A summary is one document in REST: it has no other formats there.
    if (line.startsWith('summary')) return
    assert.equal(ndjson.out, await rest(`${path}&format=ndjson`))
    assert.equal(csv.out, await rest(`${path}&format=csv`))
  })
}

// biome-ignore format: a table reads by its columns
const posted: [line: string, path: string, asked: object][] = [
  ['asof KTA --limit 40 --max-age 30s',                           '/v1/asof',         { symbols: ['KTA'], limit: 40, max_age: '30s' }],
  ['aggregate KTA,KTB --interval 1h --metrics volume,twap,vwap',  '/v1/aggregations', { symbols: ['KTA', 'KTB'], interval: '1h', metrics: ['volume', 'twap', 'vwap'] }],
  ['aggregate KTA --group-by price_level --tick 0.05 --metrics volume', '/v1/aggregations', { symbols: ['KTA'], group_by: ['price_level'], tick: '0.05', metrics: ['volume'] }],
  ['ohlcv batch --symbol KTA --timeframes 4h,1d --fill',          '/v1/ohlcv/batch',  { symbols: ['KTA'], timeframes: ['4h', '1d'], fill: true }],
  ['query trades KTA KTB --min-price 36.5 --limit 30',            '/v1/trades/query', { symbols: ['KTA', 'KTB'], min_price: '36.5', limit: 30 }],
  ['query quotes KTA --ranges 2014-03-10T00:00Z/2014-03-10T01:00Z', '/v1/quotes/query', { symbols: ['KTA'], ranges: ['2014-03-10T00:00Z/2014-03-10T01:00Z'] }],
  ['query trades -s KTA -e ASX --start 2014-03-11 --end 2014-03-13 -n 7', '/v1/trades/query', { symbols: ['KTA'], exchanges: ['ASX'], start: '2014-03-11', end: '2014-03-13', limit: 7 }],
]
for (const [line, path, asked] of posted) {
  test(`k2 ${line}`, async () => {
    const { code, out, err } = await ask(`${line} --format json`)
    assert.deepEqual([code, err], [0, ''])
    const [ours, theirs] = [JSON.parse(out), JSON.parse(await rest(path, asked))]
    for (const { meta } of [ours, theirs]) makeTimeless(meta)
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
    const timeless = (text: string) => text.replaceAll(/"elapsed_ms":[\d.]+|"heard_at":"[^"]+"|[\d.]+ ms/g, '')
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

test('k2 stats has the figures of REST', async () => {
  const { out } = await ask('stats --format json')
  const plain = (text: string) => JSON.parse(text).data
  assert.deepEqual(plain(out), plain(await rest('/v1/stats')))
})

for (const format of ['ndjson', 'csv', 'json']) {
  test(`--all is the pages together, as ${format}`, async () => {
    const path = '/v1/trades?symbol=KTB,KTC&order=asc&fields=message_id,price&limit=10000'
    const line = `trades KTB,KTC --order asc --fields message_id,price --format ${format}`
    const whole = await rest(`${path}&format=${format}`)
    for (const size of ['', ' --limit 100', ' --limit 1275']) {
      const { code, out, err } = await ask(`${line} --all${size}`)
      assert.deepEqual([code, err], [0, ''])
      if (format !== 'json') assert.equal(out, whole)
      else assert.deepEqual([JSON.parse(out).data, JSON.parse(out).meta.count], [JSON.parse(whole).data, 1275])
    }
    const first = await ask(line)
    assert.equal(first.err === '', format === 'json', 'rows alone are told to be a part of the answer')
  })
}

test('a table stands in columns, and ends with the proof', async () => {
  const { out } = await ask('trades KTA --limit 2 --fields symbol,price,quantity --format table')
  const { data, meta } = JSON.parse(await rest('/v1/trades?symbol=KTA&limit=2&fields=symbol,price,quantity'))
  const [head, first, second, proof, ...rest_] = out.split('\n')
  assert.deepEqual(rest_, [''])
  assert.deepEqual(
    [first, second].map((line) => line!.split(/ {2,}/)),
    data.map((row: object) => Object.values(row)),
  )
  assert.deepEqual([first!.length, second!.length], [head!.length, head!.length])
  assert.match(proof!, new RegExp(`^2 rows, and there are more · complete · snapshot ${meta.snapshot.id} of .* up to `))
})

// biome-ignore format: a table reads by its columns
const ends: [line: string, code: number, err: RegExp][] = [
  ['symbols',                             0, /^$/],
  ['help trades',                         0, /^$/],
  ['summary NONE 2014-03-10',             1, /^NONE has no trades .*\(NOT_FOUND\)\n$/],
  ['ohlcv KTA',                           1, /^timeframe is required\. \(INVALID_ARGUMENT\)\n$/],
  ['trades --cursor x',                   1, /\(INVALID_CURSOR\)\n$/],
  ['trades --limt 3',                     2, /^--limt is not a flag of this command: did you mean --limit\?\n$/],
  ['trade KTA',                           2, /^"trade" is not a command: did you mean trades\?/],
  ['--all',                               2, /^A command comes first/],
  ['symbols --timeout soon',              2, /must be a duration/],
  ['symbols --address 127.0.0.1:1',       3, /^No K2 can be reached at 127\.0\.0\.1:1 .*ECONNREFUSED.*\nnpm start starts one/],
]
for (const [line, code, err] of ends) {
  test(`k2 ${line} ends with ${code}`, async () => {
    const ended = await ask(line)
    assert.equal(ended.code, code, ended.err)
    assert.match(ended.err, err)
    if (code !== 0) assert.equal(ended.out, '')
  })
}

/** A server that takes a connection and says nothing. */
async function withSilence(work: (address: string, reached: Promise<unknown>) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await work(`127.0.0.1:${(server.address() as AddressInfo).port}`, once(server, 'connection'))
  } finally {
    server.close()
  }
}

test('a question ends at its deadline', () =>
  withSilence(async (address) => {
    const { code, out, err } = await k2(['symbols', '--timeout', '300ms'], address).ended
    assert.deepEqual([code, out], [1, ''])
    assert.match(err, /\(DEADLINE_EXCEEDED\)\n$/)
  }))

test('Ctrl-C ends it without a word', () =>
  withSilence(async (address, reached) => {
    const asked = k2(['symbols'], address)
    await reached
    asked.kill('SIGINT')
    assert.deepEqual(await asked.ended, { code: 130, out: '', err: '' })
  }))

test('a reader that has enough ends it quietly, as npx finds it', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const bin = join(root, 'node_modules/.bin')
  const pipe = `k2 trades --all --limit 100 --address ${world.grpcAddress} | head -n 2 | wc -l; echo "\${PIPESTATUS[0]}"`
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
  const child = spawn('bash', ['-c', pipe], { env, timeout: 60_000 })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const [code] = await once(child, 'close')
  assert.deepEqual([code, out.split(/\s+/).filter(Boolean), err], [0, ['2', '0'], ''])
})
