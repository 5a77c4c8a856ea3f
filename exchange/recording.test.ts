import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { manualClock } from '@k2/service/clock.ts'
import { connect } from './client.fixture.ts'
import { openRecording } from './recording.ts'
import { standInExchange } from './stand-in.ts'

const folder = mkdtempSync(join(tmpdir(), 'k2-recording-'))
after(() => rmSync(folder, { recursive: true }))

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name)
  const bytes = Buffer.from(`${lines.join('\n')}\n`)
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(bytes) : bytes)
  return path
}

const trade = (symbol: string, id: number, more = '') =>
  `{"stream":"${symbol.toLowerCase()}@trade","data":{"e":"trade","E":1723161255343,"s":"${symbol}","t":${id},"p":"61837.63000000","q":"0.02000000",${more}"T":1723161255342,"m":true,"M":true}}`
const QUOTE =
  '{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}'
const DEPTH =
  '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":1,"u":2,"b":[],"a":[["1.00000000","0.00000000"]]}}'
const SNAPSHOT = '{"lastUpdateId":50093239218,"bids":[["61837.63000000","3.78826000"]],"asks":[]}'
const FIRST_NANOS = 1723161254_000_000_000n
const at = (ms: number, message: string) => `${FIRST_NANOS + BigInt(ms) * 1_000_000n} ${message}`

const BTC = [
  at(0, DEPTH),
  at(0, SNAPSHOT),
  at(100, QUOTE),
  at(200, trade('BTCUSDT', 5)),
  at(400, trade('BTCUSDT', 6, '"b":88,"a":50,')),
]
const ETH = [at(300, trade('ETHUSDT', 900))]

async function played(paths: readonly string[], path: string, ms: number, speed = 1) {
  const recording = await openRecording(paths)
  const clock = manualClock(1_000_000)
  const exchange = await standInExchange({
    clock,
    symbols: recording.symbols,
    isPaused: true,
    source: ({ name }) => (name === 'binance' ? recording.source(speed) : () => []),
  })
  try {
    const client = await connect(`${exchange.binance.streams[0]}${path}`)
    await exchange.play()
    // Files are read beside the clock.
    for (let turn = 0; turn < 20; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      await clock.advance(ms / 20)
    }
    await exchange.ended.catch(() => {})
    await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 1 })
    const trades = Object.fromEntries(recording.symbols.map((symbol) => [symbol, [...exchange.binance.trades(symbol)]]))
    return { symbols: recording.symbols, messages: client.messages.slice(0, -1), trades }
  } finally {
    await exchange.stop()
  }
}

const ALL = '/stream?streams=btcusdt@trade/btcusdt@bookTicker/btcusdt@depth@100ms/ethusdt@trade'

test('messages come byte for byte, of all files in order of their times', async () => {
  const { symbols, messages, trades } = await played([file('btc.gz', BTC), file('eth', ETH)], ALL, 1_000)
  assert.deepEqual(symbols, ['BTCUSDT', 'ETHUSDT'])
  assert.deepEqual(messages, [
    DEPTH,
    QUOTE,
    trade('BTCUSDT', 5),
    trade('ETHUSDT', 900),
    trade('BTCUSDT', 6, '"b":88,"a":50,'),
  ])
  assert.deepEqual(
    trades.BTCUSDT!.map(({ id, price, quantity, timeMicros }) => [id, price, quantity, timeMicros]),
    [
      [5, '61837.63000000', '0.02000000', 1723161255342000],
      [6, '61837.63000000', '0.02000000', 1723161255342000],
    ],
  )
})

test('a raw stream is the payload alone', async () => {
  const { messages } = await played([file('raw', BTC)], '/ws/btcusdt@trade', 1_000)
  assert.deepEqual(messages, [
    JSON.stringify(JSON.parse(trade('BTCUSDT', 5)).data),
    JSON.stringify(JSON.parse(trade('BTCUSDT', 6, '"b":88,"a":50,')).data),
  ])
})

test('trades of a CSV are frames in µs, and in ms where these are asked for', async () => {
  const path = file('trx.csv', [
    'TimestampOfReceive,Stream,EventType,EventTime,TransactionTime,Symbol,TradeId,Price,Quantity,IsBuyerMarketMaker,MUnknownParameter',
    '1741046401272286,trxusdt@trade,trade,1741046401271969,1741046401271497,TRXUSDT,348656870,0.2312,2619.4,1,True',
    '1741046401322500,trxusdt@trade,trade,1741046401321743,1741046401321398,TRXUSDT,348656870,0.2313,83.9,0,True',
  ])
  const data = (unit: (digits: string) => string) => [
    `{"e":"trade","E":${unit('1741046401271969')},"s":"TRXUSDT","t":348656870,"p":"0.23120000","q":"2619.40000000","T":${unit('1741046401271497')},"m":true,"M":true}`,
    `{"e":"trade","E":${unit('1741046401321743')},"s":"TRXUSDT","t":348656870,"p":"0.23130000","q":"83.90000000","T":${unit('1741046401321398')},"m":false,"M":true}`,
  ]
  const micros = await played([path], '/ws/trxusdt@trade?timeUnit=MICROSECOND', 1_000)
  assert.deepEqual(
    micros.messages,
    data((digits) => digits),
  )
  assert.equal(micros.trades.TRXUSDT!.length, 1, 'an id that is there is no second trade')
  const millis = await played([path], '/ws/trxusdt@trade', 1_000)
  assert.deepEqual(
    millis.messages,
    data((digits) => digits.slice(0, 13)),
  )
})

test('events are as far apart as they were received, over the speed', async () => {
  const recording = await openRecording([file('paced', BTC)])
  const times: number[] = []
  for await (const events of recording.source(4)(1_000_000)) times.push(...events.map(({ atMicros }) => atMicros))
  assert.deepEqual(
    times,
    [0, 100, 200, 400].map((ms) => 1_000_000 + (ms * 1_000) / 4),
  )
})

// biome-ignore format: a table reads by its columns
const bad: [name: string, lines: string[], why: RegExp][] = [
  ['no message',    [...BTC, 'hello'],                       /bad-no message: line 6 is no recorded message\.$/],
  ['cut.gz',        [],                                      /bad-cut\.gz: /],
  ['a CSV.csv',     ['head', 'a,b,c'],                       /bad-a CSV\.csv: line 2 is no recorded message\.$/],
]
for (const [name, lines, why] of bad) {
  test(`a file that cannot be read says where: ${name}`, async () => {
    const path = file(`bad-${name}`, lines)
    if (name.endsWith('.gz')) writeFileSync(path, gzipSync('0 {}\n').subarray(0, 12))
    await assert.rejects(openRecording([path]), { code: 'INPUT_UNREADABLE', message: why })
  })
}

test('a file that is not there is told', async () => {
  await assert.rejects(openRecording([join(folder, 'none.gz')]), {
    code: 'INPUT_UNREADABLE',
    message: /none\.gz: ENOENT/,
  })
})
