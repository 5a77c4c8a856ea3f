import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { contentHash, identity, UUID_CHARS, writeUuid } from './identity.ts'

const bhp = identity('ASX', 'trade', 'BHP')

/** The 122 free bits, read off the text as RFC 9562 lays them out. */
function freeBits(uuid: string): bigint {
  const bits = BigInt(`0x${uuid.replaceAll('-', '')}`)
    .toString(2)
    .padStart(128, '0')
  return BigInt(`0b${bits.slice(0, 48)}${bits.slice(52, 64)}${bits.slice(66)}`)
}

const sha256 = (text: string): bigint => BigInt(`0x${createHash('sha256').update(text).digest('hex')}`)

test('ids are UUIDs of version 8 and variant 10', () => {
  for (const id of [bhp.numbered(7n), bhp.unnumbered(0, 0, 0), bhp.unnumbered(2 ** 42 - 1, 2 ** 34 - 1, 16_383)]) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  }
})

test('a numbered id holds 60 bits of the stream and the number', () => {
  const bits = freeBits(identity('BINANCE', 'trade', 'BTCUSDT').numbered(3_712_345_678n))
  assert.equal(bits & (2n ** 62n - 1n), 3_712_345_678n)
  assert.equal(bits >> 62n, sha256('BINANCE\ntrade\nBTCUSDT') >> 196n)
})

test("a row's id holds 32 bits of the stream, its time, its hash and its ordinal", () => {
  const bits = freeBits(bhp.unnumbered(1_394_398_634_754, 0x2_abcd_ef01, 5))
  assert.equal(bits & 0x3fffn, 5n)
  assert.equal((bits >> 14n) & (2n ** 34n - 1n), 0x2_abcd_ef01n)
  assert.equal((bits >> 48n) & (2n ** 42n - 1n), 1_394_398_634_754n)
  assert.equal(bits >> 90n, sha256('ASX\ntrade\nBHP') >> 224n)
})

test('its bits stand where they belong at both ends of each field', () => {
  for (const ms of [0, 1, 0x3fff, 0x4000, 2 ** 26 - 1, 2 ** 26, 2 ** 42 - 1]) {
    for (const hash of [0, 3, 2 ** 18 - 1, 2 ** 18, 2 ** 32, 2 ** 34 - 1]) {
      for (const ordinal of [0, 16_383]) {
        const bits = freeBits(bhp.unnumbered(ms, hash, ordinal)) & (2n ** 90n - 1n)
        assert.equal(bits, (BigInt(ms) << 48n) | (BigInt(hash) << 14n) | BigInt(ordinal), `${ms} ${hash} ${ordinal}`)
      }
    }
  }
})

test('words of a number are its id', () => {
  const ids = identity('BINANCE', 'trade', 'BTCUSDT')
  const words = new Uint32Array(4)
  for (const number of [0, 1, 2 ** 32 - 1, 2 ** 32, 3_712_345_678, Number.MAX_SAFE_INTEGER]) {
    ids.numberedWords(number, words)
    const text = Buffer.alloc(UUID_CHARS)
    writeUuid(text, 0, words)
    assert.equal(text.toString(), ids.numbered(BigInt(number)))
  }
  for (const number of [-1, 1.5, 2 ** 53]) assert.throws(() => ids.numberedWords(number, words), RangeError)
})

test("text order of a symbol's rows is time order", () => {
  const ids = [1, 2, 255, 65_536, 1_394_398_634_754].map((ms) => bhp.unnumbered(ms, contentHash(`row at ${ms}`), 0))
  assert.deepEqual(ids.toSorted(), ids)
})

test('type, symbol and exchange each make another id', () => {
  const ids = [bhp, identity('ASX', 'quote', 'BHP'), identity('ASX', 'trade', 'RIO'), identity('NYSE', 'trade', 'BHP')]
  assert.equal(new Set(ids.map((one) => one.numbered(1n))).size, 4)
})

// biome-ignore format: a table reads by its columns
const tooLarge: [name: string, make: () => string][] = [
  ['a number of 63 bits',   () => bhp.numbered(1n << 62n)],
  ['a negative number',     () => bhp.numbered(-1n)],
  ['a time before 1970',    () => bhp.unnumbered(-1, 0, 0)],
  ['a time after 2109',     () => bhp.unnumbered(2 ** 42, 0, 0)],
  ['a 16,385th same row',   () => bhp.unnumbered(0, 0, 16_384)],
]
for (const [name, make] of tooLarge) test(`${name} is refused`, () => assert.throws(make, RangeError))

test('content hashes have 34 bits and take long text', () => {
  assert.ok(contentHash('x'.repeat(100_000)) < 2 ** 34)
  assert.notEqual(contentHash('a|1'), contentHash('a|2'))
})
