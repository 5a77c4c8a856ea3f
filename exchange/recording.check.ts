/** Real recordings, where K2_SAMPLES names the folder that has them: each message byte for byte, each trade once. */
import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { createGunzip } from 'node:zlib'
import { realClock } from '@k2/service/clock.ts'
import { connect } from './client.fixture.ts'
import { fasterClock } from './clock.ts'
import { openRecording } from './recording.ts'
import { standInExchange } from './stand-in.ts'

const folder = process.env.K2_SAMPLES
const skip = folder === undefined ? 'K2_SAMPLES names no folder' : false
const at = (name: string): string => join(folder ?? '', 'binance', name)
const DEADLINE_MS = 120_000

async function played(paths: readonly string[], path: string) {
  const recording = await openRecording(paths)
  const exchange = await standInExchange({
    clock: fasterClock(realClock, 1_000),
    symbols: recording.symbols,
    isPaused: true,
    rules: { pingMs: 10 ** 9, lifeMs: 10 ** 12 }, // pings are not what is looked at
    source: ({ name }) => (name === 'binance' ? recording.source(100) : () => []),
  })
  try {
    const client = await connect(`${exchange.binance.streams[0]}${path}`)
    await exchange.play()
    await exchange.ended
    await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 1 })
    const trades = Object.fromEntries(recording.symbols.map((symbol) => [symbol, [...exchange.binance.trades(symbol)]]))
    return { symbols: recording.symbols, messages: client.messages.slice(0, -1), trades }
  } finally {
    await exchange.stop()
  }
}

async function recorded(path: string): Promise<string[]> {
  const messages: string[] = []
  for await (const line of createInterface({ input: createReadStream(path).pipe(createGunzip()) })) {
    const message = line.slice(line.indexOf(' ') + 1)
    if (message.startsWith('{"stream"')) messages.push(message)
  }
  return messages
}

test('two days of BTCUSDT come byte for byte, and each trade once', { skip, timeout: DEADLINE_MS }, async () => {
  const paths = ['btcusdt_20240808.gz', 'btcusdt_20240809.gz'].map((name) => at(`spot-combined/${name}`))
  const wanted = (await Promise.all(paths.map(recorded))).flat()
  const { symbols, messages, trades } = await played(
    paths,
    '/stream?streams=btcusdt@trade/btcusdt@bookTicker/btcusdt@depth@100ms',
  )
  assert.deepEqual(symbols, ['BTCUSDT'])
  assert.equal(messages.length, wanted.length)
  assert.ok(messages.every((message, each) => message === wanted[each]))
  const data = wanted.map((message) => JSON.parse(message)).filter(({ stream }) => stream.endsWith('@trade'))
  assert.equal(data.length, 19_904)
  assert.deepEqual(
    trades.BTCUSDT!.map(({ id, price, quantity }) => [id, price, quantity]),
    data.map(({ data: { t, p, q } }) => [t, p, q]),
  )
  assert.equal(trades.BTCUSDT!.at(-1)!.id - trades.BTCUSDT![0]!.id, 19_903)
})

for (const [name, trueTrades] of [
  ['positive', 10_000],
  ['negative', 9_999],
] as const) {
  test(`TRXUSDT in µs, the ${name} file`, { skip, timeout: DEADLINE_MS }, async () => {
    const path = at(`trx-micros/test_${name}_binance_trade_stream_spot_trxusdt_04-03-2025.csv`)
    const { messages, trades } = await played([path], '/ws/trxusdt@trade?timeUnit=MICROSECOND')
    assert.equal(messages.length, 10_000)
    assert.equal(trades.TRXUSDT!.length, trueTrades)
    assert.ok(
      messages.every((message) =>
        /"E":\d{16},"s":"TRXUSDT","t":\d+,"p":"\d\.\d{8}","q":"\d+\.\d{8}","T":\d{16}/.test(message),
      ),
    )
  })
}
