import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Quote } from '@k2/market/quote.ts'
import type { Reference } from '@k2/market/reference.ts'
import type { Trade } from '@k2/market/trade.ts'
import type { Slices } from '../columns.ts'
import { marketTopic } from '../topics.ts'
import { avroType, decimalBytes, type Kind, SCHEMAS } from './avro.ts'
import { decodeBatch, type LoggedRecords, schemaIds } from './decode.ts'
import { encodeRecord } from './encode.ts'
import { type RecordOf, toAvro } from './records.ts'

const trade: Trade = {
  messageId: '27f0a1b2-0144-8a5c-8000-0123456789ab',
  tradeId: '20140310-17',
  symbol: 'BHP',
  exchange: 'ASX',
  assetClass: 'equities',
  timestampMicros: 1_394_398_634_754_001,
  price: 3_666_700_000n,
  quantity: 999_999_999_999_999_999n,
  currency: 'AUD',
  side: 'UNKNOWN',
  tradeConditions: ['3', 'X'],
  sourceSequence: 9_223_372_036_854_775_807n,
  ingestionMicros: 1_795_000_000_000_000,
  vendorData: { venue: 'X', company_id: '7078' },
}

const quote: Quote = {
  messageId: trade.messageId,
  quoteId: 'q',
  symbol: 'BHP',
  exchange: 'ASX',
  assetClass: 'equities',
  timestampMicros: -1,
  bidPrice: -1n,
  bidQuantity: 0n,
  askPrice: null,
  askQuantity: null,
  currency: 'AUD',
  sourceSequence: null,
  ingestionMicros: 0,
  vendorData: null,
}

const reference: Reference = {
  messageId: trade.messageId,
  companyId: '7078',
  symbol: 'BHP',
  exchange: 'ASX',
  assetClass: 'equities',
  companyName: 'BHP “é” 鉱業',
  isin: 'AU000000BHP4',
  currency: null,
  listingMicros: 1_210_000_000_000_000,
  delistingMicros: null,
  isActive: true,
  ingestionMicros: 0,
  vendorData: {},
}

const TOPIC = {
  trades: 'market.equities.trades.asx',
  quotes: 'market.equities.quotes.asx',
  reference: 'market.equities.reference.asx',
} as const

function framed<K extends Kind>(kind: K, record: RecordOf[K], id = 7): Buffer {
  const bytes = encodeRecord(kind, record, 5)
  bytes[0] = 0
  bytes.writeInt32BE(id, 1)
  return bytes
}

function logged(topic: string, values: readonly (Buffer | null)[], from = 100n): LoggedRecords {
  const starts = new Int32Array(values.length)
  const ends = new Int32Array(values.length)
  let at = 0
  values.forEach((value, i) => {
    starts[i] = at
    at += value?.length ?? 0
    ends[i] = value ? at : -1
  })
  const slices: Slices = { bytes: Buffer.concat(values.filter((value) => value !== null)), starts, ends }
  return {
    topic,
    partition: 3,
    from,
    count: values.length,
    offsetDeltas: Int32Array.from(values.keys()),
    timesMs: Float64Array.from(values, () => 1_795_000_000_000),
    values: slices,
  }
}

function decode(kind: Kind, values: readonly (Buffer | null)[], schema = SCHEMAS[kind]) {
  return decodeBatch(marketTopic(TOPIC[kind])!, logged(TOPIC[kind], values), new Map([[7, { schema }]]))
}

/** Row 0 of a batch, as plain values. */
function row(decoded: ReturnType<typeof decode>): Record<string, unknown> {
  return Object.fromEntries(
    [...decoded.batch.columns].map(([name, data]) => {
      if (data.kind === 'uuid') return [name, Buffer.from(data.bytes.subarray(0, 16)).toString('hex')]
      if (data.kind === 'dictionary' || data.kind === 'list') return [name, data.dictionary[data.codes[0]!]]
      if (data.kind === 'text') return [name, data.values[0]]
      return [name, data.nulls?.[0] ? null : data.values[0]]
    }),
  )
}

const POSITION = { kafka_partition: 3, kafka_offset: 100n, platform_sequence: 100n }
const ID_HEX = '27f0a1b201448a5c80000123456789ab'

test('a trade comes back as its row', () => {
  assert.deepEqual(row(decode('trades', [framed('trades', trade)])), {
    ...toAvro.trades(trade),
    ...POSITION,
    message_id: ID_HEX,
    vendor_data: '{"company_id":"7078","venue":"X"}',
    kafka_topic: TOPIC.trades,
  })
})

