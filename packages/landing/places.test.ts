import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hole } from '@k2/lake/table.ts'
import { areWithin, type Place, placeOf, placeText, rangesOf, rejectedWithin, stillOpen, without } from './places.ts'

const T = 'market.equities.trades.asx'
const range = (from: bigint, to: bigint, partition = 0) => ({ topic: T, partition, from, to })
const hole = (from: bigint, to: bigint, more: Partial<Hole> = {}): Hole => ({
  ...range(from, to),
  reason: 'rejected',
  ...more,
})
const texts = (holes: readonly Hole[]) => holes.map(({ partition, from, to }) => `${partition}/${from}-${to}`)

// biome-ignore format: a table reads by its columns
const PLACES: readonly [text: string, place: Place | undefined][] = [
  [T,                 { topic: T }],
  [`${T}/3`,          { topic: T, partition: 3 }],
  [`${T}/3/7`,        { topic: T, partition: 3, from: 7n, to: 8n }],
  [`${T}/3/7-9`,      { topic: T, partition: 3, from: 7n, to: 9n }],
  [`${T}/3/7-7`,      undefined],
  [`${T}/3/9-7`,      undefined],
  [`${T}/`,           undefined],
  [`${T}/x`,          undefined],
  [`${T}/3/-7`,       undefined],
  [`${T}/3/7/1`,      undefined],
  ['',                undefined],
]

for (const [text, place] of PLACES) {
  test(`"${text}" is ${place === undefined ? 'no place' : 'a place'}`, () => assert.deepEqual(placeOf(text), place))
}

test('a range is told as it is typed', () => {
  for (const one of [range(7n, 8n), range(7n, 9n)]) assert.deepEqual(placeOf(placeText(one)), one)
})

// biome-ignore format: a table reads by its columns
const WITHIN: readonly [what: string, holes: readonly Hole[], place: Place | undefined, found: readonly string[]][] = [
  ['all of them',                    [hole(1n, 3n), hole(5n, 6n)],                           undefined,                                      ['0/1-3', '0/5-6']],
  ['another topic',                  [hole(1n, 3n)],                                         { topic: 'market.equities.quotes.asx' },        []],
  ['another partition',              [hole(1n, 3n)],                                         { topic: T, partition: 1 },                     []],
  ['both ends are cut',              [hole(1n, 9n)],                                         { topic: T, partition: 0, from: 3n, to: 5n },   ['0/3-5']],
  ['a place that only touches',      [hole(1n, 3n)],                                         { topic: T, partition: 0, from: 3n, to: 5n },   []],
  ['deferred ones are not rejected', [hole(1n, 3n, { reason: 'deferred', policy: 'p' })],    undefined,                                      []],
  ['what is deferred as well waits', [hole(1n, 9n), hole(3n, 5n, { reason: 'deferred' })],   undefined,                                      ['0/1-3', '0/5-9']],
]

for (const [what, holes, place, found] of WITHIN) {
  test(`rejected holes of a place: ${what}`, () => assert.deepEqual(texts(rejectedWithin(holes, place)), found))
}

// biome-ignore format: a table reads by its columns
const LEFT: readonly [what: string, others: readonly [bigint, bigint][], left: readonly string[]][] = [
  ['nothing beside it',   [[0n, 2n], [8n, 9n]],  ['0/2-8']],
  ['its front',           [[0n, 3n]],            ['0/3-8']],
  ['its end',             [[7n, 9n]],            ['0/2-7']],
  ['its middle, twice',   [[3n, 4n], [5n, 6n]],  ['0/2-3', '0/4-5', '0/6-8']],
  ['all of it',           [[0n, 9n]],            []],
]

for (const [what, others, left] of LEFT) {
  const taken = others.map(([from, to]) => range(from, to))
  test(`a range without ${what}`, () => assert.deepEqual(texts(without(hole(2n, 8n), taken)), left))
}

test('neighbours become one range', () => {
  assert.deepEqual(texts(rangesOf(hole(0n, 9n), [1n, 2n, 4n, 5n, 6n])), ['0/1-3', '0/4-7'])
})

test('a range that lies in a hole of another policy, or only in part, lies in none', () => {
  const holes = [hole(1n, 5n), hole(5n, 9n, { policy: 'p' })]
  assert.equal(areWithin([hole(1n, 2n), hole(6n, 9n, { policy: 'p' })], holes), true)
  assert.equal(areWithin([hole(4n, 6n)], holes), false)
  assert.equal(areWithin([hole(6n, 7n)], holes), false)
  assert.deepEqual(texts(stillOpen([hole(0n, 3n), hole(4n, 7n)], holes)), ['0/1-3', '0/4-5'])
})
