import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeService } from '@k2/service/rpc-describe.ts'
import { columnsOf, type Message, type Row, rowOf } from './message.ts'
import { PROTO_FOLDER } from './protos.ts'

const methods = describeService(['k2/v1/query.proto'], PROTO_FOLDER, 'k2.v1.QueryService')
const columns = (method: string) => columnsOf(methods.get(method)!.reply[0]!.fields())

// biome-ignore format: a table reads by its columns
const cells: [name: string, method: string, message: Message, row: Row][] = [
  ['a time loses its unit and gets its zone', 'GetTrades',    { timestampMicros: '1394398634754001' },  { timestamp: '2014-03-09T20:57:14.754001Z' }],
  ['a decimal stays as it was sent',          'GetTrades',    { price: '0.10000001' },                  { price: '0.10000001' }],
  ['a 64-bit number stays text',              'GetTrades',    { kafkaOffset: '9007199254740993' },      { kafka_offset: '9007199254740993' }],
  ['a small number is a number',              'GetTrades',    { kafkaPartition: 3 },                    { kafka_partition: 3 }],
  ['a list is a list, also without items',    'GetTrades',    { tradeConditions: [] },                  { trade_conditions: [] }],
  ['a map is an object',                      'GetTrades',    { vendorData: { a: '1' } },               { vendor_data: { a: '1' } }],
  ['an empty map is absent',                  'GetTrades',    { vendorData: {} },                       { vendor_data: null }],
  ['a side without an order is null',         'GetQuotes',    {},                                       { bid_price: null, bid_quantity: null }],
  ['a day that is not known is null',         'GetReference', {},                                       { delisting_date: null }],
  ['a truth is one',                          'GetReference', { isActive: false },                      { is_active: false }],
]
for (const [name, method, message, row] of cells) {
  test(name, () => {
    const asked = columns(method).filter((column) => column.name in row)
    assert.deepEqual(rowOf(asked, message), row)
  })
}

test('a row has its columns in the order that is asked for', () => {
  const [symbol, price] = ['symbol', 'price'].map(
    (name) => columns('GetTrades').find((column) => column.name === name)!,
  )
  assert.deepEqual(Object.keys(rowOf([price!, symbol!], { symbol: 'KTA', price: '1' })), ['price', 'symbol'])
})
