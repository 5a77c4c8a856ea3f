/**
 * The gateway in a process of its own, killed at moments of its work, each life going on where the one before it died; the last one
 * is told to end. What the log must hold then: each trade once, in order.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { standInExchange } from '@k2/exchange/stand-in.ts'
import { environment, type SettingValues } from './embedded.ts'
import { type Recorded, truth } from './feeds.ts'

const MAIN = join(import.meta.dirname, '../../services/binance-gateway/main.ts')
const LIFE_MS_MAX = 40_000

// biome-ignore format: a table reads by its columns
const LIVES = (seed: number): readonly (readonly [name: string, settings: SettingValues, killMs?: number])[] => [
  ['before an append',        { K2_CRASH_AT: 'gateway.before-append:40' }],
  ['behind an append',        { K2_CRASH_AT: 'gateway.appended:40' }],
  ['behind the very first',   { K2_CRASH_AT: 'gateway.appended:1' }],
  ['at some moment',          {}, 3_000 + (seed * 7_919) % 3_000],
  ['told to end',             { K2_CRASH_AT: 'gateway.appended:60:SIGTERM' }],
]

/** `settings`: where the log is. `read`: what it holds in the end, by symbol. */
export async function killedFeed(
  seed: number,
  settings: SettingValues,
  read: () => Promise<Map<string, Recorded[]>>,
): Promise<void> {
  const exchange = await standInExchange({ seed, ordersPerSecond: 100, quotesPerOrder: 1 })
  try {
    const { streams, rest } = exchange.binance
    const hosts = { K2_BINANCE_STREAMS: streams.join(','), K2_BINANCE_REQUESTS: rest.join(','), K2_BINANCEUS: 'never' }
    for (const [name, more, killMs] of LIVES(seed)) {
      const env = environment({
        K2_HTTP_PORT: 0,
        K2_GRPC_PORT: 0,
        K2_LOG_LEVEL: 'warn',
        ...hosts,
        ...settings,
        ...more,
      })
      const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'ignore', 'pipe'] })
      let said = ''
      child.stderr.on('data', (chunk) => {
        said += chunk
      })
      const timer = setTimeout(() => child.kill('SIGKILL'), killMs ?? LIFE_MS_MAX)
      const [code, signal] = await once(child, 'exit')
      clearTimeout(timer)
      assert.deepEqual([code, signal], name === 'told to end' ? [0, null] : [null, 'SIGKILL'], `${name}: ${said}`)
    }
    const found = await read()
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
}
