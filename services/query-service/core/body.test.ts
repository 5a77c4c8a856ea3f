import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyTexts } from './body.ts'
import { QUERY_TRADES_PARAMS as PARAMS } from './parameters.ts'

// biome-ignore format: a table reads by its columns
const read: [name: string, body: unknown, texts: Record<string, string>][] = [
  ['no body is no parameters',        undefined,                              {}],
  ['a list has its plural',           { symbols: ['A', 'B'], sides: ['BUY'] }, { symbol: 'A,B', side: 'BUY' }],
  ['or the name that a GET has',      { symbol: 'A,B' },                      { symbol: 'A,B' }],
  ['numbers and truths are text',     { limit: 5, explain: true },            { limit: '5', explain: 'true' }],
  ['a short decimal is what it says', { min_price: 36.65, max_price: 0.1 },   { min_price: '36.65', max_price: '0.1' }],
  ['null is left out',                { cursor: null, limit: 1 },             { limit: '1' }],
  ['what is not known stays',         { smybols: ['A'] },                     { smybols: 'A' }],
  ['an empty list is left out',       { symbols: [], limit: 1 },              { limit: '1' }],
]
for (const [name, body, texts] of read) {
  test(name, () => assert.deepEqual(Object.fromEntries(bodyTexts(body, PARAMS)), texts))
}

// biome-ignore format: a table reads by its columns
const bad: [name: string, body: unknown, sentence: RegExp][] = [
  ['a list',                          ['A'],                          /The body is a JSON object/],
  ['a text',                          'A',                            /The body is a JSON object/],
  ['an object for a value',           { symbols: { a: 1 } },          /symbols is a value or a list of values/],
  ['a list in a list',                { symbols: [['A']] },           /symbols is a value or a list/],
  ['a name with a comma',             { symbols: ['A,B', 'C'] },      /"A,B" in a list has a comma/],
  ['more digits than a double keeps', { min_price: 1234567890.1234567 }, /min_price has more digits .* as text/],
]
for (const [name, body, sentence] of bad) {
  test(`${name} is refused`, () => {
    assert.throws(() => bodyTexts(body, PARAMS), { code: 'INVALID_ARGUMENT', message: sentence })
  })
}
