import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asOfQuestion, quotesFor, spanSaid, within } from './as-of.ts'

const HOUR = 3_600_000_000
const [FROM, TO] = [Date.UTC(2014, 2, 10) * 1000, Date.UTC(2014, 2, 10, 1) * 1000]
const HOUR_OF_IT = { start_time: '2014-03-10T00:00Z', end_time: '2014-03-10T01:00Z' }

// biome-ignore format: a table reads by its columns
const rows: [name: string, raw: Record<string, string>, isSaid: boolean][] = [
  ['as long as quotes may be old',     { symbol: 'KTA,KTB', ...HOUR_OF_IT, max_age: '1h' },    true],
  ['a second more than that',          { symbol: 'KTA,KTB', ...HOUR_OF_IT, max_age: '3599s' }, false],
  ['quotes may be a day old unless it says', { symbol: 'KTA,KTB', ...HOUR_OF_IT },             true],
  ['no symbols',                       { ...HOUR_OF_IT },                                      false],
  ['no end',                           { symbol: 'KTA,KTB', start_time: '2014-03-10' },        false],
  ['no begin',                         { symbol: 'KTA,KTB', end_time: '2014-03-10' },          false],
]
for (const [name, raw, isSaid] of rows) {
  test(`where its trades lie, said by the question: ${name}`, () => {
    const said = { fromMicros: FROM, lastMicros: TO - 1, symbols: ['KTA', 'KTB'] }
    assert.deepEqual(spanSaid(asOfQuestion(raw, TO)), isSaid ? said : undefined)
  })
}

test('quotes are read back to what may be in force at its first trade, and trades where they lie', () => {
  const question = asOfQuestion({ symbol: 'KTA', exchange: 'ASX', max_age: '1h' }, TO)
  const span = { fromMicros: FROM, lastMicros: FROM + 5, symbols: ['KTA'] }
  const found = { symbols: ['KTA'], exchanges: ['ASX'], toMicros: FROM + 6 }
  assert.deepEqual(quotesFor(question, span), { ...found, fromMicros: FROM - HOUR })
  assert.deepEqual(within(question, span).filter, { ...found, fromMicros: FROM })
  assert.deepEqual(quotesFor(question, undefined), { symbols: [] })
})
