import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type BoundType, type BoundValue, boundValue, lowerBound, upperBound } from './bounds.ts'

// Bytes: PyIceberg 0.12, pyiceberg.conversions.to_bytes; uuid: Iceberg spec, appendix D.
// biome-ignore format: a table reads by its columns
const rows: [type: BoundType, value: BoundValue, hex: string][] = [
  ['int',            -2,                                      'feffffff'],
  ['date',           16_138,                                  '0a3f0000'],
  ['long',           2n ** 40n,                               '0000000000010000'],
  ['timestamptz',    1_394_398_634_754_000n,                  'd0bf4cbb32f40400'],
  ['decimal(18, 8)', 3_650_000_000n,                          '00d98e9480'],
  ['decimal(18, 8)', -1n,                                     'ff'],
  ['decimal(18, 8)', 127n,                                    '7f'],
  ['decimal(18, 8)', 128n,                                    '0080'],
  ['decimal(18, 8)', -128n,                                   '80'],
  ['decimal(18, 8)', 0n,                                      '00'],
  ['uuid',           'f79c3e09-677c-4bbd-a479-3f349cb785e7',  'f79c3e09677c4bbda4793f349cb785e7'],
  ['boolean',        true,                                    '01'],
  ['boolean',        false,                                   '00'],
  ['string',         'é😀',                                   'c3a9f09f9880'],
]

for (const [type, value, hex] of rows) {
  it(`${type} ${value} is ${hex}, and back`, () => {
    assert.equal(Buffer.from(lowerBound(type, value)).toString('hex'), hex)
    assert.equal(Buffer.from(upperBound(type, value)!).toString('hex'), hex)
    assert.equal(boundValue(type, Buffer.from(hex, 'hex')), value)
  })
}

it("numbers are taken for 64-bit values, and a widened column's 4 bytes are read", () => {
  assert.deepEqual(lowerBound('timestamptz', 5), lowerBound('timestamptz', 5n))
  assert.equal(boundValue('long', lowerBound('int', -2)), -2n)
})

// biome-ignore format: a table reads by its columns
const texts: [name: string, value: string, lower: string, upper: string | undefined][] = [
  ['16 code points are whole',                  'ABCDEFGHIJKLMNOP',      'ABCDEFGHIJKLMNOP', 'ABCDEFGHIJKLMNOP'],
  ['more are cut, the upper end goes up',       'ABCDEFGHIJKLMNOPQ',     'ABCDEFGHIJKLMNOP', 'ABCDEFGHIJKLMNOQ'],
  ['code points are counted, not UTF-16 units', `${'😀'.repeat(16)}x`,    '😀'.repeat(16),     `${'😀'.repeat(15)}😁`],
  ['the last code point carries over',          `A${'\u{10ffff}'.repeat(16)}`, `A${'\u{10ffff}'.repeat(15)}`, 'B'],
  ['surrogates are no code points',             `${'A'.repeat(15)}\ud7ffx`, `${'A'.repeat(15)}\ud7ff`, `${'A'.repeat(15)}\ue000`],
  ['nothing is above the highest',              '\u{10ffff}'.repeat(17), '\u{10ffff}'.repeat(16), undefined],
]

for (const [name, value, lower, upper] of texts) {
  it(`text: ${name}`, () => {
    assert.equal(boundValue('string', lowerBound('string', value)), lower)
    const above = upperBound('string', value)
    assert.equal(above && boundValue('string', above), upper)
  })
}

it('a value of another type is a bug', () => {
  assert.throws(() => lowerBound('string', 5), TypeError)
  assert.throws(() => lowerBound('list<string>', 'x'), TypeError)
})
