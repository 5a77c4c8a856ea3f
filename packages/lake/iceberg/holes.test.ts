import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Hole } from '../table.ts'
import { addHoles, compact, holesText, strikeHoles } from './holes.ts'

type Short = [from: number, to: number, kind?: 'a' | 'b' | 'rejected', partition?: number]

/** Kinds a and b are deferred by those policies. */
const hole = ([from, to, kind = 'a', partition = 0]: Short): Hole => {
  const range = { topic: 't', partition, from: BigInt(from), to: BigInt(to) }
  return kind === 'rejected' ? { ...range, reason: kind } : { ...range, reason: 'deferred', policy: kind }
}
const holes = (short: Short[]) => short.map(hole)

// biome-ignore format: a table reads by its columns
const additions: [name: string, before: Short[], added: Short[], after: Short[]][] = [
  ['the first',                                [],                          [[0, 5]],              [[0, 5]]],
  ['ranges that touch become one',             [[0, 5]],                    [[5, 9]],              [[0, 9]]],
  ['ranges apart stay apart, in order',        [[6, 9]],                    [[0, 5]],              [[0, 5], [6, 9]]],
  ['a gap filled joins both sides',            [[0, 5], [6, 9]],            [[5, 6]],              [[0, 9]]],
  ['the same again changes nothing',           [[0, 5]],                    [[1, 3]],              [[0, 5]]],
  ['another policy does not merge',            [[0, 5]],                    [[5, 9, 'b']],         [[0, 5], [5, 9, 'b']]],
  ['a rejected record inside a deferred range',[[0, 5]],                    [[2, 3, 'rejected']],  [[0, 5], [2, 3, 'rejected']]],
  ['another partition does not merge',         [[0, 5]],                    [[5, 9, 'a', 1]],      [[0, 5], [5, 9, 'a', 1]]],
]

for (const [name, before, added, after] of additions) {
  it(`adding: ${name}`, () => assert.deepEqual(addHoles(holes(before), holes(added)), holes(after)))
}

// biome-ignore format: a table reads by its columns
const strikes: [name: string, before: Short[], struck: Short[], after: Short[] | 'throws'][] = [
  ['a whole range',                            [[0, 5]],                    [[0, 5]],              []],
  ['the middle of one leaves two',             [[0, 9]],                    [[3, 5]],              [[0, 3], [5, 9]]],
  ['an end of one',                            [[0, 9]],                    [[0, 3]],              [[3, 9]]],
  ['two out of one',                           [[0, 9]],                    [[1, 2], [7, 8]],      [[0, 1], [2, 7], [8, 9]]],
  ['touching strikes are one strike',          [[0, 9]],                    [[1, 4], [4, 8]],      [[0, 1], [8, 9]]],
  ['only its own reason',                      [[0, 5], [2, 3, 'rejected']],[[2, 3, 'rejected']],  [[0, 5]]],
  ['past the end is a bug',                    [[0, 5]],                    [[3, 6]],              'throws'],
  ['across two ranges is a bug',               [[0, 5], [6, 9]],            [[4, 7]],              'throws'],
  ['of another policy is a bug',               [[0, 5]],                    [[0, 5, 'b']],         'throws'],
  ['twice is a bug',                           [],                          [[0, 5]],              'throws'],
]

for (const [name, before, struck, after] of strikes) {
  it(`striking: ${name}`, () => {
    const strike = () => strikeHoles(holes(before), holes(struck))
    if (after === 'throws') assert.throws(strike, RangeError)
    else assert.deepEqual(strike(), holes(after))
  })
}

it('an empty or backward range is a bug', () => {
  assert.throws(() => compact([hole([5, 5])]), RangeError)
  assert.throws(() => compact([hole([5, 4])]), RangeError)
})

it('equal holes have equal texts, whatever their order and cuts', () => {
  assert.equal(
    holesText(
      holes([
        [5, 9],
        [0, 5],
        [2, 3, 'rejected'],
      ]),
    ),
    '[["t",0,0,9,"deferred","a"],["t",0,2,3,"rejected"]]',
  )
  assert.equal(
    holesText(
      holes([
        [2, 3, 'rejected'],
        [0, 9],
      ]),
    ),
    holesText(
      holes([
        [5, 9],
        [0, 5],
        [2, 3, 'rejected'],
      ]),
    ),
  )
})
