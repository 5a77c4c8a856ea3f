import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDecimal } from '@k2/market/decimal.ts'
import { readDecimal, readMicros, readWhole } from './values.ts'

function decimalOf(text: string): bigint | undefined {
  const into = { top: 0, low: 0 }
  const bytes = Buffer.from(`x${text}y`)
  return readDecimal(bytes, 1, bytes.length - 1, into)
    ? BigInt(into.top) * 1_000_000_000n + BigInt(into.low)
    : undefined
}

const taken = [
  '61837.63000000',
  '0.00000001',
  '0',
  '0.0',
  '00012.5',
  '1.',
  '.5',
  '9999999999.99999999',
  '1.000000000000',
]
for (const text of taken) test(`${text} is taken to the digit`, () => assert.equal(decimalOf(text), parseDecimal(text)))

const refused = ['', '.', '1e5', '-1', '+1', '1.2.3', '10000000000', '1.000000001', 'NaN', ' 1', '0x1', '１']
for (const text of refused) test(`"${text}" is refused`, () => assert.equal(decimalOf(text), undefined))

const whole = (text: string): number => readWhole(Buffer.from(text), 0, text.length)
const micros = (text: string): number => readMicros(Buffer.from(text), 0, text.length)

test('whole numbers are exact, or none', () => {
  assert.deepEqual(['0', '3735683259', '9007199254740991'].map(whole), [0, 3735683259, 9007199254740991])
  assert.deepEqual(
    ['', '-1', '1.0', '9007199254740992', '12345678901234567', '1e3'].map(whole),
    [-1, -1, -1, -1, -1, -1],
  )
})

test('times are ms or µs, by their size', () => {
  assert.deepEqual(['1723161255342', '1741046401271497', 'x'].map(micros), [1723161255342000, 1741046401271497, -1])
})
