import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ColumnType } from '@k2/contracts/tables.ts'
import { EVERY_TYPE } from './rows.fixture.ts'
import { boundOf, columnStats } from './stats.ts'

// biome-ignore format: a table reads by its columns
const rows: [type: ColumnType, text: string, value: string | number | bigint | boolean | undefined][] = [
  ['timestamptz',    '1970-01-01 00:00:00+00',            0n],
  ['timestamptz',    '1970-01-01 00:00:00.1+00',          100_000n],
  ['timestamptz',    '1969-12-31 23:59:59.999999+00',     -1n],
  ['timestamptz',    '2014-03-09 20:57:14.754321+00',     1_394_398_634_754_321n],
  ['timestamptz',    '0001-01-01 00:00:00+00',            -62_135_596_800_000_000n],
  ['timestamptz',    '0099-12-31 23:59:59.000001+00',     -59_011_459_200_999_999n],
  ['timestamptz',    '9999-12-31 23:59:59.999999+00',     253_402_300_799_999_999n],
  ['timestamptz',    '10000-01-01 00:00:00+00',           253_402_300_800_000_000n],
  ['timestamptz',    '0044-03-15 (BC) 00:00:00+00',       undefined],
  ['timestamptz',    '294247-01-10 04:00:54.775806+00',   undefined],
  ['timestamptz',    'infinity',                          undefined],
  ['timestamptz',    '2014-03-09 20:57:14+11',            undefined],
  ['decimal(18, 8)', '-9999999999.99999999',              -999_999_999_999_999_999n],
  ['decimal(18, 8)', '9999999999.99999999',               999_999_999_999_999_999n],
  ['decimal(18, 8)', '-0.00000001',                       -1n],
  ['decimal(18, 8)', '0.00000000',                        0n],
  ['decimal(18, 8)', '36.66',                             undefined],
  ['decimal(18, 8)', '1e3',                               undefined],
  ['long',           '-9223372036854775808',              -9_223_372_036_854_775_808n],
  ['int',            '-2147483648',                       -2_147_483_648],
  ['boolean',        '1',                                 true],
  ['boolean',        'true',                              true],
  ['boolean',        '0',                                 false],
  ['boolean',        'false',                             false],
  ['string',         "it's \"€\"",                        "it's \"€\""],
  ['string',         '',                                  ''],
  ['list<string>',   'x',                                 undefined],
]
for (const [type, text, value] of rows) {
  test(`as a ${type}, ${text || 'the empty text'} is ${value ?? 'no bound'}`, () => {
    assert.equal(boundOf(type, text), value)
  })
}

test('a column of nulls has counts and no bounds, one that is not told of is left out', () => {
  const texts = new Map([['"price"', { column_size_bytes: '40', null_count: '3', num_values: '3' }]])
  assert.deepEqual(columnStats(EVERY_TYPE, texts), [{ fieldId: 5, sizeBytes: 40, valueCount: 3, nullCount: 3 }])
})

test('of a list, its elements are told of, under their own id and without bounds', () => {
  const texts = new Map([
    ['"list"."element"', { column_size_bytes: '4', null_count: '1', num_values: '3', min: 'a', max: 'b' }],
  ])
  assert.deepEqual(columnStats(EVERY_TYPE, texts), [{ fieldId: 1000, sizeBytes: 4, valueCount: 3, nullCount: 1 }])
})
