import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FeedServiceDefinition } from '@k2/contracts/gen/k2/v1/FeedService.ts'
import { createHealth } from '@k2/service/health.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { createRpcClient, createRpcServer, serviceIn } from '@k2/service/rpc.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'
import type { Change } from './chosen.ts'
import { feedProtos, feedRpc } from './rpc.ts'

/** A door over feeds of those symbols; what they are told is kept. */
async function atDoor(work: (client: ReturnType<typeof clientAt>, told: [string, Change][]) => Promise<void>) {
  const told: [string, Change][] = []
  const feeds = ['BINANCE', 'BINANCEUS'].map((exchange) => ({
    exchange,
    symbols: () => ['BTCUSDT', 'ETHUSDT'],
    symbolReady: (symbol: string) => (symbol === 'ETHUSDT' ? 'it is silent' : undefined),
    change: async (change: Change) => void told.push([exchange, change]),
  }))
  const server = createRpcServer({
    ...{ host: '127.0.0.1', port: 0, component: 'grpc', protos: feedProtos(), services: [feedRpc(feeds)] },
    ...{ logger: silentLogger, telemetry: createTelemetry({ service: 'test', environment: 'test' }) },
    ...{ health: createHealth('test') },
  })
  await server.start?.(new AbortController().signal)
  const client = clientAt(server.address())
  try {
    await work(client, told)
  } finally {
    client.close()
    await server.stop?.()
  }
}

const clientAt = (address: string) =>
  createRpcClient<FeedServiceDefinition>(serviceIn(feedProtos(), 'k2.v1.FeedService'), { address })

test('every symbol is listed, with why it is not recorded', () =>
  atDoor(async (client) => {
    const all = await client.call('ListSymbols', {})
    assert.equal(all.symbols.length, 4)
    const { symbols } = await client.call('ListSymbols', { exchange: 'BINANCEUS' })
    assert.deepEqual(
      symbols.map(({ exchange, symbol, trouble }) => [exchange, symbol, trouble]),
      [
        ['BINANCEUS', 'BTCUSDT', ''],
        ['BINANCEUS', 'ETHUSDT', 'it is silent'],
      ],
    )
  }))

test('symbols are added to and taken from the feed that is named, or Binance’s', () =>
  atDoor(async (client, told) => {
    await client.call('AddSymbols', { symbols: ['solusdt'] })
    await client.call('RemoveSymbols', { exchange: 'BINANCEUS', symbols: ['BTCUSDT'] })
    assert.deepEqual(told, [
      ['BINANCE', { add: ['SOLUSDT'], remove: [] }],
      ['BINANCEUS', { add: [], remove: ['BTCUSDT'] }],
    ])
  }))

test('what is no exchange and no symbol is refused', () =>
  atDoor(async (client, told) => {
    const refused = { code: 'INVALID_ARGUMENT' }
    await assert.rejects(client.call('ListSymbols', { exchange: 'ASX' }), refused)
    await assert.rejects(client.call('AddSymbols', { symbols: [] }), refused)
    await assert.rejects(client.call('AddSymbols', { symbols: ['BTC USDT'] }), refused)
    await assert.rejects(client.call('RemoveSymbols', { exchange: 'ASX', symbols: ['BTCUSDT'] }), refused)
    assert.deepEqual(told, [])
  }))
