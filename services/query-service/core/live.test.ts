import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Progress, TopicPartition } from '@k2/lake/table.ts'
import { behindBy, endsOf, nextEnds } from './live.ts'

const [A, B, C]: TopicPartition[] = ['market.equities.trades.asx/0', 'market.equities.trades.asx/1', 'other/0']
const offsets = (a: bigint | undefined, b?: bigint) =>
  new Map([[A!, a] as const, [B!, b] as const].filter((of): of is [TopicPartition, bigint] => of[1] !== undefined))
const progress = (a: bigint | undefined): Progress => ({ offsets: offsets(a), holes: [], last: new Map() })
const tail = (range: [bigint, bigint] | undefined, unreadable = false) => ({
  ranges: new Map(range && [[A!, { from: range[0], to: range[1] }]]),
  limited: false,
  behind: false,
  unreadable,
})

// biome-ignore format: a table reads by its columns
const ends: [name: string, landed: bigint | undefined, range: [bigint, bigint] | undefined, unreadable: boolean, end: bigint | undefined][] = [
  ['the tail is ahead of the lake',      5n,        [5n, 9n],  false, 9n],
  ['the lake is ahead of the tail',      9n,        [5n, 7n],  false, 9n],
  ['nothing has landed yet',             undefined, [0n, 7n],  false, 7n],
  ['the tail cannot be read',            5n,        [5n, 9n],  true,  5n],
  ['it has never heard of the partition',5n,        undefined, false, 5n],
  ['nothing at all',                     undefined, undefined, false, undefined],
]
for (const [name, landed, range, unreadable, end] of ends) {
  test(`how far: ${name}`, () =>
    assert.equal(endsOf(progress(landed), tail(range, unreadable), () => true).get(A!), end))
}

test('partitions of others are not followed', () => {
  const found = endsOf(progress(5n), tail([5n, 9n]), (partition) => partition === C)
  assert.equal(found.size, 0)
})

// biome-ignore format: a table reads by its columns
const nexts: [name: string, at: [bigint, bigint], ends: [bigint, bigint], max: number, next: [bigint, bigint]][] = [
  ['all that there is',                  [1n, 2n], [3n, 4n],      10, [3n, 4n]],
  ['just as many as may be',             [0n, 0n], [5n, 5n],      10, [5n, 5n]],
  ['each its share',                     [0n, 0n], [90n, 10n],    10, [9n, 1n]],
  ['nobody is forgotten',                [0n, 0n], [1000n, 1n],   10, [10n, 1n]],
  ['where there is nothing it stays',    [7n, 2n], [7n, 4n],      10, [7n, 4n]],
  ['never back',                         [7n, 2n], [3n, 4n],      10, [7n, 4n]],
]
for (const [name, at, to, max, next] of nexts) {
  test(`what to take: ${name}`, () => {
    assert.deepEqual(nextEnds(offsets(...at), offsets(...to), max), offsets(...next))
    assert.equal(behindBy(offsets(...next), offsets(...to)) <= behindBy(offsets(...at), offsets(...to)), true)
  })
}

test('a partition that is new is followed from its beginning', () => {
  assert.deepEqual(nextEnds(new Map(), offsets(3n), 10), offsets(3n))
  assert.equal(behindBy(new Map(), offsets(3n, 4n)), 7n)
})
