/** Every verdict and each side of its boundary; what is in memory and what comes back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Missing, Position } from '@k2/contracts/records/sequence.ts'
import { FILLS_MAX, OPEN_RANGES_MAX } from './gaps.ts'
import { judging, numbersOf, type Seen } from './judge.fixture.ts'
import { OUTCOMES, type Outcome, RESET_MICROS } from './judge.ts'

const NOON = Date.parse('2024-08-08T12:00:00Z') * 1000
const DAY = 86_400_000_000
const HOUR = 3_600_000_000
const FAR = 2n ** 62n

let offset = 0
const at = (number: bigint | null, micros = NOON, exchange = 'BINANCE', symbol = 'BTCUSDT'): Seen => ({
  ...{ symbol, exchange, number, micros },
  offset: offset++,
})
const asx = (number: bigint, micros: number) => at(number, micros, 'ASX', 'THIN')

const rangeText = ({ from, to }: Pick<Missing, 'from' | 'to'>) => (from === to ? `${from}` : `${from}-${to}`)
const openOf = (positions: readonly Position[]) =>
  positions.flatMap(({ gaps }) => gaps.flatMap(({ open }) => open.map(rangeText))).join(' ')

// biome-ignore format: a table reads by its columns
const rows: [name: string, seen: () => readonly Seen[], outcomes: readonly Outcome[], open: string][] = [
  ['a stream opens anywhere',                 () => [at(100n)],                              ['first'],                       ''],
  ['0 is a number',                           () => [at(0n), at(1n)],                        ['first', 'next'],               ''],
  ['below 0 and none are no numbers',         () => [at(1n), at(-1n), at(null), at(2n)],     ['first', 'unnumbered', 'unnumbered', 'next'], ''],
  ['the next number is the quiet case',       () => [at(100n), at(101n)],                    ['first', 'next'],               ''],
  ['1, 2, 5 is one gap of 2, and goes on',    () => [at(1n), at(2n), at(5n), at(6n)],        ['first', 'next', 'gap', 'next'], '3-4'],
  ['one trade is missing',                    () => [at(1n), at(3n)],                        ['first', 'gap'],                '2'],
  ['a repeat of the last',                    () => [at(1n), at(1n), at(2n)],                ['first', 'duplicate', 'next'],  ''],
  ['a repeat of an older one',                () => [at(1n), at(2n), at(1n), at(3n)],        ['first', 'next', 'duplicate', 'next'], ''],
  ['a repeat after a long silence',           () => [at(1n), at(1n, NOON + DAY)],            ['first', 'duplicate'],          ''],
  ['what was missing comes',                  () => [at(1n), at(3n), at(2n), at(4n)],        ['first', 'gap', 'filled', 'next'], ''],
  ['the middle of a gap makes two',           () => [at(1n), at(5n), at(3n)],                ['first', 'gap', 'filled'],      '2 4'],
  ['its two ends',                            () => [at(1n), at(6n), at(2n), at(5n)],        ['first', 'gap', 'filled', 'filled'], '3-4'],
  ['what filled a gap, again',                () => [at(1n), at(4n), at(2n), at(2n)],        ['first', 'gap', 'filled', 'duplicate'], '3'],
  ['one in front of the first',               () => [at(5n), at(4n), at(6n)],                ['first', 'late', 'next'],       ''],
  ['one far in front of the first',           () => [at(5n), at(1n), at(6n), at(3n)],        ['first', 'late', 'next', 'filled'], '2 4'],
  ['numbers beyond 2^53',                     () => [at(FAR), at(FAR + 1n), at(FAR + 3n), at(FAR + 3n)], ['first', 'next', 'gap', 'duplicate'], `${FAR + 2n}`],
  ['from far below to far above',             () => [at(0n), at(2n ** 63n - 1n)],            ['first', 'gap'],                `1-${2n ** 63n - 2n}`],
  ['2^32 is no wall',                         () => [at(2n ** 32n - 1n), at(2n ** 32n), at(2n ** 32n - 1n)], ['first', 'next', 'duplicate'], ''],
  ['2^31 neither',                            () => [at(2n ** 31n - 1n), at(2n ** 31n), at(2n ** 31n + 2n)], ['first', 'next', 'gap'], `${2n ** 31n + 1n}`],
  ['a venue that begins again',               () => [at(100n), at(1n, NOON + RESET_MICROS), at(2n, NOON + RESET_MICROS + 1)], ['first', 'reset', 'next'], ''],
  ['not yet an hour later it is late',        () => [at(100n), at(99n, NOON + RESET_MICROS - 1)], ['first', 'late'],          ''],
  ['what is missing is never a reset',        () => [at(1n), at(3n), at(2n, NOON + DAY)],    ['first', 'gap', 'filled'],      ''],
  ['a number that was there, hours later',    () => [at(1n), at(2n), at(3n), at(1n, NOON + DAY)], ['first', 'next', 'next', 'reset'], ''],
  ['after a reset one of before it',          () => [at(100n), at(1n, NOON + DAY), at(101n), at(2n, NOON + DAY)], ['first', 'reset', 'late', 'next'], ''],
  ['gaps of before a reset stay behind',      () => [at(1n), at(9n), at(1n, NOON + DAY), at(2n, NOON + DAY)], ['first', 'gap', 'reset', 'next'], ''],
  ['a clock far behind begins nothing anew',  () => [at(1n), at(2n, 5), at(1n)],             ['first', 'next', 'duplicate'],  ''],
  ['of before a reset, though it is next',    () => [at(4n), at(1n, NOON + DAY), at(2n), at(2n, NOON + DAY)], ['first', 'reset', 'late', 'next'], ''],
  ['one trade a day is no repeat',            () => [asx(1n, NOON), asx(1n, NOON + DAY), asx(1n, NOON + 2 * DAY)], ['first', 'first', 'first'], ''],
  ['a day goes on where it was',              () => [asx(1n, NOON), asx(1n, NOON + DAY), asx(2n, NOON), asx(2n, NOON + DAY)], ['first', 'first', 'next', 'next'], ''],
  // 2014-03-10 in Sydney begins at 13:00 UTC of the day before.
  ['a day ends at midnight of its venue',     () => [asx(1n, SYDNEY - 1), asx(1n, SYDNEY), asx(2n, SYDNEY - 1)], ['first', 'first', 'next'], ''],
  ['within a day nothing begins again',       () => [asx(5n, SYDNEY), asx(4n, SYDNEY + 2 * HOUR)], ['first', 'late'],        ''],
  ['an unknown venue counts without end',     () => [at(7n, NOON, 'NOWHERE'), at(8n, NOON + DAY, 'NOWHERE')], ['first', 'next'], ''],
  ['symbols are apart',                       () => [at(1n), at(1n, NOON, 'BINANCE', 'ETHUSDT'), at(2n)], ['first', 'first', 'next'], ''],
  ['and so are venues',                       () => [at(1n), at(1n, NOON, 'BINANCEUS'), at(2n)], ['first', 'first', 'next'],  ''],
]
const SYDNEY = Date.parse('2014-03-09T13:00:00Z') * 1000

for (const [name, seen, outcomes, open] of rows) {
  test(name, () => {
    const { outcomeOf, positions } = judging()
    assert.deepEqual(seen().map(outcomeOf), outcomes)
    assert.equal(openOf(positions()), open)
  })
}

test('a record at or below the offset of its stream was judged before', () => {
  const { outcomeOf, judge, positions } = judging()
  assert.deepEqual(
    [1n, 2n, 5n].map((number, i) => outcomeOf({ ...at(number), offset: i + 10 })),
    ['first', 'next', 'gap'],
  )
  assert.deepEqual(
    [2n, 5n].map((number, i) => outcomeOf({ ...at(number), offset: i + 11 })),
    ['known', 'known'],
  )
  assert.equal(outcomeOf({ ...at(5n), offset: 13 }), 'duplicate')
  assert.equal(judge.gapsFound, 1)
  assert.equal(openOf(positions()), '3-4')
})

test('records of another partition are judged by number alone', () => {
  const { judge, positions } = judging()
  const batch = (partition: number, ...seen: readonly (readonly [number: bigint, offset: number])[]) =>
    judge.judge(
      numbersOf(
        seen.map(([number, place]) => ({ ...at(number), offset: place })),
        't',
        partition,
      ),
    )
  batch(0, [1n, 100], [2n, 101], [3n, 102])
  batch(1, [5n, 0], [4n, 1], [2n, 2])
  batch(0, [1n, 101], [6n, 103])
  assert.deepEqual(
    positions().map((one) => [one.partition, one.offset, one.gaps.length]),
    [[0, 103n, 0]],
  )
  const outcomes = Object.fromEntries(OUTCOMES.map((outcome, i) => [outcome, judge.counts[i]]).filter(([, n]) => n))
  assert.deepEqual(outcomes, { first: 1, next: 3, gap: 1, filled: 1, duplicate: 1, known: 1 })
})

test('a gap says who filled it, run by run, and counts those beyond', () => {
  const { outcomeOf, judge } = judging()
  const from = offset
  for (const number of [1n, 100n, 2n, 3n, 50n]) outcomeOf(at(number))
  const [opened] = judge.news.take()
  assert.equal(opened?.status, 'partly_filled')
  assert.deepEqual(
    opened?.fills.map((fill) => [fill.from, fill.to, fill.offset]),
    [
      [2n, 3n, BigInt(from + 2)],
      [50n, 50n, BigInt(from + 4)],
    ],
  )
  for (let number = 99n; number > 3n; number--) outcomeOf(at(number))
  const [closed, repeat] = judge.news.take()
  assert.deepEqual([closed?.status, closed?.fills.length, closed?.from, closed?.to], ['filled', FILLS_MAX, 2n, 99n])
  assert.equal(closed?.fillsMore, 95 - (FILLS_MAX - 2))
  assert.deepEqual([repeat?.kind, repeat?.from], ['duplicate', 50n])
})

test('beyond its limit a stream gives up its lowest gap, and says so', () => {
  const { outcomeOf, positions, judge } = judging()
  for (let number = 1n; number <= BigInt(OPEN_RANGES_MAX) * 2n + 1n; number += 2n) outcomeOf(at(number))
  assert.equal(positions()[0]?.gaps.length, OPEN_RANGES_MAX)
  assert.equal(positions()[0]?.knownFrom, null)
  judge.news.take()
  assert.equal(outcomeOf(at(BigInt(OPEN_RANGES_MAX) * 2n + 3n)), 'gap')
  const given = judge.news.take().filter(({ status }) => status === 'given_up')
  assert.deepEqual(given.map(rangeText), ['2'])
  assert.deepEqual([positions()[0]?.gaps.length, positions()[0]?.knownFrom], [OPEN_RANGES_MAX, 3n])
  assert.equal(outcomeOf(at(2n)), 'late')
  assert.equal(outcomeOf(at(1n)), 'late')
  assert.equal(outcomeOf(at(3n)), 'duplicate')
  assert.equal(outcomeOf(at(4n)), 'filled')
})

test('repeats behind one another are one event', () => {
  const { outcomeOf, judge } = judging()
  for (const number of [1n, 2n, 3n, 1n, 2n, 3n, 2n]) outcomeOf(at(number))
  assert.deepEqual(
    judge.news.take().map(({ kind, from, to }) => [kind, from, to]),
    [
      ['duplicate', 1n, 3n],
      ['duplicate', 2n, 2n],
    ],
  )
})

test('the 10,001st stream takes the place of the one used longest ago, which comes back right', () => {
  const { outcomeOf, judge } = judging(10_000)
  const nth = (i: number, number: bigint) => at(number, NOON, 'BINANCE', `S${i}`)
  for (let i = 0; i < 10_000; i++) assert.equal(outcomeOf(nth(i, 1n)), 'first')
  assert.equal(outcomeOf(nth(0, 3n)), 'gap')
  assert.deepEqual([judge.streams.size, judge.streams.evictions], [10_000, 0])
  assert.equal(outcomeOf(nth(10_000, 1n)), 'first')
  assert.deepEqual([judge.streams.size, judge.streams.evictions], [10_000, 1])
  // S1 went, for S0 had been used since; it drives out S2.
  assert.equal(outcomeOf(nth(1, 2n)), 'next')
  assert.equal(outcomeOf(nth(0, 2n)), 'filled')
  assert.equal(outcomeOf(nth(2, 1n)), 'duplicate')
  assert.deepEqual([judge.streams.size, judge.streams.evictions], [10_000, 3])
})
