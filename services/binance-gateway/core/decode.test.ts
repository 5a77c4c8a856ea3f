import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { Outgoing } from '@k2/contracts/records/outgoing.ts'
import { identity } from '@k2/market/identity.ts'
import type { Quote } from '@k2/market/quote.ts'
import type { Trade } from '@k2/market/trade.ts'
import { Decoder } from './decode.ts'
import { Subjects, subjectOf, type TradeKind } from './subject.ts'

const RECEIVED = 1_723_161_255_400_123
const NO_FRAME = new Uint8Array(0)

function decoderOf(kind: TradeKind = 'trade'): Decoder {
  const listed = ['BTCUSDT', 'ETHUSDT', 'ŁŁUSDT'].map((symbol) => ({ symbol, currency: 'USDT' }))
  return new Decoder(new Subjects(listed.map((one, i) => subjectOf('BINANCE', kind, one, i))), kind)
}

// As it was recorded, byte for byte.
const TRADE =
  '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}'
const QUOTE =
  '{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}'

const EXPECTED: Trade = {
  messageId: identity('BINANCE', 'trade', 'BTCUSDT').numbered(3_735_683_259n),
  tradeId: '3735683259',
  symbol: 'BTCUSDT',
  exchange: 'BINANCE',
  assetClass: 'crypto',
  timestampMicros: 1_723_161_255_342_000,
  price: 6_183_763_000_000n,
  quantity: 2_000_000n,
  currency: 'USDT',
  side: 'SELL',
  tradeConditions: [],
  sourceSequence: 3_735_683_259n,
  ingestionMicros: RECEIVED,
  vendorData: { is_buyer_maker: 'true', is_best_match: 'true', event_time: '1723161255343' },
}

const EXPECTED_QUOTE: Quote = {
  messageId: identity('BINANCE', 'quote', 'BTCUSDT').numbered(50_093_239_212n),
  quoteId: '50093239212',
  symbol: 'BTCUSDT',
  exchange: 'BINANCE',
  assetClass: 'crypto',
  timestampMicros: RECEIVED,
  bidPrice: 6_183_763_000_000n,
  bidQuantity: 378_826_000n,
  askPrice: 6_183_764_000_000n,
  askQuantity: 154_698_000n,
  currency: 'USDT',
  sourceSequence: null,
  ingestionMicros: RECEIVED,
  vendorData: null,
}

function tradeBytes(text: string, kind: TradeKind = 'trade'): Uint8Array {
  const decoder = decoderOf(kind)
  const out = new Outgoing(NO_FRAME)
  assert.equal(decoder.message(Buffer.from(text)), 'trade', decoder.reason)
  decoder.writeTrade(out, RECEIVED, false)
  return out.take()[0]!.value
}

function quoteBytes(text: string): Uint8Array {
  const decoder = decoderOf()
  const out = new Outgoing(NO_FRAME)
  assert.equal(decoder.message(Buffer.from(text)), 'quote', decoder.reason)
  decoder.writeQuote(out, RECEIVED)
  return out.take()[0]!.value
}

const expectTrade = (text: string, expected: Trade, kind?: TradeKind) =>
  assert.deepEqual(Buffer.from(tradeBytes(text, kind)), encodeRecord('trades', expected))

test('a recorded trade becomes the record that the contracts encode', () => expectTrade(TRADE, EXPECTED))

test('the buyer takes where the maker sold', () =>
  expectTrade(TRADE.replace('"m":true', '"m":false'), {
    ...EXPECTED,
    side: 'BUY',
    vendorData: { ...EXPECTED.vendorData, is_buyer_maker: 'false' },
  }))

test('microseconds are kept', () =>
  expectTrade(TRADE.replace('"T":1723161255342', '"T":1723161255342789'), {
    ...EXPECTED,
    timestampMicros: 1_723_161_255_342_789,
  }))

test('order ids, and fields that nobody has heard of, are vendor data', () =>
  expectTrade(TRADE.replace('"M":true', '"b":7,"a":8,"Z":"q\\"t","news":{"deep":[1]}'), {
    ...EXPECTED,
    vendorData: {
      is_buyer_maker: 'true',
      buyer_order_id: '7',
      seller_order_id: '8',
      Z: 'q"t',
      news: '{"deep":[1]}',
      event_time: '1723161255343',
    },
  }))

test('an aggregate has its own numbers', () =>
  expectTrade(
    '{"e":"aggTrade","E":1723161255343,"s":"BTCUSDT","a":55,"p":"61837.63","q":"0.02","f":100,"l":105,"T":1723161255342,"m":true,"M":true}',
    {
      ...EXPECTED,
      messageId: identity('BINANCE', 'aggTrade', 'BTCUSDT').numbered(55n),
      tradeId: '55',
      sourceSequence: 55n,
      vendorData: {
        is_buyer_maker: 'true',
        first_trade_id: '100',
        last_trade_id: '105',
        is_best_match: 'true',
        event_time: '1723161255343',
      },
    },
    'aggTrade',
  ))

