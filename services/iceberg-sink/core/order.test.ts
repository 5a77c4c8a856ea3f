import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hole } from '@k2/lake/table.ts'
import { type FillOrder, inOrder } from './order.ts'

const T = 'market.crypto.trades.binance'

/** `partition@from:policy`, each of one offset. */
function holesOf(text: string): Hole[] {
  return text.split(' ').map((word) => {
    const [, partition, from, policy] = /^(\d)@(\d+):(\w)$/.exec(word)!
    const range = { topic: T, partition: Number(partition), from: BigInt(from!), to: BigInt(from!) + 1n }
    return { ...range, reason: 'deferred', policy: policy! } as const
  })
}

const textOf = (holes: readonly Hole[]): string =>
  holes.map(({ partition, from, policy }) => `${partition}@${from}:${policy}`).join(' ')

/** c kept one priority, a two. */
const keptBy = (policy: string | undefined) => (policy === 'c' ? 1 : 2)

// biome-ignore format: a table reads by its columns
const rows: [name: string, holes: string, order: FillOrder, round: number, wanted: string][] = [
  ['the newest of a partition',           '0@1:a 0@5:a 0@9:a',             'newest', 0, '0@9:a 0@5:a 0@1:a'],
  ['the oldest',                          '0@9:a 0@1:a 0@5:a',             'oldest', 0, '0@1:a 0@5:a 0@9:a'],
  ['partitions by turns',                 '0@1:a 0@5:a 1@2:a 1@3:a',       'oldest', 0, '0@1:a 1@2:a 0@5:a 1@3:a'],
  ['the next round begins with another',  '0@1:a 0@5:a 1@2:a 1@3:a',       'oldest', 1, '1@2:a 0@1:a 1@3:a 0@5:a'],
  ['and all have their turn',             '0@1:a 1@2:a',                   'oldest', 2, '0@1:a 1@2:a'],
  ['the highest level comes first',       '0@1:a 0@5:c 1@2:a 1@3:c',       'oldest', 0, '0@5:c 1@3:c 0@1:a 1@2:a'],
  ['whatever is newer',                   '0@1:c 0@9:a',                   'newest', 0, '0@1:c 0@9:a'],
]
for (const [name, holes, order, round, wanted] of rows) {
  test(name, () => assert.equal(textOf(inOrder(holesOf(holes), keptBy, order, round)), wanted))
}

test('nothing is in order', () => assert.deepEqual(inOrder([], keptBy, 'newest', 3), []))
