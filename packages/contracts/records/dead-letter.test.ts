import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SCHEMAS } from './avro.ts'
import { type DeadLetter, decodeLetter, encodeLetter, letterKey, RAW_BYTES_MAX } from './dead-letter.ts'
import { encodeRecord } from './encode.ts'
import { readPartly } from './partial.ts'

const LOGGED = { origin: 'log', topic: 't', partition: 3, offset: 2n ** 60n, code: 'avro', reason: 'why' } as const
const OF_A_FILE = { origin: 'file', file: 'f', digest: 'd', line: 7, code: 'time', reason: 'why' } as const

// biome-ignore format: a table reads by its columns
const LETTERS: readonly [what: string, letter: DeadLetter, key: string, rawBytes: number | null][] = [
  ['a record',            { ...LOGGED, raw: Buffer.of(0, 1, 255) },                                                   't/3/1152921504606846976', 3],
  ['a record of nothing', { ...LOGGED, raw: null },                                                                   't/3/1152921504606846976', null],
  ['a row',               { ...OF_A_FILE, raw: Buffer.from('a,b') },                                                  'd/7', 3],
  ['a message',           { origin: 'feed', feed: 'wss://h', digest: 'd', receivedMicros: 7, code: 'json', reason: 'why', raw: Buffer.from('<') }, 'feed/d', 1],
  ['a loss',              { origin: 'accepted', topic: 't', partition: 3, from: 4n, to: 9n, who: 'a', why: 'b' },     't/3/4-9/accepted', null],
]

for (const [what, letter, key, rawBytes] of LETTERS) {
  test(`the letter of ${what} comes back as it was`, () => {
    assert.equal(letterKey(letter), key)
    assert.deepEqual(
      decodeLetter(encodeLetter(letter)),
      letter.origin === 'accepted' ? letter : { ...letter, rawBytes },
    )
  })
}

test('of a large record its front is kept, and its length', () => {
  const stored = decodeLetter(encodeLetter({ ...LOGGED, raw: Buffer.alloc(RAW_BYTES_MAX + 1, 7) }))
  assert.ok(stored?.origin === 'log')
  assert.deepEqual([stored.raw?.length, stored.rawBytes], [RAW_BYTES_MAX, RAW_BYTES_MAX + 1])
})

test('a letter of before has no code, and what is none is none', () => {
  const { code: _, ...old } = JSON.parse(encodeLetter({ ...LOGGED, raw: null }).toString())
  const stored = decodeLetter(Buffer.from(JSON.stringify(old)))
  assert.ok(stored?.origin === 'log')
  assert.equal(stored.code, '')
  for (const text of ['', '{}', 'null', '{"origin":"log"}', '{"origin":"else"}'])
    assert.equal(decodeLetter(Buffer.from(text)), undefined)
})

const TRADE = encodeRecord('trades', {
  messageId: '01234567-89ab-8def-8123-000000000001',
  tradeId: 't1',
  symbol: 'KTA',
  exchange: 'ASX',
  assetClass: 'equities',
  timestampMicros: Date.parse('2014-03-10T00:00:00Z') * 1000 + 1,
  price: 3_665_000_000n,
  quantity: -1n,
  currency: 'AUD',
  side: 'UNKNOWN',
  tradeConditions: ['XT'],
  sourceSequence: 2n ** 60n,
  ingestionMicros: 0,
  vendorData: null,
})

test('a whole value is read whole, with decimals and times as people write them', () => {
  const { fields, fault } = readPartly(SCHEMAS.trades, TRADE)
  assert.equal(fault, undefined)
  assert.deepEqual(
    [fields.price, fields.quantity, fields.timestamp, fields.source_sequence, fields.vendor_data],
    ['36.65', '-0.00000001', '2014-03-10T00:00:00.000001Z', '1152921504606846976', null],
  )
})

test('a value that is cut anywhere is read up to there, and the field that lacks is named', () => {
  const whole = Object.entries(readPartly(SCHEMAS.trades, TRADE).fields)
  for (let length = 0; length < TRADE.length; length++) {
    const { fields, fault } = readPartly(SCHEMAS.trades, TRADE.subarray(0, length))
    const read = Object.entries(fields)
    assert.deepEqual(read, whole.slice(0, read.length))
    assert.match(fault!, new RegExp(`\\b${whole[read.length]![0]}\\b`))
  }
})

test('bytes behind a value are told, and a schema that is none', () => {
  assert.equal(readPartly(SCHEMAS.trades, Buffer.concat([TRADE, Buffer.of(1)])).fault, '1 bytes follow its last field')
  assert.match(readPartly('{"type":"unheard"}', TRADE).fault!, /^its schema cannot be read/)
})
