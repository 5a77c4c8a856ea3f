import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TopicPartition } from '@k2/lake/table.ts'
import { heardOf, OPEN_TOLD_MAX, type OpenRange, toldOf } from './ledger.ts'

const P: TopicPartition = 'market.equities.trades.asx/3'
const QUOTES: TopicPartition = 'market.equities.quotes.asx/3'

const range = (
  symbol: string,
  exchange: string,
  from: bigint,
  to: bigint,
  after: number,
  before: number,
): OpenRange => {
  return { symbol, exchange, date: null, from, to, afterMicros: after, beforeMicros: before }
}
const RANGES = [
  range('KTA', 'ASX', 3n, 5n, 100, 200),
  range('KTA', 'BINANCE', 7n, 7n, 300, 400),
  range('KTB', 'ASX', 1n, 9n, 150, 450),
]
const heard = heardOf([...RANGES], new Map([[P, 50n]]), 1_000)

type About = Parameters<typeof toldOf>[1]
const of = (filter: About['filter'], times?: About['times']): About => ({ filter, times })

// biome-ignore format: a table reads by its columns
const rows: [name: string, about: About, firsts: readonly bigint[], missing: bigint][] = [
  ['all, the newest first',              of({}),                                        [1n, 7n, 3n], 13n],
  ['of one symbol',                      of({ symbols: ['KTA'] }),                      [7n, 3n],     4n],
  ['of several',                         of({ symbols: ['KTB', 'KTA'] }),               [1n, 7n, 3n], 13n],
  ['of none that has any',               of({ symbols: ['KTC'] }),                      [],           0n],
  ['of a venue',                         of({ exchanges: ['ASX'] }),                    [1n, 3n],     12n],
  ['of both',                            of({ symbols: ['KTA'], exchanges: ['ASX'] }),  [3n],         3n],
  ['it began before, and ends within',   of({ symbols: ['KTA'], fromMicros: 150, toMicros: 160 }), [3n], 3n],
  ['start_time is in',                   of({ symbols: ['KTA'], fromMicros: 200, toMicros: 300 }), [3n], 3n],
  ['and just behind it is not',          of({ symbols: ['KTA'], fromMicros: 201, toMicros: 300 }), [],  0n],
  ['end_time is not',                    of({ symbols: ['KTA'], toMicros: 100 }),       [],           0n],
  ['and just behind it is',              of({ symbols: ['KTA'], toMicros: 101 }),       [3n],         3n],
  ['in one of several times',            of({}, [{ fromMicros: 0, toMicros: 10 }, { fromMicros: 460, toMicros: 500 }]), [], 0n],
  ['in another of several times',        of({}, [{ fromMicros: 0, toMicros: 10 }, { fromMicros: 360, toMicros: 380 }]), [1n, 7n], 10n],
]
for (const [name, about, firsts, missing] of rows)
  test(name, () => {
    const told = toldOf(heard, about, new Map(), null)
    assert.deepEqual([told.open.map(({ from }) => from), told.missing, told.ranges], [firsts, missing, firsts.length])
  })

// biome-ignore format: a table reads by its columns
const behind: [name: string, offsets: readonly [TopicPartition, bigint][], behind: bigint][] = [
  ['it has judged all',             [[P, 50n]],                                    0n],
  ['and more',                      [[P, 49n]],                                    0n],
  ['it has one record to judge',    [[P, 51n]],                                    1n],
  ['a partition it never judged',   [['market.crypto.trades.binance/0', 4n]],      4n],
  ['quotes are not numbered',       [[P, 50n], [QUOTES, 900n]],                    0n],
]
for (const [name, offsets, wanted] of behind)
  test(name, () => assert.equal(toldOf(heard, of({}), new Map(offsets), null).behind, wanted))

test('never heard, it says so, and that all is to be judged', () => {
  const told = toldOf(undefined, of({}), new Map([[P, 7n]]), 'nobody answers.')
  const none = { ranges: 0, missing: 0n, open: [] }
  assert.deepEqual(told, { heardAtMs: null, trouble: 'nobody answers.', behind: 7n, ...none })
})

test('of many the newest are listed, and all are counted', () => {
  const many = Array.from({ length: 250 }, (_, i) => range('KTA', 'ASX', BigInt(i * 10), BigInt(i * 10 + 1), i, i + 1))
  const told = toldOf(heardOf(many, new Map(), 0), of({ symbols: ['KTA'] }), new Map(), null)
  assert.deepEqual([told.open.length, told.open[0]?.from, told.ranges, told.missing], [OPEN_TOLD_MAX, 2490n, 250, 500n])
})