test('a quote without an ask has nulls, and zeros stay zeros', () => {
  const value = { ...toAvro.quotes(quote), ...POSITION, message_id: ID_HEX, kafka_topic: TOPIC.quotes }
  assert.deepEqual(row(decode('quotes', [framed('quotes', quote)])), value)
})

test('reference data keeps its text and its missing dates', () => {
  const value = {
    ...toAvro.reference(reference),
    ...POSITION,
    message_id: ID_HEX,
    vendor_data: '{}',
    kafka_topic: TOPIC.reference,
    is_active: 1,
  }
  assert.deepEqual(row(decode('reference', [framed('reference', reference)])), value)
})

test('a record of an older schema is read with the defaults of today', () => {
  const older = JSON.parse(SCHEMAS.trades)
  older.fields = older.fields.filter(
    ({ name }: { name: string }) => !['vendor_data', 'platform_sequence', 'trade_conditions'].includes(name),
  )
  const type = avroType(JSON.stringify(older))
  const bytes = Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), type.toBuffer(toAvro.trades(trade))])
  const found = row(decode('trades', [bytes], JSON.stringify(older)))
  assert.deepEqual([found.price, found.vendor_data, found.trade_conditions], [trade.price, null, []])
})

const good = framed('trades', trade)
const flip = (at: number, to: number): Buffer => Buffer.from(good.map((byte, i) => (i === at ? to : byte)))

// biome-ignore format: a table reads by its columns
const bad: [name: string, value: Buffer | null, code: string, reason: RegExp][] = [
  ['no value',                  null,                                                  'no-value', /no value/],
  ['shorter than a frame',      Buffer.from([0, 0]),                                   'frame',    /shorter than a frame/],
  ['a wrong magic byte',        flip(0, 1),                                            'frame',    /magic byte/],
  ['an unknown schema id',      framed('trades', trade, 8),                            'schema',   /schema id 8/],
  ['cut short',                 good.subarray(0, good.length - 1),                     'avro',     /cut short/],
  ['bytes behind it',           Buffer.concat([good, Buffer.from([0])]),               'avro',     /follow/],
  ['no UUID',                   framed('trades', { ...trade, messageId: 'x' }),        'value',    /UUID/],
  ['a price beyond 18 digits',  framed('trades', { ...trade, price: 10n ** 18n }),     'value',    /beyond DECIMAL/],
  ['an empty symbol',           framed('trades', { ...trade, symbol: '' }),            'value',    /symbol is empty/],
  ['a time after year 9999',    framed('trades', { ...trade, timestampMicros: 2 ** 53 * 30 }), 'value',    /years 1 to 9999/],
]

for (const [name, value, code, reason] of bad) {
  test(`${name}: rejected with its reason, and its neighbours land`, () => {
    const { batch, rejected, last } = decode('trades', [good, value, good])
    assert.equal(batch.rows, 2)
    assert.deepEqual(
      rejected.map((each) => [each.offset, each.code]),
      [[101n, code]],
    )
    assert.match(rejected[0]!.reason, reason)
    assert.deepEqual(last, { offset: 102n, messageId: trade.messageId, timeMs: 1_795_000_000_000 })
  })
}

test('text that mostly differs is no dictionary, and both hold the same', () => {
  const values = Array.from({ length: 10 }, (_, i) => framed('trades', { ...trade, tradeId: `t${i}` }))
  const { columns } = decode('trades', values).batch
  const ids = columns.get('trade_id')!
  const wanted = Array.from({ length: 10 }, (_, i) => `t${i}`)
  assert.ok(ids.kind === 'text' && ids.slices !== undefined)
  const { bytes, starts, ends } = ids.slices
  assert.deepEqual(
    Array.from(starts, (start, i) => Buffer.from(bytes.subarray(start, ends[i]!)).toString()),
    wanted,
  )
  assert.deepEqual(ids.values, wanted)
  assert.equal(columns.get('symbol')!.kind, 'dictionary')
})

test('the schema ids of a batch are found without decoding it', () => {
  const { values } = logged(TOPIC.trades, [good, null, framed('trades', trade, 9), Buffer.from([0])])
  assert.deepEqual(schemaIds(values), new Set([7, 9]))
})

// biome-ignore format: a table reads by its columns
const decimals: [bigint, string][] = [
  [0n, '00'], [1n, '01'], [-1n, 'ff'], [127n, '7f'], [128n, '0080'], [-128n, '80'], [-129n, 'ff7f'], [999_999_999_999_999_999n, '0de0b6b3a763ffff'],
]
for (const [unscaled, hex] of decimals) {
  test(`decimal ${unscaled} is ${hex}`, () => assert.equal(decimalBytes(unscaled).toString('hex'), hex))
}
