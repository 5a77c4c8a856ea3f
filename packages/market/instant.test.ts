import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf, formatDay, formatInstant, parseInstant } from './instant.ts'

// biome-ignore format: a table reads by its columns
const rows: [text: string, written: string | undefined][] = [
  ['2014-03-09T20:57:14.754Z',         '2014-03-09T20:57:14.754000Z'],
  ['2014-03-10T07:57:14.754+11:00',    '2014-03-09T20:57:14.754000Z'],
  ['2014-03-10T07:57:14.754000+1100',  '2014-03-09T20:57:14.754000Z'],
  ['2014-03-10',                       '2014-03-10T00:00:00.000000Z'],
  ['2014-03-10 01:02',                 '2014-03-10T01:02:00.000000Z'],
  ['1969-12-31T23:59:59.999999Z',      '1969-12-31T23:59:59.999999Z'],
  ['2024-02-29T00:00:00.000001000Z',   '2024-02-29T00:00:00.000001Z'],
  ['2023-02-29',                       undefined],
  ['2014-13-01',                       undefined],
  ['2014-01-01T24:00:00Z',             undefined],
  ['2014-01-01T00:00:60Z',             undefined],
  ['2014-01-01T00:00:00.0000001Z',     undefined],
  ['9999-12-31T00:00:00Z',             undefined],
  ['1394398634754',                    undefined],
  ['',                                 undefined],
]

test('times come out right whatever was written before them', () => {
  for (const micros of [59_999_999, 60_000_000, -1, 59_999_999, -60_000_001, 0, 253_402_300_800_000_000]) {
    const millis = Math.floor(micros / 1000)
    const rest = String(micros - millis * 1000).padStart(3, '0')
    assert.equal(formatInstant(micros), `${new Date(millis).toISOString().slice(0, -1)}${rest}Z`)
  }
})

for (const [text, written] of rows) {
  test(`"${text}" is ${written}`, () => {
    const micros = parseInstant(text)
    assert.equal(micros === undefined ? undefined : formatInstant(micros), written)
  })
}

test('a day begins at its midnight, also before the epoch', () => {
  assert.equal(formatDay(dayOf(parseInstant('2014-03-09T23:59:59.999999Z')!)), '2014-03-09')
  assert.equal(dayOf(-1), -1)
  assert.equal(dayOf(0), 0)
})
