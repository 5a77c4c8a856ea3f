/** What somebody may try at the doors: each is refused with its code, and the next question is answered as before. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { CODES, type Code } from '@k2/contracts/codes.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { DEFINITIONS, inPath, methodsOf } from '@k2/query-service/core/definitions.ts'
import type { Param } from '@k2/query-service/core/params.ts'
import { closed, said } from '@k2/service/said.fixture.ts'
import { WebSocket } from 'ws'
import { askingOpen } from '../worlds/asking.ts'
import { quoteOf, tradeOf } from '../worlds/market.ts'
import { framed, rawGrpc } from '../worlds/raw-grpc.ts'

let world: Awaited<ReturnType<typeof askingOpen>>
let port: number

before(async () => {
  world = await askingOpen()
  port = Number(new URL(world.url).port)
  const random = seeded(11)
  for (const [kind, of] of [
    ['trades', tradeOf],
    ['quotes', quoteOf],
  ] as const)
    await world.append(kind, Array.from({ length: 20 }, () => of('KTA', random)) as never)
})
after(() => world.end())

/** All that was there is there, nobody waits, and nothing else came. */
async function isAsBefore(): Promise<void> {
  for (const table of ['trades', 'quotes']) {
    const answer = await fetch(`${world.url}/v1/${table}?limit=1000`)
    assert.equal(((await answer.json()) as { data: unknown[] }).data.length, 20, table)
  }
}

type Asked = readonly [path: string, init?: RequestInit]
const post = (path: string, body: unknown): Asked => {
  return [path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }]
}

async function told([path, init]: Asked): Promise<{ status: number; code?: string; rows?: number; bytes: number }> {
  const answer = await fetch(world.url + path, init)
  const text = await answer.text()
  const { code, data } = JSON.parse(text) as { code?: string; data?: unknown[] }
  return {
    status: answer.status,
    bytes: text.length,
    ...(code && { code }),
    ...(data && { rows: [data].flat().length }),
  }
}

// biome-ignore format: a list reads by its line
const INJECTIONS = [
  "' OR '1'='1", "KTA' --", "KTA'; DROP TABLE tail_trades_1; --", "KTA') UNION ALL SELECT * FROM duckdb_settings() --",
  '" OR ""="', "\\'; ATTACH '/tmp/x.db'; --", "KTA' AND read_text('/etc/passwd') IS NOT NULL --", '1; COPY (SELECT 1) TO \'/tmp/x\'', '$1', '?',
  'KTA\0', "Robert'); DELETE FROM events;--", '%27%20OR%201=1', '$' + '{jndi:ldap://x}', '{{7*7}}', '`id`',
]

/** What else a question needs to be one. */
const NEEDED: Readonly<Record<string, string>> = {
  symbol: 'KTA',
  exchange: 'ASX',
  date: '2014-03-10',
  timeframe: '1m',
  timeframes: '1m',
  metrics: 'vwap',
  snapshot_id: '1',
  data_type: 'trades',
}
const takesText = ({ kind }: Param): boolean => kind !== 'integer' && kind !== 'flag'

for (const definition of DEFINITIONS) {
  const { path, params } = definition
  const texts = Object.entries(params).filter(([, param]) => takesText(param))
  if (texts.length === 0) continue
  const isGet = methodsOf(definition).includes('GET')
  test(`SQL in any of ${path}'s ${texts.length} texts is refused as what it is`, async () => {
    for (const [name] of texts)
      for (const words of INJECTIONS) {
        const needed = Object.entries(params)
          .filter(([, { required }]) => required)
          .map(([of]) => [of, NEEDED[of] ?? 'KTA'])
        const given: Record<string, string> = { ...Object.fromEntries(needed), [name]: words }
        const inside = inPath(path)
        const at = inside.reduce((url, of) => url.replace(`:${of}`, encodeURIComponent(given[of]!)), path)
        const rest = Object.entries(given).filter(([of]) => !inside.includes(of))
        const asked = isGet ? ([`${at}?${new URLSearchParams(rest)}`] as const) : post(at, Object.fromEntries(rest))
        const { status, code, rows } = await told(asked)
        // A cursor of the ledger's is its tracker's to read, and none is here.
        const isLedgers = status === 404 && path === '/v1/gaps/ledger' && name === 'cursor'
        const isRefused = status === 400 && (code === 'INVALID_ARGUMENT' || code === 'INVALID_CURSOR')
        assert.ok(isRefused || isLedgers, `${name}=${words}: ${status} ${code} ${rows}`)
      }
    await isAsBefore()
  })
}

