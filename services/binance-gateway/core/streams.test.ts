import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodePosition, encodePosition } from './position.ts'
import { streamNames, subscriptions } from './streams.ts'

test('two symbols are asked for by the address alone', () => {
  const streams = ['BTCUSDT', 'ETHUSDT'].flatMap((symbol) => streamNames(symbol, 'trade'))
  const path = '/stream?streams=btcusdt@trade/btcusdt@bookTicker/ethusdt@trade/ethusdt@bookTicker'
  assert.deepEqual(subscriptions(streams, null), { path, asks: [] })
  assert.equal(subscriptions(streams, 'MICROSECOND').path, `${path}&timeUnit=MICROSECOND`)
})

test('many are asked for by messages, each one once', () => {
  const streams = Array.from({ length: 1_024 }, (_, i) => `s${i}@trade`)
  const { path, asks } = subscriptions(streams, null)
  const asked = asks.flatMap((text) => JSON.parse(text).params)
  assert.deepEqual([...path.slice('/stream?streams='.length).split('/'), ...asked], streams)
  assert.ok(path.length < 8_000)
})

test('a position comes back as it was; what is none is none', () => {
  const position = { next: 9_007_199_254_740_991, gaps: [{ from: 1, to: 5 }], offset: 2n ** 60n }
  assert.deepEqual(decodePosition(encodePosition(position)), position)
  assert.deepEqual(decodePosition(encodePosition({ ...position, next: null })), { ...position, next: null })
  for (const text of ['', '{}', 'null', '{"next":1}', '{"next":"1","gaps":[],"offset":"0"}'])
    assert.equal(decodePosition(Buffer.from(text)), undefined)
})
