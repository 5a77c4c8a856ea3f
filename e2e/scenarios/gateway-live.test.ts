/** `npm start -- --live`, with a stand-in in Binance's place: its door for symbols, and what a restart makes of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { feedProtos } from '@k2/binance-gateway/rpc.ts'
import type { FeedServiceDefinition } from '@k2/contracts/gen/k2/v1/FeedService.ts'
import { standInExchange } from '@k2/exchange/stand-in.ts'
import { createRpcClient, serviceIn } from '@k2/service/rpc.ts'
import { inFolder } from '../worlds/folder.ts'
import { serve } from '../worlds/serve.ts'

const DEADLINE_MS = 40_000

test('symbols that are changed while it runs are recorded, and again after a restart', { timeout: 180_000 }, () =>
  inFolder(async (folder) => {
    const exchange = await standInExchange({ symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'] })
    const { binance } = exchange
    const hosts = { K2_BINANCE_STREAMS: binance.streams.join(), K2_BINANCE_REQUESTS: binance.rest.join() }
    const live = async () => {
      const k2 = await serve(['--live', '--data', folder, '--plain'], { ...hosts, K2_BINANCEUS: 'never' })
      const feed = serviceIn(feedProtos(), 'k2.v1.FeedService')
      const client = createRpcClient<FeedServiceDefinition>(feed, { address: k2.grpcAddress })
      const ask = async (method: 'ListSymbols' | 'AddSymbols' | 'RemoveSymbols', symbols: string[] = []) => {
        const said = await client.call(method, { exchange: 'BINANCE', symbols })
        return said.symbols.map(({ symbol }) => symbol)
      }
      const stop = () => {
        client.close()
        return k2.stop()
      }
      return { ask, stop, reaches: (symbol: string, id: number) => reached(k2.url, symbol, id) }
    }
    try {
      const first = await live()
      try {
        await first.reaches('BTCUSDT', 1)
        assert.deepEqual(await first.ask('AddSymbols', ['SOLUSDT']), ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'])
        await first.reaches('SOLUSDT', 1)
        assert.deepEqual(await first.ask('RemoveSymbols', ['ETHUSDT']), ['BTCUSDT', 'SOLUSDT'])
      } finally {
        assert.equal(await first.stop(), 0)
      }
      const last = [...binance.trades('SOLUSDT')].at(-1)!.id
      const second = await live()
      try {
        assert.deepEqual(await second.ask('ListSymbols'), ['BTCUSDT', 'SOLUSDT'])
        await second.reaches('SOLUSDT', last + 1)
      } finally {
        assert.equal(await second.stop(), 0)
      }
    } finally {
      await exchange.stop()
    }
  }),
)

/** Resolves once a trade of that id, or a later one, is answered. */
async function reached(url: string, symbol: string, id: number): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS
  for (let newest = 0; newest < id; ) {
    assert.ok(performance.now() < endMs, `${symbol} has come to ${newest}, not to ${id}`)
    await sleep(200)
    const answer = await fetch(`${url}/v1/trades?symbol=${symbol}&exchange=BINANCE&limit=1`)
    const { data } = (await answer.json()) as { data?: { trade_id: string }[] }
    newest = Number(data?.[0]?.trade_id ?? 0)
  }
}
