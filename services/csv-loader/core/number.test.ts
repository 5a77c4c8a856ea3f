import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identity } from '@k2/market/identity.ts'
import { DAYS_OPEN_MAX, type Held, numbering } from './number.ts'

const bhp = identity('ASX', 'trade', 'BHP')
const MS = 1_394_398_634_754_000

/** Loads rows of day 1 after what is held; a row is its content, at one moment. */
function load(rows: readonly string[], held: Held = new Map()) {
  const numbers = numbering(bhp)
  numbers.open(1, held)
  return rows.map((row) => numbers.number(1, MS, row)!)
}

const heldOf = (loaded: ReturnType<typeof load>, before: Held = new Map()): Held =>
  new Map([
    ...before,
    ...loaded.flatMap(({ messageId, sequence }) => (sequence === null ? [] : [[messageId, sequence] as const])),
  ])

// biome-ignore format: a table reads by its columns
const rows: [name: string, first: string[], second: string[], numbers: (number | null)[]][] = [
  ['a fresh day counts from 1',                     [],               ['a', 'b', 'c'],           [1, 2, 3]],
  ['identical rows are distinct trades',            [],               ['a', 'a', 'a'],           [1, 2, 3]],
  ['the same file again adds nothing',              ['a', 'a', 'b'],  ['a', 'a', 'b'],           [null, null, null]],
  ['a longer one adds what is new',                 ['a', 'a'],       ['a', 'a', 'a', 'b'],      [null, null, 3, 4]],
  ['an overlapping piece goes on',                  ['a', 'b', 'c'],  ['b', 'c', 'd', 'e'],      [null, null, 4, 5]],
  ['a piece behind it goes on',                     ['a', 'b'],       ['c', 'd'],                [3, 4]],
  ['a piece before it comes behind in number',      ['c', 'd'],       ['a', 'b', 'c'],           [3, 4, null]],
  ['a row between comes behind in number',          ['a', 'c'],       ['a', 'b', 'c', 'd'],      [null, 3, null, 4]],
]
for (const [name, first, second, numbers] of rows) {
  test(name, () => {
    const loaded = load(second, heldOf(load(first)))
    assert.deepEqual(
      loaded.map(({ sequence }) => sequence),
      numbers.map((one) => (one === null ? null : BigInt(one))),
    )
  })
}

test('ids are of time and content, not of place in the file', () => {
  assert.equal(load(['x', 'a'])[1]!.messageId, load(['a'])[0]!.messageId)
})

test('days count apart, and a day may come back while it is open', () => {
  const numbers = numbering(bhp)
  numbers.open(1, new Map())
  numbers.open(2, new Map())
  const found = [1, 2, 1].map((day) => numbers.number(day, MS + day * 86_400_000_000, 'a')!.sequence)
  assert.deepEqual(found, [1n, 1n, 2n])
})

test('a day that comes back after too many others is refused', () => {
  const numbers = numbering(bhp)
  for (let day = 0; day <= DAYS_OPEN_MAX; day++) assert.ok(numbers.open(day, new Map()))
  assert.equal(numbers.isOpen(0), false)
  assert.equal(numbers.open(0, new Map()), false)
})

test('the 16,385th row that says exactly the same gets no id', () => {
  const numbers = numbering(bhp)
  numbers.open(1, new Map())
  for (let i = 0; i < 16_384; i++) assert.ok(numbers.number(1, MS, 'a'))
  assert.equal(numbers.number(1, MS, 'a'), undefined)
  assert.ok(numbers.number(1, MS, 'b'), 'another row does')
})

test('where repeats are one, the second adds nothing', () => {
  const numbers = numbering(bhp, 'one')
  numbers.open(1, new Map())
  const found = ['a', 'a', 'b'].map((row) => numbers.number(1, MS, row)!.sequence)
  assert.deepEqual(found, [1n, null, 2n])
})