test('a symbol beyond ASCII is a symbol', () =>
  expectTrade(TRADE.replace('"BTCUSDT"', '"ŁŁUSDT"'), {
    ...EXPECTED,
    symbol: 'ŁŁUSDT',
    messageId: identity('BINANCE', 'trade', 'ŁŁUSDT').numbered(3_735_683_259n),
  }))

test('a quote has the time when it was received', () =>
  assert.deepEqual(Buffer.from(quoteBytes(QUOTE)), encodeRecord('quotes', EXPECTED_QUOTE)))

test('a side without an order is null', () =>
  assert.deepEqual(
    Buffer.from(quoteBytes(QUOTE.replace('"A":"1.54698000"', '"A":"0.00000000"'))),
    encodeRecord('quotes', { ...EXPECTED_QUOTE, askPrice: null, askQuantity: null }),
  ))

test('should quotes get a time one day, it is taken', () =>
  assert.deepEqual(
    Buffer.from(quoteBytes(QUOTE.replace('"u":', '"e":"bookTicker","E":1723161255343,"T":1723161255342,"u":'))),
    encodeRecord('quotes', {
      ...EXPECTED_QUOTE,
      timestampMicros: 1_723_161_255_342_000,
      vendorData: { event_time: '1723161255343' },
    }),
  ))

test('past trades are read from a list, and say that they were asked for', () => {
  const decoder = decoderOf()
  const one =
    '{"id":3735683259,"price":"61837.63000000","qty":"0.02000000","quoteQty":"1236.75","time":1723161255342,"isBuyerMaker":true,"isBestMatch":true}'
  const bytes = Buffer.from(`[${one},${one.replace('3735683259', '3735683260')}]`)
  const out = new Outgoing(NO_FRAME)
  const ids: number[] = []
  const btc = subjectOf('BINANCE', 'trade', { symbol: 'BTCUSDT', currency: 'USDT' }, 0)
  for (let at = 0; ; ) {
    const { end, kind } = decoder.element(bytes, at, btc)
    if (end < 0) break
    assert.equal(kind, 'trade')
    ids.push(decoder.id)
    decoder.writeTrade(out, RECEIVED, true)
    at = end
  }
  assert.deepEqual(ids, [3735683259, 3735683260])
  const vendorData = { is_buyer_maker: 'true', quote_quantity: '1236.75', is_best_match: 'true', refilled: 'true' }
  assert.deepEqual(Buffer.from(out.take()[0]!.value), encodeRecord('trades', { ...EXPECTED, vendorData }))
})

// biome-ignore format: a table reads by its columns
const kinds: [name: string, text: string, kind: string, reason?: RegExp][] = [
  ['a reply',                     '{"result":null,"id":1}',                                                 'reply'],
  ['an error',                    '{"code":2,"msg":"Invalid request: too many parameters","id":1}',          'refusal'],
  ['an error of the other form',  '{"error":{"code":2,"msg":"Invalid request"},"id":2}',                   'refusal'],
  ['serverShutdown, raw',         '{"e":"serverShutdown","E":1770123456789}',                               'shutdown'],
  ['serverShutdown, wrapped',     '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}',        'shutdown'],
  ['an event that nobody asked',  '{"e":"blockTrade","E":1,"s":"BTCUSDT"}',                                 'other'],
  ['another symbol',              TRADE.replace('"BTCUSDT"', '"NOBODY"'),                                   'unknown'],
  ['no JSON',                     '<html>',                                                                 'bad', /no JSON object/],
  ['a trade without its id',      TRADE.replace('"t":3735683259,', ''),                                     'bad', /has no id/],
  ['a trade without its symbol',  TRADE.replace('"s":"BTCUSDT",', ''),                                      'bad', /has no symbol/],
  ['an exponent',                 TRADE.replace('61837.63000000', '6e4'),                                   'bad', /price "6e4"/],
  ['nine decimals',               TRADE.replace('0.02000000', '0.000000001'),                               'bad', /quantity/],
  ['beyond DECIMAL(18,8)',        TRADE.replace('61837.63', '12345678901'),                                 'bad', /price/],
  ['an id of text',               TRADE.replace('3735683259', '"one"'),                                     'bad', /id "one"/],
  ['a time of text',              TRADE.replace('"T":1723161255342', '"T":"noon"'),                         'bad', /time "noon"/],
  ['neither maker nor taker',     TRADE.replace('"m":true', '"m":1'),                                       'bad', /maker "1"/],
]
for (const [name, text, kind, reason] of kinds) {
  test(`${name} is ${kind}`, () => {
    const decoder = decoderOf()
    assert.equal(decoder.message(Buffer.from(text)), kind)
    if (reason) assert.match(decoder.reason, reason)
  })
}

test('a bad message leaves nothing behind for the next one', () => {
  const decoder = decoderOf()
  decoder.message(Buffer.from(TRADE.replace('"m":true', '"x":1,"m":1')))
  const out = new Outgoing(NO_FRAME)
  assert.equal(decoder.message(Buffer.from(TRADE)), 'trade')
  decoder.writeTrade(out, RECEIVED, false)
  assert.deepEqual(Buffer.from(out.take()[0]!.value), encodeRecord('trades', EXPECTED))
})