const PATHS = '../../../etc/passwd'
const CODED = encodeURIComponent(PATHS)
// A name that is no file's is a name like any other: nothing has it.
// biome-ignore format: a table reads by its columns
const tricks: readonly (readonly [name: string, asked: Asked, answer: Code | 'no rows'])[] = [
  ['a symbol',                    [`/v1/trades?symbol=${PATHS}`],                       'no rows'],
  ['a symbol behind NUL',         [`/v1/trades?symbol=KTA%00${CODED}`],                 'INVALID_ARGUMENT'],
  ['a symbol with backslashes',   ['/v1/trades?symbol=..%5C..%5Cetc'],                  'INVALID_ARGUMENT'],
  ['a URL for a symbol',          ['/v1/quotes?symbol=http://127.0.0.1:1/x'],           'no rows'],
  ['a venue',                     [`/v1/trades?exchange=${PATHS}`],                     'no rows'],
  ['a company',                   [`/v1/reference?company_id=${PATHS}`],                'no rows'],
  ['a symbol in the path',        [`/v1/summary/${CODED}/2014-03-10`],                  'NOT_FOUND'],
  ['a day in the path',           [`/v1/summary/KTA/${CODED}`],                         'INVALID_ARGUMENT'],
  ['a timeframe in the path',     [`/v1/ohlcv/${CODED}?symbol=KTA`],                    'INVALID_ARGUMENT'],
  ['a snapshot',                  [`/v1/trades?as_of=${CODED}`],                        'INVALID_ARGUMENT'],
  ['a snapshot in the path',      post(`/v1/snapshots/${CODED}/query`, { data_type: 'trades' }), 'INVALID_ARGUMENT'],
  ['a table',                     [`/v1/snapshots?table=${CODED}`],                     'INVALID_ARGUMENT'],
  ['a field',                     [`/v1/trades?fields=${CODED}`],                       'INVALID_ARGUMENT'],
  ['a format',                    [`/v1/trades?format=${CODED}`],                       'INVALID_ARGUMENT'],
  ['a page of the documentation', [`/docs/${CODED}`],                                   'NOT_FOUND'],
  ['the root',                    [`/${CODED}`],                                        'NOT_FOUND'],
  ['what every object has',       ['/v1/trades?__proto__=1&constructor=2'],             'INVALID_ARGUMENT'],
  ['the same in a body',          post('/v1/trades/query', JSON.parse('{"__proto__":{"symbol":"KTA"}}')), 'INVALID_ARGUMENT'],
]
for (const [name, asked, answer] of tricks) {
  test(`a path for ${name}: ${answer}`, async () => {
    const { status, code, rows } = await told(asked)
    if (answer === 'no rows') assert.deepEqual([status, rows], [200, 0])
    else assert.deepEqual([status, code], [CODES[answer].http, answer])
    await isAsBefore()
  })
}

