import assert from 'node:assert/strict'
import { test } from 'node:test'
import { divideHalfEven, formatDecimal, formatScaled, parseDecimal, volumeWeighted } from './decimal.ts'

// biome-ignore format: a table reads by its columns
const rows: [text: string, unscaled: bigint | string, written?: string][] = [
  ['36.667',                 3_666_700_000n],
  ['0.00001234',             1234n],
  ['1.10',                   110_000_000n,          '1.1'],
  ['0',                      0n],
  ['-0',                     0n,                    '0'],
  ['-0.5',                   -50_000_000n],
  ['20000',                  2_000_000_000_000n],
  ['+7.',                    700_000_000n,          '7'],
  ['.5',                     50_000_000n,           '0.5'],
  ['000123.4500000000000',   12_345_000_000n,       '123.45'],
  ['9999999999.99999999',    999_999_999_999_999_999n],
  ['-9999999999.99999999',   -999_999_999_999_999_999n],
  ['10000000000',            'beyond DECIMAL(18,8)'],
  ['0.000000001',            'more than 8 decimals'],
  ['1e5',                    'not a decimal number'],
  ['',                       'not a decimal number'],
  ['.',                      'not a decimal number'],
  ['NaN',                    'not a decimal number'],
  ['1,5',                    'not a decimal number'],
  [' 1',                     'not a decimal number'],
  ['１',                     'not a decimal number'],
]

for (const [text, unscaled, written] of rows) {
  test(`"${text}" is ${unscaled}`, () => {
    assert.equal(parseDecimal(text), unscaled)
    if (typeof unscaled === 'bigint') assert.equal(formatDecimal(unscaled), written ?? text)
  })
}

test('what a double holds exactly is written as the bigint is', () => {
  const edges = [0, 1, 10, 99_999_999, 100_000_000, 100_000_001, 2 ** 53 - 1, 90_071_992 * 10 ** 8 - 1]
  let state = 7
  for (let i = 0; i < 5_000; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    edges.push(Math.floor((state / 2 ** 32) * 2 ** (1 + (i % 53))))
  }
  for (const size of edges)
    for (const value of [size, -size]) assert.equal(formatDecimal(value), formatDecimal(BigInt(value)), String(value))
})

// biome-ignore format: a table reads by its columns
const halves: [dividend: bigint, divisor: bigint, quotient: bigint][] = [
  [7n, 2n, 4n], [5n, 2n, 2n], [-5n, 2n, -2n], [-7n, 2n, -4n], [1n, 3n, 0n], [2n, 3n, 1n], [-2n, 3n, -1n], [2n, -3n, -1n], [1n, -2n, 0n], [3n, -2n, -2n],
]

for (const [dividend, divisor, quotient] of halves) {
  test(`${dividend} / ${divisor} rounds to ${quotient}`, () =>
    assert.equal(divideHalfEven(dividend, divisor), quotient))
}

test('a volume of 0 has no average price', () => assert.equal(volumeWeighted(0n, 0n), undefined))

test('a product keeps its sixteen decimals, a mean its nine', () => {
  assert.equal(formatScaled(1n, 16), '0.0000000000000001')
  assert.equal(formatScaled(-(10n ** 16n) - 5n * 10n ** 15n, 16), '-1.5')
  assert.equal(formatScaled(36_650_000_005n, 9), '36.650000005')
})
