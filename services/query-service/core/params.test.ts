import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregationsQuestion } from './aggregations.ts'
import { DETOURS } from './detours.ts'
import { gapsQuestion } from './gaps.ts'
import type { Params } from './params.ts'
import { readParams } from './params.ts'
import { queryTradesQuestion, type Raw, tradesQuestion } from './question.ts'

const NOW = 1_000_000_000_000_000
const TABLE = {
  from: { kind: 'day', aliases: ['start', 'begin'], doc: '' },
  some: { kind: 'choices', choices: ['a', 'b', 'c'], sets: { ab: ['a', 'b'], toString: ['c'] }, doc: '' },
  one: { kind: 'choice', choices: ['a', 'b'], spellings: { A: 'a' }, default: 'b', doc: '' },
  many: { kind: 'integer', min: 0, max: 9, required: true, aliases: ['n'], doc: '' },
} as const satisfies Params

// biome-ignore format: a table reads by its columns
const rows: [name: string, raw: Raw, read: object][] = [
  ['an older name means the same',           { start: '1970-01-02', n: '3' },             { from: 1, some: undefined, one: 'b', many: 3 }],
  ['any of them',                            { begin: '1970-01-03', many: '3' },          { from: 2, some: undefined, one: 'b', many: 3 }],
  ['beside its own it is refused',           { start: '1970-01-02', from: '1970-01-02', n: '1' }, [{ name: 'start', reason: 'is another name of from, which stands there too: give one of them' }]],
  ['so are two older ones',                  { start: '1970-01-02', begin: '1970-01-02', n: '1' }, [{ name: 'begin', reason: 'is another name of from, which stands there too: give one of them' }]],
  ['a fault is told by the name given',      { start: 'x', n: '1' },                      [{ name: 'start', reason: 'is a day such as 2014-03-10, not "x"' }]],
  ['an empty one too',                       { n: '' },                                   [{ name: 'n', reason: 'is empty; give it a value or leave it out' }]],
  ['what is missing has its own name',       {},                                          [{ name: 'many', reason: 'is required' }]],
  ['a word for several',                     { some: 'ab', n: '1' },                      { from: undefined, some: ['a', 'b'], one: 'b', many: 1 }],
  ['beside one of them',                     { some: 'b,ab,c', n: '1' },                  { from: undefined, some: ['b', 'a', 'c'], one: 'b', many: 1 }],
  ['a word that every object has, declared', { some: 'toString', n: '1' },                { from: undefined, some: ['c'], one: 'b', many: 1 }],
  ['and one that is not',                    { some: 'valueOf', n: '1' },                 [{ name: 'some', reason: 'names "valueOf"; there are a, b, c, ab, toString' }]],
  ['another word for one',                   { one: 'A', n: '1' },                        { from: undefined, some: undefined, one: 'a', many: 1 }],
  ['a word of every object for one',         { one: 'toString', n: '1' },                 [{ name: 'one', reason: 'is one of a, b, not "toString"' }]],
  ['a word twice',                           { some: 'ab,ab', n: '1' },                   [{ name: 'some', reason: 'names one twice' }]],
]
for (const [name, raw, read] of rows) {
  test(name, () => assert.deepEqual(readParams(TABLE, raw), read))
}

test('a question by older names is the same question', () => {
  const own = tradesQuestion({ start_time: '2014-03-10', end_time: '2014-03-11' }, NOW)
  assert.deepEqual(tradesQuestion({ start: '2014-03-10', end: '2014-03-11' }, NOW), own)
  assert.deepEqual(gapsQuestion({ start: '2014-03-10' }, NOW), gapsQuestion({ start_time: '2014-03-10' }, NOW))
})

test('an offset is no part of what a cursor is of, and does not stand beside one', () => {
  const { digest, offset } = queryTradesQuestion({ offset: '7' }, NOW)
  assert.deepEqual([offset, digest], [7, queryTradesQuestion({}, NOW).digest])
  assert.equal(queryTradesQuestion({ offset: '0', cursor: 'x' }, NOW).offset, undefined)
  assert.throws(() => queryTradesQuestion({ offset: '1', cursor: 'x' }, NOW), /offset counts from the first row/)
  assert.throws(() => queryTradesQuestion({ offset: '100001' }, NOW), /from 0 to 100000/)
  assert.throws(() => queryTradesQuestion({ offset: '-1' }, NOW), /from 0 to 100000/)
})

// biome-ignore format: a table reads by its columns
const profiles: [short: Raw, long: Raw][] = [
  [{ metric: 'ohlcv' },                                            { metric: 'open_price,max_price,min_price,close_price,volume' }],
  [{ metric: 'volume_profile' },                                   { metric: 'volume', group_by: 'symbol,exchange,price_level', levels: '10' }],
  [{ metric: 'trade_count,volume_profile', tick: '0.5' },          { metric: 'trade_count,volume', group_by: 'symbol,exchange,price_level', tick: '0.5' }],
  [{ metric: 'volume_profile', group_by: 'price_level', levels: '3' }, { metric: 'volume', group_by: 'price_level', levels: '3' }],
]
for (const [short, long] of profiles) {
  test(`${JSON.stringify(short)} is short for more`, () =>
    assert.deepEqual(aggregationsQuestion(short, NOW), aggregationsQuestion(long, NOW)))
}

test('a volume profile has no prices of its interval', () => {
  for (const other of ['vwap', 'twap', 'ohlcv', 'avg_price'])
    assert.throws(() => aggregationsQuestion({ metric: `volume_profile,${other}` }, NOW), /ask apart/)
})

test('a question at a snapshot is the question as of it', () => {
  const [detour] = DETOURS
  const asked = { snapshot_id: '17', symbol: 'KTA', limit: '5' }
  const { definition, texts } = detour!.to(asked)
  assert.deepEqual([definition.rpc, texts], ['QueryTrades', { symbol: 'KTA', limit: '5', as_of: '17' }])
  assert.equal(detour!.to({ ...asked, data_type: 'quotes' }).definition.rpc, 'QueryQuotes')
  // biome-ignore format: a table reads by its columns
  const refused: [Raw, RegExp][] = [
    [{ snapshot_id: '2014-03-10' },               /snapshot_id is a number/],
    [{ snapshot_id: '17', as_of: '18' },          /as_of is not a parameter/],
    [{ snapshot_id: '17', source: 'lake' },       /source is not a parameter/],
    [{ snapshot_id: '17', data_type: 'bars' },    /data_type is one of trades, quotes/],
  ]
  for (const [raw, sentence] of refused) assert.throws(() => detour!.to(raw), sentence)
  const quotes = detour!.to({ snapshot_id: '17', data_type: 'quotes', min_price: '1' })
  assert.throws(() => quotes.definition.read(quotes.texts, NOW), /min_price is not a parameter/)
})
