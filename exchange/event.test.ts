import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bigText, decimalText, type MarketEvent, messageOf, type TimeUnit } from './event.ts'

const AT = { frames: [], symbol: 'BTCUSDT', atMicros: 1_723_161_255_343_271 }
const TRADE = {
  id: 3735683259,
  price: 6_183_763_000_000,
  quantity: 2_000_000,
  timeMicros: 1_723_161_255_342_999,
  isBuyerMaker: true,
}
const RECORDED =
  '{"e":"trade","E":1741046401271,"s":"TRXUSDT","t":1741046401272,"p":"0.2","q":"1","T":1741046401271,"m":true,"M":true}'

// Source: Binance spot "web-socket-streams.md", payloads; b and a are gone since June 2024 and documented by Binance.US.
// biome-ignore format: a table reads by its columns
const rows: [name: string, event: MarketEvent, unit: TimeUnit, payload: string][] = [
  ['a trade',             { kind: 'trade', ...AT, ...TRADE }, 'MILLISECOND', '{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}'],
  ['a trade in µs',       { kind: 'trade', ...AT, ...TRADE }, 'MICROSECOND', '{"e":"trade","E":1723161255343271,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342999,"m":true,"M":true}'],
  ['with orders',         { kind: 'trade', ...AT, ...TRADE, buyerOrderId: 88, sellerOrderId: 50 }, 'MILLISECOND', '{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","b":88,"a":50,"T":1723161255342,"m":true,"M":true}'],
  ['an aggregate',        { kind: 'aggTrade', ...AT, ...TRADE, id: 12345, firstId: 100, lastId: 105 }, 'MILLISECOND', '{"e":"aggTrade","E":1723161255343,"s":"BTCUSDT","a":12345,"p":"61837.63000000","q":"0.02000000","f":100,"l":105,"T":1723161255342,"m":true,"M":true}'],
  ['a quote has no time', { kind: 'bookTicker', ...AT, updateId: 400900217, bidPrice: 2_535_190_000, bidQuantity: 3_121_000_000, askPrice: 2_536_520_000, askQuantity: 4_066_000_000 }, 'MICROSECOND', '{"u":400900217,"s":"BTCUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}'],
  ['recorded',            { kind: 'trade', ...AT, ...TRADE, recorded: { text: RECORDED, unit: 'MILLISECOND' } }, 'MILLISECOND', RECORDED],
  ['recorded, in µs',     { kind: 'trade', ...AT, ...TRADE, recorded: { text: RECORDED, unit: 'MILLISECOND' } }, 'MICROSECOND', RECORDED.replace('"E":1741046401271', '"E":1741046401271000').replace('"T":1741046401271', '"T":1741046401271000')],
]

for (const [name, event, unit, payload] of rows) {
  test(`the message of ${name}`, () => {
    assert.equal(messageOf(event, unit, false), payload)
    const stream = `btcusdt@${event.kind}`
    assert.equal(messageOf(event, unit, true), `{"stream":"${stream}","data":${payload}}`)
  })
}

// biome-ignore format: a table reads by its columns
const decimals: [unscaled: number, text: string][] = [
  [0, '0.00000000'], [1, '0.00000001'], [99_999_999, '0.99999999'], [100_000_000, '1.00000000'],
  [6_183_763_000_000, '61837.63000000'], [Number.MAX_SAFE_INTEGER, '90071992.54740991'],
]
for (const [unscaled, text] of decimals) {
  test(`${unscaled} is ${text}`, () => {
    assert.equal(decimalText(unscaled), text)
    assert.equal(bigText(BigInt(unscaled)), text)
  })
}