const SYMBOLS = (count: number): string[] => Array.from({ length: count }, (_, i) => `S${i}`)
const packed = gzipSync(Buffer.alloc(100 * 2 ** 20, ' '))
// biome-ignore format: a table reads by its columns
const large: readonly (readonly [name: string, asked: Asked, code: Code])[] = [
  ['101 symbols in a GET',            [`/v1/trades?symbol=${SYMBOLS(101)}`],                            'INVALID_ARGUMENT'],
  ['101 symbols in a POST',           post('/v1/trades/query', { symbols: SYMBOLS(101) }),              'INVALID_ARGUMENT'],
  ['100,000 symbols in a POST',       post('/v1/trades/query', { symbols: SYMBOLS(100_000) }),          'INVALID_ARGUMENT'],
  ['100,000 ranges in a POST',        post('/v1/trades/query', { ranges: SYMBOLS(100_000) }),           'INVALID_ARGUMENT'],
  ['100,000 parameters in a POST',    post('/v1/trades/query', Object.fromEntries(SYMBOLS(70_000).map((name) => [name, 1]))), 'INVALID_ARGUMENT'],
  ['10^6 symbols in a POST',          post('/v1/trades/query', { symbols: SYMBOLS(1_000_000) }),        'PAYLOAD_TOO_LARGE'],
  ['lists in lists, 300,000 deep',    ['/v1/trades/query', { method: 'POST', headers: { 'content-type': 'application/json' }, body: `${'['.repeat(300_000)}${']'.repeat(300_000)}` }], 'INVALID_ARGUMENT'],
  ['100 MB of blanks, packed',        ['/v1/trades/query', { method: 'POST', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body: packed }], 'UNSUPPORTED_MEDIA'],
  ['the same to a stream',            ['/v1/replay', { method: 'POST', headers: { 'content-type': 'application/json', 'content-encoding': 'br' }, body: packed }], 'UNSUPPORTED_MEDIA'],
]
for (const [name, asked, expected] of large) {
  test(`${name}: ${expected}`, async () => {
    const { status, code, bytes } = await told(asked)
    assert.deepEqual([status, code], [CODES[expected].http, expected])
    assert.ok(bytes < 6_000, 'and the answer is short')
    await isAsBefore()
  })
}

test('over gRPC 10^5 and 10^6 symbols, a message beyond the limit and a packed one of 200 MB are refused', async () => {
  const client = await rawGrpc(world.grpcAddress)
  const symbols = (count: number) =>
    Buffer.concat(SYMBOLS(count).map((name) => Buffer.from(`\n${String.fromCharCode(name.length)}${name}`)))
  const call = (message: Uint8Array, headers = {}, isPacked = false) =>
    client.call('/k2.v1.QueryService/GetTrades', framed(message, isPacked), { headers })
  const many = await call(symbols(100_000))
  assert.deepEqual([many.status, many.code], [CODES.INVALID_ARGUMENT.grpc, 'INVALID_ARGUMENT'])
  assert.equal((await call(symbols(1_000_000))).status, CODES.PAYLOAD_TOO_LARGE.grpc)
  assert.equal((await call(Buffer.alloc(17 * 2 ** 20))).status, CODES.PAYLOAD_TOO_LARGE.grpc)
  const bomb = gzipSync(Buffer.alloc(200 * 2 ** 20))
  assert.equal((await call(bomb, { 'grpc-encoding': 'gzip' }, true)).status, CODES.PAYLOAD_TOO_LARGE.grpc)
  assert.equal((await call(Buffer.alloc(9), { 'grpc-encoding': 'brotli' }, true)).status, CODES.METHOD_NOT_ALLOWED.grpc)
  await client.close()
  await isAsBefore()
})

const begin = (text: string | Uint8Array): Socket => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {}) // a server that has refused reads no further
  socket.write(text)
  return socket
}

