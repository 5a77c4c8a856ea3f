/**
 * The gateway in a process of its own, killed at any moment: before an append, behind one that it never heard of, and at random.
 * Each trade is in the log once, in order.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { standInExchange } from '@k2/exchange/stand-in.ts'
import { environment } from '../worlds/embedded.ts'
import { TRADES, tradesIn, truth } from '../worlds/feeds.ts'
import { inFolder, withLog } from '../worlds/folder.ts'

const MAIN = join(import.meta.dirname, '../../services/binance-gateway/main.ts')
const SEED = Number(process.env.K2_FEED_SEED ?? 1)

// biome-ignore format: a table reads by its columns
const LIVES: readonly [name: string, settings: Readonly<Record<string, string>>, killMs: number | undefined][] = [
  ['before an append',        { K2_CRASH_AT: 'gateway.before-append:40' },  undefined],
  ['behind an append',        { K2_CRASH_AT: 'gateway.appended:40' },       undefined],
  ['behind the very first',   { K2_CRASH_AT: 'gateway.appended:1' },        undefined],
  ['at some moment',          {},                                           3_000 + (SEED * 7_919) % 2_000],
  ['told to end',             { K2_CRASH_AT: 'gateway.appended:60:SIGTERM' }, undefined],
]

test('a gateway that is killed again and again records each trade once', { timeout: 120_000 }, () =>
  inFolder(async (data) => {
    const exchange = await standInExchange({ seed: SEED, ordersPerSecond: 100, quotesPerOrder: 1 })
    try {
      const { streams, rest } = exchange.binance
      const hosts = {
        K2_BINANCE_STREAMS: streams.join(','),
        K2_BINANCE_REQUESTS: rest.join(','),
        K2_BINANCEUS: 'never',
      }
      for (const [name, settings, killMs] of LIVES) {
        const env = environment({ K2_DATA: data, K2_HTTP_PORT: '0', K2_LOG_LEVEL: 'warn', ...hosts, ...settings })
        const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'ignore', 'pipe'] })
        let said = ''
        child.stderr.on('data', (chunk) => {
          said += chunk
        })
        const timer = setTimeout(() => child.kill('SIGKILL'), killMs ?? 30_000)
        const [code, signal] = await once(child, 'exit')
        clearTimeout(timer)
        const end = name === 'told to end' ? [0, null] : [null, 'SIGKILL']
        assert.deepEqual([code, signal], end, `${name}: ${said}`)
      }
      const found = await withLog(data, (log, registry) => tradesIn(log, registry, TRADES))
      assert.deepEqual([...found.keys()].sort(), ['BTCUSDT', 'ETHUSDT'])
      for (const [symbol, records] of found) {
        const ids = records.map(({ id }) => Number(id))
        const made = truth(exchange.binance, symbol, ids[0]!, ids.at(-1)!).map(({ id }) => id)
        assert.deepEqual(ids, made, symbol)
        assert.ok(ids.length > 500, `${ids.length} trades of ${symbol}`)
      }
    } finally {
      await exchange.stop()
    }
  }),
)
