import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentHash, identity, type Words } from '@k2/market/identity.ts'
import { Ids } from './ids.ts'
import { DAYS_OPEN_MAX, HELD, numbering, TOO_MANY } from './number.ts'

const bhp = identity('ASX', 'trade', 'BHP')
const MS = 1_394_398_634_754_000

interface Loaded {
  readonly id: Words
  readonly number: number
}

/** Loads rows of day 1 after what is held; a row is its content, at one moment. */
function load(rows: readonly string[], held = new Ids()): Loaded[] {
  const numbers = numbering(bhp)
  numbers.open(1, held)
  return rows.map((row) => {
    const number = numbers.number(1, MS, contentHash(row))
    return { id: numbers.id.slice(), number }
  })
}

function heldOf(loaded: readonly Loaded[]): Ids {
  const held = new Ids()
  for (const { id, number } of loaded) if (number !== HELD) held.set(id, number)
  return held
}

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
      loaded.map(({ number }) => number),
      numbers.map((one) => one ?? HELD),
    )
  })
}

test('ids are of time and content, not of place in the file', () => {
  assert.deepEqual(load(['x', 'a'])[1]!.id, load(['a'])[0]!.id)
})

test('days count apart, and a day may come back while it is open', () => {
  const numbers = numbering(bhp)
  numbers.open(1, new Ids())
  numbers.open(2, new Ids())
  const found = [1, 2, 1].map((day) => numbers.number(day, MS + day * 86_400_000_000, contentHash('a')))
  assert.deepEqual(found, [1, 1, 2])
})

test('a day that comes back after too many others is refused', () => {
  const numbers = numbering(bhp)
  for (let day = 0; day <= DAYS_OPEN_MAX; day++) assert.ok(numbers.open(day, new Ids()))
  assert.equal(numbers.isOpen(0), false)
  assert.equal(numbers.open(0, new Ids()), false)
})

test('the 16,385th row that says exactly the same gets no id', () => {
  const numbers = numbering(bhp)
  numbers.open(1, new Ids())
  for (let i = 0; i < 16_384; i++) assert.ok(numbers.number(1, MS, 1) > 0)
  assert.equal(numbers.number(1, MS, 1), TOO_MANY)
  assert.ok(numbers.number(1, MS, 2) > 0, 'another row does')
})

test('where repeats are one, the second adds nothing', () => {
  const numbers = numbering(bhp, 'one')
  numbers.open(1, new Ids())
  const found = ['a', 'a', 'b'].map((row) => numbers.number(1, MS, contentHash(row)))
  assert.deepEqual(found, [1, HELD, 2])
})

test('ids are found among many that differ in a bit, also after the table has grown', () => {
  const ids = new Ids()
  const words = (i: number) => Uint32Array.of(7, (i >>> 8) << 16, (i & 255) << 14, 0x8000_0000)
  for (let i = 0; i < 50_000; i++) ids.set(words(i), i)
  ids.set(words(3), 99)
  assert.equal(ids.size, 50_000)
  for (let i = 0; i < 50_000; i++) assert.equal(ids.get(words(i)), i === 3 ? 99 : i)
  assert.ok(ids.has(words(0)), 'a value of 0 is there')
  assert.deepEqual([ids.has(words(50_000)), ids.get(words(50_000)), ids.largest()], [false, 0, 49_999])
})