const HEAD = 'GET /health/live HTTP/1.1\r\nHost: k2\r\n'
const POST = 'POST /v1/trades/query HTTP/1.1\r\nHost: k2\r\nContent-Type: application/json\r\n'
// biome-ignore format: a table reads by its columns
const heads: readonly (readonly [name: string, sent: string, answers: RegExp])[] = [
  ['a header of 100 KB',            `${HEAD}X-Long: ${'x'.repeat(100_000)}\r\n\r\n`,                     /^HTTP\/1\.1 413 .*PAYLOAD_TOO_LARGE|^$/s],
  ['10,000 headers',                `${HEAD}${'A: b\r\n'.repeat(10_000)}\r\n`,                           /^HTTP\/1\.1 413 .*PAYLOAD_TOO_LARGE|^$/s],
  ['a URL of 10^6 symbols',         `GET /v1/trades?symbol=${SYMBOLS(1_000_000)} HTTP/1.1\r\nHost: k2\r\n\r\n`, /^HTTP\/1\.1 413 .*PAYLOAD_TOO_LARGE|^$/s],
  ['garbage behind a request',      `${HEAD}\r\n\0\xffgarbage\r\n\r\n`,                                  /HTTP\/1\.1 400 .*INVALID_ARGUMENT/s],
  ['two lengths',                   `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,           /^HTTP\/1\.1 400 .*INVALID_ARGUMENT/s],
  ['a length and chunks',           `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1\.1 400 .*INVALID_ARGUMENT/s],
  ['a length below 0',              `${POST}Content-Length: -1\r\n\r\n`,                                 /^HTTP\/1\.1 400 .*INVALID_ARGUMENT/s],
  ['a chunk beyond all numbers',    `${POST}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n`,    /HTTP\/1\.1 400 .*INVALID_ARGUMENT|^$/s],
  ['a header with a line break',    `${HEAD}X: a\rb\r\n\r\n`,                                            /^HTTP\/1\.1 400 .*INVALID_ARGUMENT/s],
  ['no host',                       'GET / HTTP/1.1\r\n\r\n',                                            /^HTTP\/1\.1 400 /],
  ['TLS at a door without',         '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',                      /^HTTP\/1\.1 400 .*INVALID_ARGUMENT/s],
  ['HTTP/2 at a door of HTTP/1',    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',                                  /^HTTP\/1\.1 (400|505) /],
]
for (const [name, sent, answers] of heads) {
  test(`${name} is refused`, async () => {
    const socket = begin(Buffer.from(sent, 'latin1'))
    // Who is not answered as wrong would be left waiting for more.
    const ended = setTimeout(() => socket.end(), 500)
    assert.match(await said(socket), answers)
    clearTimeout(ended)
    await isAsBefore()
  })
}

test('who ends their half behind a request is answered, and who ends it within one is let go', async () => {
  const whole = begin(`${HEAD}\r\n`)
  whole.end()
  assert.match(await said(whole), /^HTTP\/1\.1 200 /)
  const half = begin(`${POST}Content-Length: 100\r\n\r\n{"symbols"`)
  half.end()
  assert.match(await said(half), /^(HTTP\/1\.1 400 .*)?$/s)
  await isAsBefore()
})

/** A frame of WebSocket by hand; who sends it masks it. */
function frame(first: number, length: number, { isMasked = true } = {}): Buffer {
  const head = Buffer.alloc(4 + (isMasked ? 4 : 0))
  head.writeUInt8(first, 0)
  head.writeUInt8((isMasked ? 0x80 : 0) | 126, 1)
  head.writeUInt16BE(length, 2)
  return Buffer.concat([head, Buffer.alloc(length, 'x')])
}
const [FINAL_TEXT, TEXT, MORE] = [0x81, 0x01, 0x00]
const UPGRADE = `GET /v1/stream?symbol=KTA HTTP/1.1\r\nHost: k2\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
// biome-ignore format: a table reads by its columns
const frames: readonly (readonly [name: string, sent: Buffer, closeCode: number])[] = [
  ['a frame of 60,000 bytes',     frame(FINAL_TEXT, 60_000),                                                   1009],
  ['one of 2^62 bytes',           Buffer.from('81ff4000000000000000', 'hex'),                                  1009],
  ['parts without an end',        Buffer.concat([frame(TEXT, 300), ...Array.from({ length: 40 }, () => frame(MORE, 300))]), 1009],
  ['a frame without a mask',      frame(FINAL_TEXT, 200, { isMasked: false }),                                 1002],
  ['reserved bits',               frame(0xf1, 200),                                                            1002],
  ['an opcode that is none',      frame(0x8b, 200),                                                            1002],
  ['a ping that is too long',     frame(0x89, 200),                                                            1002],
  ['text that is no UTF-8',       Buffer.from('818200000000c328', 'hex'),                                      1007],
]
for (const [name, sent, closeCode] of frames) {
  test(`over a WebSocket ${name}: closed with ${closeCode}`, async () => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.write(UPGRADE)
    await once(socket, 'data')
    let bytes = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
    })
    socket.on('error', () => {})
    socket.write(sent)
    await closed(socket)
    const close = bytes.lastIndexOf(Buffer.of(0x88))
    assert.equal(close < 0 ? undefined : bytes.readUInt16BE(close + 2), closeCode)
    await isAsBefore()
  })
}

test('a ping over a WebSocket is answered', async () => {
  const client = new WebSocket(`ws://127.0.0.1:${port}/v1/stream?symbol=KTA`)
  await once(client, 'message')
  client.ping('there?')
  const [words] = await once(client, 'pong')
  assert.equal(String(words), 'there?')
  client.terminate()
})
