/** What `--live` asks of the real hosts: over TLS, by the host's name, and of nobody whose certificate is not good. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createServer } from 'node:tls'
import { readSettings } from '@k2/service/settings.ts'
import { openSocket } from '@k2/service/socket-client.ts'
import { askHttps } from './adapters/requests.ts'
import { streamNames, subscriptions } from './core/streams.ts'
import { asGateway } from './gateway.ts'
import { gatewaySettings } from './settings.ts'

test('the addresses are Binance’s own, all over TLS', () => {
  const { binance, binanceus } = asGateway(readSettings(gatewaySettings, {}, {}))
  const { path } = subscriptions(
    binance.symbols.flatMap((symbol) => streamNames(symbol, 'trade')),
    binance.venue.timeUnit,
  )
  assert.equal(
    `${binance.venue.streams[0]}${path}`,
    'wss://stream.binance.com:9443/stream?streams=btcusdt@trade/btcusdt@bookTicker/ethusdt@trade/ethusdt@bookTicker&timeUnit=MICROSECOND',
  )
  for (const { venue } of [binance, binanceus]) {
    for (const host of venue.streams) assert.match(host, /^wss:\/\//)
    for (const host of venue.requests) assert.match(host, /^https:\/\//)
  }
})

test('a handshake names the host, and one that fails leaves no connection', async () => {
  const names: string[] = []
  const server = createServer({
    SNICallback: (name, callback) => {
      names.push(name)
      callback(new Error('no certificate here'))
    },
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const events: string[] = []
    await new Promise<void>((resolve) =>
      openSocket(
        `wss://localhost:${port}/stream`,
        {
          opened: () => void events.push('opened'),
          message: () => void events.push('message'),
          pinged: () => {},
          closed: () => {
            events.push('closed')
            resolve()
          },
        },
        { handshakeMs: 5_000, messageBytesMax: 1_000 },
      ),
    )
    const { status, why } = await askHttps(5_000)(
      `https://localhost:${port}`,
      '/api/v3/time',
      new AbortController().signal,
    )
    assert.deepEqual(events, ['closed'])
    assert.equal(status, 0)
    assert.match(why, /gave no answer/)
    assert.ok(names.length >= 2 && names.every((name) => name === 'localhost'), String(names))
  } finally {
    server.close()
  }
})
